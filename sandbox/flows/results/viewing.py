"""MLflow's own pages of what was recorded, opened at a sweep."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox import recorders
from sandbox.errors import InputError, StoreError
from sandbox.flows.context import Context
from sandbox.flows.results.comparing import compare_sweep, find_sweep
from sandbox.flows.results.recording import tracking_uri


@dataclass(frozen=True)
class Page:
    """Where MLflow's UI answers.

    Attributes:
        address: of the server.
        url: the sweep's runs as a table, with the columns that tell them apart.
        charts_url: their curves.
        sweep: None = nothing is recorded yet.
    """

    address: str
    url: str
    charts_url: str
    sweep: str | None = None


@contextmanager
def serve(context: Context, named: str | None = None, *, port: int = 5000) -> Iterator[Page]:
    """Serves the UI until the block is left; the server is gone then, also after Ctrl-C.

    Args:
        named: a sweep's id or a workspace; None = the latest sweep, if any.
        port: another one is taken, and told, where it is in use.

    Raises:
        InputError: no such sweep.
        StoreError: the store cannot be used.
    """
    uri = tracking_uri(context)
    place = _place(context, named)
    with recorders.serve_ui(uri, context.home.artifacts, port=port) as address:
        if address.startswith("http://127.0.0.1:") and not address.endswith(f":{port}"):
            context.tell(f"port {port} is taken: {address.rsplit(':', 1)[1]} is used instead")
        yield _page(context, address, place)


def _place(context: Context, named: str | None) -> tuple[str, str] | None:
    """(workspace, sweep), before a server is started for nothing."""
    try:
        return find_sweep(context, named)
    except InputError:
        if named is not None:
            raise
        return None


def _page(context: Context, address: str, place: tuple[str, str] | None) -> Page:
    uri, schema = tracking_uri(context), context.home.schema
    if place is None:
        latest = recorders.latest_experiment(uri, schema=schema)
        url = recorders.experiment_url(address, latest) if latest else address
        return Page(address, url, url)
    workspace, sweep = place
    shared: str | None = None
    view = _view(context, sweep)
    try:
        experiment, shared = recorders.share_view(uri, view, experiment=workspace, schema=schema)
    except StoreError as error:
        context.tell(f"the page has no columns of its own: {error.message}")
        experiment = recorders.latest_experiment(uri, schema=schema) or "0"
    urls = [
        recorders.experiment_url(address, experiment, view=shared, charts=charts)
        for charts in (False, True)
    ]
    return Page(address, urls[0], urls[1], sweep)


def _view(context: Context, sweep: str) -> recorders.View:
    try:
        found = compare_sweep(context, sweep)
    except InputError as error:
        if "deleted" not in error.facts:
            raise
        context.tell(error.message)  # and here is where they are restored
        return recorders.View(sweep, deleted=True)
    way = found.better[found.main].way if found.main is not None else None
    return recorders.View(sweep, found.columns, found.metrics, found.main, way)

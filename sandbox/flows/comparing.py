"""From what stands in the tracking store to a Comparison."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox import checkouts, comparing, recorders
from sandbox.domain import Run, Sweep
from sandbox.errors import InputError
from sandbox.flows.context import Context
from sandbox.flows.recording import tracking_uri


def compare_sweep(context: Context, sweep_id: str | None = None) -> comparing.Comparison:
    """Compares the runs of a sweep; None = the latest of all workspaces.

    Raises:
        InputError: there is none.
    """
    uri, schema = tracking_uri(context), context.home.schema
    workspace, found = find_sweep(context, sweep_id)
    read = recorders.load_runs(uri, experiment=workspace, sweep_id=found, schema=schema)
    for note in read.notes:
        context.tell(note)
    return of_runs(read.sweep, read.runs)


def of_runs(sweep: Sweep | None, runs: Sequence[Run]) -> comparing.Comparison:
    """The same for runs that are at hand."""
    return comparing.compare(runs, directions=sweep.directions if sweep else {})


def find_sweep(context: Context, sweep_id: str | None) -> tuple[str, str]:
    """(workspace, sweep id) of a sweep's id, or of a workspace's latest; None = the latest of all.

    Raises:
        InputError: there is none.
    """
    uri = tracking_uri(context)
    names = [one.name for one in checkouts.list_workspaces(context.home)]
    schema = context.home.schema
    latest = {name: recorders.latest_sweep(uri, experiment=name, schema=schema) for name in names}
    ids = {found: name for name, found in latest.items() if found is not None}
    if sweep_id in names and latest[str(sweep_id)] is not None:
        return str(sweep_id), str(latest[str(sweep_id)])
    if sweep_id is not None:
        return _of_journal(context, names, sweep_id), sweep_id
    if not ids:
        raise InputError("there is nothing to compare yet", hint="try: sandbox sweep TARGET …")
    newest = max(ids)
    return ids[newest], newest


def _of_journal(context: Context, names: Sequence[str], sweep_id: str) -> str:
    for name in names:
        if context.home.workspace(name).sweep(sweep_id).journal.is_file():
            return name
    known = ", ".join(names) or "none"
    raise InputError(f"no sweep or workspace called {sweep_id!r}", hint=f"workspaces: {known}")

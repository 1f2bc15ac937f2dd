"""How MLflow's UI is to show a sweep: which columns, in which order, of which runs.

The UI keeps a view that is shared as a tag of the experiment and opens it by the tag's name. One
that has no name of its own is not listed among the views that users have saved.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from sandbox.errors import StoreError
from sandbox.recorders import store
from sandbox.recorders.backends import open_backend
from sandbox.recorders.telling import KEY, RANK, VERDICT
from sandbox.recorders.texts import to_key
from sandbox.recorders.values import BEST, SYSTEM

MOST_TWEAKS, MOST_METRICS = 6, 3
"""Columns of a table that can be read without scrolling."""

_TAG = "mlflow.sharedViewState."
_CREATED = "attributes.start_time"


@dataclass(frozen=True)
class View:
    """What of a sweep is worth a column.

    Attributes:
        tweaks, metrics: by their own names, the most important first.
        main: of the metrics, the one that is sorted by where no rank is told, the best on top;
            None = runs are nested below their sweep, the newest on top.
        way: `min` or `max`, of the main metric.
        deleted: its runs were deleted in the UI, and are shown to be restored.
    """

    sweep: str
    tweaks: Sequence[str] = ()
    metrics: Sequence[str] = ()
    main: str | None = None
    way: str | None = None
    deleted: bool = False


def view_state(view: View, parent: str | None = None, *, ranked: bool = False) -> str:
    """The view in the form in which the UI keeps one.

    Args:
        parent: the sweep's own run, below which the others are shown.
        ranked: runs are told their rank: repeats stand together then, and failed runs last.
    """
    tweaks = [f"params.`{to_key(name)}`" for name in view.tweaks[:MOST_TWEAKS]]
    shown = [to_key(name, reserved=SYSTEM) for name in view.metrics[:MOST_METRICS]]
    order, is_rising, best = _CREATED, False, []
    if view.main is not None:
        main = to_key(view.main, reserved=SYSTEM)
        order, is_rising, best = f"metrics.`{main}`", view.way == "min", [f"{BEST}{main}"]
        shown = [main, *(key for key in shown if key != main)]
    if ranked:
        order, is_rising = f"tags.`{RANK}`", True
    metrics = [f"metrics.`{key}`" for key in (*shown[:1], *best, *shown[1:])]
    columns = [*tweaks, *metrics[:1], f"tags.`{VERDICT}`", *metrics[1:]]
    state = {
        "searchFilter": f"tags.`sandbox.sweep` = '{view.sweep}'",
        "orderByKey": order,
        "orderByAsc": is_rising,
        "startTime": "ALL",
        "lifecycleFilter": "Deleted" if view.deleted else "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": columns,
        "columnOrder": columns,
        "runsExpanded": {parent: True} if parent else {},
        "runsHiddenMode": "FIRST_20_RUNS",
    }
    return json.dumps(state)


def share_view(
    tracking_uri: str, view: View, *, experiment: str, schema: Path | None = None
) -> tuple[str, str]:
    """Puts the view where the UI finds it; (the experiment's id, the view's name).

    Raises:
        StoreError: the store cannot be used, or has no such experiment.
    """
    name = f"sandbox-{view.sweep}"
    with store.translated(tracking_uri):
        backend = open_backend(tracking_uri, schema)
        found = backend.experiment_id(experiment)
        if found is None:
            raise StoreError(
                f"nothing of {experiment} is recorded yet", hint=f"sandbox sweep {experiment}"
            )
        told = backend.told(found, view.sweep)
        parent = next((one.run_id for one in told if KEY not in one.tags), None)
        state = view_state(view, parent, ranked=any(RANK in one.tags for one in told))
        backend.set_experiment_tag(found, f"{_TAG}{name}", state)
    return found, name


def experiment_url(
    url: str, experiment_id: str, *, view: str | None = None, charts: bool = False
) -> str:
    """The page of an experiment below the UI's address, the runs of a sweep nested.

    MLflow opens an experiment among traces of language models unless it is told what this is.

    Args:
        view: name of one that was shared; the page has its columns then.
        charts: the curves of the runs, not their table.
    """
    asked = {"workflowType": "machine_learning"}
    asked |= {"viewStateShareKey": view} if view else {}
    asked |= {"compareRunsMode": "CHART"} if charts else {}
    return f"{url.rstrip('/')}/#/experiments/{experiment_id}/runs?{urlencode(asked)}"

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.domain import Run, Sweep
from sandbox.errors import StoreError
from sandbox.interfaces import Findings
from sandbox.recorders import MlflowRecorder, View, experiment_url, share_view
from sandbox.recorders.store import open_client
from sandbox.recorders.views import view_state

VIEW = View("s1", ["lr", "a`b"], ["acc", "val/loss", "x", "y"], "val/loss", "min")


def test_few_columns_the_tunables_first_then_what_counts() -> None:
    state = json.loads(view_state(VIEW))
    assert (
        state["selectedColumns"]
        == state["columnOrder"]
        == [
            "params.`lr`",
            "params.`a:u60:b`",
            "metrics.`val/loss`",
            "tags.`sandbox.verdict`",
            "metrics.`best_val/loss`",
            "metrics.`acc`",
            "metrics.`x`",
        ]
    )
    assert (state["orderByKey"], state["orderByAsc"]) == ("metrics.`val/loss`", True)
    many = View("s1", [f"t{n}" for n in range(99)], [f"m{n}" for n in range(500)], "m7", "max")
    assert len(json.loads(view_state(many))["selectedColumns"]) <= 12
    assert len(view_state(many)) < 5000


def test_without_a_main_metric_runs_are_nested_below_their_sweep() -> None:
    state = json.loads(view_state(View("s1"), "abc"))
    assert state["orderByKey"] == "attributes.start_time"
    assert state["runsExpanded"] == {"abc": True}


def test_a_shared_view_is_sorted_by_rank_where_there_is_one(
    recorder: MlflowRecorder, sweep: Sweep, make_run: Any, schema: Path
) -> None:
    run: Run = make_run(1)
    recorder.record(sweep, run)
    uri = recorder.tracking_uri
    client = open_client(uri)

    def shared() -> Any:
        view = View(sweep.id, ["lr"], ["loss"], "loss", "min")
        found, name = share_view(uri, view, experiment=sweep.workspace, schema=schema)
        assert name == f"sandbox-{sweep.id}"
        return json.loads(client.get_experiment(found).tags[f"mlflow.sharedViewState.{name}"])

    assert shared()["orderByKey"] == "metrics.`loss`"
    recorder.finish(sweep, "succeeded", Findings(ranks={run.key: 1}))
    assert (shared()["orderByKey"], shared()["orderByAsc"]) == ("tags.`sandbox.rank`", True)
    with pytest.raises(StoreError, match="nothing of nosuch"):
        share_view(uri, VIEW, experiment="nosuch", schema=schema)


def test_an_address_says_what_the_page_is_to_show() -> None:
    url = experiment_url("http://h:1/", "7", view="sandbox-s1", charts=True)
    assert url == (
        "http://h:1/#/experiments/7/runs?workflowType=machine_learning"
        "&viewStateShareKey=sandbox-s1&compareRunsMode=CHART"
    )

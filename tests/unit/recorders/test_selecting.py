"""A sweep that is read at once is the one that MLflow's own client would have read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from sandbox.domain import Run, RunStatus, Scalar, Sweep
from sandbox.errors import StoreError
from sandbox.recorders import MlflowRecorder, has_experiment, load_experiment, load_runs
from sandbox.recorders.store import open_client

MakeRun = Callable[..., Run]
BY_THE_CLIENT = "?timeout=60"
"""Options in a store's address: such a one is left to MLflow's client."""


def test_both_ways_read_the_same(
    recorder: MlflowRecorder, store_uri: str, sweep: Sweep, make_run: MakeRun
) -> None:
    odd = (Scalar("loss", math.nan, 1), Scalar("loss", 0.5, 2.5), Scalar("acc", 9.0, None, "%"))
    runs = [
        make_run(0),
        make_run(1, status=RunStatus.pruned, cause="loss 2 at step 3", scalars=odd),
        make_run(2, status=RunStatus.failed, notes=("it's odd",)),
    ]
    recorder.begin(sweep)
    recorder.record_all(sweep, runs)
    recorder.begin(replace(sweep, id="another"))
    recorder.record(replace(sweep, id="another"), make_run(3))
    read = [
        load_runs(
            f"{store_uri}{options}", experiment=sweep.workspace, sweep_id=sweep.id, scalars=True
        )
        for options in ("", BY_THE_CLIENT)
    ]
    assert len(read[0].runs) == 3
    assert repr(read[0]) == repr(read[1])


def test_what_was_deleted_in_the_ui_is_left_out(
    recorder: MlflowRecorder, store_uri: str, sweep: Sweep, make_run: MakeRun
) -> None:
    recorder.begin(sweep)
    gone, _ = recorder.record_all(sweep, [make_run(0), make_run(1)])
    open_client(store_uri).delete_run(gone)
    assert len(load_runs(store_uri, experiment=sweep.workspace, sweep_id=sweep.id).runs) == 1


def test_runs_are_read_by_their_ids_both_ways_the_same(
    recorder: MlflowRecorder, store_uri: str, sweep: Sweep, make_run: MakeRun
) -> None:
    recorder.begin(sweep)
    first, second = recorder.record_all(sweep, [make_run(0), make_run(1)])
    wanted = (second, "f" * 32, first)
    read = [
        load_runs(f"{store_uri}{options}", experiment="", run_ids=wanted, scalars=True)
        for options in ("", BY_THE_CLIENT)
    ]
    assert [run.run_id for run in read[0].runs] == [second, first]
    assert read[0].notes == (f"no run {'f' * 32} in the tracking store",)
    assert repr(read[0]) == repr(read[1])


def test_what_others_recorded_is_read_by_the_experiments_name(store_uri: str) -> None:
    client = open_client(store_uri)
    experiment = client.create_experiment("theirs")
    for at in range(3):
        run_id = client.create_run(experiment, run_name=f"try {at}").info.run_id
        client.log_param(run_id, "lr", str(at))
        for step in range(4):
            client.log_metric(run_id, "val/loss", 1 / (1 + step + at), step=step)
        client.set_terminated(run_id)
    client.delete_run(run_id)
    assert has_experiment(store_uri, "theirs")
    assert not has_experiment(store_uri, "nobodys")
    read = [
        load_experiment(f"{store_uri}{options}", experiment="theirs", scalars=True)
        for options in ("", BY_THE_CLIENT)
    ]
    assert repr(read[0]) == repr(read[1])
    assert read[0].sweep is None
    assert [run.parameters["lr"] for run in read[0].runs] == ["0", "1"]
    assert [len(run.scalars) for run in read[0].runs] == [4, 4]
    with pytest.raises(StoreError, match="nothing of nobodys"):
        load_experiment(store_uri, experiment="nobodys")

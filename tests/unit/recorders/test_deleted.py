"""What was deleted in MLflow, by its pages or by `mlflow gc`, before, while and after recording."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.domain import Note, Run, Sweep
from sandbox.errors import InputError, StoreError
from sandbox.interfaces import Findings
from sandbox.recorders import (
    MlflowRecorder,
    latest_sweep,
    load_experiment,
    load_runs,
    tell_notes,
)
from sandbox.recorders.store import sqlite_path

MakeRun = Callable[..., Run]
EXPERIMENT = "makemore"


def delete(uri: str, run_ids: Iterable[str]) -> None:
    """As the UI does."""
    told = "update runs set lifecycle_stage = 'deleted', deleted_time = 1 where run_uuid = ?"
    execute(uri, told, *run_ids)


def collect(uri: str, run_ids: Iterable[str]) -> None:
    """As `mlflow gc` does."""
    for table in ("tags", "params", "metrics", "latest_metrics", "runs"):
        execute(uri, f"delete from {table} where run_uuid = ?", *run_ids)


def execute(uri: str, statement: str, *run_ids: str) -> None:
    with closing(sqlite3.connect(str(sqlite_path(uri)))) as store, store:
        store.executemany(statement, [[run_id] for run_id in run_ids])


def stages(uri: str) -> dict[str, str]:
    with closing(sqlite3.connect(str(sqlite_path(uri)))) as store:
        return dict(store.execute("select run_uuid, lifecycle_stage from runs"))


def test_some_deleted_runs_are_left_out_and_counted(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    ids = [recorder.record(sweep, make_run(number)) for number in range(4)]
    delete(recorder.tracking_uri, ids[1:3])
    loaded = load_runs(recorder.tracking_uri, experiment=EXPERIMENT)
    assert [run.run_id for run in loaded.runs] == [ids[0], ids[3]]
    assert loaded.notes == ("2 runs of it were deleted in MLflow, and left out here",)
    assert load_experiment(recorder.tracking_uri, experiment=EXPERIMENT).notes == loaded.notes


def test_a_run_that_a_later_one_replaced_is_no_deleted_one(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    recorder.record(sweep, make_run(0))
    recorder.record(sweep, make_run(0, started_at=1795219999.0))
    assert load_runs(recorder.tracking_uri, experiment=EXPERIMENT).notes == ()


def test_a_sweep_whose_own_run_was_deleted_is_known_all_the_same(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    recorder.record(sweep, make_run(0))
    delete(recorder.tracking_uri, [recorder.begin(sweep)])
    loaded = load_runs(recorder.tracking_uri, experiment=EXPERIMENT, sweep_id=sweep.id)
    assert (loaded.sweep, len(loaded.runs), loaded.notes) == (sweep, 1, ())


@pytest.mark.parametrize("what", ["sweep", "runs"])
def test_of_a_sweep_that_was_deleted_it_is_said_and_how_it_comes_back(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun, what: str
) -> None:
    uri = recorder.tracking_uri
    ids = [recorder.record(sweep, make_run(number)) for number in range(2)]
    delete(uri, [*ids, recorder.begin(sweep)] if what == "sweep" else ids)
    with pytest.raises(InputError, match=r"all runs of sweep .* were deleted in MLflow \(2\)") as e:
        load_runs(uri, experiment=EXPERIMENT, sweep_id=sweep.id)
    assert f"sandbox ui {sweep.id}" in str(e.value.hint)
    with pytest.raises(InputError, match="all runs of experiment makemore were deleted"):
        load_experiment(uri, experiment=EXPERIMENT)
    assert latest_sweep(uri, experiment=EXPERIMENT) == (None if what == "sweep" else sweep.id)
    assert latest_sweep(uri, experiment=EXPERIMENT, deleted=True) == sweep.id


def test_of_a_sweep_that_is_gone_for_good_its_journal_is_named(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    ids = [recorder.record(sweep, make_run(0)), recorder.begin(sweep)]
    collect(recorder.tracking_uri, ids)
    with pytest.raises(StoreError, match="is not in the tracking store") as error:
        load_runs(recorder.tracking_uri, experiment=EXPERIMENT, sweep_id=sweep.id)
    assert error.value.hint == "what else is known of it: sandbox journal makemore"


def test_a_deleted_run_that_is_named_is_read_and_said_to_be_deleted(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    run_id = recorder.record(sweep, make_run(0))
    delete(recorder.tracking_uri, [run_id])
    loaded = load_runs(recorder.tracking_uri, experiment=EXPERIMENT, run_ids=[run_id])
    assert len(loaded.runs) == 1
    assert loaded.notes == (f"run {run_id} was deleted in MLflow, and is compared all the same",)


def test_a_note_brings_nothing_back(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    uri, run = recorder.tracking_uri, make_run(0)
    ids = [recorder.record(sweep, run), recorder.begin(sweep)]
    notes = {run.key: [Note(sweep.id, run.key, run.name, "thought", 1e9)]}

    def tell() -> frozenset[str]:
        return tell_notes(uri, notes, experiment=EXPERIMENT, sweep_id=sweep.id)

    assert tell() == {run.key}
    delete(uri, ids)
    assert tell() == frozenset()
    assert set(stages(uri).values()) == {"deleted"}


def test_a_note_makes_no_store(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/none.db"
    assert tell_notes(uri, {}, experiment="x", sweep_id="y") is None
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("take", [delete, collect])
@pytest.mark.parametrize("what", ["run", "sweep"])
def test_what_is_taken_away_in_the_middle_ends_no_recording(
    recorder: MlflowRecorder,
    sweep: Sweep,
    make_run: MakeRun,
    take: Callable[[str, Iterable[str]], None],
    what: str,
) -> None:
    uri = recorder.tracking_uri
    first = recorder.record(sweep, make_run(0))
    parent = recorder.begin(sweep)
    take(uri, [first if what == "run" else parent])
    second = recorder.record(sweep, make_run(1))
    recorder.finish(sweep, "succeeded", Findings({"Best": ["lr=0.1"]}))
    loaded = load_runs(uri, experiment=EXPERIMENT, sweep_id=sweep.id)
    assert loaded.sweep == sweep
    assert {run.run_id for run in loaded.runs} == ({second} if what == "run" else {first, second})
    assert stages(uri)[recorder.begin(sweep)] == "active"


def test_an_experiment_that_is_taken_away_in_the_middle_is_made_anew(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    uri = recorder.tracking_uri
    collect(uri, [recorder.record(sweep, make_run(0)), recorder.begin(sweep)])
    execute(uri, "delete from experiments where experiment_id = ?", recorder.experiment_id)
    recorder.record(sweep, make_run(1))
    recorder.finish(sweep, "succeeded")
    assert len(load_runs(uri, experiment=EXPERIMENT).runs) == 1

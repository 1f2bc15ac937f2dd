from __future__ import annotations

import math
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.domain import Run, RunStatus, Scalar, Sweep, Tweak
from sandbox.errors import StoreError
from sandbox.recorders import (
    Journal,
    MemoryRecorder,
    MlflowRecorder,
    latest_experiment,
    latest_sweep,
    load,
    load_runs,
    record_pending,
)

MakeRun = Callable[..., Run]
EXPERIMENT = "makemore"


@pytest.fixture
def client(store_uri: str) -> Any:
    from sandbox.recorders.store import open_client

    return open_client(store_uri)


def again(recorder: MlflowRecorder, folder: Path) -> MlflowRecorder:
    """A recorder of another process, as far as it knows."""
    return MlflowRecorder(
        recorder.tracking_uri, folder / "artifacts", experiment=EXPERIMENT, lock=folder / "lock"
    )


def as_loaded(run: Run, run_id: str) -> Run:
    return replace(run, artifacts={}, run_id=run_id, scalars=())


def test_a_sweep_comes_back_as_it_was_recorded(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    runs = [make_run(number) for number in range(3)]
    ids = [recorder.record(sweep, run) for run in runs]
    recorder.finish(sweep, "succeeded")
    loaded = load_runs(recorder.tracking_uri, experiment=EXPERIMENT)
    assert loaded.sweep == sweep
    assert loaded.runs == tuple(map(as_loaded, runs, ids))
    assert loaded.notes == ()
    assert latest_sweep(recorder.tracking_uri, experiment=EXPERIMENT) == sweep.id


def test_best_values_and_numbers_of_repeats_are_for_the_ui_only(
    recorder: MlflowRecorder, client: Any, sweep: Sweep, make_run: MakeRun
) -> None:
    scalars = tuple(Scalar("loss", value, step) for step, value in enumerate((3.0, 0.5, 1.0)))
    run = make_run(0, scalars=scalars, metrics={"loss": 1.0}, repeat=2)
    shown = client.get_run(recorder.record(sweep, run))
    assert shown.data.metrics["best_loss"] == 0.5
    assert shown.info.run_name == "lr=0.0 #3"
    (loaded,) = load_runs(recorder.tracking_uri, experiment=EXPERIMENT, scalars=True).runs
    assert (loaded.name, loaded.metrics, loaded.scalars) == (run.name, run.metrics, scalars)


def test_a_guess_comes_back_with_its_sweep(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    guessed = replace(sweep, guess="lr: up, big")
    recorder.record(guessed, make_run(0))
    assert load_runs(recorder.tracking_uri, experiment=EXPERIMENT).sweep == guessed


@pytest.mark.parametrize("status", list(RunStatus))
def test_every_status_comes_back_with_its_cause(
    recorder: MlflowRecorder, client: Any, sweep: Sweep, make_run: MakeRun, status: RunStatus
) -> None:
    run_id = recorder.record(sweep, make_run(0, status=status, cause="because", exit_code=3))
    expected = {RunStatus.succeeded: "FINISHED", RunStatus.cancelled: "KILLED"}
    assert client.get_run(run_id).info.status == expected.get(status, "FAILED")
    (run,) = load_runs(recorder.tracking_uri, experiment=EXPERIMENT).runs
    assert (run.status, run.cause, run.exit_code) == (status, "because", 3)


def test_curves_come_back_point_by_point(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    scalars = (
        Scalar("loss", 0.1, 0),
        Scalar("acc", 12.5, None, "%"),
        Scalar("loss", math.inf, 10),
        Scalar("loss", -math.inf, 20),
        Scalar("loss", 5e-324, 20),
        Scalar("epoch_loss", 1.5, 1.25),
        Scalar("acc", 13.5, None, "%"),
        Scalar("точность", 1 / 3, -5),
        Scalar("\U0001f680", 2.0, 2**63 - 1),
    )
    recorder.record(sweep, make_run(0, scalars=scalars, metrics={"acc": 13.5}))
    (run,) = load_runs(recorder.tracking_uri, experiment=EXPERIMENT, scalars=True).runs
    assert run.scalars == scalars


def test_nan_stays_nan_and_the_last_finite_value_is_the_metric(
    recorder: MlflowRecorder, client: Any, sweep: Sweep, make_run: MakeRun
) -> None:
    scalars = (Scalar("loss", 0.5, 0), Scalar("loss", math.nan, 1))
    diverged = make_run(0, scalars=scalars, metrics={"loss": 0.5}, status=RunStatus.diverged)
    run_id = recorder.record(sweep, diverged)
    assert math.isnan(client.get_run(run_id).data.metrics["loss"])
    (run,) = load_runs(recorder.tracking_uri, experiment=EXPERIMENT, scalars=True).runs
    assert run.metrics == {"loss": 0.5}
    assert math.isnan(run.scalars[1].value)


def test_a_metric_without_points_is_recorded_too(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    recorder.record(sweep, make_run(0, scalars=(), metrics={"score": 0.9}))
    (run,) = load_runs(recorder.tracking_uri, experiment=EXPERIMENT).runs
    assert run.metrics == {"score": 0.9}


@pytest.mark.parametrize(
    "text", ["\ud800", "nul\0nul", "line\u2028line", "\x1b[2J", "'; DROP TABLE runs;--", "\u202e"]
)
def test_no_text_of_studied_code_breaks_recording(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun, text: str
) -> None:
    hostile = make_run(
        0,
        name=text,
        cause=text,
        parameters={text: text},
        tweaks=(Tweak(text, text, text),),
        metrics={text: 1.0},
        scalars=(Scalar(text, 1.0, 0, text, text),),
        notes=(text,),
        artifacts={text: text},
        status=RunStatus.failed,
    )
    run_id = recorder.record(sweep, hostile)
    loaded = load_runs(recorder.tracking_uri, experiment=EXPERIMENT, run_ids=[run_id], scalars=True)
    assert loaded.notes == ()
    assert loaded.runs[0].metrics == {text: 1.0}
    assert list(loaded.runs[0].parameters) == [text]


def test_the_page_in_the_ui_says_what_it_should(
    recorder: MlflowRecorder, client: Any, sweep: Sweep, make_run: MakeRun, tmp_path: Path
) -> None:
    (tmp_path / "log.txt").write_text("printed")
    files = {"log.txt": str(tmp_path / "log.txt"), "passwd": "/proc/self/exe"}
    run_id = recorder.record(sweep, make_run(1, artifacts=files))
    run = client.get_run(run_id)
    parent = client.get_run(run.data.tags["mlflow.parentRunId"])
    assert run.info.run_name == "lr=0.1"
    assert run.info.end_time - run.info.start_time == 6500
    assert run.data.params == {"lr": "0.1", "max-steps": "1001"}
    assert run.data.tags["sandbox.key"] == "variant1-0"
    assert run.data.tags["sandbox.repo"] == sweep.repo
    assert "- lr: **0.1**" in run.data.tags["mlflow.note.content"]
    assert "passwd" in run.data.tags["sandbox.notes"]
    assert [file.path for file in client.list_artifacts(run_id)] == ["log.txt"]
    assert "does the rate matter?" in parent.data.tags["mlflow.note.content"]
    assert Path(client.download_artifacts(run_id, "log.txt")).read_text() == "printed"


def test_a_run_given_again_by_another_process_is_recorded_once(
    recorder: MlflowRecorder, client: Any, sweep: Sweep, make_run: MakeRun, tmp_path: Path
) -> None:
    first = recorder.record(sweep, make_run(0))
    assert again(recorder, tmp_path).record(sweep, make_run(0)) == first
    assert len(client.search_runs([recorder.experiment_id])) == 2


def test_a_run_executed_anew_replaces_the_former(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun, tmp_path: Path
) -> None:
    recorder.record(sweep, make_run(0, status=RunStatus.lost))
    anew = make_run(0, started_at=1795219999.0)
    recorder.record(sweep, anew)
    second = again(recorder, tmp_path)
    assert second.record(sweep, anew) == second.record(sweep, anew)
    runs = load_runs(recorder.tracking_uri, experiment=EXPERIMENT).runs
    assert [run.status for run in runs] == [RunStatus.succeeded]


def test_what_was_deleted_in_the_ui_stays_deleted_but_the_sweep_goes_on(
    recorder: MlflowRecorder, client: Any, sweep: Sweep, make_run: MakeRun, tmp_path: Path
) -> None:
    gone = recorder.record(sweep, make_run(0))
    client.delete_run(gone)
    client.delete_run(recorder.begin(sweep))
    second = again(recorder, tmp_path)
    assert second.record(sweep, make_run(0)) == gone
    second.record(sweep, make_run(1))
    loaded = load_runs(recorder.tracking_uri, experiment=EXPERIMENT)
    assert loaded.sweep == sweep
    assert [run.variant for run in loaded.runs] == ["variant1"]


def test_an_experiment_deleted_in_the_ui_is_taken_back(
    recorder: MlflowRecorder, client: Any, sweep: Sweep, make_run: MakeRun, tmp_path: Path
) -> None:
    recorder.begin(sweep)
    client.delete_experiment(recorder.experiment_id)
    again(recorder, tmp_path).record(sweep, make_run(0))
    assert len(load_runs(recorder.tracking_uri, experiment=EXPERIMENT).runs) == 1


def test_a_damaged_run_is_named_and_the_others_are_read(
    recorder: MlflowRecorder, client: Any, sweep: Sweep, make_run: MakeRun
) -> None:
    bad = recorder.record(sweep, make_run(0))
    recorder.record(sweep, make_run(1))
    client.set_tag(bad, "sandbox.tweaks", "{not json")
    loaded = load_runs(recorder.tracking_uri, experiment=EXPERIMENT)
    assert [run.variant for run in loaded.runs] == ["variant1"]
    assert bad in loaded.notes[0]


def test_runs_that_others_recorded_can_be_read(recorder: MlflowRecorder, client: Any) -> None:
    foreign = client.create_run("0", run_name="theirs")
    client.log_param(foreign.info.run_id, "lr", "0.1")
    client.log_metric(foreign.info.run_id, "loss", 0.5, step=3)
    client.set_terminated(foreign.info.run_id)
    ids = [foreign.info.run_id]
    loaded = load_runs(recorder.tracking_uri, experiment="x", run_ids=ids, scalars=True)
    (run,) = loaded.runs
    assert loaded.sweep is None
    assert (run.name, run.parameters, run.metrics) == ("theirs", {"lr": "0.1"}, {"loss": 0.5})
    assert run.scalars == (Scalar("loss", 0.5, 3),)
    assert run.status is RunStatus.succeeded


def test_asking_for_what_is_not_there_is_an_error_with_a_hint(
    recorder: MlflowRecorder, sweep: Sweep
) -> None:
    with pytest.raises(StoreError, match="nothing of other"):
        load_runs(recorder.tracking_uri, experiment="other")
    assert latest_sweep(recorder.tracking_uri, experiment="other") is None
    recorder.begin(sweep)
    with pytest.raises(StoreError, match="sweep absent of makemore is not in") as caught:
        load_runs(recorder.tracking_uri, experiment=EXPERIMENT, sweep_id="absent")
    assert caught.value.hint


def test_the_latest_experiment_is_that_of_the_sweep_that_started_last(
    recorder: MlflowRecorder, sweep: Sweep, tmp_path: Path
) -> None:
    recorder.begin(sweep)
    other = MlflowRecorder(
        recorder.tracking_uri, tmp_path / "a", experiment="other", lock=tmp_path / "lock"
    )
    other.begin(replace(sweep, id="earlier", started_at=sweep.started_at - 1))
    assert latest_experiment(recorder.tracking_uri) == recorder.experiment_id
    other.begin(replace(sweep, id="later", started_at=sweep.started_at + 1))
    assert latest_experiment(recorder.tracking_uri) == other.experiment_id


def test_runs_that_are_not_there_are_named_and_the_others_are_read(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    run_id = recorder.record(sweep, make_run(0))
    ids = ["0" * 32, "../odd", run_id]
    loaded = load_runs(recorder.tracking_uri, experiment=EXPERIMENT, run_ids=ids)
    assert [run.run_id for run in loaded.runs] == [run_id]
    assert len(loaded.notes) == 2
    assert "0000" in loaded.notes[0]


def test_reading_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing of makemore"):
        load_runs(f"sqlite:///{tmp_path}/absent.db", experiment=EXPERIMENT)
    assert latest_sweep(f"sqlite:///{tmp_path}/absent.db", experiment=EXPERIMENT) is None
    assert latest_experiment(f"sqlite:///{tmp_path}/absent.db") is None
    assert list(tmp_path.iterdir()) == []


def test_many_points_are_all_recorded(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    scalars = tuple(Scalar("loss", 1 / (step + 1), step) for step in range(2500))
    recorder.record(sweep, make_run(0, scalars=scalars, metrics={}))
    (run,) = load_runs(recorder.tracking_uri, experiment=EXPERIMENT, scalars=True).runs
    assert run.scalars == scalars


def test_threads_may_share_a_recorder(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun
) -> None:
    def record(start: int) -> None:
        for number in range(start, start + 5):
            recorder.record(sweep, make_run(number))

    threads = [threading.Thread(target=record, args=(10 * n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(load_runs(recorder.tracking_uri, experiment=EXPERIMENT).runs) == 15


def test_a_read_only_store_is_said(
    store_uri: str, sweep: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # MLflow takes "file:" for the name of a folder, and makes it
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as store:
        store.execute("pragma journal_mode=delete")
    uri = f"sqlite:///file:{tmp_path}/mlflow.db?mode=ro&uri=true"
    reader = MlflowRecorder(uri, tmp_path / "a", experiment="new", lock=tmp_path / "lock")
    with pytest.raises(StoreError, match="readonly") as caught:
        reader.begin(sweep)
    assert "writable" in str(caught.value.hint)


# ---------------------------------------------------------------- from the journal


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl")


def test_only_what_is_not_recorded_yet_is_recorded(
    journal: Journal, sweep: Sweep, make_run: MakeRun
) -> None:
    recorder = MemoryRecorder()
    with journal:
        assert record_pending(journal, recorder) == 0
        journal.sweep(sweep)
        journal.run(make_run(0))
        assert record_pending(journal, recorder) == 1
        journal.run(make_run(1))
        assert record_pending(journal, recorder) == 1
        assert record_pending(journal, recorder) == 0
        assert recorder.sweeps[sweep.id] == (sweep, None)
        journal.ended("succeeded")
        record_pending(journal, recorder)
    assert recorder.sweeps[sweep.id] == (sweep, "succeeded")
    assert len(load(journal.path).recorded) == 2


def test_a_sweep_left_open_can_be_ended(journal: Journal, sweep: Sweep) -> None:
    recorder = MemoryRecorder()
    with journal:
        journal.sweep(sweep)
        record_pending(journal, recorder, end="cancelled")
    assert recorder.sweeps[sweep.id] == (sweep, "cancelled")
    assert load(journal.path).ended == "cancelled"


KILLED = Path(__file__).with_name("killed_while_recording.py")


@pytest.mark.slow
@pytest.mark.parametrize("options", ["", "?timeout=60"], ids=["inserted", "by the client"])
def test_after_a_kill_between_any_two_writes_every_run_is_there_once(
    schema: Path, sweep: Sweep, make_run: MakeRun, tmp_path: Path, options: str
) -> None:
    """SECURITY RC-07: the process dies before its first write, its second, … its last."""
    seed = Journal(tmp_path / "seed.jsonl")
    (tmp_path / "log.txt").write_text("printed")
    seed.sweep(sweep)
    for number in range(2):
        seed.run(make_run(number, artifacts={"log.txt": str(tmp_path / "log.txt")}))
    seed.ended("succeeded")
    files = [KILLED, schema, seed.path, tmp_path]
    command = [sys.executable, *map(str, files), options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    deaths = int(done.stdout)
    assert deaths >= 10, done.stderr
    for number in range(deaths):
        folder = tmp_path / f"death{number}"
        uri = f"sqlite:///{folder}/mlflow.db{options}"
        recorder = MlflowRecorder(
            uri, folder, experiment=EXPERIMENT, lock=folder / "lock", schema=schema
        )
        with Journal(folder / "journal.jsonl") as journal:
            record_pending(journal, recorder)
        with closing(sqlite3.connect(folder / "mlflow.db")) as store:
            runs = store.execute("select status, lifecycle_stage from runs").fetchall()
        assert runs == [("FINISHED", "active")] * 3, number
        loaded = load_runs(uri, experiment=EXPERIMENT, scalars=True)
        expected = [replace(make_run(n), artifacts={}, run_id=None) for n in range(2)]
        assert [replace(run, run_id=None) for run in loaded.runs] == expected

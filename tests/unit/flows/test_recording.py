"""The Scribe: journal at once, tracking store from a thread."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import api
from sandbox.domain import Run, Sweep
from sandbox.errors import InputError, StoreError
from sandbox.flows.results.recording import Scribe, tracking_uri
from sandbox.interfaces import Recorder
from sandbox.recorders import Journal, MemoryRecorder, load
from tests.support.made_runs import make_run

SWEEP = Sweep("20260304-050607-a1b2", "w", "/r", "c", "train.py", "e", 2, "sandbox sweep", 1.0)


class BrokenRecorder(MemoryRecorder):
    """Fails with every run."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def record(self, sweep: Sweep, run: Run) -> str:
        raise self._error


def write(path: Path, recorder: Recorder, *runs: Run) -> Scribe:
    with Journal(path) as journal:
        scribe = Scribe(SWEEP, journal, recorder, lambda _count: None)
        with scribe:
            for run in runs:
                scribe.start(run.key, run.name)
                scribe.take(run)
            scribe.end("succeeded")
    return scribe


def test_runs_stand_in_journal_and_store(tmp_path: Path) -> None:
    recorder = MemoryRecorder()
    runs = (make_run(), make_run({"lr": "0.1"}))
    scribe = write(tmp_path / "journal.jsonl", recorder, *runs)
    contents = load(tmp_path / "journal.jsonl")
    assert [run.key for run in contents.runs] == [run.key for run in runs]
    assert dict(contents.recorded) == scribe.run_ids
    assert contents.unfinished == ()
    assert recorder.sweeps[SWEEP.id][1] == contents.ended == "succeeded"


def test_a_store_that_fails_loses_nothing_and_is_told(tmp_path: Path) -> None:
    scribe = write(tmp_path / "journal.jsonl", BrokenRecorder(StoreError("disk full")), make_run())
    contents = load(tmp_path / "journal.jsonl")
    assert str(scribe.problem) == "disk full"
    assert len(contents.runs) == 1
    assert contents.recorded == {}
    assert contents.ended == "succeeded"


def test_a_store_that_is_no_address_is_told(tmp_path: Path) -> None:
    environ = {"MLFLOW_TRACKING_URI": "http://[bad"}
    context = api.connect(tmp_path, engine="local", environ=environ, folder=tmp_path)
    with pytest.raises(InputError, match=r"the tracking store 'http://\[bad' is no address"):
        tracking_uri(context)


def test_a_bug_in_recording_keeps_its_trace_and_the_journal(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        write(tmp_path / "journal.jsonl", BrokenRecorder(ZeroDivisionError()), make_run())
    contents = load(tmp_path / "journal.jsonl")
    assert len(contents.runs) == 1
    assert contents.ended == "succeeded"

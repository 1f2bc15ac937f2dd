"""Runs that are inserted at once are those that MLflow's own client would have written."""

from __future__ import annotations

import math
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.domain import Run, RunStatus, Scalar, Sweep
from sandbox.recorders import MlflowRecorder

MakeRun = Callable[..., Run]
BY_THE_CLIENT = "?timeout=60"
"""Options in a store's address: such a one is left to MLflow's client."""

TABLES = ("runs", "tags", "params", "metrics", "latest_metrics", "inputs", "logged_model_metrics")


def recorded(folder: Path, store: Path, sweep: Sweep, runs: list[Run], options: str) -> Path:
    folder.mkdir()
    shutil.copy(store, folder / "mlflow.db")
    uri = f"sqlite:///{folder}/mlflow.db{options}"
    recorder = MlflowRecorder(uri, folder / "artifacts", experiment="e", lock=folder / "lock")
    recorder.begin(sweep)
    recorder.record_all(sweep, runs)
    recorder.finish(sweep, "succeeded")
    return folder


def rows(folder: Path) -> dict[str, list[str]]:
    """Everything, with runs called by their key and the folder by nothing."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as store:
        store.row_factory = sqlite3.Row
        ids = dict(store.execute("select run_uuid, value from tags where key = 'sandbox.key'"))
        ids |= dict(store.execute("select run_uuid, 'sweep' from tags where value = 'sweep'"))
        found = {
            table: [dict(row) for row in store.execute(f"select * from {table}")]
            for table in TABLES
        }
    found["runs"] = [row for row in found["runs"] if row["run_uuid"] in ids]
    for row in found["runs"]:
        row["end_time"] = None if ids[row["run_uuid"]] == "sweep" else row["end_time"]
    texts = {table: sorted(map(repr, those)) for table, those in found.items()}
    for run_id, name in {**ids, str(folder): ""}.items():
        texts = {
            table: sorted(text.replace(run_id, name) for text in those)
            for table, those in texts.items()
        }
    return texts


def files(folder: Path) -> list[tuple[str, str]]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted((path.name, path.read_text()) for path in found)


@pytest.fixture
def runs(make_run: MakeRun, tmp_path: Path) -> list[Run]:
    (tmp_path / "log.txt").write_text("printed")
    points = (
        *(Scalar("loss", value, 3) for value in (0.5, 0.5, math.nan, math.inf, -math.inf, 0.25)),
        Scalar("späť/loss", 1.0, 1.25),
        Scalar("acc", 93.0, unit="%"),
        Scalar("acc", math.nan),
    )
    return [
        make_run(0),
        make_run(1, scalars=points, artifacts={"log.txt": str(tmp_path / "log.txt"), "../x": "/"}),
        make_run(2, status=RunStatus.failed, cause="it raised", metrics={}, scalars=(), notes=()),
        make_run(3, name="", tweaks=(), parameters={"x": "y" * 9000, "\ud800": "\0"}),
        make_run(4, status=RunStatus.cancelled, artifacts={"gone": str(tmp_path / "gone")}),
    ]


def test_every_row_is_as_the_client_writes_it(
    made_store: Path, sweep: Sweep, runs: list[Run], tmp_path: Path
) -> None:
    ours = recorded(tmp_path / "a", made_store, sweep, runs, "")
    theirs = recorded(tmp_path / "b", made_store, sweep, runs, BY_THE_CLIENT)
    assert rows(ours) == rows(theirs)
    assert len(rows(ours)["runs"]) == len(runs) + 1
    assert files(ours / "artifacts") == files(theirs / "artifacts") == [("log.txt", "printed")]


def test_what_is_there_already_is_neither_doubled_nor_in_the_way(
    store_uri: str, sweep: Sweep, runs: list[Run], tmp_path: Path
) -> None:
    first, second = (
        MlflowRecorder(store_uri, tmp_path / "artifacts", experiment="e", lock=tmp_path / "lock")
        for _ in range(2)
    )
    first.begin(sweep)
    second.begin(sweep)
    ids = first.record_all(sweep, runs[:2])
    others = second.record_all(sweep, [runs[0], runs[2]])
    assert others[0] == ids[0]
    assert len({*ids, *others}) == 3
    third = MlflowRecorder(store_uri, tmp_path, experiment="e", lock=tmp_path / "lock")
    again = [*runs, replace(runs[1], started_at=runs[1].started_at + 5), runs[2]]
    known = third.record_all(sweep, again)
    assert known[2] == known[6] == others[1]
    assert known[1] == ids[1] != known[5]

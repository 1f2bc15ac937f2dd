"""Runs that are inserted at once are those that MLflow's own client would have written."""

from __future__ import annotations

import math
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.domain import Run, RunStatus, Scalar, Sweep
from sandbox.recorders import MlflowRecorder
from sandbox.recorders.store import open_client

MakeRun = Callable[..., Run]
BY_THE_CLIENT = "?timeout=60"
"""Options in a store's address: such a one is left to MLflow's client."""

TABLES = (
    "experiments",
    "experiment_tags",
    "runs",
    "tags",
    "params",
    "metrics",
    "latest_metrics",
    "inputs",
    "logged_model_metrics",
)
TIMES = ("creation_time", "last_update_time", "start_time", "end_time", "deleted_time")


def recorder_in(folder: Path, options: str, schema: Path) -> MlflowRecorder:
    uri = f"sqlite:///{folder}/mlflow.db{options}"
    return MlflowRecorder(
        uri, folder / "artifacts", experiment="e", lock=folder / "lock", schema=schema
    )


def recorded(
    folder: Path, schema: Path, sweep: Sweep, runs: list[Run], options: str
) -> MlflowRecorder:
    folder.mkdir()
    shutil.copy(schema.with_name("made.db"), folder / "mlflow.db")
    recorder = recorder_in(folder, options, schema)
    recorder.begin(sweep)
    recorder.record_all(sweep, runs)
    recorder.finish(sweep, "succeeded")
    return recorder


def rows(folder: Path) -> dict[str, list[str]]:
    """Everything; runs are called by their key, the folder by nothing, the last minute `now`."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as store:
        store.row_factory = sqlite3.Row
        ids = dict(store.execute("select run_uuid, value from tags where key = 'sandbox.key'"))
        ids |= dict(store.execute("select run_uuid, 'sweep' from tags where value = 'sweep'"))
        found = {
            table: [dict(row) for row in store.execute(f"select * from {table}")]
            for table in TABLES
        }
    now_ms = time.time() * 1000
    for row in (*found["runs"], *found["experiments"]):
        recent = (name for name in TIMES if name in row and 0 <= now_ms - (row[name] or 0) < 60_000)
        row.update(dict.fromkeys(recent, "now"))
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
    schema: Path, sweep: Sweep, runs: list[Run], tmp_path: Path
) -> None:
    ours, theirs = tmp_path / "a", tmp_path / "b"
    recorded(ours, schema, sweep, runs, "")
    recorded(theirs, schema, sweep, runs, BY_THE_CLIENT)
    assert rows(ours) == rows(theirs)
    assert len(rows(ours)["runs"]) == len(runs) + 1
    (parent,) = (row for row in rows(ours)["runs"] if "'run_uuid': 'sweep'" in row)
    assert "'end_time': 'now'" in parent
    assert any("'creation_time': 'now'" in row for row in rows(ours)["experiments"])
    assert files(ours / "artifacts") == files(theirs / "artifacts") == [("log.txt", "printed")]


def age(folder: Path) -> None:
    """So that what is written from now on can be told from it."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as store:
        store.execute("update experiments set creation_time = 1, last_update_time = 1")
        store.execute("update runs set end_time = 2 where name like '% %'")
        store.commit()


@pytest.mark.parametrize("status", ["succeeded", "cancelled", "failed"])
@pytest.mark.parametrize("deleted", ["experiment", "sweep", "nothing"])
def test_what_was_deleted_in_the_ui_and_how_a_sweep_ends_are_as_the_client_writes_them(
    schema: Path, sweep: Sweep, runs: list[Run], tmp_path: Path, *, deleted: str, status: str
) -> None:
    for name, options in (("a", ""), ("b", BY_THE_CLIENT)):
        folder = tmp_path / name
        former = recorded(folder, schema, sweep, runs[:2], options)
        client = open_client(former.tracking_uri)
        if deleted == "experiment":
            client.delete_experiment(former.experiment_id)
        elif deleted == "sweep":
            client.delete_run(former.begin(sweep))
        age(folder)
        recorder = recorder_in(folder, options, schema)
        recorder.begin(sweep)
        recorder.record_all(sweep, runs)
        recorder.finish(sweep, status)
    found = rows(tmp_path / "a")
    assert found == rows(tmp_path / "b")
    assert not any("'deleted'" in row for row in found["runs"] + found["experiments"])
    updated = [row for row in found["experiments"] if "'last_update_time': 'now'" in row]
    assert len(updated) == (deleted == "experiment")
    (parent,) = (row for row in found["runs"] if "'run_uuid': 'sweep'" in row)
    assert ("'end_time': 'now'" in parent) == (status != "succeeded")


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

"""Both ways to a store: MLflow's client, and plain SQL where the schema is known."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.domain import Run, Sweep
from sandbox.errors import StoreError
from sandbox.interfaces import Findings
from sandbox.recorders import MlflowRecorder, load_runs
from sandbox.recorders.backends import SqliteBackend, open_backend
from sandbox.recorders.store import open_client

MakeRun = Callable[..., Run]

WITHOUT_MLFLOW = """
import sys
from pathlib import Path
from sandbox.domain import Run, RunStatus, Scalar, Sweep
from sandbox.recorders import MlflowRecorder, latest_experiment, latest_sweep, load_runs
folder, schema = map(Path, sys.argv[1:])
uri = f"sqlite:///{folder}/mlflow.db"
recorder = MlflowRecorder(
    uri, folder / "artifacts", experiment="e", lock=folder / "lock", schema=schema
)
sweep = Sweep("s", "w", "r", "c", "train.py", "n", 2, "sandbox sweep", 1e9)
recorder.begin(sweep)
(folder / "log.txt").write_text("printed")
runs = [
    Run(
        variant=f"v{n}", name="", status=RunStatus.succeeded, entry="train.py", environment="n",
        commit="c", parameters={"lr": "1"}, scalars=(Scalar("loss", 0.5, 1),),
        artifacts={"log.txt": str(folder / "log.txt")}, started_at=1e9, elapsed_s=1.0,
    )
    for n in range(2)
]
recorder.record_all(sweep, runs)
recorder.finish(sweep, "succeeded")
loaded = load_runs(uri, experiment="e", schema=schema)
newest = latest_sweep(uri, experiment="e", schema=schema)
experiment = latest_experiment(uri, schema=schema) == recorder.experiment_id
heavy = {"mlflow", "sqlalchemy", "alembic", "requests"} & set(sys.modules)
print(len(loaded.runs), newest, experiment, sorted(heavy))
"""


def test_a_sweep_is_recorded_and_read_without_importing_mlflow(
    store_uri: str, schema: Path, tmp_path: Path, root: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_MLFLOW, str(tmp_path), str(schema)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "2 s True []", done.stderr
    assert list(tmp_path.glob("mlflow.db-*")) == []
    assert [path.read_text() for path in tmp_path.glob("artifacts/e/*/*/*")] == ["printed"] * 2
    client = open_client(store_uri)
    found = client.search_runs([client.get_experiment_by_name("e").experiment_id])
    assert [run.info.status for run in found] == ["FINISHED"] * 3


def test_what_mlflow_makes_of_a_store_is_remembered_when_it_opens_one(
    store_uri: str, schema: Path, tmp_path: Path
) -> None:
    memory = tmp_path / "cache" / "schema.txt"
    assert isinstance(open_backend(store_uri, memory), SqliteBackend)
    assert memory.read_text() == schema.read_text()


def test_where_nothing_can_be_remembered_the_store_is_used_all_the_same(
    store_uri: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert isinstance(open_backend(store_uri, tmp_path / "file" / "schema.txt"), SqliteBackend)


def changed(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as store:
        store.execute(statement)
        store.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "alter table tags add column weight integer",
        "alter table runs add column owner text not null default 'me'",
    ],
)
def test_tables_that_are_not_those_we_know_are_left_to_the_client(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun, tmp_path: Path, statement: str
) -> None:
    changed(tmp_path / "mlflow.db", statement)
    assert not isinstance(open_backend(recorder.tracking_uri, None), SqliteBackend)
    recorder.record(sweep, make_run(0))
    recorder.finish(sweep, "succeeded")
    loaded = load_runs(recorder.tracking_uri, experiment=sweep.workspace)
    assert len(loaded.runs) == 1
    assert loaded.sweep == sweep


def test_workspaces_of_mlflow_are_left_to_its_client(
    recorder: MlflowRecorder, sweep: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_WORKSPACES", "true")
    assert not isinstance(open_backend(recorder.tracking_uri, None), SqliteBackend)
    monkeypatch.delenv("MLFLOW_ENABLE_WORKSPACES")
    other = "insert into experiments (name, lifecycle_stage, workspace) values ('x', 'active', 't')"
    changed(tmp_path / "mlflow.db", other)
    with pytest.raises(StoreError, match="workspace"):
        recorder.begin(sweep)


def test_an_experiment_whose_files_lie_elsewhere_is_left_to_the_client(
    recorder: MlflowRecorder, sweep: Sweep, make_run: MakeRun, schema: Path, tmp_path: Path
) -> None:
    client = open_client(recorder.tracking_uri)
    made = client.create_experiment(sweep.workspace, "s3://bucket/files")
    backend = open_backend(recorder.tracking_uri, schema)
    assert backend.take_experiment(sweep.workspace, tmp_path) == (made, None)
    run_id = recorder.record(sweep, make_run(0))
    assert client.get_run(run_id).info.artifact_uri == f"s3://bucket/files/{run_id}/artifacts"


@pytest.mark.parametrize("options", ["", "?timeout=60"], ids=["by rows", "by the client"])
def test_a_sweep_that_was_deleted_in_the_ui_while_it_ran_comes_back_when_it_ends(
    store_uri: str, sweep: Sweep, schema: Path, tmp_path: Path, options: str
) -> None:
    recorder = MlflowRecorder(
        f"{store_uri}{options}", tmp_path, experiment="e", lock=tmp_path / "lock", schema=schema
    )
    client, parent = open_client(store_uri), recorder.begin(sweep)
    client.delete_run(parent)
    recorder.finish(sweep, "succeeded", Findings(summary={"Best": ["lr=0.1"]}))
    found = client.get_run(parent)
    assert (found.info.lifecycle_stage, found.info.status) == ("active", "FINISHED")
    assert "lr=0.1" in found.data.tags["mlflow.note.content"]


@pytest.mark.parametrize("options", ["", "?timeout=60"], ids=["by rows", "by the client"])
def test_the_newest_sweep_is_none_that_was_deleted(
    store_uri: str, sweep: Sweep, schema: Path, tmp_path: Path, options: str
) -> None:
    uri = f"{store_uri}{options}"
    recorder = MlflowRecorder(uri, tmp_path, experiment="e", lock=tmp_path / "lock", schema=schema)
    parent = recorder.begin(sweep)
    backend = open_backend(uri, schema)
    assert backend.experiment_id("e") == recorder.experiment_id
    assert backend.newest_sweep() == (recorder.experiment_id, sweep.id)
    assert backend.newest_sweep(recorder.experiment_id) == (recorder.experiment_id, sweep.id)
    assert backend.newest_sweep("0") is None
    open_client(store_uri).delete_run(parent)
    assert backend.newest_sweep() is None
    assert backend.newest_sweep(recorder.experiment_id) is None

from __future__ import annotations

import logging
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from sandbox.domain import Sweep
from sandbox.errors import StoreError
from sandbox.recorders import MlflowRecorder
from sandbox.recorders.store import (
    is_server,
    open_client,
    sqlite_path,
    translated,
    without_password,
)

AT_ONCE = Path(__file__).with_name("recording_at_once.py")


@pytest.mark.slow
@pytest.mark.parametrize("is_made", [False, True], ids=["fresh", "made before"])
def test_five_processes_that_use_a_store_at_once_find_one_experiment(
    made_store: Path, schema: Path, tmp_path: Path, root: Path, *, is_made: bool
) -> None:
    if is_made:
        shutil.copy(made_store, tmp_path / "mlflow.db")
        shutil.copy(schema, tmp_path / "schema.txt")
    done = subprocess.run(
        [sys.executable, str(AT_ONCE), str(tmp_path), "5"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "MLflow's own talk is switched off"
    assert len(set(done.stdout.split())) == 1
    assert (tmp_path / "schema.txt").read_text() == schema.read_text()
    assert list(tmp_path.glob("mlflow.db-*")) == []
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as store:
        names = store.execute("select name from experiments where name = 'one'").fetchall()
        runs = store.execute("select status, count(*) from runs group by 1").fetchall()
    assert names == [("one",)]
    assert runs == [("FINISHED", 105)]


@pytest.mark.slow
def test_the_store_can_be_read_while_it_is_written(made_store: Path) -> None:
    with closing(sqlite3.connect(made_store)) as store:
        assert store.execute("pragma journal_mode").fetchone() == ("wal",)


def test_a_store_of_a_newer_mlflow_is_named_and_left_as_it_is(
    recorder: MlflowRecorder, sweep: Sweep, tmp_path: Path
) -> None:
    database = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(database)) as store:
        store.execute("pragma journal_mode=delete")
        store.execute("update alembic_version set version_num = 'from2030'")
        store.execute("drop table jobs") if _has(store, "jobs") else None
        store.commit()
    before = database.read_bytes()
    with pytest.raises(StoreError, match=r"newer MLflow.*from2030") as caught:
        recorder.begin(sweep)
    assert caught.value.hint
    assert caught.value.exit_code == 4
    assert database.read_bytes() == before


def _has(store: sqlite3.Connection, table: str) -> bool:
    return bool(store.execute("select 1 from sqlite_master where name = ?", [table]).fetchone())


def test_an_older_store_is_answered_with_the_command_that_upgrades_it(
    recorder: MlflowRecorder, sweep: Sweep, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as store:
        store.execute("update alembic_version set version_num = '451aebb31d03'")
        store.commit()
    with pytest.raises(StoreError) as caught:
        recorder.begin(sweep)
    assert "mlflow db upgrade" in str(caught.value.hint)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("hello, I am a text file of some length\n" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_client(f"sqlite:///{tmp_path}/mlflow.db", tmp_path / "lock")


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("database or disk is full", "make room"),
        ("attempt to write a readonly database", "writable"),
        ("unable to open database file", "writable"),
        ("database is locked", "try again"),
        ("database disk image is malformed", "move the file away"),
    ],
)
def test_what_is_wrong_with_a_database_file_has_a_hint(message: str, hint: str) -> None:
    with pytest.raises(StoreError, match=message) as caught, translated("sqlite:////a.db"):
        raise sqlite3.OperationalError(message)
    assert hint in str(caught.value.hint)


def test_a_folder_that_cannot_be_made_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        open_client(f"sqlite:///{tmp_path}/file/mlflow.db", tmp_path / "lock")


def test_a_server_that_is_away_is_named_in_our_words(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        uri = f"http://me:secret@127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(StoreError) as caught:
            open_client(uri, tmp_path / "lock")
    shown = uri.replace("me:secret", "***")
    assert caught.value.message == (
        f"the MLflow server at {shown} does not answer: nothing listens there"
    )
    assert "sandbox clean" in str(caught.value.hint)


def test_a_host_that_there_is_not_is_no_server(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such host"):
        open_client("http://nowhere.invalid:5000", tmp_path / "lock")


class Broken(BaseHTTPRequestHandler):
    """As a gateway whose server is away."""

    def do_GET(self) -> None:
        self.send_response(503)
        self.end_headers()

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_told: object) -> None:
        """Nothing."""


def test_a_server_that_is_out_of_order_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with ThreadingHTTPServer(("127.0.0.1", 0), Broken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(StoreError, match="it is out of order"):
            open_client(f"http://127.0.0.1:{server.server_port}", tmp_path / "lock")
        server.shutdown()


def test_what_a_server_says_of_itself_is_not_taken_for_silence() -> None:
    told = "INTERNAL_ERROR: the database said: Connection refused"
    with pytest.raises(StoreError, match="cannot be used: INTERNAL_ERROR"), translated("http://a"):
        raise OSError(told)


@pytest.mark.skipif(bool(find_spec("pyodbc")), reason="the driver is there")
def test_a_database_without_its_driver_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"\*\*\*@host/a needs the package pyodbc") as caught:
        open_client("mssql://me:secret@host/a", tmp_path / "lock")
    assert caught.value.hint == "install it beside sandbox: pip install pyodbc"


FULL = f"""
import resource, sys
from pathlib import Path
from sandbox.domain import Sweep
from sandbox.domain import Sweep
from sandbox.errors import StoreError
from sandbox.recorders import MlflowRecorder
from sandbox.recorders import MlflowRecorder
folder = Path(sys.argv[1])
recorder = MlflowRecorder(
    f"sqlite:///{{folder}}/mlflow.db",
    folder / "artifacts",
    experiment="x",
    lock=folder / "lock",
    schema=Path(sys.argv[2]),
)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, {resource.RLIM_INFINITY}))
try:
    recorder.begin(Sweep("s", "w", "r", "c", "e", "n", 1, "cmd", 0.0))
except StoreError as error:
    print(error.message, "|", error.hint, "|", "mlflow" in sys.modules)
"""


@pytest.mark.slow
@pytest.mark.parametrize("is_known", [True, False], ids=["by rows", "by the client"])
def test_a_full_disk_is_said(
    store_uri: str, schema: Path, tmp_path: Path, root: Path, *, is_known: bool
) -> None:
    """A limit on the size of files stands for the disk."""
    del store_uri
    memory = schema if is_known else tmp_path / "nothing.txt"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), str(memory)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "cannot be used" in done.stdout, done.stderr
    assert "make room" in done.stdout
    assert done.stdout.split()[-1] == str(not is_known)


def test_a_password_is_not_in_an_error() -> None:
    with pytest.raises(StoreError) as caught, translated("postgresql://me:secret@host/db"):
        raise OSError("connection to postgresql://me:secret@host/db failed")
    assert "secret" not in caught.value.message + str(caught.value.hint)
    assert without_password("sqlite:////a/b") == "sqlite:////a/b"


def test_our_own_errors_and_bugs_pass_through() -> None:
    with pytest.raises(ZeroDivisionError), translated("sqlite://"):
        _ = 1 / 0


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("sqlite:////a/b.db", "/a/b.db"),
        ("sqlite:///b.db", "b.db"),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("sqlite:///file:/a?mode=ro&uri=true", None),
        ("http://host", None),
    ],
)
def test_plain_sqlite_files_are_known(uri: str, path: str | None) -> None:
    assert sqlite_path(uri) == (None if path is None else Path(path))


def test_servers_are_known() -> None:
    assert is_server("https://host")
    assert not is_server("postgresql://host/db")


QUIET = """
import logging
import os
from sandbox.recorders.store import import_mlflow
import_mlflow()
import mlflow.telemetry
print(mlflow.telemetry.get_telemetry_client(), logging.getLogger("mlflow").level)
"""


@pytest.mark.slow
def test_mlflow_is_imported_without_telemetry_or_talk(root: Path) -> None:
    """In a process of its own, which does not look like a test to MLflow."""
    done = subprocess.run(
        [sys.executable, "-c", QUIET],
        cwd=root,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["None", str(logging.CRITICAL)], done.stderr

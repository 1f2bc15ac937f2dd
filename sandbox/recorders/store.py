"""The door to MLflow: opens a tracking store once, safely, and turns its errors into ours.

MLflow is imported here and nowhere else above, and only where it is used: that takes about 3 s.
"""

from __future__ import annotations

import functools
import importlib
import logging
import os
import re
import sqlite3
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sandbox.errors import SandboxError, StoreError
from sandbox.recorders.schemas import revision

if TYPE_CHECKING:
    from types import ModuleType

    from mlflow import MlflowClient

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_CONFIGURE_LOGGING": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""No telemetry, no pickles of strangers, no logging set-up of its own; for us and the server.

Nor a line on standard output for each run that a server is told of: results stand there.
"""

_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3", "MLFLOW_HTTP_REQUEST_TIMEOUT": "60"}
"""MLflow's own retries take minutes to find that a server is away; a user's setting wins."""

_KNOCK_S = 30.0

_START = (
    "start it, or look at MLFLOW_TRACKING_URI; finished runs are kept in the journal, and recorded"
    " by: sandbox clean"
)
_HINTS = (
    (
        r"database or disk is full|No space left|disk I/O error",
        "make room on the disk, then resume",
    ),
    (
        r"readonly database|read-only|Read-only|Permission denied|unable to open",
        "make the store writable, or choose another with MLFLOW_TRACKING_URI",
    ),
    (r"database is locked", "another program keeps the store busy; try again"),
    (r"file is not a database|malformed", "move the file away; its runs are still in the journals"),
    (r"out-of-date database schema", "take a copy of it, then: mlflow db upgrade {uri}"),
    (
        r"maintenance mode|file store|filesystem tracking backend",
        "use a database: MLFLOW_TRACKING_URI=sqlite:////folder/mlflow.db",
    ),
    (r"Max retries|Connection|timed out|Temporarily|50[0234]", _START),
)

_SILENT = (
    (r"NameResolution|Name or service not known|gaierror|Failed to resolve", "no such host"),
    (r"Connection refused", "nothing listens there"),
    (r"timed out|Timeout", "it took too long"),
    (r"too many 50\d|error code 50[234]|\b50[234] (?:Bad|Service|Gateway)", "it is out of order"),
    (r"Max retries|Connection aborted|Connection reset|RemoteDisconnected", "it hung up"),
)
"""Why a server does not answer, in the order in which they are looked for."""

_GONE = re.compile(
    r"must be in the 'active' state|RESOURCE_DOES_NOT_EXIST|FOREIGN KEY|"
    r"(Run with id|Experiment with id).*(not found|exists)",
)
"""What is written to was deleted by somebody meanwhile."""


def import_mlflow() -> ModuleType:
    """MLflow, silent. Changes this process's environment by the names in `QUIET`."""
    os.environ.update(QUIET)
    for name, value in _PATIENCE.items():
        os.environ.setdefault(name, value)
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow = importlib.import_module("mlflow")
        importlib.import_module("mlflow.store.tracking.sqlalchemy_store")
    return mlflow


def open_client(tracking_uri: str, lock: Path | None = None) -> MlflowClient:
    """A client of a store that is ready to use.

    A fresh SQLite store is made here, by one process at a time: first uses at the same time would
    otherwise break each other (SECURITY RC-05).

    Args:
        lock: file shared by all processes that may make this store; None = it exists already.

    Raises:
        StoreError: the store cannot be used; a store of a newer MLflow is not changed.
    """
    from filelock import FileLock

    if is_server(tracking_uri):
        _knock(tracking_uri)
    mlflow = import_mlflow()
    with translated(tracking_uri):
        if lock is None:
            return _open(mlflow, tracking_uri)
        lock.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock):
            return _open(mlflow, tracking_uri)


def _open(mlflow: ModuleType, tracking_uri: str) -> MlflowClient:
    database = sqlite_path(tracking_uri)
    if database is not None:
        # What is closed at once leaves nothing beside the file, however this process ends.
        os.environ.setdefault("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")
        database.parent.mkdir(parents=True, exist_ok=True)
        _check_schema(mlflow, database)
    try:
        client: MlflowClient = mlflow.MlflowClient(tracking_uri)
    except ModuleNotFoundError as error:  # the database's driver, which MLflow does not bring
        raise StoreError(
            f"the tracking store {without_password(tracking_uri)} needs the package {error.name}",
            hint=f"install it beside sandbox: pip install {error.name}",
        ) from error
    client.search_experiments(max_results=1)
    if database is not None:
        allow_readers_beside_writer(database)
    return client


def _knock(tracking_uri: str) -> None:
    """MLflow tries again for half a minute where nothing listens, which is known at once."""
    import requests

    with translated(tracking_uri), suppress(requests.exceptions.SSLError):
        # MLflow's own settings say what certificate is good enough, and are asked later.
        requests.head(tracking_uri, timeout=_KNOCK_S, allow_redirects=False)


def sqlite_path(tracking_uri: str) -> Path | None:
    """The file of a plain SQLite URI; None for every other kind of store."""
    prefix = "sqlite:///"
    path = tracking_uri.removeprefix(prefix)
    plain = path and not path.startswith("file:") and "?" not in path and path != ":memory:"
    return Path(path) if tracking_uri.startswith(prefix) and plain else None


def is_unmade(tracking_uri: str) -> bool:
    """A database file that is not there yet: reading never makes a store."""
    database = sqlite_path(tracking_uri)
    return database is not None and not database.exists()


def is_server(tracking_uri: str) -> bool:
    """A tracking server is asked over HTTP; it decides itself where artifacts go."""
    return urlsplit(tracking_uri).scheme in {"http", "https"}


def _check_schema(mlflow: ModuleType, database: Path) -> None:
    """Refuse what a newer MLflow wrote, before ours could change it."""
    found = revision(database)
    if found and found not in _known_revisions():
        raise StoreError(
            f"the store is of a newer MLflow (schema {found}, ours is {mlflow.__version__}):"
            f" {database}",
            hint="upgrade MLflow, or choose another store with MLFLOW_TRACKING_URI",
        )


@functools.cache
def _known_revisions() -> frozenset[str]:
    """Every schema that the installed MLflow knows; looking them up takes a second."""
    from alembic.script import ScriptDirectory

    mlflow = import_mlflow()
    migrations = Path(str(mlflow.__file__)).parent / "store" / "db_migrations"
    scripts = ScriptDirectory(str(migrations)).walk_revisions()
    return frozenset(script.revision for script in scripts)


def allow_readers_beside_writer(database: Path) -> None:
    """Write-ahead log: the UI reads while we write. Stays as it is where the disk cannot do it."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=20)) as store:
        store.execute("pragma journal_mode=wal")


@contextmanager
def translated(tracking_uri: str) -> Iterator[None]:
    """Errors of MLflow, its database, its connection and the disk become StoreError."""
    try:
        yield
    except _foreign() as error:
        raise _store_error(tracking_uri, error) from error


def _foreign() -> tuple[type[Exception], ...]:
    """Asked when there is an error: a library that is not imported by then has raised none."""
    classes = (
        ("mlflow.exceptions", "MlflowException"),
        ("sqlalchemy.exc", "SQLAlchemyError"),
        ("requests.exceptions", "RequestException"),
    )
    loaded = (getattr(sys.modules[room], name) for room, name in classes if room in sys.modules)
    return (sqlite3.Error, OSError, *loaded)


def _store_error(tracking_uri: str, error: Exception) -> SandboxError:
    shown, text = without_password(tracking_uri), without_password(str(error))
    if is_server(tracking_uri) and (why := _silence(error, text)):
        return StoreError(f"the MLflow server at {shown} does not answer: {why}", hint=_START)
    hints = (hint for pattern, hint in _HINTS if re.search(pattern, text))
    hint = next(hints, "look at the store with: sandbox doctor")
    reason = " ".join((text.splitlines() or [""])[0].split())[:300]
    return StoreError(
        f"the tracking store {shown} cannot be used: {reason or type(error).__name__}",
        hint=hint.format(uri=shown),
        gone=bool(_GONE.search(text)),
    )


def _silence(error: Exception, text: str) -> str | None:
    """Why nothing came back from a server; None = it has answered."""
    is_ours = type(error).__module__.startswith("requests.") or text.startswith("API request to ")
    found = (why for pattern, why in _SILENT if re.search(pattern, text))
    return next(found, None) if is_ours else None


def without_password(text: str) -> str:
    """The text without what stands before `@` in its addresses."""
    return re.sub(r"(\w+://)[^/@\s]*@", r"\1***@", text)

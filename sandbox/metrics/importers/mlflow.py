"""What MLflow kept inside: a folder of text files, or an SQLite file. MLflow itself is not asked.

Whoever wrote the database is a stranger, so it is opened in memory, for reading alone, with a bound
on what a query may cost. Source: mlflow/store/tracking/{file_store,sqlalchemy_store}.py; for the
precautions sqlite.org/security.html.
"""

from __future__ import annotations

import io
import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing

from sandbox.domain import Scalar
from sandbox.metrics.importers.model import (
    MOST_VALUES,
    PARSING,
    Clock,
    Log,
    UnreadableError,
    scalar,
)

DATABASES = ("*mlflow.db", "*mlruns.db")
FILES = ("*mlruns/*/metrics/*",)

_METRICS = "metrics"
_SYSTEM = "system/"
_WAL = b"\x02\x02"
_JOURNAL = slice(18, 20)
"""Bytes of an SQLite file that say how it is written; one that is not written needs no second."""

_STEPS = 100_000
_MOST_TURNS = 500
"""So often so many instructions of SQLite's own machine: some seconds."""

_MOST_RUNS = 200
"""Of one database, the first ones: each is told apart from all others."""

_ALLOWED = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ))
_QUERY = (
    "SELECT run_uuid, key, value, step, is_nan FROM metrics"
    " ORDER BY run_uuid, key, step, timestamp LIMIT ?"
)


def read_file(path: str, data: bytes, clock: Clock) -> tuple[Log, ...]:
    """One metric of one run: lines of time, value and step."""
    run, _, key = path.partition(f"/{_METRICS}/")
    if key.startswith(_SYSTEM):
        return ()
    text = io.StringIO(data.decode("utf-8", "replace"))
    lines = list(clock.each(itertools.islice(text, MOST_VALUES), PARSING))
    found = [one for line in lines if (one := _of_line(key, line.split())) is not None]
    if lines and not found:
        raise UnreadableError("it is no metric of MLflow")
    found.sort(key=lambda one: one.step or 0)
    return (Log(run, tuple(found), len(lines) == MOST_VALUES),) if found else ()


def _of_line(key: str, words: list[str]) -> Scalar | None:
    try:
        return scalar(key, float(words[1]), float(int(words[2]) if len(words) > 2 else 0))
    except (ValueError, IndexError, OverflowError):
        return None


def read_database(path: str, data: bytes, _clock: Clock) -> tuple[Log, ...]:
    """A log for each run, in the order in which they began; queries have bounds of their own."""
    try:
        with closing(_open(data)) as connection:
            order = _order(connection)
            rows = connection.execute(_QUERY, (MOST_VALUES,)).fetchall()
    except (sqlite3.Error, ValueError, OverflowError, MemoryError) as error:
        raise UnreadableError(f"it is no database of MLflow ({error})") from error
    runs: dict[str, list[Scalar]] = {}
    for row in rows:
        runs.setdefault(str(row[0]), []).extend(_of_row(row))
    told = sorted(runs, key=lambda run: (order.get(run, len(order)), run))
    left_out = f" but for the first {_MOST_RUNS} of its {len(told)} runs"
    is_more = len(told) > _MOST_RUNS
    is_cut = is_more or len(rows) == MOST_VALUES
    return tuple(
        Log(f"{path}/{number:04}", tuple(runs[run]), is_cut, left_out if is_more else "")
        for number, run in enumerate(told[:_MOST_RUNS], start=1)
        if runs[run]
    )


def _open(data: bytes) -> sqlite3.Connection:
    if data[_JOURNAL] == _WAL:
        data = data[: _JOURNAL.start] + b"\x01\x01" + data[_JOURNAL.stop :]
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(data)
        _bind(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _bind(connection: sqlite3.Connection) -> None:
    """It reads plain tables from now on, and not for long."""
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA cell_size_check=ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 10 * 2**20)
    turns = iter(range(_MOST_TURNS))
    connection.set_progress_handler(lambda: next(turns, None) is None, _STEPS)
    _refuse_views(connection)
    connection.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
    )


def _refuse_views(connection: sqlite3.Connection) -> None:
    """Anything that would compute when it is read."""
    found = connection.execute(
        "SELECT type, sql FROM sqlite_master WHERE name IN (?, 'runs')", (_METRICS,)
    )
    for kind, sql in found.fetchall():
        text = str(sql).upper()
        if kind != "table" or "VIRTUAL" in text or " AS (" in text or "GENERATED" in text:
            raise UnreadableError("its tables are no plain ones")


def _order(connection: sqlite3.Connection) -> dict[str, int]:
    rows = connection.execute("SELECT run_uuid FROM runs ORDER BY start_time LIMIT 10000")
    return {str(row[0]): at for at, row in enumerate(rows.fetchall())}


def _of_row(row: tuple[object, ...]) -> Iterator[Scalar]:
    _, key, value, step, is_nan = row
    if not isinstance(value, int | float) or str(key).startswith(_SYSTEM):
        return
    number = float("nan") if is_nan else float(value)
    yield scalar(str(key), number, float(step) if isinstance(step, int) else None)

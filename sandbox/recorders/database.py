"""MLflow's own database file by plain SQL, for who knows its schema: seconds before its client."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

_PATIENCE_S = 60.0
"""How long another writer may take: MLflow's UI, or a sweep of another workspace."""

COLUMNS = {
    "experiments": "experiment_id name artifact_location lifecycle_stage creation_time"
    " last_update_time workspace",
    "experiment_tags": "key value experiment_id",
    "runs": "run_uuid name source_type source_name entry_point_name user_id status start_time"
    " end_time source_version lifecycle_stage artifact_uri experiment_id deleted_time",
    "tags": "key value run_uuid",
    "params": "key value run_uuid",
    "metrics": "key value timestamp run_uuid step is_nan",
    "latest_metrics": "key value timestamp step is_nan run_uuid",
}
"""All columns of the tables that we write. A schema with others is left to MLflow's client."""

Row = dict[str, Any]


@contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    """A file that exists; closed at once, so that nothing is left beside it."""
    uri = f"{database.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE_S, isolation_level=None)
    with closing(connection):
        connection.row_factory = sqlite3.Row
        connection.execute("pragma foreign_keys = on")
        yield connection


@contextmanager
def transaction(database: Path) -> Iterator[sqlite3.Connection]:
    """All of it or nothing; other writers wait from its beginning on."""
    with opened(database) as connection:
        connection.execute("begin immediate")
        with connection:
            yield connection


def insert(connection: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    """Rows that name the same columns."""
    if rows:
        names, values = ", ".join(rows[0]), ", ".join(f":{name}" for name in rows[0])
        statement = f"insert into {table} ({names}) values ({values})"  # noqa: S608 - our own names
        connection.executemany(statement, rows)

"""Whether a database file has the schema of the installed MLflow, told without importing it.

A version of MLflow makes one schema. Which, is remembered in a small file when MLflow itself has
opened a store: it looks at the schema then, and takes seconds to import.
"""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from sandbox.files import write_text
from sandbox.recorders.database import COLUMNS, opened


def revision(database: Path) -> str | None:
    """What MLflow calls the file's schema; None where there is none."""
    if not database.exists() or not database.stat().st_size:
        return None
    with opened(database) as connection:
        if not connection.execute("pragma table_info(alembic_version)").fetchall():
            return None
        found = connection.execute("select version_num from alembic_version").fetchone()
    return str(found[0]) if found else None


def is_current(database: Path, memory: Path | None) -> bool:
    """Whether it is the schema that is remembered for the installed MLflow."""
    told = ""
    if memory is not None:
        with suppress(OSError):
            told = memory.read_text(encoding="utf-8", errors="replace")
    return bool(told) and told.split() == [version("mlflow"), revision(database)]


def remember(database: Path, memory: Path | None) -> None:
    """That the installed MLflow has this schema: for a file that it has just opened.

    Where that cannot be written, MLflow is asked again the next time.
    """
    with suppress(OSError):
        if memory is not None:
            write_text(memory, f"{version('mlflow')} {revision(database)}\n")


def is_known(database: Path) -> bool:
    """Whether its tables are those that we write, and no other MLflow workspace is in them."""
    asked = "select name from pragma_table_info(?)"
    with opened(database) as connection:
        return (
            all(
                {name for (name,) in connection.execute(asked, [table])} == set(columns.split())
                for table, columns in COLUMNS.items()
            )
            and not connection.execute(
                "select 1 from experiments where workspace <> 'default'"
            ).fetchone()
        )

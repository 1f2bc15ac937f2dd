from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest

from sandbox.recorders.schemas import is_current, is_known, remember, revision


@pytest.fixture
def database(store_uri: str) -> Path:
    return Path(store_uri.removeprefix("sqlite:///"))


def test_the_schema_that_was_remembered_is_current(database: Path, tmp_path: Path) -> None:
    memory = tmp_path / "cache" / "schema.txt"
    assert not is_current(database, memory)
    assert not is_current(database, None)
    remember(database, None)
    remember(database, memory)
    assert is_current(database, memory)
    assert is_known(database)


@pytest.mark.parametrize("told", ["", "\0\xff", "{version}", "3.0.0 {revision}", "{version} other"])
def test_what_is_remembered_of_another_schema_or_version_counts_for_nothing(
    database: Path, tmp_path: Path, told: str
) -> None:
    text = told.format(version=version("mlflow"), revision=revision(database))
    (tmp_path / "schema.txt").write_text(text)
    assert not is_current(database, tmp_path / "schema.txt")


def test_a_file_without_a_schema_is_never_current(schema: Path, tmp_path: Path) -> None:
    absent, empty, other = (tmp_path / name for name in ("absent.db", "empty.db", "other.db"))
    empty.touch()
    with closing(sqlite3.connect(other)) as store:
        store.execute("create table mine (a)")
    assert [revision(one) for one in (absent, empty, other)] == [None] * 3
    assert not any(is_current(one, schema) for one in (absent, empty, other))
    assert not absent.exists()

"""Checksums are remembered only for as long as the file is the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sandbox.environments.remembering import Remembered


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    digests, path = Remembered(tmp_path / "memory.json"), tmp_path / "file"
    for text in ("one", "two"):
        path.write_text(text)
        assert digests(path) == sha256(text)


def test_one_that_did_not_is_not(tmp_path: Path) -> None:
    digests, path = Remembered(tmp_path / "memory.json"), tmp_path / "file"
    path.write_text("one")
    digests(path)
    memory = tmp_path / "memory.json"
    memory.write_text(memory.read_text().replace(sha256("one"), sha256("remembered")))
    assert Remembered(memory)(path) == sha256("remembered")


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000])
def test_a_damaged_memory_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "memory.json").write_text(text)
    (tmp_path / "file").write_text("one")
    assert Remembered(tmp_path / "memory.json")(tmp_path / "file") == sha256("one")


def test_where_nothing_can_be_kept_it_is_read_each_time(tmp_path: Path) -> None:
    (tmp_path / "memory.json").mkdir()
    (tmp_path / "file").write_text("one")
    assert Remembered(tmp_path / "memory.json")(tmp_path / "file") == sha256("one")

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.files import write_text


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Files end after a page, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_text_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.json"
    for text in ("ä", "b"):
        write_text(path, text)
        assert path.read_text(encoding="utf-8") == text
    assert list(path.parent.iterdir()) == [path]


def test_what_cannot_be_written_leaves_the_old_text_and_nothing_else(
    tmp_path: Path, small_disk: None
) -> None:
    path = tmp_path / "file.json"
    write_text(path, "old")
    with pytest.raises(OSError, match="too large"):
        write_text(path, "x" * 10_000)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]

"""What the kernel tells of files: everything that changes one, and nothing of who only looks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.guest.watching import Watch


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    (tmp_path / "old").write_text("a")
    watch = Watch()
    watch.add([str(tmp_path)])
    yield watch
    watch.close()


def write(folder: Path) -> None:
    (folder / "old").write_text("b")


def test_looking_is_nothing_and_writing_is_told(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "old").read_text()
    list(tmp_path.iterdir())
    assert watch.written() is None
    write(tmp_path)
    assert watch.written() == {str(tmp_path / "old")}
    assert watch.written() is None


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "old").unlink(),
        lambda folder: (folder / "old").rename(folder / "new"),
        lambda folder: (folder / "old").chmod(0o600),
        lambda folder: os.utime(folder / "old", (1, 1)),
        lambda folder: (folder / "new").mkdir(),
        lambda folder: (folder / "new").symlink_to("old"),
        lambda folder: (folder / "new").hardlink_to(folder / "old"),
        lambda folder: os.mkfifo(folder / "new"),
        lambda folder: folder.chmod(0o755),
    ],
)
def test_what_writes_into_no_file_is_noticed_too(
    watch: Watch, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    change(tmp_path)
    assert watch.written() is not None
    assert watch.written() is None

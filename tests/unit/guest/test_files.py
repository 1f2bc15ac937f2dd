"""Trees are kept and unpacked, and whatever a run leaves can be removed."""

from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.guest import collecting, files
from tests.support.guests import tar


@pytest.fixture
def trees(tmp_path: Path) -> Iterator[files.Trees]:
    trees = files.Trees(str(tmp_path), spare_bytes=15_000)
    yield trees
    trees.close()


def _give(trees: files.Trees, identity: str, data: bytes) -> None:
    for start in range(0, len(data), 1000):
        trees.receive(identity, data[start : start + 1000], last=False)
    trees.receive(identity, b"", last=True)


def test_a_tree_is_unpacked_as_often_as_needed_and_has_no_name_on_disk(
    trees: files.Trees, tmp_path: Path
) -> None:
    _give(trees, "t", tar({"a/x.py": "x=1\n", "link": "->a/x.py", "empty": ""}))
    assert list(tmp_path.iterdir()) == []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        trees.unpack("t", str(tmp_path / name))
    assert (tmp_path / "two/link").read_text() == "x=1\n"
    assert (tmp_path / "two/link").is_symlink()
    assert (tmp_path / "one/empty").read_bytes() == b""


def test_older_trees_give_way_when_they_take_more_than_their_share(
    trees: files.Trees, tmp_path: Path
) -> None:
    for name in ("one", "two", "three"):
        _give(trees, name, tar({"x": "x" * 8000}))
    assert [name for name in ("one", "two", "three") if trees.holds(name)] == ["two", "three"]
    assert trees.keep_only("three")
    assert not trees.holds("two")
    assert not trees.keep_only("three")


def test_a_tree_that_came_in_part_only_does_not_spoil_the_next(
    trees: files.Trees, tmp_path: Path
) -> None:
    trees.receive("broken", b"half of it", last=False)
    trees.discard()
    _give(trees, "whole", tar({"x": "1"}))
    (tmp_path / "copy").mkdir()
    trees.unpack("whole", str(tmp_path / "copy"))
    assert (tmp_path / "copy/x").read_text() == "1"


def test_what_is_no_tar_is_said_to_be_none(trees: files.Trees, tmp_path: Path) -> None:
    _give(trees, "t", b"")
    with pytest.raises(tarfile.TarError):
        trees.unpack("t", str(tmp_path))


def _nest(root: Path, levels: int) -> None:
    """Deeper than any path may be long."""
    here = os.open(root, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d" * 50, dir_fd=here)
        below = os.open("d" * 50, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("leaf", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


def test_a_tree_deeper_than_paths_can_be_long_is_searched_and_removed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    _nest(root, 2000)
    assert list(collecting.below(str(root))) == []
    files.remove(str(root))
    assert not root.exists()


def test_locked_folders_are_removed_and_links_out_of_them_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o750)
    (outside / "kept").touch()
    root = tmp_path / "root"
    (root / "a/b").mkdir(parents=True)
    (root / "a/b/file").touch()
    (root / "a/link").symlink_to(outside)
    (root / "a/b").chmod(0)
    (root / "a").chmod(0o500)
    files.remove(str(root))
    assert not root.exists()
    assert (outside / "kept").exists()
    assert stat.S_IMODE(outside.stat().st_mode) == 0o750


def test_emptying_leaves_the_folder_itself(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "c").touch()
    (tmp_path / "d").symlink_to("c")
    files.empty(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    files.empty(str(tmp_path / "nowhere"))

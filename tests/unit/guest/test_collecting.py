"""Of what a run leaves, only regular files get out, under limits."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from sandbox.guest import collecting, protocol


def wish(*patterns: str, **bounds: int) -> dict[str, Any]:
    usual = {"most_files": 2000, "most_bytes": 2**20, "file_bytes": 2**20}
    return {"what": "files", "patterns": patterns, **usual, **bounds}


def choose(root: Path, *wishes: dict[str, Any]) -> collecting.Chosen:
    return collecting.choose(str(root), collecting.below(str(root)), wishes)


def test_matching_regular_files_are_taken_and_the_rest_is_named(tmp_path: Path) -> None:
    (tmp_path / "out/deep").mkdir(parents=True)
    for name in ("out/a.txt", "out/deep/b.TXT", "c.txt", "c.log"):
        (tmp_path / name).write_text("a")
    (tmp_path / "out/link.txt").symlink_to("/etc/passwd")
    (tmp_path / "folder.txt").symlink_to("/etc")
    os.mkfifo(tmp_path / "out/pipe.txt")
    found = choose(tmp_path, wish("**/*.txt"))
    assert sorted(found.files) == [("c.txt", 1), ("out/a.txt", 1), ("out/deep/b.TXT", 1)]
    links, pipes = sorted(found.notes(), key=len, reverse=True)
    assert links.startswith("files not kept, symbolic link: ")
    assert links.endswith(" and 1 more")
    assert pipes == "files not kept, pipe: out/pipe.txt"


def test_a_sparse_giant_is_named_and_does_not_use_up_the_room(tmp_path: Path) -> None:
    with (tmp_path / "a.bin").open("wb") as handle:
        handle.truncate(64 * 2**30)
    (tmp_path / "b.bin").write_bytes(b"b")
    found = choose(tmp_path, wish("*.bin"))
    assert found.files == [("b.bin", 1)]
    assert found.notes() == ["files not kept, over 1 MiB: a.bin"]


def test_not_more_files_than_the_protocols_bound_are_taken(tmp_path: Path) -> None:
    for number in range(protocol.MAX_FILES + 2):
        (tmp_path / f"{number:05}.t").touch()
    found = choose(tmp_path, wish("*"))
    assert len(found.files) == protocol.MAX_FILES
    assert len(found.notes()) == 1


def test_a_file_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (tmp_path / "x").symlink_to(secret)
    with pytest.raises(OSError, match="symbolic links"):
        list(collecting.parts(str(tmp_path), "x", 6))


def test_no_more_than_the_announced_size_is_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abcdef")
    assert b"".join(collecting.parts(str(tmp_path), "x", 4)) == b"abcd"


def test_a_locked_folder_is_opened_up(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir()
    (tmp_path / "locked/a.txt").touch()
    (tmp_path / "locked").chmod(0)
    assert list(collecting.below(str(tmp_path))) == [str(tmp_path / "locked/a.txt")]

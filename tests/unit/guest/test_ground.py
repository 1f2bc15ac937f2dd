"""What a variant made is told, whether the kernel tells of writes or not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.guest import ground
from tests.support.guests import tar

FILES = {"kept.txt": "1", "changed.txt": "1", "touched.txt": "1", "folder/kept.txt": "1"}


@pytest.fixture(params=["told", "not told"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ground.Ground]:
    def refuse() -> None:
        raise OSError("nothing can be watched")

    if request.param == "not told":
        monkeypatch.setattr(ground, "Watch", refuse)
    (tmp_path / "lab").mkdir()
    place = ground.Ground(str(tmp_path / "lab"), ())
    place.trees.receive("t", tar(FILES), last=True)
    place.lay_out("t")
    yield place
    place.close()


def made(place: ground.Ground) -> list[str]:
    return sorted(os.path.relpath(path, place.root) for path in place.made())


def test_nothing_is_made_by_looking(place: ground.Ground) -> None:
    (Path(place.root) / "kept.txt").read_text()
    assert made(place) == []


def test_what_is_made_changed_moved_or_linked_is_told_and_what_is_gone_is_not(
    place: ground.Ground,
) -> None:
    root = Path(place.root)
    (root / "changed.txt").write_text("22")
    (root / "folder/new/deep").mkdir(parents=True)
    (root / "folder/new/deep/made.txt").write_text("3")
    (root / "link").symlink_to("kept.txt")
    (root / "gone.txt").write_text("")
    (root / "gone.txt").unlink()
    (root / "other").write_text("")
    (root / "other").rename(root / "renamed")
    (Path(place.home) / "elsewhere.txt").write_text("")
    expected = ["changed.txt", "folder/new/deep/made.txt", "link", "renamed"]
    assert made(place) == expected
    assert made(place) == expected


def test_the_next_variant_starts_with_nothing_made(place: ground.Ground) -> None:
    (Path(place.root) / "changed.txt").write_text("22")
    (Path(place.root) / "new.txt").write_text("")
    place.restore()
    place.lay_out("t")
    assert made(place) == []
    (Path(place.root) / "second.txt").write_text("")
    assert made(place) == ["second.txt"]

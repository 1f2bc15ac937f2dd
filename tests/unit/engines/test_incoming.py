"""What comes out of a guest becomes files of ours, whatever it is called and however much it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.engines.events import shown
from sandbox.engines.incoming import Incoming
from sandbox.engines.wire import Message
from sandbox.guest import protocol
from sandbox.interfaces import Output, Wanted

EVERYTHING = (Wanted("files", ("*",)),)


def _part(path: object, body: bytes = b"x", *, last: bool = True) -> Message:
    return Message({"type": "file", "path": path, "last": last}, body)


def test_parts_become_one_file(tmp_path: Path) -> None:
    with Incoming(tmp_path / "files", EVERYTHING) as incoming:
        incoming.take(_part("a/b.txt", b"one", last=False))
        incoming.take(_part("a/b.txt", b"two"))
    assert incoming.found == {"a/b.txt": tmp_path / "files/a/b.txt"}
    assert incoming.found["a/b.txt"].read_bytes() == b"onetwo"


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../x", "a/../../x", "a\nb", "x" * 300, "\x1b[2J", "."]
)
def test_a_name_that_leads_astray_is_not_used(tmp_path: Path, name: str) -> None:
    with Incoming(tmp_path / "files", EVERYTHING) as incoming:
        incoming.take(_part(name))
    assert incoming.found == {}
    assert not (tmp_path / "files").exists()


def test_names_that_stand_in_each_others_way_are_noted(tmp_path: Path) -> None:
    with Incoming(tmp_path, EVERYTHING) as incoming:
        for name in ("a", "a/b", "a"):
            incoming.take(_part(name))
    assert list(incoming.found) == ["a"]
    assert len(incoming.notes) == 2


def test_a_link_that_is_there_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("mine")
    (tmp_path / "a").symlink_to("target")
    with Incoming(tmp_path, EVERYTHING) as incoming:
        incoming.take(_part("a"))
    assert incoming.found == {}
    assert (tmp_path / "target").read_text() == "mine"


@pytest.mark.slow
def test_all_together_stay_within_the_bound(tmp_path: Path) -> None:
    part = bytes(protocol.PART_BYTES)
    with Incoming(tmp_path, EVERYTHING) as incoming:
        for number in range(protocol.MAX_FILE_BYTES // len(part) + 1):
            incoming.take(_part(str(number), part))
        assert len(incoming.found) == protocol.MAX_FILE_BYTES // len(part)
    assert incoming.notes == [f"not copied: '{protocol.MAX_FILE_BYTES // len(part)}' (too large)"]


def test_what_nobody_asked_for_or_more_than_that_is_not_taken(tmp_path: Path) -> None:
    wanted = (Wanted("images", ("*.png",), most_files=2, most_bytes=10, file_bytes=4),)
    with Incoming(tmp_path / "files", wanted) as incoming:
        incoming.take(_part("a.png", b"123", last=False))
        incoming.take(_part("a.png", b"45"))
        incoming.take(_part("b.sh"))
        incoming.take(_part("B.PNG", b"1234"))
        incoming.take(_part("c.png", b"1"))
    assert list(incoming.found) == ["B.PNG"]
    assert [note.partition("(")[2] for note in incoming.notes] == [
        "too large)",
        "nobody asked for it)",
        "nobody asked for it)",
    ]
    assert [path.name for path in (tmp_path / "files").iterdir()] == ["B.PNG"]


def test_what_breaks_off_is_not_told_as_found(tmp_path: Path) -> None:
    with Incoming(tmp_path, EVERYTHING) as incoming:
        incoming.take(_part("a", last=False))
        incoming.take(_part("b"))
    assert list(incoming.found) == ["b"]
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_outputs_hold_text_that_any_file_can_hold() -> None:
    deep: object = "end"
    for _ in range(500):
        deep = [deep]
    data = {"text/plain": "\ud800", "application/json": {"a": deep}, "text/html": ["x"]}
    event = shown(Message({"type": "display", "data": data, "metadata": {}}, b""))
    assert isinstance(event, Output)
    bundle = event.output["data"]
    assert isinstance(bundle, dict)
    assert bundle["text/plain"] == "?"
    assert bundle["text/html"] == "['x']"
    assert "…" in str(bundle["application/json"])

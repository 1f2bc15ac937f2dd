from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.domain import Note
from sandbox.errors import StoreError
from sandbox.recorders import add_note, has_pending, load_notes, notes_told

ODD = "\x1b[2J \ud800 \0 line\nbreak \u202e"


def note(text: str = "thought", run: str = "v-0", sweep: str = "s1") -> Note:
    return Note(sweep, run, "lr=0.1", text, 5.0)


def test_notes_come_back_in_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "workspace" / "notes.jsonl"
    assert load_notes(path).all == ()
    written = (note("one"), note(ODD), note("other run", run="v-1"), note(sweep="s2"))
    for one in written:
        add_note(path, one)
    found = load_notes(path)
    assert found.all == written
    assert found.of_sweep("s1") == {"v-0": written[:2], "v-1": written[2:3]}


def test_what_the_store_was_told_is_not_pending(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    assert not has_pending(path)
    add_note(path, note("one"))
    assert has_pending(path)
    notes_told(path, 1)
    assert not has_pending(path)
    add_note(path, note("two"))
    assert [one.text for one in load_notes(path).pending] == ["two"]


def test_a_torn_line_costs_that_note_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    add_note(path, note("one"))
    with path.open("ab") as stream:
        stream.write(b'{"v":1,"event":"note","note":{"sweep":"s')
    assert [one.text for one in load_notes(path).all] == ["one"]
    add_note(path, note("two"))
    assert [one.text for one in load_notes(path).all] == ["one", "two"]
    with path.open("ab") as stream:
        stream.write(b"no json\n")
    assert len(load_notes(path).all) == 2


def test_processes_that_note_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    code = (
        "import sys; from pathlib import Path; from sandbox.domain import Note\n"
        "from sandbox.recorders import add_note\n"
        "for n in range(20): add_note(Path(sys.argv[1]), Note('s', sys.argv[2], 'r', str(n), 1.0))"
    )
    command = [sys.executable, "-c", code, str(path)]
    writers = [subprocess.Popen([*command, str(number)]) for number in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert {run: len(found) for run, found in load_notes(path).of_sweep("s").items()} == {
        "0": 20,
        "1": 20,
        "2": 20,
    }


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").mkdir()
    with pytest.raises(StoreError, match="cannot be used"):
        load_notes(tmp_path / "notes.jsonl")
    with pytest.raises(StoreError, match="cannot be used"):
        add_note(tmp_path / "notes.jsonl", note())
    assert list((tmp_path / "notes.jsonl").iterdir()) == []


def test_a_note_that_came_while_another_was_told_is_pending(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    add_note(path, note("one"))
    known = len(load_notes(path).all)
    add_note(path, note("two"))
    notes_told(path, known)
    assert has_pending(path)
    assert [one.text for one in load_notes(path).pending] == ["two"]


def test_nobody_else_may_read_notes(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        add_note(tmp_path / "notes.jsonl", note())
    finally:
        os.umask(before)
    assert {one.stat().st_mode & 0o077 for one in tmp_path.iterdir()} == {0}

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain import Run, RunStatus, Scalar, Sweep
from sandbox.errors import StoreError
from sandbox.recorders import Journal, is_settled, load, load_conclusion
from sandbox.recorders.lines import from_line, run_from_json, run_to_json, to_line

MakeRun = Callable[..., Run]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "sweeps" / "one" / "journal.jsonl")


def test_what_was_written_is_read_back(journal: Journal, sweep: Sweep, make_run: MakeRun) -> None:
    with journal:
        journal.sweep(sweep)
        journal.started("variant0-0", "lr=0.0")
        journal.run(make_run(0))
        journal.recorded("variant0-0", "id of it")
        journal.started("variant1-0", "lr=0.1")
        journal.ended("cancelled")
    contents = load(journal.path)
    assert contents.sweep == sweep
    assert contents.runs == (make_run(0),)
    assert contents.recorded == {"variant0-0": "id of it"}
    assert contents.unfinished == ("variant1-0",)
    assert contents.ended == "cancelled"
    assert contents.notes == ()


def test_a_journal_that_is_not_there_is_empty(tmp_path: Path) -> None:
    contents = load(tmp_path / "journal.jsonl")
    assert contents.sweep is None
    assert contents.runs == ()


def test_every_cut_through_the_last_line_loses_that_line_only(
    journal: Journal, sweep: Sweep, make_run: MakeRun
) -> None:
    journal.sweep(sweep)
    journal.run(make_run(0))
    whole = journal.path.stat().st_size
    journal.run(make_run(1))
    text = journal.path.read_bytes()
    for cut in (whole + 1, whole + 20, len(text) - 1):
        journal.path.write_bytes(text[:cut])
        torn = load(journal.path)
        assert [run.variant for run in torn.runs] == ["variant0"]
        assert "never finished" in torn.notes[0]
        journal.run(make_run(2))
        healed = load(journal.path)
        assert [run.variant for run in healed.runs] == ["variant0", "variant2"]
        assert healed.notes == ()


def test_a_torn_first_line_leaves_an_empty_journal(journal: Journal, sweep: Sweep) -> None:
    journal.path.parent.mkdir(parents=True)
    journal.path.write_bytes(b"\0" * 200_000)
    assert load(journal.path).sweep is None
    journal.sweep(sweep)
    assert load(journal.path).sweep == sweep
    assert load(journal.path).notes == (), "all of the torn line is gone"


@pytest.mark.parametrize(
    "broken",
    [
        b"\0\0\0\n",
        b"{}\n",
        b'"text"\n',
        b"[" * 100_000 + b"\n",
        b'{"v":1,"event":"run","run":{}}\n',
        b'{"v":1,"event":"run","run":{"status":"odd"}}\n',
        b'{"v":1,"event":"dance"}\n',
        b'{"v":1}\n',
        b"\xff\xfe\n",
    ],
)
def test_a_broken_line_in_the_middle_is_named_and_skipped(
    journal: Journal, make_run: MakeRun, broken: bytes
) -> None:
    journal.run(make_run(0))
    with journal.path.open("ab") as stream:
        stream.write(broken)
    journal.run(make_run(1))
    contents = load(journal.path)
    assert [run.variant for run in contents.runs] == ["variant0", "variant1"]
    assert len(contents.notes) == 1
    assert contents.notes[0].startswith("line 2 ")


def test_a_journal_of_a_newer_program_is_refused(journal: Journal, sweep: Sweep) -> None:
    journal.sweep(sweep)
    with journal.path.open("ab") as stream:
        stream.write(b'{"v":2,"event":"run"}\n')
    with pytest.raises(StoreError, match="format 2") as caught:
        load(journal.path)
    assert caught.value.hint


def test_fields_that_a_newer_program_added_are_passed_over(make_run: MakeRun) -> None:
    record = {**run_to_json(make_run(0)), "colour": "blue"}
    assert run_from_json(record) == make_run(0)


@given(text=st.text(st.characters(exclude_categories=[])), value=st.floats())
def test_any_text_and_any_number_survive(text: str, value: float) -> None:
    scalar = Scalar(text, value, 1.25, None, text)
    run = Run(text, text, RunStatus.failed, "a", "b", "c", cause=text, scalars=(scalar,))
    line = to_line("run", {"run": run_to_json(run)})
    assert line.count(b"\n") == 1
    back = run_from_json(from_line(line)["run"])
    assert back.cause == text
    assert back.scalars[0].name == back.scalars[0].line == text
    is_same = back.scalars[0].value == value
    assert is_same or (math.isnan(value) and math.isnan(back.scalars[0].value))


def test_a_run_executed_again_takes_the_place_of_the_former_and_is_to_be_recorded(
    journal: Journal, make_run: MakeRun
) -> None:
    journal.run(make_run(0, status=RunStatus.lost))
    journal.recorded("variant0-0", "first")
    journal.started("variant0-0", "again")
    assert load(journal.path).unfinished == ("variant0-0",)
    journal.run(make_run(0))
    contents = load(journal.path)
    assert contents.runs == (make_run(0),)
    assert contents.recorded == {}
    assert contents.unfinished == ()


def test_a_sweep_is_settled_once_it_ended_and_all_of_it_is_recorded(
    journal: Journal, sweep: Sweep, make_run: MakeRun
) -> None:
    run = make_run()
    journal.sweep(sweep)
    journal.run(run)
    journal.ended("succeeded")
    assert not is_settled(journal.path)
    journal.recorded(run.key, "1")
    assert not is_settled(journal.path)
    journal.ended("succeeded")
    assert not is_settled(journal.path)  # the store may not know of the end
    journal.concluded({"runs": 1})
    assert is_settled(journal.path)
    journal.run(run)
    assert not is_settled(journal.path)
    journal.recorded(run.key, "2")
    journal.ended("succeeded")
    journal.concluded({"runs": 2})
    assert is_settled(journal.path)
    with journal.path.open("ab") as stream:
        stream.write(b'{"v":1,"event":"ended","sta')
    assert not is_settled(journal.path)
    assert not is_settled(journal.path.with_name("none"))


def test_a_journal_of_before_there_were_conclusions_is_settled_by_its_end(
    journal: Journal, sweep: Sweep
) -> None:
    journal.sweep(sweep)
    with journal.path.open("ab") as stream:
        stream.write(b'{"v":1,"event":"ended","status":"succeeded","at":1.0}\n')
    assert is_settled(journal.path)
    assert load_conclusion(journal.path) is None


def test_a_conclusion_is_read_from_the_end_and_holds_until_there_is_more(
    journal: Journal, sweep: Sweep, make_run: MakeRun
) -> None:
    assert load_conclusion(journal.path) is None
    journal.sweep(sweep)
    journal.run(make_run())
    journal.ended("succeeded")
    assert load_conclusion(journal.path) is None
    journal.concluded({"runs": 1, "best": None})
    assert (
        load_conclusion(journal.path) == load(journal.path).concluded == {"runs": 1, "best": None}
    )
    journal.run(make_run(1))
    assert load_conclusion(journal.path) is load(journal.path).concluded is None


def test_a_sweep_taken_up_again_is_open(journal: Journal, sweep: Sweep) -> None:
    journal.sweep(sweep)
    journal.ended("cancelled")
    journal.sweep(sweep)
    assert load(journal.path).ended is None


def test_many_threads_append_whole_lines(journal: Journal, make_run: MakeRun) -> None:
    def append(start: int) -> None:
        for number in range(start, start + 25):
            journal.run(make_run(number))

    threads = [threading.Thread(target=append, args=(100 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    contents = load(journal.path)
    assert contents.notes == ()
    assert len(contents.runs) == 200


HOLD = """
import sys
from pathlib import Path
from sandbox.recorders import Journal
with Journal(Path(sys.argv[1])) as journal:
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_has_the_sweep(journal: Journal, root: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(journal.path)],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match=f"process {holder.pid}"), journal:
            pass
        holder.kill()
        holder.wait()
        with journal, pytest.raises(StoreError, match=f"process {os.getpid()}"):
            Journal(journal.path).__enter__()
    with journal:
        pass


def test_a_full_disk_is_said_with_a_hint() -> None:
    with pytest.raises(StoreError, match="No space left") as caught:
        Journal(Path("/dev/full")).ended("failed")
    assert caught.value.hint


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError), Journal(tmp_path / "file" / "journal.jsonl"):
        pass


def test_lines_say_their_version(journal: Journal) -> None:
    journal.ended("failed")
    assert json.loads(journal.path.read_text())["v"] == 1

"""What can be tweaked, remembered for as long as the files say the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox import api
from sandbox.errors import EntryError
from sandbox.flows.context import Context
from sandbox.flows.questions.scanning import Scan
from tests.support.commands import write_repository

SCRIPT = """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--optimizer", choices=["sgd", "adam"], default="sgd", help="which one")
RATE = 1e-3
for epoch in range(6):
    fit(RATE)
"""
BROKEN = "from broken import x\nWIDTH = 4\nprint(WIDTH)\n"
FILES = {"train.py": SCRIPT, "other.py": BROKEN, "broken.py": "def f(:\n"}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    write_repository(tmp_path / "studied", FILES)
    return api.connect(tmp_path / "home", engine="local", environ={}, folder=tmp_path)


def memory(context: Context) -> Path:
    return context.home.workspace("studied").scans


def names(found: Scan) -> set[str]:
    return {one.name for one in found.tunables}


@pytest.mark.parametrize("entry", [None, "train.py", "other.py"])
def test_what_is_remembered_is_what_was_found(context: Context, entry: str | None) -> None:
    first = api.scan(context, "studied", entry)
    assert first == api.scan(context, "studied", entry)
    memory(context).unlink()
    assert first == api.scan(context, "studied", entry)
    assert first.tunables


def test_nothing_is_looked_through_twice(context: Context) -> None:
    api.scan(context, "studied", "train.py")
    memory(context).write_text(memory(context).read_text().replace('"RATE"', '"REMEMBERED"'))
    assert "REMEMBERED" in names(api.scan(context, "studied", "train.py"))
    assert "WIDTH" in names(api.scan(context, "studied", "other.py"))


@pytest.mark.parametrize("path", ["train.py", "unseen.py"])
def test_a_change_in_the_workspace_is_noticed(context: Context, path: str) -> None:
    api.scan(context, "studied")
    file = context.home.workspace("studied").repo / path
    file.write_text(f"{SCRIPT}MOMENTUM = 0.9\n")
    assert "MOMENTUM" in names(api.scan(context, "studied", path))


@pytest.mark.parametrize("answer", [[], 1, {"tunables": 2}, {"tunables": [{"kind": "none"}]}])
def test_a_damaged_memory_counts_as_none(context: Context, answer: object) -> None:
    first = api.scan(context, "studied")
    fields = json.loads(memory(context).read_text())
    damaged = dict.fromkeys(fields["answers"], answer)
    memory(context).write_text(json.dumps({**fields, "answers": damaged}))
    assert api.scan(context, "studied") == first


def test_what_cannot_be_found_is_no_answer(context: Context) -> None:
    for _ in range(2):
        with pytest.raises(EntryError):
            api.scan(context, "studied", "missing.py")


def test_the_latest_answers_are_remembered_and_no_more(context: Context) -> None:
    for entry in (None, "train.py", "other.py", "broken.py"):
        api.scan(context, "studied", entry)
    assert len(json.loads(memory(context).read_text())["answers"]) == 3

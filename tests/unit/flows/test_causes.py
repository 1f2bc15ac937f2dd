"""Causes of runs that failed, of real notebooks and scripts on the local engine."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from sandbox import api
from sandbox.api import Request
from sandbox.comparing import compare
from tests.support.commands import write_repository

pytestmark = pytest.mark.slow

CELLS = (
    "size = 1",
    "def train(size):\n    if size > 1:\n        raise ValueError(f'{size} is too much')",
    "train(size)\nprint('loss: 1')",
)


def notebook_of(cells: tuple[str, ...]) -> str:
    made = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    made.cells = [nbformat.v4.new_markdown_cell("# Title")]  # type: ignore[no-untyped-call]
    made.cells += [nbformat.v4.new_code_cell(one) for one in cells]  # type: ignore[no-untyped-call]
    return str(nbformat.writes(made))  # type: ignore[no-untyped-call]


def failed(tmp_path: Path, files: dict[str, str], entry: str, **values: str) -> tuple[str, ...]:
    """The causes of a sweep's failures."""
    write_repository(tmp_path / "studied", files)
    context = api.connect(
        tmp_path / "home", engine="local", environ={}, folder=tmp_path, tell=lambda _line: None
    )
    name = api.open_workspace(context, str(tmp_path / "studied")).workspace.name
    request = Request(
        name,
        entry,
        {tunable: (value,) for tunable, value in values.items()},
        baseline_repeats=1,
        jobs=1,
    )
    done = api.sweep(context, request)
    return tuple(one.cause for one in compare(done.runs).failures)


def test_of_a_notebook_the_cell_and_line_that_raised_are_told(tmp_path: Path) -> None:
    files = {"work.ipynb": notebook_of(CELLS)}
    causes = failed(tmp_path, files, "work.ipynb", size="2,3")
    assert causes == ("failed: ValueError: 2 is too much (cell 3 line 3)",)


def test_words_that_code_leaves_with_are_its_cause(tmp_path: Path) -> None:
    script = "import sys\nsize = 1\nif size > 1:\n    sys.exit('no data for this size')\n"
    script += "print('loss: 1')\n"
    causes = failed(tmp_path, {"train.py": script}, "train.py", size="2")
    assert causes == ("failed: left with exit code 1: no data for this size",)

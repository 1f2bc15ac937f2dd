"""Runs the cases of `equality_cases` as a sweep does: shared with others, warm, by themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

from sandbox.domain import Entry, EntryKind
from sandbox.flows.sweeps.running import variables
from sandbox.interfaces import Execution, Session, Work
from sandbox.notebooks import (
    Trunk,
    course_of,
    execute,
    plant,
    prepare,
    run_sources,
    script_notebook,
)
from tests.support.compared import compared
from tests.support.equality_cases import FILES, Case
from tests.support.guests import tar

PARAMETER = "value = 0"


@dataclass(frozen=True)
class Shown:
    """What a variant showed, without times and addresses, and how many cells it shared."""

    lines: list[str]
    shared_cells: int
    notes: tuple[str, ...]


def make_notebook(case: Case) -> nbformat.NotebookNode:
    before, after = case
    cells = [v4.new_code_cell(source) for source in before]
    cells += [v4.new_code_cell(PARAMETER, metadata={"tags": ["parameters"]})]
    cells += [v4.new_code_cell(source) for source in after]
    for index, cell in enumerate(cells):
        cell["id"] = f"c{index}"
    return prepare(v4.new_notebook(cells=cells))


def shared(session: Session, case: Case, values: Sequence[int], folder: Path) -> list[Shown]:
    """As variants of one sweep."""
    notebook = make_notebook(case)
    sources = [run_sources(notebook, {"value": value}) for value in values]
    courses = plant([course_of("root", cells) for cells in sources]).courses
    trunk = Trunk(session.begin)
    shown = [
        _run(trunk.start(_work(EntryKind.notebook, FILES), course), notebook, folder, value=value)
        for value, course in zip(values, courses, strict=True)
    ]
    trunk.clear()
    return shown


def alone(session: Session, case: Case, value: int, folder: Path) -> Shown:
    """In a process that nobody else had anything to do with, or a copy of a warm one."""
    execution = session.begin(_work(EntryKind.notebook, FILES))
    return _run(execution, make_notebook(case), folder, value=value)


def script_alone(session: Session, source: str, value: int, folder: Path) -> Shown:
    """A script with the value as its only argument."""
    arguments = [str(value)]
    files = {**FILES, "main.py": source}
    entry = Entry("main.py", EntryKind.script)
    notebook = script_notebook(entry, arguments, title="t", repo="r")
    execution = session.begin(_work(EntryKind.script, files, "main.py"))
    return _run(execution, notebook, folder, arguments=arguments)


def _work(kind: EntryKind, files: dict[str, str], path: str = "in.ipynb") -> Work:
    data = tar(dict(files))
    tree = hashlib.sha256(data).hexdigest()
    return Work(tree, lambda: iter([data]), kind, path, environment=variables(1))


def _run(execution: Execution, notebook: Any, folder: Path, **parameters: object) -> Shown:
    try:
        done = execute(notebook, folder / "out.ipynb", execution=execution, parameters=parameters)
    finally:
        outcome = execution.finish()
    return Shown(compared(done.notebook), outcome.shared_cells, outcome.notes)

"""What variants share is run once, and each sees what a fresh process would have shown it.

Every case goes three ways: shared with two other variants, in a process of its own, and through
papermill's own engine with a real kernel; the notebooks are equal, cell by cell.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from sandbox.domain import EntryKind
from sandbox.engines.local import LocalEngine
from sandbox.flows.sweeps.running import variables
from sandbox.interfaces import Session, SessionSpec
from tests.support.compared import compared
from tests.support.equality import alone, make_notebook, script_alone, shared
from tests.support.equality_cases import CASES, FILES, SCRIPTS, VALUES
from tests.support.kernels import Ending, run_notebook

pytest.importorskip("ipykernel")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = LocalEngine(tmp_path_factory.mktemp("store"))
    with engine.open_session(SessionSpec(base="", python=sys.executable)) as session:
        yield session


def set_variables(given: dict[str, str], files: dict[str, str]) -> None:
    """Of a process in which kernels are started."""
    os.environ.update({**given, "PYTHONHASHSEED": "0", "MPLBACKEND": "Agg"})
    os.environ["PYTHONPATH"] = os.pathsep.join(files)


def run_theirs(name: str, folder: Path) -> tuple[Any, Ending | None]:
    for file, text in FILES.items():
        (folder / file).write_text(text)
    notebook = make_notebook(CASES[name])
    return run_notebook(notebook, folder, {"value": VALUES[1]}, cwd=str(folder))


@pytest.fixture(scope="module")
def theirs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[tuple[Any, Ending | None]]]]:
    """What papermill's own engine writes; several kernels at once, for each takes long to start."""
    callspecs = [getattr(item, "callspec", None) for item in request.session.items]
    names = {spec.params["name"] for spec in callspecs if spec and "name" in spec.params}
    start = (variables(1), {})
    with ProcessPoolExecutor(2, get_context("spawn"), set_variables, start) as pool:
        yield {
            name: pool.submit(run_theirs, name, tmp_path_factory.mktemp("theirs"))
            for name in CASES
            if name in names
        }


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_shared_fresh_and_papermill_show_the_same(
    name: str,
    session: Session,
    theirs: dict[str, Future[tuple[Any, Ending | None]]],
    tmp_path: Path,
) -> None:
    ours = [one.lines for one in shared(session, CASES[name], VALUES, tmp_path)]
    for value, seen in zip(VALUES, ours, strict=True):
        assert seen == alone(session, CASES[name], value, tmp_path).lines
    assert ours[1] == compared(theirs[name].result()[0])


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_that_starts_warm_shows_what_a_cold_one_shows(
    name: str, session: Session, tmp_path: Path
) -> None:
    def run() -> list[list[str]]:
        return [script_alone(session, SCRIPTS[name], one, tmp_path).lines for one in VALUES]

    session.warm(EntryKind.script, (), {"OTHER": "variables"})
    cold = run()
    modules = ["json", "multiprocessing.pool", "numpy", "sklearn.svm", "matplotlib.pyplot"]
    assert session.warm(EntryKind.script, modules, variables(1)).obstacle is None
    assert run() == cold
    session.warm(EntryKind.script, (), {"OTHER": "variables"})


@pytest.mark.slow
@pytest.mark.parametrize("name", ["matplotlib", "magics", "pandas", "scikit-learn"])
def test_a_notebook_that_starts_warm_shows_what_a_cold_one_shows(
    name: str, session: Session, tmp_path: Path
) -> None:
    def run() -> list[list[str]]:
        return [alone(session, CASES[name], one, tmp_path).lines for one in VALUES]

    session.warm(EntryKind.script, (), variables(1))
    cold = run()
    modules = ["pandas", "sklearn.linear_model", "matplotlib.pyplot", "subprocess"]
    assert session.warm(EntryKind.notebook, modules, variables(1)).obstacle is None
    assert run() == cold
    session.warm(EntryKind.script, (), variables(1))

"""What variants share in a container shows what a fresh process in it shows, PyTorch among it.

One environment for all, built by the product into its own Store, so that it is built once for many
runs of the tests. PyTorch's cases go through papermill's own engine too, in a container.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from sandbox import environments
from sandbox.domain import EntryKind, Requirements
from sandbox.engines.docker import DockerEngine
from sandbox.environments import Build
from sandbox.flows.sweeps.running import variables
from sandbox.interfaces import Session, SessionSpec, Step, Workbench
from sandbox.paths import Home
from sandbox.settings import load_settings
from tests.support import kernels
from tests.support.compared import compared
from tests.support.equality import alone, make_notebook, script_alone, shared
from tests.support.equality_cases import (
    CASES,
    FILES,
    SCRIPTS,
    TORCH_CASES,
    TORCH_SCRIPTS,
    VALUES,
)
from tests.support.guests import tar

pytestmark = pytest.mark.slow

NEEDS = ("numpy", "pandas", "scikit-learn", "matplotlib", "torch")
TOOLS = ("ipython", "matplotlib-inline", "ipykernel", "papermill")
MODULES = ("numpy", "pandas", "sklearn.svm", "matplotlib.pyplot", "torch", "torch._dynamo")

CHOSEN = [
    "NumPy, seeded",
    "unseeded, nothing of it shown",
    "pandas",
    "scikit-learn",
    "matplotlib",
    "magics",
    "an exception in the middle",
    "an exception in what is shared",
    "files written and read",
    "a file read on",
    "subprocesses",
    "a thread in what is shared",
    "a thread that goes on",
    "processes after the fork",
    "modules of the repository",
]
CHOSEN_SCRIPTS = ["NumPy and scikit-learn", "plots", "an exit code", "processes and threads"]
UNSHARED = [
    "an exception in what is shared",
    "a thread that goes on",
    "PyTorch, threads of its own",
]
"""Cases of which no copy is made behind the last of what could be shared."""

THEIRS = """
import concurrent.futures, io, json, multiprocessing, os, pathlib, sys, tarfile
tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read())).extractall('/tmp/all')
sys.path.insert(0, '/tmp/all')
import nbformat
from kernels import run_notebook

def submit(name, notebook, files):
    folder = pathlib.Path('/tmp') / name
    folder.mkdir()
    for file, text in files.items():
        (folder / file).write_text(text)
    parameters = {'value': int(sys.argv[1])}
    return pool.submit(run_notebook, nbformat.from_dict(notebook), folder, parameters, cwd=folder)

if __name__ == '__main__':
    cases = json.load(open('/tmp/all/cases.json'))
    with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context('fork')) as pool:
        made = {name: submit(name, *case) for name, case in cases.items()}
    json.dump({name: one.result()[0] for name, one in made.items()}, sys.stdout)
"""


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    engine = DockerEngine()
    yield engine.workbench()
    engine.client.close()


@pytest.fixture(scope="module")
def built(bench: Workbench, shared_home: Path) -> Build:
    home = Home(shared_home)
    indexes = load_settings(home.root, os.environ).load_indexes()
    environment = environments.resolve(
        Requirements(NEEDS), indexes=indexes, pythons=("3.11",), extra=TOOLS, cache=home.cache
    )
    base = environments.ensure_base(bench, python="3.11", cache=home.cache)
    return environments.build(
        environment, bench, base=base, indexes=indexes, home=home, imports=MODULES
    )


@pytest.fixture(scope="module")
def session(built: Build) -> Iterator[Session]:
    """One in which everything starts cold."""
    engine = DockerEngine()
    with engine.open_session(SessionSpec(base=built.base, python=built.python)) as session:
        yield session
    engine.client.close()


@pytest.fixture(scope="module")
def warm(built: Build) -> Iterator[Session]:
    """One that has the imports of scripts done."""
    engine = DockerEngine()
    with engine.open_session(SessionSpec(base=built.base, python=built.python)) as session:
        assert session.warm(EntryKind.script, MODULES, variables(1)).obstacle is None
        yield session
    engine.client.close()


@pytest.fixture
def torch(built: Build) -> None:
    """Skips where no index has PyTorch for this machine."""
    missing = {one.name: one.why for one in (*built.environment.dropped, *built.imports_failed)}
    if "torch" in missing:
        pytest.skip(f"PyTorch cannot be had: {missing['torch']}")


@pytest.fixture(scope="module")
def theirs(built: Build, bench: Workbench) -> dict[str, Any]:
    """What papermill's own engine writes of PyTorch's cases, with kernels in one container."""
    cases = {key: (make_notebook(case), FILES) for key, case in TORCH_CASES.items()}
    source = Path(kernels.__file__).read_text(encoding="utf-8")
    sent = tar({"kernels.py": source, "cases.json": json.dumps(cases)})
    said = io.BytesIO()
    step = Step(
        built.base,
        (built.python, "-c", THEIRS, str(VALUES[-1])),
        stdin=[sent],
        environment={**variables(1), "PYTHONHASHSEED": "0", "MPLBACKEND": "Agg", "HOME": "/tmp"},
        timeout_s=300.0,
        on_data=lambda data: said.write(data) and None,
    )
    result = bench.run(step)
    assert result.exit_code == 0, result.output
    return {
        name: nbformat.from_dict(one)  # type: ignore[no-untyped-call]
        for name, one in json.loads(said.getvalue()).items()
    }


def shown_by_all(session: Session, name: str, folder: Path) -> list[str]:
    """What the last variant showed, shared with the others and by itself."""
    case = {**CASES, **TORCH_CASES}[name]
    ours = shared(session, case, VALUES, folder)[-1]
    assert ours.lines == alone(session, case, VALUES[-1], folder).lines
    if name not in UNSHARED:
        assert ours.shared_cells >= len(case[0]), ours.notes
    return ours.lines


@pytest.mark.parametrize("name", CHOSEN)
def test_shared_and_fresh_show_the_same(name: str, session: Session, tmp_path: Path) -> None:
    assert shown_by_all(session, name, tmp_path)


@pytest.mark.usefixtures("torch")
@pytest.mark.parametrize("name", TORCH_CASES)
def test_pytorch_shows_the_same_shared_fresh_and_with_papermill(
    name: str, session: Session, theirs: dict[str, Any], tmp_path: Path
) -> None:
    assert shown_by_all(session, name, tmp_path) == compared(theirs[name])


@pytest.mark.usefixtures("torch")
def test_unseeded_generators_of_pytorch_draw_other_numbers_in_each_copy(
    session: Session, tmp_path: Path
) -> None:
    case = (["import torch\ntorch.rand(1)\n'drawn'"], ["print(value, torch.rand(1).item())"])
    said = ["\n".join(one.lines) for one in shared(session, case, VALUES, tmp_path)]
    drawn = [
        re.findall(rf"{value} (0\.\d+)", text) for value, text in zip(VALUES, said, strict=True)
    ]
    assert all(drawn)
    assert len({number for [number] in drawn}) == len(VALUES)


@pytest.mark.usefixtures("torch")
@pytest.mark.parametrize("name", [*CHOSEN_SCRIPTS, *TORCH_SCRIPTS])
def test_a_script_that_starts_warm_shows_what_a_cold_one_shows(
    name: str, session: Session, warm: Session, tmp_path: Path
) -> None:
    source = {**SCRIPTS, **TORCH_SCRIPTS}[name]
    ours = [script_alone(warm, source, value, tmp_path) for value in VALUES]
    assert ours[-1].lines == script_alone(session, source, VALUES[-1], tmp_path).lines

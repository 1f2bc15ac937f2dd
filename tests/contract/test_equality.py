"""What variants share is run once, and each sees what a fresh process would have shown it.

Every case goes three ways: shared with two other variants, in a process of its own, and through
papermill's own engine with a real kernel; the notebooks are equal, cell by cell.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import v4

from sandbox.domain import Entry, EntryKind
from sandbox.engines.local import LocalEngine
from sandbox.flows.running import variables
from sandbox.interfaces import Execution, Session, SessionSpec, Work
from sandbox.notebooks import (
    Course,
    Trunk,
    course_of,
    execute,
    plant,
    prepare,
    run_sources,
    script_notebook,
)
from tests.support.compared import compared
from tests.support.guests import tar
from tests.support.kernels import Ending, run_notebook

pytest.importorskip("ipykernel")

FILES = {"rows.csv": "a,b\n1,2\n3,4\n5,7\n", "helper.py": "COUNT = [0]\n\ndef f(x): return x * 3\n"}
VALUES = (1, 2, 3)
PARAMETER = "value = 0"

# What is shared; then `value` is set; then what differs.
CASES: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "plain Python": (["x = [0]\nx"], ["x.append(value)\nx", "sum(x)"]),
    "NumPy, seeded": (
        ["import numpy as np", "np.random.seed(3)\na = np.random.rand(50)", "a.mean()"],
        ["(a * value).sum(), np.random.rand()", "np.linalg.svd(a.reshape(5, 10))[1]"],
    ),
    "NumPy, a generator of its own": (
        ["import numpy as np\nrng = np.random.default_rng(5)", "rng.normal(size=3)"],
        ["rng.normal(value, size=3)"],
    ),
    "Python's generator, seeded": (
        ["import random\nrandom.seed('x')\nrandom.random()"],
        ["[random.randint(0, 99) for _ in range(value)]", "random.sample(range(50), 5)"],
    ),
    "unseeded, nothing of it shown": (
        ["import random\nimport numpy as np\nrandom.random(), np.random.rand()\n'drawn'"],
        ["0 <= random.random() < 1, 0 <= np.random.rand() < value"],
    ),
    "pandas": (
        ["import pandas as pd\ndf = pd.read_csv('rows.csv')", "df"],
        ["df['c'] = df.a * value\ndf.describe()", "df.groupby('a').sum()"],
    ),
    "scikit-learn": (
        [
            "from sklearn.datasets import make_classification",
            "from sklearn.linear_model import LogisticRegression",
            "x, y = make_classification(random_state=0)",
            "base = LogisticRegression().fit(x, y)\nbase.score(x, y)",
        ],
        ["model = LogisticRegression(C=value).fit(x, y)", "model.coef_.round(12).sum(), model"],
    ),
    "matplotlib": (
        ["%matplotlib inline\nimport matplotlib.pyplot as plt", "plt.plot([1, 2]); plt.title('a')"],
        ["plt.bar([1, 2], [value, 3]); plt.show()", "figure = plt.figure(); plt.close(figure)"],
    ),
    "magics": (
        ["%%capture said\nprint('quiet')", "%env TOLD=once\n!echo from the shell"],
        ["!echo $TOLD {value}", "said.stdout, value", "%%bash\necho bash"],
    ),
    "an exception in the middle": (
        ["print('before')"],
        ["print(value)\n{}['missing'] if value == 2 else None", "'after'"],
    ),
    "an exception in what is shared": (["1 / 0"], ["value"]),
    "files written and read": (
        ["open('made.txt', 'w').write('shared')\nimport os", "os.path.getsize('made.txt')"],
        [
            "open('made.txt', 'a').write(str(value))\nopen('rows.csv', 'w').write('x')",
            "open('made.txt').read(), open('rows.csv').read()",
        ],
    ),
    "a file read on": (
        ["source = open('rows.csv')\nnext(source)"],
        ["next(source), value", "source.read()"],
    ),
    "subprocesses": (
        ["import subprocess\nsubprocess.check_output(['echo', 'shared'])"],
        ["subprocess.check_output(['echo', str(value)])"],
    ),
    "a thread in what is shared": (
        [
            "import threading",
            "t = threading.Thread(target=lambda: print('in it'))\nt.start(); t.join()",
        ],
        ["value"],
    ),
    "a thread that goes on": (
        [
            "import threading\ngo = threading.Event()",
            "t = threading.Thread(target=go.wait)\nt.start()",
        ],
        ["go.set(); t.join()\nvalue, t.is_alive()"],
    ),
    "processes after the fork": (
        ["import multiprocessing as mp\nimport math\ncontext = mp.get_context('fork')"],
        ["with context.Pool(2) as pool:\n    print(pool.map(math.sqrt, [1, 4, value ** 2]))"],
    ),
    "modules of the repository": (
        ["import helper\nhelper.COUNT[0] += 1"],
        ["helper.COUNT[0] += value\nhelper.COUNT, helper.f(value)"],
    ),
    "the counter and earlier values": (["40", "_ + 2"], ["_, value, Out", "In[-1]"]),
    "displays that are updated": (
        ["handle = display('first', display_id='one')"],
        ["handle.update(value)", "display('again', display_id='one')"],
    ),
}


def make_notebook(name: str) -> nbformat.NotebookNode:
    before, after = CASES[name]
    cells = [v4.new_code_cell(source) for source in before]
    cells += [v4.new_code_cell(PARAMETER, metadata={"tags": ["parameters"]})]
    cells += [v4.new_code_cell(source) for source in after]
    for index, cell in enumerate(cells):
        cell["id"] = f"c{index}"
    return prepare(v4.new_notebook(cells=cells))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = LocalEngine(tmp_path_factory.mktemp("store"))
    with engine.open_session(SessionSpec(base="", python=sys.executable)) as session:
        yield session


def work(kind: EntryKind, files: dict[str, str], path: str = "in.ipynb") -> Work:
    data = tar(dict(files))
    return Work(str(hash(data)), lambda: iter([data]), kind, path, environment=variables(1))


def set_variables(given: dict[str, str], files: dict[str, str]) -> None:
    """Of a process in which kernels are started."""
    os.environ.update({**given, "PYTHONHASHSEED": "0", "MPLBACKEND": "Agg"})
    os.environ["PYTHONPATH"] = os.pathsep.join(files)


def run_theirs(name: str, folder: Path) -> tuple[Any, Ending | None]:
    for file, text in FILES.items():
        (folder / file).write_text(text)
    return run_notebook(make_notebook(name), folder, {"value": VALUES[1]}, cwd=str(folder))


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


def run_ours(
    execution: Execution, notebook: Any, folder: Path, parameters: dict[str, object]
) -> Any:
    try:
        done = execute(notebook, folder / "out.ipynb", execution=execution, parameters=parameters)
    finally:
        execution.finish()
    return done.notebook


def shared_runs(
    session: Session, kind: EntryKind, notebooks: Sequence[Any], given: Sequence[dict[str, object]]
) -> Iterator[tuple[Execution, Course]]:
    """Executions of the variants, in order, that share what they can."""
    sources = [
        run_sources(one, parameters) for one, parameters in zip(notebooks, given, strict=True)
    ]
    trunk = Trunk(session.begin)
    for course in plant([course_of("root", cells) for cells in sources]).courses:
        yield trunk.start(work(kind, FILES), course), course
    trunk.clear()


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_shared_fresh_and_papermill_show_the_same(
    name: str,
    session: Session,
    theirs: dict[str, Future[tuple[Any, Ending | None]]],
    tmp_path: Path,
) -> None:
    notebook = make_notebook(name)
    given: list[dict[str, object]] = [{"value": value} for value in VALUES]
    ours = shared_runs(session, EntryKind.notebook, [notebook] * len(given), given)
    shared = [
        compared(run_ours(execution, notebook, tmp_path, parameters))
        for (execution, _), parameters in zip(ours, given, strict=False)
    ]
    next(ours, None)
    for parameters, seen in zip(given, shared, strict=True):
        fresh = session.begin(work(EntryKind.notebook, FILES))
        assert seen == compared(run_ours(fresh, notebook, tmp_path, parameters))
    assert shared[1] == compared(theirs[name].result()[0])


SCRIPTS: dict[str, str] = {
    "arguments and metrics": "import sys\nprint('loss', 1 / float(sys.argv[1]))",
    "NumPy and scikit-learn": (
        "import sys\nimport numpy as np\nfrom sklearn.svm import SVC\nnp.random.seed(0)\n"
        "x = np.random.rand(40, 3); y = x.sum(axis=1) > 1.5\n"
        "print(SVC(C=float(sys.argv[1])).fit(x, y).score(x, y), np.random.rand())"
    ),
    "files, modules and the name": (
        "import sys, os, helper\nopen('made', 'w').write(sys.argv[1])\n"
        "print(__name__, sys.argv, sorted(os.listdir('.')), helper.f(int(sys.argv[1])))"
    ),
    "plots": "import matplotlib.pyplot as p\np.plot([1, 2]); p.show()\nprint(p.get_backend())",
    "an error": "import json\nprint('before')\njson.loads('{')",
    "an exit code": "import sys, random\nrandom.seed(1)\nprint(random.random())\nsys.exit(3)",
    "processes and threads": (
        "import multiprocessing as mp, threading, sys, math\n"
        "if __name__ == '__main__':\n"
        "    with mp.get_context('fork').Pool(2) as pool: print(pool.map(math.sqrt, [4, 9]))\n"
        "    t = threading.Thread(target=print, args=sys.argv[1:]); t.start(); t.join()"
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_that_starts_warm_shows_what_a_cold_one_shows(
    name: str, session: Session, tmp_path: Path
) -> None:
    files = {**FILES, "main.py": SCRIPTS[name]}
    entry = Entry("main.py", EntryKind.script)

    def run(value: int) -> Any:
        arguments = [str(value)]
        notebook = script_notebook(entry, arguments, title="t", repo="r")
        execution = session.begin(work(EntryKind.script, files, "main.py"))
        return compared(run_ours(execution, notebook, tmp_path, {"arguments": arguments}))

    session.warm(EntryKind.script, (), {"OTHER": "variables"})
    cold = [run(value) for value in VALUES]
    modules = ["json", "multiprocessing.pool", "numpy", "sklearn.svm", "matplotlib.pyplot"]
    assert session.warm(EntryKind.script, modules, variables(1)).obstacle is None
    assert [run(value) for value in VALUES] == cold
    session.warm(EntryKind.script, (), {"OTHER": "variables"})


@pytest.mark.slow
@pytest.mark.parametrize("name", ["matplotlib", "magics", "pandas", "scikit-learn"])
def test_a_notebook_that_starts_warm_shows_what_a_cold_one_shows(
    name: str, session: Session, tmp_path: Path
) -> None:
    notebook = make_notebook(name)

    def run(value: int) -> Any:
        execution = session.begin(work(EntryKind.notebook, FILES))
        return compared(run_ours(execution, notebook, tmp_path, {"value": value}))

    session.warm(EntryKind.script, (), variables(1))
    cold = [run(value) for value in VALUES]
    modules = ["pandas", "sklearn.linear_model", "matplotlib.pyplot", "subprocess"]
    assert session.warm(EntryKind.notebook, modules, variables(1)).obstacle is None
    assert [run(value) for value in VALUES] == cold
    session.warm(EntryKind.script, (), variables(1))

"""Our papermill engine writes the notebooks that papermill's own engine writes.

A dozen notebooks go through both: papermill's with a real kernel, ours with a real guest. What is
left out of the comparison is what differs between two runs of papermill's own engine too (times,
ids, addresses, where a stream is cut into pieces), and paths and colours of tracebacks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import v4

from sandbox.domain import EntryKind
from sandbox.engines.local import LocalEngine
from sandbox.interfaces import Session, SessionSpec, Work
from sandbox.notebooks import prepare
from sandbox.notebooks.engine import SandboxEngine
from tests.support.compared import compared, ended
from tests.support.kernels import Ending, run_notebook

# Rich output is made by IPython: this is about the Python that has it.
pytest.importorskip("ipykernel")

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
FLUSH = "sys.stdout.flush(); sys.stderr.flush()"

# A cell, or a cell and its tag.
NOTEBOOKS: dict[str, list[str | tuple[str, str]]] = {
    "streams": [
        "import sys, warnings",
        f"print('a'); print('b'); {FLUSH}\nprint('c', file=sys.stderr); {FLUSH}\nprint('d')",
        "for i in range(3):\n    sys.stderr.write(f'\\r{i}/3')\n    sys.stderr.flush()",
        "warnings.warn('careful')",
        "print('\\u2603 \\U0001F680 \\u05d0')",
        "for i in range(5000): print(i, 'x' * 40)",
    ],
    "values": [
        "x = 2",
        "x * 21",
        "x;",
        "None",
        "'\\u2603'",
        "_ + '!'",
        "Out[2], _2",
        "In[1]",
        "import asyncio\nawait asyncio.sleep(0)\n'done'",
    ],
    "displays": [
        "import base64\nfrom IPython.display import HTML, Image, Markdown, display",
        "HTML('<b>bold</b>')",
        "display(Markdown('*m*'), HTML('<i>i</i>'))\n'last'",
        f"Image(data=base64.b64decode('{PNG}'))",
        "class Own:\n    def _repr_html_(self): return '<p>own</p>'",
        "type('Own', (Own,), {'__repr__': lambda self: 'own'})()",
    ],
    "clearing and updating": [
        "from IPython.display import HTML, clear_output, display, update_display",
        "print('gone'); clear_output(); print('kept')",
        "for i in range(3):\n    clear_output(wait=True); print('step', i)",
        "print('stays'); clear_output(wait=True)",
        "handle = display('first', display_id='one')",
        "handle.update('second'); display(HTML('<u>new</u>'), display_id='two')",
        "update_display('third', display_id='one'); print('x')",
        "display('again', display_id='two')",
    ],
    "figure and table": [
        "%matplotlib inline",
        "import matplotlib.pyplot as plt\nimport pandas as pd",
        "plt.plot([1, 2, 3]); plt.title('t')",
        "print('before'); plt.plot([3, 1]); plt.show(); print('after')",
        "figure, axes = plt.subplots(figsize=(2, 1)); axes.plot([1])\nplt.close(figure)",
        "pd.DataFrame({'a': [1, 2], 'b': ['x', None]})",
    ],
    "exception in the middle": [
        "print('before')",
        "def f(): raise ValueError('no \\u2603')",
        "print('in'); f()",
        "1",
    ],
    "syntax error": ["x = 1", "def (", "x"],
    "expected exception": [("1/0", "raises-exception"), "print('goes on')"],
    "empty and skipped cells": ["", "  \n", ("print('no')", "skip-execution"), "# only this", "1"],
    "magics and shell": [
        "%%capture said\nprint('caught')",
        "said.stdout",
        "!echo from the shell",
        "out = !echo in a variable\nout",
        "%env SANDBOX_TEST=1",
        "%%bash\necho from bash",
    ],
    "input": ["print('before')", "name = input('your name? ')", "name"],
    "left with zero": ["print('one')", "import sys\nsys.exit(0)", "print('after')"],
    "left with an exit code": ["import sys\nsys.exit(3)", "print('after')"],
    "injected parameters": [
        ("lr = 0.1\nname = 'a'\nflag = False", "parameters"),
        "print(repr(lr), repr(name), flag)",
    ],
}

PARAMETERS = {
    "injected parameters": {"lr": 1e-3, "name": 'quo"te\n\\ \u2603 </script>', "flag": True}
}


def make_notebook(cells: list[str | tuple[str, str]]) -> nbformat.NotebookNode:
    made = []
    for index, cell in enumerate(cells):
        source, *tags = (cell,) if isinstance(cell, str) else cell
        made.append(v4.new_code_cell(source, id=f"c{index}", metadata={"tags": tags}))
    made.insert(1, v4.new_markdown_cell("*text*", id="text"))
    return prepare(v4.new_notebook(cells=made))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = LocalEngine(tmp_path_factory.mktemp("store"))
    with engine.open_session(SessionSpec(base="", python=sys.executable)) as session:
        yield session


def no_files() -> Iterator[bytes]:
    yield bytes(10_240)  # an empty tar


@pytest.fixture(scope="module")
def theirs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[tuple[Any, Ending | None]]]]:
    """What papermill's own engine writes; several kernels at once, for each takes long to start."""
    callspecs = [getattr(item, "callspec", None) for item in request.session.items]
    names = [spec.params["name"] for spec in callspecs if spec and "name" in spec.params]
    with ProcessPoolExecutor(3, get_context("spawn")) as pool:
        yield {
            name: pool.submit(
                run_notebook,
                make_notebook(NOTEBOOKS[name]),
                tmp_path_factory.mktemp("theirs"),
                PARAMETERS.get(name),
            )
            for name in names
            if name in NOTEBOOKS
        }


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_both_engines_write_the_same_notebook(
    name: str,
    session: Session,
    theirs: dict[str, Future[tuple[Any, Ending | None]]],
    tmp_path: Path,
) -> None:
    notebook, parameters = make_notebook(NOTEBOOKS[name]), PARAMETERS.get(name)
    options = {"engine_name": "sandbox"}
    execution = session.begin(Work("empty", no_files, EntryKind.notebook, "in.ipynb"))
    try:
        ours, our_end = run_notebook(notebook, tmp_path, parameters, execution=execution, **options)
    finally:
        execution.finish()
    their, their_end = theirs[name].result()

    assert ended(our_end) == ended(their_end)
    assert compared(ours) == compared(their)


def test_the_installed_entry_point_is_this_engine() -> None:
    from papermill.engines import papermill_engines

    assert papermill_engines.get_engine("sandbox") is SandboxEngine

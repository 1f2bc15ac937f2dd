"""One notebook from source to outputs, through papermill, in an Execution that is handed in."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.interfaces import Execution
from sandbox.notebooks.engine import ENGINE_NAME, Report, SandboxEngine
from sandbox.notebooks.html import to_html
from sandbox.notebooks.parameters import check_parameters
from sandbox.notebooks.preparing import prepare
from sandbox.notebooks.running import CellError
from sandbox.notebooks.saving import save_notebook

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["CellError", "Executed", "execute", "get_ready"]

AUTOSAVE_S = 5


@dataclass(frozen=True)
class Executed:
    """A notebook that was run.

    Attributes:
        notebook: as it is on disk.
        error: what stopped it; None where every cell ran, or the code left with exit code 0.
            When the process itself ended (`ename` is `ExecutionEnded`), its Outcome knows why.
    """

    notebook: NotebookNode
    error: CellError | None


def execute(
    notebook: NotebookNode,
    output: Path,
    *,
    execution: Execution,
    parameters: Mapping[str, object],
    on_output: Callable[[int, str, str], None] | None = None,
    cell_timeout_s: float | None = None,
) -> Executed:
    """Run the notebook through papermill; failing code is a result, not an exception.

    Several may run at once in threads of one process. The process's working directory stays.

    Args:
        notebook: is not changed; what an earlier run left in it is not kept.
        output: written at the end; before that with cells that start or end, at most once a
            second, and every few seconds while one is printing; always a whole notebook.
        execution: is not finished here.
        parameters: values for variables of the cell tagged `parameters`.
        on_output: called as it comes with cell index (as in `CellError.cell`), stream and text.

    Raises:
        TunableError: parameters that cannot be injected; nothing has run then.
        StoreError: the notebook cannot be written.
        EngineError: from the execution, when container or engine went away; the notebook so far
            is on disk.
    """
    prepared = prepare(notebook)
    check_parameters(prepared, parameters)
    report = Report()
    options = {
        "execution": execution,
        "execution_timeout": cell_timeout_s,
        "on_output": on_output,
        "report": report,
        "save_to": output,
    }
    _run_papermill(prepared, dict(parameters), report, options)
    if report.error is None:
        _remove_markers(report.notebook)
    else:
        save_notebook(report.notebook, output)  # papermill has marked the error since
    return Executed(report.notebook, report.error)


@functools.cache
def get_ready() -> None:
    """Imports what `execute` and `to_html` need: half a second that is better spent early."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
    from papermill import execute, parameterize  # noqa: F401

    _register()
    cells = [new_code_cell("pass"), new_markdown_cell("*")]  # type: ignore[no-untyped-call]
    to_html(new_notebook(cells=cells))  # type: ignore[no-untyped-call]


def _run_papermill(
    notebook: NotebookNode,
    parameters: dict[str, object],
    report: Report,
    options: dict[str, Any],
) -> None:
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    _register()
    try:
        _execute(notebook, parameters, options)
    except (PapermillExecutionError, DeadKernelError, CellTimeoutError):
        if not report.started:
            raise


def _execute(
    notebook: NotebookNode, parameters: dict[str, object], options: dict[str, Any]
) -> None:
    """The steps of `papermill.execute_notebook`, without those that are there for files.

    It would have the notebook written, read and checked before, and once more after: most of
    what a short variant costs on this side.
    """
    from papermill.engines import papermill_engines
    from papermill.execute import prepare_notebook_metadata, raise_for_execution_errors
    from papermill.parameterize import parameterize_notebook

    ready = _with_papermill(notebook)
    if parameters:
        ready = parameterize_notebook(ready, parameters, engine_name=ENGINE_NAME)
    ready = prepare_notebook_metadata(ready, None, None)
    _remove_markers(ready)
    done = papermill_engines.execute_notebook_with_engine(
        ENGINE_NAME,
        ready,
        kernel_name=papermill_engines.nb_kernel_name(ENGINE_NAME, ready),
        progress_bar=False,
        autosave_cell_every=AUTOSAVE_S,
        **options,
    )
    raise_for_execution_errors(done, None)


def _with_papermill(notebook: NotebookNode) -> NotebookNode:
    """With the metadata that papermill gives to what it loads."""
    import papermill
    from nbformat import NotebookNode

    begun: dict[str, object] = {
        "default_parameters": {},
        "parameters": {},
        "environment_variables": {},
        "version": papermill.__version__,
    }
    notebook.metadata["papermill"] = NotebookNode(begun)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        cell.metadata["papermill"] = NotebookNode()  # type: ignore[no-untyped-call]
    return notebook


def _register() -> None:
    """Make the engine known where the package is used without being installed."""
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillException

    try:
        papermill_engines.get_engine(ENGINE_NAME)
    except PapermillException:
        papermill_engines.register(ENGINE_NAME, SandboxEngine)


def _remove_markers(notebook: NotebookNode) -> None:
    """Every error is marked by papermill, also one that the notebook says it expects."""
    from papermill.execute import remove_error_markers

    remove_error_markers(notebook)

"""The papermill engine `sandbox`: papermill's notebooks, cells executed elsewhere.

Registered in the entry point group `papermill.engine`. papermill loads it in the middle of its own
import, when its classes cannot be relied upon to be there, so this is no subclass of its Engine
(papermill asks for the three methods below and no more) and imports papermill when used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from sandbox.interfaces import Execution
from sandbox.notebooks.opening import ExecutionRequest, OpenExecution, open_default_execution
from sandbox.notebooks.preparing import LANGUAGE_INFO
from sandbox.notebooks.reading import refuse_other_languages
from sandbox.notebooks.running import CellError, CellRunner, RunOptions

ENGINE_NAME = "sandbox"


@dataclass
class Report:
    """What `execute` needs to know of a run that papermill does not hand back.

    Attributes:
        notebook: the very object that was executed, also when papermill raised.
        error: what stopped it.
        started: papermill got as far as this engine.
    """

    notebook: Any = None
    error: CellError | None = None
    started: bool = False


class SandboxEngine:
    """Runs the cells in an `Execution`, and leaves everything else to papermill.

    Attributes:
        open_execution: used when none is handed in, as from papermill's command line.
    """

    open_execution: ClassVar[OpenExecution] = staticmethod(open_default_execution)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Always the environment's Python, whatever the notebook calls its kernel."""
        refuse_other_languages(dict(nb.metadata), name or "the notebook")
        return "python3"

    @classmethod
    def nb_language(cls, _nb: Any, language: str | None = None) -> str:
        return language or "python"

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """What papermill calls, with the arguments of its `Engine.execute_notebook`.

        Args:
            kernel_name: not used: there is one Python in an environment.
            options: besides papermill's own `execution` (else one is opened), `save_to` (a Path
                that is saved to instead of papermill's output path) and `report`.
        """
        manager = _manager(nb, options)
        manager.notebook_start()
        try:
            cls.execute_managed_notebook(manager, kernel_name, **options)
        finally:
            manager.cleanup_pbar()
            manager.notebook_complete()
        return manager.nb

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,  # noqa: ARG003 - papermill hands it over by position
        *,
        execution: Execution | None = None,
        report: Report | None = None,
        **options: Any,
    ) -> None:
        """Run every cell; errors of the code stay in the notebook, for papermill to raise.

        Raises:
            nbclient.exceptions.DeadKernelError: the process ended before its cell did.
            nbclient.exceptions.CellTimeoutError: a cell took longer than `execution_timeout`.
        """
        report = report or Report()
        report.notebook, report.started = nb_man.nb, True
        with _opened(cls.open_execution, execution, options) as (ready, is_ours):
            runner = CellRunner(nb_man, ready, _run_options(nb_man, options))
            report.error = runner.run()
            nb_man.nb.metadata["language_info"] = dict(LANGUAGE_INFO)
            cause = ready.finish().cause if is_ours else None
        _raise_for_end(runner, cause)


def _manager(nb: Any, options: dict[str, Any]) -> Any:
    from papermill.engines import NotebookExecutionManager

    save_to: Path | None = options.pop("save_to", None)
    output_path = options.pop("output_path", None)
    progress_bar = options.pop("progress_bar", True)
    autosave = options.pop("autosave_cell_every", 30)
    if save_to is None:
        return NotebookExecutionManager(
            nb,
            output_path=output_path,
            progress_bar=progress_bar,
            log_output=options.get("log_output", False),
            autosave_cell_every=autosave,
        )
    from sandbox.notebooks.managing import FileManager

    # Names only: papermill would put the whole notebook where the name of its file belongs.
    nb.metadata.papermill.update(input_path="source.ipynb", output_path=save_to.name)
    return FileManager(nb, save_to, autosave_s=autosave)


def _run_options(manager: Any, options: dict[str, Any]) -> RunOptions:
    timeout_s = options.get("execution_timeout") or options.get("timeout")
    return RunOptions(
        timeout_s=timeout_s if timeout_s and timeout_s > 0 else None,
        allow_errors=bool(options.get("allow_errors")),
        log_output=bool(options.get("log_output")),
        stdout_file=options.get("stdout_file"),
        stderr_file=options.get("stderr_file"),
        on_output=options.get("on_output"),
        on_change=getattr(manager, "mark", lambda _index: None),
    )


@contextmanager
def _opened(
    open_execution: OpenExecution, execution: Execution | None, options: dict[str, Any]
) -> Iterator[tuple[Execution, bool]]:
    """The Execution to run in, and whether it was opened here and is to be finished here."""
    if execution is not None:
        yield execution, False
        return
    notebook = options.get("input_path")
    request = ExecutionRequest(
        notebook=notebook if isinstance(notebook, str) and notebook != "-" else None,
        folder=str(Path.cwd()),  # papermill has gone to its `--cwd` by now
        start_timeout_s=float(options.get("start_timeout") or 60),
    )
    with open_execution(request) as opened:
        yield opened, True


def _raise_for_end(runner: CellRunner, cause: str | None) -> None:
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    if runner.ended:
        raise DeadKernelError(cause or "the process ended before its cell did")
    if runner.timed_out is not None:
        cell = runner.manager.nb.cells[runner.timed_out]
        raise CellTimeoutError.error_from_timeout_and_cell(
            "Cell execution timed out", int(runner.options.timeout_s or 0), cell
        )

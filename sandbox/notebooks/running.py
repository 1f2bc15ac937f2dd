"""Runs the cells of a notebook in an Execution, telling papermill's manager of each.

Knows papermill's manager by its methods only; what a cell put out goes through `outputs`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any

from sandbox.interfaces import CellDone, CellEvent, Execution, ExecutionEnded
from sandbox.notebooks.outputs import OutputCollector
from sandbox.notebooks.text import cell_numbers, joined

SKIP_TAG = "skip-execution"
RAISES_TAG = "raises-exception"

_INTERRUPT_AGAIN_S = 1.0
_CLEAN_EXITS = frozenset({"", "0", "None"})


@dataclass(frozen=True)
class CellError:
    """Why a notebook stopped before its end.

    Attributes:
        cell: index from 0 in the notebook that was given, papermill's own cells not counted.
        traceback: as the code under study wrote it, colours kept.
    """

    cell: int
    ename: str
    evalue: str
    traceback: str = ""


@dataclass(frozen=True)
class RunOptions:
    """What papermill, or `execute`, may ask of a run.

    Attributes:
        timeout_s: for each cell; it is interrupted, again and again, when it takes longer.
        on_output: called with cell index, stream name and text, whatever the notebook keeps.
        on_change: called with the index of a cell that changed besides the running one.
    """

    timeout_s: float | None = None
    allow_errors: bool = False
    log_output: bool = False
    stdout_file: IO[str] | None = None
    stderr_file: IO[str] | None = None
    on_output: Callable[[int, str, str], None] | None = None
    on_change: Callable[[int], None] = lambda _index: None


@dataclass
class CellRunner:
    """One notebook on its way; `run` once.

    Attributes:
        manager: papermill's NotebookExecutionManager, after its `notebook_start`.
        ended: the process was gone before a cell was.
        timed_out: index, in the running notebook, of the cell that took too long.
    """

    manager: Any
    execution: Execution
    options: RunOptions = field(default_factory=RunOptions)
    ended: bool = False
    timed_out: int | None = None

    def __post_init__(self) -> None:
        notebook = self.manager.nb
        self._numbers = cell_numbers(notebook)
        self._collector = OutputCollector(notebook, on_change=self.options.on_change)
        self._count = 0

    def run(self) -> CellError | None:
        """Run cell after cell until one fails or the process ends; papermill's way."""
        for index, cell in enumerate(self.manager.nb.cells):
            self.manager.cell_start(cell, index)
            error, goes_on = None, True
            try:
                if is_run(cell):
                    error, goes_on = self._run_cell(index, cell)
            finally:
                self._collector.flush()
                self.manager.cell_complete(cell, cell_index=index)
            if not goes_on:
                return error
        return None

    def _run_cell(self, index: int, cell: Any) -> tuple[CellError | None, bool]:
        """What went wrong, and whether the next cell is to be run."""
        self._begin(index, cell)
        try:
            with _interrupting(self.execution, self.options.timeout_s) as passed:
                done = self._follow(index, cell)
        except ExecutionEnded as error:
            self.ended = True
            self._collector.end()
            self.manager.cell_exception(cell, cell_index=index)
            message = str(error) or "the process ended before the cell did"
            return CellError(self._numbers[index], "ExecutionEnded", message), False
        self._end(cell, done)
        if passed.is_set():
            return self._too_long(index, cell), False
        return self._judge(index, cell, done)

    def _begin(self, index: int, cell: Any) -> None:
        self._count += 1
        # Corrected by the guest's own count; until then, and where it has none, the order counts.
        cell.execution_count = self._count
        cell.metadata["execution"] = {
            "iopub.status.busy": _now(),
            "iopub.execute_input": _now(),
        }
        self._collector.begin(index)

    def _end(self, cell: Any, done: CellDone) -> None:
        self._collector.end()
        if done.execution_count is not None:
            cell.execution_count = self._count = done.execution_count
        cell.metadata["execution"]["shell.execute_reply"] = _now()
        cell.metadata["execution"]["iopub.status.idle"] = _now()

    def _follow(self, index: int, cell: Any) -> CellDone:
        for event in self.execution.run_cell(index, cell.source):
            if isinstance(event, CellDone):
                return event
            self._take(index, event)
        raise ExecutionEnded("the execution told no end of the cell")

    def _take(self, index: int, event: CellEvent) -> None:
        if isinstance(event, CellDone):
            return
        output = self._collector.take(event)
        if output is not None:
            self._pass_on(index, output)
        self._autosave(index)

    def _autosave(self, index: int) -> None:
        manager = self.manager
        waited = (manager.now() - manager.last_save_time).total_seconds()
        if 0 < manager.autosave_cell_every <= waited:
            self._collector.flush()
            self.options.on_change(index)
            manager.autosave_cell()

    def _pass_on(self, index: int, output: Any) -> None:
        options = self.options
        if output.output_type == "stream":
            if options.on_output is not None:
                options.on_output(self._numbers[index], output["name"], output["text"])
            _copy_stream(output, options)
        elif options.log_output and "text/plain" in output.get("data", {}):
            _logger().info(joined(output["data"]["text/plain"]))

    def _too_long(self, index: int, cell: Any) -> CellError:
        self.timed_out = index
        self.manager.cell_exception(cell, cell_index=index)
        evalue = f"the cell took longer than {self.options.timeout_s:g} s"
        return CellError(self._numbers[index], "CellTimeoutError", evalue)

    def _judge(self, index: int, cell: Any, done: CellDone) -> tuple[CellError | None, bool]:
        if done.status == "ok":
            return None, True
        if done.status == "exit" and not _raised(cell):
            if not done.exit_code:
                return None, False  # a script that leaves with `sys.exit(0)` is simply done
            cell.outputs.append(_exit_output(done.exit_code))
        if self._tolerates(cell):
            return None, done.status != "exit"
        self.manager.cell_exception(cell, cell_index=index)
        return _error_of(cell, self._numbers[index]), False

    def _tolerates(self, cell: Any) -> bool:
        return self.options.allow_errors or RAISES_TAG in cell.metadata.get("tags", [])


def is_run(cell: Any) -> bool:
    """Whether the cell has anything to run, and is not to be skipped."""
    tagged = SKIP_TAG in cell.metadata.get("tags", [])
    return cell.cell_type == "code" and bool(cell.source.strip()) and not tagged


def _raised(cell: Any) -> Any:
    """The last error among a cell's outputs, None where it raised nothing."""
    return next((out for out in reversed(cell.outputs) if out.output_type == "error"), None)


def _error_of(cell: Any, number: int) -> CellError | None:
    output = _raised(cell)
    if output is None:
        return CellError(number, "CellExecutionError", "the cell failed and told no error")
    if output.ename == "SystemExit" and output.evalue in _CLEAN_EXITS:
        return None
    return CellError(number, output.ename, output.evalue, "\n".join(output.traceback))


def _exit_output(exit_code: int) -> Any:
    from nbformat.v4 import new_output

    line = f"SystemExit: {exit_code}"
    return new_output(  # type: ignore[no-untyped-call]
        "error", ename="SystemExit", evalue=str(exit_code), traceback=[line]
    )


def _copy_stream(output: Any, options: RunOptions) -> None:
    text = output["text"]
    to_stdout = output["name"] == "stdout"
    if options.log_output:
        logger = _logger()
        (logger.info if to_stdout else logger.warning)(text)
    copy = options.stdout_file if to_stdout else options.stderr_file
    if copy is not None:
        copy.write(text)
        copy.flush()


def _logger() -> Any:
    from papermill.log import logger

    return logger


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


@contextmanager
def _interrupting(execution: Execution, timeout_s: float | None) -> Iterator[threading.Event]:
    """Interrupt the cell when its time is up; the event tells whether that happened.

    Code may catch the interrupt, so it comes again each second. What ignores all of them is ended
    by the time limit of the whole Work.
    """
    passed, done = threading.Event(), threading.Event()

    def watch() -> None:
        wait_s = timeout_s
        while not done.wait(wait_s):
            passed.set()
            execution.interrupt()
            wait_s = _INTERRUPT_AGAIN_S

    watcher = threading.Thread(target=watch, daemon=True, name="cell-time-limit")
    if timeout_s is not None and timeout_s > 0:
        watcher.start()
    try:
        yield passed
    finally:
        done.set()
        if watcher.ident is not None:
            watcher.join()

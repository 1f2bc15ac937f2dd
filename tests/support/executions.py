"""Executions without a guest: one that runs cells in this process, one that follows a script."""

from __future__ import annotations

import ast
import contextlib
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sandbox.domain import RunStatus
from sandbox.interfaces import (
    CellDone,
    CellEvent,
    ClearOutput,
    Execution,
    ExecutionEnded,
    Outcome,
    Output,
)


class InProcessExecution(Execution):
    """Runs cells with `exec`; they see `print`, `warn` (stderr), `display` and `clear_output`."""

    def __init__(self) -> None:
        self.cells: list[int] = []
        self.interrupted = threading.Event()
        self.finished = False
        self._events: list[CellEvent] = []
        self._names: dict[str, Any] = {
            "print": lambda *words: self._write("stdout", *words),
            "warn": lambda *words: self._write("stderr", *words),
            "display": self._display,
            "clear_output": lambda *, wait=False: self._events.append(ClearOutput(wait)),
            "wait_for_interrupt": self._wait,
        }

    def run_cell(self, index: int, source: str) -> Iterator[CellEvent]:
        self.cells.append(index)
        self._events = []
        count = len(self.cells)
        try:
            value = self._run(source)
        except SystemExit as error:
            yield from self._events
            yield Output(_error(error))
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
            yield CellDone("exit", count, code)
            return
        except BaseException as error:  # noqa: BLE001 - whatever a cell raises becomes data
            yield from self._events
            yield Output(_error(error))
            yield CellDone("error", count)
            return
        yield from self._events
        if value is not None:
            yield Output(_result(value, count))
        yield CellDone("ok", count)

    def interrupt(self) -> None:
        self.interrupted.set()

    def finish(self, files_to: Path | None = None) -> Outcome:
        self.finished = True
        return Outcome(RunStatus.succeeded, exit_code=0)

    def _run(self, source: str) -> object:
        body = ast.parse(source).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), "<cell>", "exec"), self._names)
        if last is None:
            return None
        return eval(compile(ast.Expression(last.value), "<cell>", "eval"), self._names)

    def _write(self, name: str, *words: object) -> None:
        text = " ".join(map(str, words)) + "\n"
        self._events.append(Output({"output_type": "stream", "name": name, "text": text}))

    def _display(
        self, data: dict[str, str], display_id: str | None = None, *, update: bool = False
    ) -> None:
        output = {"output_type": "display_data", "data": data, "metadata": {}}
        self._events.append(Output(output, display_id, update))

    def _wait(self) -> None:
        self.interrupted.wait(30)
        raise KeyboardInterrupt


class ScriptedExecution(Execution):
    """Gives for each cell the events that it was made with; a missing end ends the process.

    Args:
        on_event: called before each event is given.
    """

    def __init__(
        self,
        cells: Sequence[Sequence[CellEvent]],
        *,
        on_event: Callable[[], None] = lambda: None,
        outcome: Outcome | None = None,
    ) -> None:
        self._cells = iter(cells)
        self._on_event = on_event
        self._outcome = outcome or Outcome(RunStatus.succeeded, exit_code=0)

    def run_cell(self, index: int, source: str) -> Iterator[CellEvent]:
        for event in next(self._cells):
            self._on_event()
            yield event
            if isinstance(event, CellDone):
                return
        raise ExecutionEnded("the process ended")

    def interrupt(self) -> None:
        """Nothing here runs long."""

    def finish(self, files_to: Path | None = None) -> Outcome:
        return self._outcome


def stream(text: str, name: str = "stdout") -> Output:
    return Output({"output_type": "stream", "name": name, "text": text})


def display(display_id: str | None = None, *, update: bool = False, **data: str) -> Output:
    """A display; `text_plain=` stands for `text/plain`."""
    bundle = {kind.replace("_", "/", 1): value for kind, value in data.items()}
    output = {"output_type": "display_data", "data": bundle, "metadata": {}}
    return Output(output, display_id, update)


def _error(error: BaseException) -> dict[str, object]:
    lines: list[str] = []
    with contextlib.suppress(RecursionError):
        lines = "".join(traceback.format_exception(error)).splitlines()
    return {
        "output_type": "error",
        "ename": type(error).__name__,
        "evalue": str(error),
        "traceback": lines,
    }


def _result(value: object, count: int) -> dict[str, object]:
    return {
        "output_type": "execute_result",
        "data": {"text/plain": repr(value)},
        "metadata": {},
        "execution_count": count,
    }

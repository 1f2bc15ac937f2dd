"""Runs the cells of one worker: through IPython where the environment has it, else plainly.

Both shells send `display`, `result`, `error` and `clear` through the channel and return how the
cell ended: (status, execution count, exit code), status being `ok`, `error` or `exit`.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import linecache
import os
import pkgutil
import runpy
import sys
import traceback
import types
from typing import Any

from .figures import Figures
from .publishing import Ending, Publisher, text_of

INLINE = "module://matplotlib_inline.backend_inline"
_OWN_FRAMES = ("<sandbox_guest", "<frozen runpy>", "<frozen importlib")
_OWN_FILES = (runpy.__file__, pkgutil.__file__)


class StdinNotImplementedError(RuntimeError):
    """Raised for `input()`: nobody is there to answer."""

    __module__ = "builtins"


def _no_input(prompt: object = "") -> str:  # noqa: ARG001 - as it is called
    __tracebackhide__ = True
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


class PlainShell:
    """Cells as Python statements in one `__main__`; the last expression's value is shown."""

    def __init__(
        self,
        publisher: Publisher,
        *,
        show_values: bool = True,
        figures: Figures | None = None,
    ) -> None:
        self._publisher = publisher
        self._count = 0
        self._show_values = show_values
        self._figures = figures
        module = types.ModuleType("__main__")
        self._names: dict[str, Any] = module.__dict__
        self._names["__builtins__"] = builtins
        self._names["display"] = self._display
        self._module = sys.modules["__main__"] = module

    def run(self, source: str) -> Ending:
        if not source.strip():
            return "ok", None, None
        self._count += 1
        name = f"<cell {self._count}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        sys.displayhook = self._show_value
        try:
            self._execute(source, name)
            if self._figures is not None:
                self._figures.show()
        except SystemExit as error:
            return self._left(error)
        except BaseException as error:
            self._publisher.error(*_describe(error))
            return "error", self._count, None
        return "ok", self._count, None

    def _execute(self, source: str, name: str) -> None:
        flags = ast.PyCF_ONLY_AST
        body: Any = compile(source, name, "exec", flags, dont_inherit=True)
        last = body.body.pop() if body.body and isinstance(body.body[-1], ast.Expr) else None
        exec(compile(body, name, "exec", dont_inherit=True), self._names)
        if last is not None:
            tail = ast.Interactive([last])
            exec(compile(tail, name, "single", dont_inherit=True), self._names)

    def _left(self, error: SystemExit) -> Ending:
        code = error.code
        if code is None or code == 0:
            return "ok", self._count, 0
        if not isinstance(code, int):
            text = text_of(code)
            sys.stderr.write(f"{text}\n")
            if text.strip():
                self._publisher.error("SystemExit", text, [f"SystemExit: {text}"])
            code = 1
        return "exit", self._count, code & 0xFF

    def _show_value(self, value: object) -> None:
        if value is None or not self._show_values:
            return
        builtins._ = value  # type: ignore[attr-defined]
        self._publisher.show("result", {"text/plain": repr(value)}, count=self._count)

    def _display(self, *values: object) -> None:
        for value in values:
            self._publisher.show("display", {"text/plain": repr(value)})


def _describe(error: BaseException) -> tuple[str, BaseException, list[str]]:
    """(name, value, traceback lines) without our own frames."""
    report = traceback.TracebackException.from_exception(error)
    queue: list[Any] = [report]
    while queue:
        part = queue.pop()
        if part is not None:
            frames = [frame for frame in part.stack if not _is_ours(frame)]
            part.stack = traceback.StackSummary.from_list(frames)
            queue += [part.__cause__, part.__context__, *(getattr(part, "exceptions", None) or [])]
    lines = "".join(report.format()).splitlines()
    return type(error).__name__, error, lines


def _is_ours(frame: traceback.FrameSummary) -> bool:
    return frame.filename.startswith(_OWN_FRAMES) or frame.filename in _OWN_FILES


def script_shell(publisher: Publisher) -> PlainShell:
    """For the generated notebook of a script: plain, with `show()` captured."""
    shell = PlainShell(publisher, show_values=False)
    _figures(publisher)
    return shell


def notebook_shell(publisher: Publisher) -> tuple[Any, str | None]:
    """IPython's shell where the environment has IPython, else the plain one; (shell, note)."""
    builtins.input = _no_input
    try:
        from . import ipython

        shell = ipython.Shell(publisher)
    except Exception as error:
        why = f"IPython is not usable in the environment ({text_of(error)[:200]})"
        plain = PlainShell(publisher, figures=_figures(publisher))
        return plain, f"{why}: no magics, plain output"
    if os.environ.get("MPLBACKEND") == "Agg":
        _choose_backend(publisher, shell)
    return shell, None


def _choose_backend(publisher: Publisher, shell: Any) -> None:
    if importlib.util.find_spec("matplotlib_inline"):
        os.environ["MPLBACKEND"] = INLINE
    else:
        shell.after_cells(_figures(publisher).show)


def _figures(publisher: Publisher) -> Figures:
    return Figures(lambda data, metadata: publisher.show("display", data, metadata))

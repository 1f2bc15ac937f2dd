"""Runs the cells of one worker: through IPython where the environment has it, else plainly.

Both shells send `display`, `result`, `error` and `clear` through the channel and return how the
cell ended: (status, execution count, exit code), status being `ok`, `error` or `exit`.
"""

import ast
import base64
import builtins
import linecache
import sys
import traceback
import types

from . import figures, protocol

_OWN_FRAMES = ("<sandbox_guest", "<frozen runpy>", "<frozen importlib")


class StdinNotImplementedError(RuntimeError):
    """Raised for `input()`: nobody is there to answer."""


def _no_input(prompt=""):
    __tracebackhide__ = True
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


class Publisher:
    """Turns what shells show into messages of bounded size."""

    def __init__(self, channel):
        self._channel = channel
        self.cell = 0

    def show(self, kind, data, metadata=None, **fields):
        clean = {str(key): _portable(value) for key, value in data.items() if value is not None}
        metadata = _portable(metadata or {})
        if _size(clean) > protocol.MAX_DISPLAY_BYTES:
            clean = {"text/plain": "[output of {} bytes left out]".format(_size(clean))}
        self._channel.send(kind, cell=self.cell, data=clean, metadata=metadata, **fields)

    def error(self, name, value, lines):
        fields = {"ename": str(name), "evalue": str(value)[:2**16]}
        lines = [str(line)[: 2**18] for line in lines][-1000:]
        self._channel.send("error", cell=self.cell, traceback=lines, **fields)

    def clear(self, wait):
        self._channel.send("clear", cell=self.cell, wait=bool(wait))


def _portable(value):
    """The value as JSON can hold it; bytes as base64, what is unknown as text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, dict):
        return {str(key): _portable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_portable(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def _size(data):
    return sum(len(value) if isinstance(value, str) else 256 for value in data.values())


class PlainShell:
    """Cells as Python statements in one `__main__`; the last expression's value is shown."""

    def __init__(self, publisher, arguments, show_values=True):
        self._publisher = publisher
        self._count = 0
        self._show_values = show_values
        self._module = types.ModuleType("__main__")
        self._module.__dict__["__builtins__"] = builtins
        sys.modules["__main__"] = self._module
        sys.argv[:] = arguments
        self._module.__dict__["display"] = self._display

    def run(self, source):
        self._count += 1
        if not source.strip():
            return "ok", None, None
        name = "<cell {}>".format(self._count)
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        sys.displayhook = self._show_value
        try:
            body = compile(source, name, "exec", ast.PyCF_ONLY_AST)
            last = body.body.pop() if body.body and isinstance(body.body[-1], ast.Expr) else None
            exec(compile(body, name, "exec"), self._module.__dict__)
            if last is not None:
                tail = ast.Interactive([last])
                exec(compile(tail, name, "single"), self._module.__dict__)
        except SystemExit as error:
            return self._left(error)
        except BaseException as error:
            self._publisher.error(*_describe(error))
            return "error", self._count, None
        return "ok", self._count, None

    def _left(self, error):
        code = error.code
        if code is None or code == 0:
            return "ok", self._count, 0
        if not isinstance(code, int):
            sys.stderr.write("{}\n".format(code))
            code = 1
        return "exit", self._count, code

    def _show_value(self, value):
        if value is None or not self._show_values:
            return
        builtins._ = value
        self._publisher.show("result", {"text/plain": repr(value)}, count=self._count)

    def _display(self, *values):
        for value in values:
            self._publisher.show("display", {"text/plain": repr(value)})


def _describe(error):
    """(name, value, traceback lines) without our own frames."""
    report = traceback.TracebackException.from_exception(error)
    part = report
    while part is not None:
        frames = [frame for frame in part.stack if not _ours(frame)]
        part.stack = traceback.StackSummary.from_list(frames)
        part = part.__cause__ or part.__context__
    lines = "".join(report.format()).splitlines()
    return type(error).__name__, error, lines


def _ours(frame):
    path = frame.filename
    return path.startswith(_OWN_FRAMES) or path.endswith(("/runpy.py", "/pkgutil.py"))


def script_shell(publisher, arguments):
    """For the generated notebook of a script: plain, with `show()` captured."""
    shell = PlainShell(publisher, arguments, show_values=False)
    figures.install(lambda data, metadata: publisher.show("display", data, metadata))
    return shell


def notebook_shell(publisher, arguments):
    """IPython's shell where the environment has IPython, else the plain one; (shell, note)."""
    builtins.input = _no_input
    try:
        from . import ipython
    except ImportError as error:
        note = "IPython is not in the environment ({}): no magics, plain output".format(error)
        return PlainShell(publisher, arguments), note
    return ipython.Shell(publisher, arguments), None

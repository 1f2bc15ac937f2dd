"""The way in: splits off what belongs to the studied script; turns errors into text and codes."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from sandbox.cli.options import INTERRUPTED, passed_on, with_asked
from sandbox.errors import InputError, SandboxError, StoreError

TERMINATED = 143
STOPPING = b"\nstopping: what is finished will be kept; once more leaves at once\n"
_UNUSABLE = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.ENOTDIR,
        errno.EISDIR,
    }
)
SHOW_CURSOR = b"\x1b[?25h"


class _Stops:
    """Ctrl-C and SIGTERM: the first ends tidily, the second at once.

    What is left behind then, containers and unrecorded runs, the next start takes up.
    """

    def __init__(self) -> None:
        self.number = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Counts signals in a thread too.

        Python runs handlers in the main thread, once it comes back from where it waits: when
        another thread was given the signal, that may be the end of a request's patience.
        """
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self)
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        watcher = threading.Thread(target=self._count, args=(reading,), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            os.close(writing)
            watcher.join()
            os.close(reading)

    def _count(self, reading: int) -> None:
        first = 0
        while told := os.read(reading, 1):
            if first and told[0] in (signal.SIGINT, signal.SIGTERM):
                _leave(TERMINATED if first == signal.SIGTERM else INTERRUPTED)
            if told[0] in (signal.SIGINT, signal.SIGTERM):
                first = told[0]

    def __call__(self, number: int, _frame: object) -> None:
        if self.number:
            _leave(self.exit_code)
        self.number = number
        os.write(2, STOPPING)
        raise KeyboardInterrupt

    @property
    def exit_code(self) -> int:
        return TERMINATED if self.number == signal.SIGTERM else INTERRUPTED


def _leave(code: int) -> NoReturn:
    """Without waiting for anything, the journal of a sweep included: its lines are whole."""
    if sys.stderr.isatty():
        os.write(2, SHOW_CURSOR)
    os._exit(code)


def run(words: Sequence[str]) -> int:
    """Runs one command line; returns its exit code."""
    stops = _Stops()
    with stops.watching():
        code = _run(words)
    return stops.exit_code if code == INTERRUPTED else code


def _run(words: Sequence[str]) -> int:
    import typer

    from sandbox.cli.app import application

    own, passed = split(words or ("--help",))
    passed_on.set(passed)
    try:
        command = typer.main.get_command(application(own[0] if own else None))
        code = command.main(with_asked(own), "sandbox", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return _interrupted(as_json="--json" in own)
    except typer.TyperException as error:
        return _tell(_usage(error, own), as_json="--json" in own)
    except SandboxError as error:
        return _tell(error, as_json="--json" in own)
    except OSError as error:
        if error.errno not in _UNUSABLE:
            raise
        return _tell(_unusable(error), as_json="--json" in own)
    return code if isinstance(code, int) else 0


def _unusable(error: OSError) -> StoreError:
    """What no room could say better: the home lies where nothing can be written."""
    where = error.filename2 or error.filename or "a file"  # what is renamed has a passing name
    hint = "is the disk full, or read-only? SANDBOX_HOME may name another place"
    return StoreError(f"cannot use {where}: {error.strerror}", hint=hint)


def _usage(error: Exception, own: Sequence[str]) -> InputError:
    """What the parser found wrong, in our words."""
    told = getattr(error, "format_message", lambda: str(error))().strip().rstrip(".")
    told = told.replace(": Value error, ", ": ")  # the words of what checks a choice
    command = next((word for word in own if not word.startswith("-")), "")
    place = "sandbox" if "no such command" in told.lower() else f"sandbox {command}"
    return InputError(told[:1].lower() + told[1:], hint=f"see: {place} --help")


def split(words: Sequence[str]) -> tuple[Sequence[str], tuple[str, ...]]:
    """Our own words, and those after the first `--`, which go to the studied script as they are."""
    if "--" not in words:
        return words, ()
    at = list(words).index("--")
    return words[:at], tuple(words[at + 1 :])


def _interrupted(*, as_json: bool) -> int:
    """Stopped before there was a result to show."""
    if as_json:
        fields = {"error": "interrupted", "hint": None, "exit_code": INTERRUPTED}
        sys.stdout.write(json.dumps(fields) + "\n")
    sys.stderr.write("interrupted\n")
    return INTERRUPTED


def _tell(error: SandboxError, *, as_json: bool) -> int:
    if as_json:
        fields = {"error": error.message, "hint": error.hint, "exit_code": error.exit_code}
        sys.stdout.write(json.dumps(fields) + "\n")
    from sandbox.cli.talking import visible

    sys.stderr.write(f"error: {visible(error.message)}\n")
    if error.hint:
        sys.stderr.write(f"hint: {visible(error.hint)}\n")
    return error.exit_code

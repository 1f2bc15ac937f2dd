"""Where Environments are built without an engine: folders and processes of this machine's user."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from sandbox.engines.lines import STDERR, STDOUT, LineReader
from sandbox.errors import EngineError, StoreError
from sandbox.interfaces import Derivation, Holding, Holdings, Step, StepResult, Workbench

HOST = "host"
"""The one base there is: this machine."""


class NoHoldings(Holdings):
    """Folders are all there is, and who has them knows them: no engine keeps a thing."""

    def all(self) -> tuple[Holding, ...]:
        return ()

    def remove(self, holding: Holding) -> None:
        """Whatever it was, it is gone."""


class LocalWorkbench(Workbench):
    """Steps as processes of this user, without isolation; the network is there, asked or not.

    Args:
        store: folder, made when it is not there.
    """

    def __init__(self, store: Path) -> None:
        self.store = str(store)
        self.identity = _identity(store)
        self.holdings = NoHoldings()

    def find_base(self, key: str) -> str | None:  # noqa: ARG002 - every key is this machine
        return HOST

    def add_base(self, key: str, source: Path | str | Derivation) -> str:
        if isinstance(source, Derivation):
            names = " ".join(source.packages)
            raise EngineError(
                f"the local engine installs nothing on this machine: {names}",
                hint=f"install it with: sudo apt-get install {names}",
            )
        raise EngineError(f"the local engine takes no base image ({key} from {source})")

    def run(self, step: Step) -> StepResult:
        with tempfile.TemporaryDirectory(prefix="sandbox-step-") as folder:
            try:
                return _attend(step, folder)
            except OSError as error:
                raise EngineError(f"cannot run {step.command[0]}: {error.strerror}") from error


def _identity(store: Path) -> str:
    """A word kept in the Store, so that an emptied Store is another one."""
    mark = store / ".identity"
    try:
        store.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError), mark.open("x") as stream:
            stream.write(uuid.uuid4().hex)
        return f"local/{mark.read_text()}"
    except OSError as error:
        raise StoreError(f"cannot use the Store at {store}: {error.strerror}") from error


def _attend(step: Step, folder: str) -> StepResult:
    reader = LineReader(step.on_line, step.on_data)
    process = subprocess.Popen(
        step.command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if step.on_data else subprocess.STDOUT,
        cwd=folder,
        env=_environment(step, folder),
        start_new_session=True,
    )
    timed_out = threading.Event()
    timer = threading.Timer(step.timeout_s, _end, (process, timed_out))
    timer.daemon = True
    timer.start()
    try:
        threading.Thread(target=_send, args=(process.stdin, step.stdin or ()), daemon=True).start()
        _listen(process, reader)
        exit_code = process.wait()
    finally:
        timer.cancel()
        _end(process)
        process.wait()
    code = exit_code if exit_code >= 0 else 128 - exit_code
    return StepResult(code, reader.finish(), timed_out.is_set())


def _environment(step: Step, folder: str) -> dict[str, str]:
    """Made from scratch: nothing of the user's environment but where programs are."""
    base = {"PATH": os.environ.get("PATH", os.defpath), "HOME": folder, "TMPDIR": folder}
    return {**base, "LANG": "C.UTF-8", **step.environment}


def _listen(process: subprocess.Popen[bytes], reader: LineReader) -> None:
    """Until both streams are closed; what comes is passed on as it comes."""
    with selectors.DefaultSelector() as waiting, contextlib.ExitStack() as opened:
        for number, stream in ((STDOUT, process.stdout), (STDERR, process.stderr)):
            if stream:
                waiting.register(opened.enter_context(stream), selectors.EVENT_READ, number)
        while waiting.get_map():
            for key, _ in waiting.select():
                if data := os.read(key.fd, 65536):
                    reader.feed(key.data, data)
                else:
                    waiting.unregister(key.fileobj)


def _send(stream: IO[bytes], pieces: Iterable[bytes]) -> None:
    """Give the command its input, then end of file; a command that is gone needs none."""
    with contextlib.suppress(OSError, ValueError):
        for piece in pieces:
            stream.write(piece)
    with contextlib.suppress(OSError):
        stream.close()


def _end(process: subprocess.Popen[bytes], timed_out: threading.Event | None = None) -> None:
    """The whole group: a command's children do not outlive it."""
    if timed_out is not None:
        timed_out.set()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)

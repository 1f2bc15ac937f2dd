"""The user's own machine, no isolation: only used when asked for by name."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox.domain import RunStatus
from sandbox.engines import shipping
from sandbox.engines.local.transport import PipeTransport
from sandbox.engines.session import WireSession
from sandbox.engines.wire import Wire
from sandbox.errors import EngineError
from sandbox.interfaces import Engine, EngineFacts, Session, SessionSpec, Workbench

HELLO_TIMEOUT_S = 30.0


class LocalEngine(Engine):
    """Runs variants as processes of this user. Limits of time hold; of memory and disk none.

    Args:
        store: folder of the local Store.
    """

    name = "local"

    def __init__(self, store: Path) -> None:
        self._store = store

    def describe(self) -> EngineFacts:
        missing = (
            "the code sees all files and the network of this user",
            "no limit on memory, disk, processes or CPU",
        )
        isolation = ("own working copy per variant", "processes ended after each variant")
        return EngineFacts(self.name, platform.python_version(), isolation, missing)

    def open_session(self, spec: SessionSpec) -> Session:
        if not sys.platform.startswith("linux"):
            raise EngineError("the local engine needs Linux", hint="use the docker engine")
        folder = Path(tempfile.mkdtemp(prefix="sandbox-session-"))
        try:
            return _open(spec, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def workbench(self) -> Workbench:
        from sandbox.engines.local.workbench import LocalWorkbench

        return LocalWorkbench(self._store)

    def reap(self) -> tuple[str, ...]:
        """A guest notices its owner's end by itself; nothing outlives it."""
        return ()


def _open(spec: SessionSpec, folder: Path) -> Session:
    command = shipping.guest_command(spec.python, str(folder))
    try:
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            cwd=folder,
            start_new_session=True,
        )
    except OSError as error:
        raise EngineError(f"cannot start {spec.python}: {error.strerror}") from error
    wire = Wire(PipeTransport(process))

    def end() -> None:
        _end(process, folder)

    try:
        wire.start(shipping.guest_payload())
        if wire.receive(HELLO_TIMEOUT_S) is None:
            raise EngineError("the guest did not greet", hint=wire.diagnostics or None)
    except BaseException:
        wire.close()
        end()
        raise
    return WireSession(wire, post_mortem=lambda: _post_mortem(process), end=end)


def _post_mortem(process: subprocess.Popen[bytes]) -> tuple[RunStatus, str]:
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return RunStatus.lost, "the guest does not answer any more"
    return RunStatus.lost, f"the guest ended with code {code}"


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)

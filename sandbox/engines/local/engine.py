"""The user's own machine, no isolation: only used when asked for by name."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox.domain import RunStatus
from sandbox.engines import shipping
from sandbox.engines.execution import Death
from sandbox.engines.local import leftovers
from sandbox.engines.local.transport import PipeTransport
from sandbox.engines.owners import is_alive, owner
from sandbox.engines.session import WireSession
from sandbox.engines.wire import Wire
from sandbox.errors import EngineError
from sandbox.interfaces import Engine, EngineFacts, Session, SessionSpec, Workbench

HELLO_TIMEOUT_S = 30.0
END_TIMEOUT_S = 10.0
PREFIX = "sandbox-session-"


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
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            (folder / "owner").write_text(owner())
            (folder / "lab").mkdir(mode=0o700)
            return _open(spec, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def workbench(self) -> Workbench:
        from sandbox.engines.local.workbench import LocalWorkbench

        return LocalWorkbench(self._store)

    def reap(self) -> tuple[str, ...]:
        """A guest notices its owner's end by itself; what it was killed over is removed here."""
        folders = Path(tempfile.gettempdir()).glob(f"{PREFIX}*/owner")
        dead = [marker.parent for marker in folders if _is_orphan(marker)]
        for folder in dead:
            leftovers.end_processes(folder)
            shutil.rmtree(folder, ignore_errors=True)
        return tuple(f"folder {folder} (session)" for folder in dead)


def _is_orphan(marker: Path) -> bool:
    try:
        return marker.stat().st_uid == os.getuid() and not is_alive(marker.read_text())
    except OSError:
        return False


def _open(spec: SessionSpec, folder: Path) -> Session:
    process = _start(spec.python, folder)
    transport = PipeTransport(process)
    wire = Wire(transport)

    def end() -> None:
        _end(process, folder)
        transport.dispose()

    try:
        _greet(wire)
    except BaseException:
        wire.close()
        end()
        raise
    return WireSession(wire, post_mortem=lambda _: _post_mortem(process), end=end)


def _start(python: str, folder: Path) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            shipping.guest_command(python, str(folder / "lab")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            cwd=folder,
            start_new_session=True,
        )
    except OSError as error:
        raise EngineError(f"cannot start {python}: {error.strerror}") from error


def _greet(wire: Wire) -> None:
    wire.start(shipping.guest_payload())
    if wire.receive(HELLO_TIMEOUT_S) is None:
        raise EngineError("the guest did not greet", hint=wire.diagnostics or None)


def _post_mortem(process: subprocess.Popen[bytes]) -> Death:
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return RunStatus.lost, "the guest does not answer any more"
    how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    return RunStatus.lost, f"the guest {how}"


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    """The guest was told to end, and ends what it started; else both are ended from here."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGCONT)
    try:
        process.wait(timeout=END_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.returncode != 0:
        leftovers.end_processes(folder)
    shutil.rmtree(folder, ignore_errors=True)

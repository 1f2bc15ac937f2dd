"""MLflow's own UI over our store: on this machine's loopback only, for as long as it is wanted."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox.errors import StoreError
from sandbox.recorders import store

_PASSED_ON = (
    "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE", "TMPDIR", "TZ", "VIRTUAL_ENV",
)  # fmt: skip
"""Variables the server gets; no token or key of the user is among them."""

_START_S = 90.0
_STOP_S = 5.0
_ATTEMPTS = 3
_MINDING = Path(__file__).with_name("minding.py")


class _PortTakenError(Exception):
    """Somebody else was quicker."""


@contextmanager
def serve_ui(tracking_uri: str, artifacts: Path, *, port: int = 5000) -> Iterator[str]:
    """Yields the UI's address once it answers; the server is gone when the block is left.

    It is gone too when this process is killed.

    A tracking server that runs already has its own UI: its address is given, nothing is started.
    MLflow's checks of Host and Origin are on, for this address alone (SECURITY RC-11).

    Args:
        port: the port wished for; a free one is taken where it is in use.

    Raises:
        StoreError: the store cannot be used, or the server does not come up within 90 s.
    """
    if store.is_server(tracking_uri):
        yield tracking_uri.rstrip("/")
        return
    process, chosen = _started(tracking_uri, artifacts, port)
    try:
        yield f"http://127.0.0.1:{chosen}"
    finally:
        _stop(process)


def _started(
    tracking_uri: str, artifacts: Path, wished: int
) -> tuple[subprocess.Popen[bytes], int]:
    """A server that answers, and its port: a port that is free now may be taken in a moment."""
    for attempt in range(_ATTEMPTS):
        port = _free_port(0 if attempt else wished)
        with suppress(_PortTakenError):
            return _start(tracking_uri, artifacts, port), port
    raise StoreError(f"port {wished} and others are taken", hint="sandbox ui --port NUMBER")


def _start(tracking_uri: str, artifacts: Path, port: int) -> subprocess.Popen[bytes]:
    own_name = f"{secrets.token_hex(16)}.localhost:{port}"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-I", str(_MINDING), *_command(port, artifacts, own_name)],
            env=_environment(os.environ, tracking_uri),
            cwd="/",  # never the present folder: Python and uvicorn import from where they start
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_up(process, port, own_name, log.fileno())
        except BaseException:
            _stop(process)
            raise
    return process


def _command(port: int, artifacts: Path, own_name: str) -> list[str]:
    """That of the server.

    Args:
        own_name: a host that it answers for, too, and that nobody else knows: another one that
            listens on the port is not taken for it.
    """
    hosts = f"127.0.0.1:{port},localhost:{port},{own_name}"
    origins = f"http://127.0.0.1:{port},http://localhost:{port}"
    root = artifacts.absolute().as_uri()
    return [
        sys.executable, "-m", "mlflow", "server",
        "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--allowed-hosts", hosts, "--cors-allowed-origins", origins,
        "--x-frame-options", "SAMEORIGIN",
        "--default-artifact-root", root, "--artifacts-destination", root,
    ]  # fmt: skip


def _environment(host: Mapping[str, str], tracking_uri: str) -> dict[str, str]:
    """The store's address goes this way, since it may hold a password and arguments are public."""
    passed_on = {name: host[name] for name in _PASSED_ON if name in host}
    ours = {
        "MLFLOW_BACKEND_STORE_URI": _absolute(tracking_uri),
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
    }
    return {**passed_on, **store.QUIET, **ours}


def _absolute(tracking_uri: str) -> str:
    """The server starts elsewhere; a relative file is meant from here."""
    path = store.sqlite_path(tracking_uri)
    return tracking_uri if path is None else f"sqlite:///{path.absolute()}"


def _free_port(wished: int) -> int:
    for port in (wished, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise StoreError("no free port on 127.0.0.1", hint="stop a server that is not needed")


def _wait_until_up(process: subprocess.Popen[bytes], port: int, own_name: str, log: int) -> None:
    import requests

    url, asked = f"http://127.0.0.1:{port}/", {"Host": own_name}
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise _not_up(f"it left with exit code {process.returncode}", log)
        with suppress(requests.RequestException):
            if requests.get(url, headers=asked, timeout=2).ok:
                return
        time.sleep(0.1)
    raise _not_up(f"it did not answer within {_START_S:.0f} s", log)


def _not_up(reason: str, log: int) -> Exception:
    end = os.fstat(log).st_size
    lines = os.pread(log, 4000, max(0, end - 4000)).decode(errors="replace").strip().splitlines()
    if any("address already in use" in line for line in lines):
        return _PortTakenError()
    last = store.without_password(lines[-1])[:300] if lines else "it printed nothing"
    return StoreError(f"MLflow's server did not start: {reason}: {last}", hint="sandbox doctor")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """The whole group: the server has workers of its own."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
    if process.stdin is not None:
        process.stdin.close()

"""Servers written for Node.js, started for the length of a block and ended by their process."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tools.node_packages import environ, node


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def run_node(words: list[str], *, port: int, folder: Path, limit_s: float) -> Iterator[None]:
    """Run a script that is to listen on `port`, from when it answers until the block ends.

    Args:
        folder: where it works; what it prints goes to `printed.txt` there.
        limit_s: how long it may take until it answers; then `TimeoutError` with what it printed.
    """
    printed = folder / "printed.txt"
    with (
        printed.open("wb") as out,
        subprocess.Popen(
            [str(node()), *words], cwd=folder, env=environ(), stdout=out, stderr=out
        ) as process,
    ):
        try:
            _wait(process, port, limit_s, printed)
            yield
        finally:
            _end(process)


def _wait(process: subprocess.Popen[bytes], port: int, limit_s: float, printed: Path) -> None:
    end = time.monotonic() + limit_s
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > end:
            tail = printed.read_text(encoding="utf-8", errors="replace")[-2000:]
            state = "is still silent" if process.poll() is None else "has ended"
            raise TimeoutError(f"{process.args!r} {state} after {limit_s} s or less: {tail}")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/zen")
        connection.getresponse().read()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()

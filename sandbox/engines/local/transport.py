"""The wire over the pipes of a child process."""

from __future__ import annotations

import os
import select
import subprocess
import threading
import time
from typing import IO

SEND_TIMEOUT_S = 120.0
LOOK_UP_S = 0.2


class PipeTransport:
    """Standard streams of a process; see `engines.wire.Transport`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._in, out, err = _pipes(process)
        self._outputs = {out.fileno(): ("stdout", out), err.fileno(): ("stderr", err)}
        self._closing = False
        self._sending = threading.Lock()
        self._receiving = threading.Lock()
        os.set_blocking(self._in.fileno(), False)

    def send(self, data: bytes) -> None:
        left = memoryview(data)
        deadline = time.monotonic() + SEND_TIMEOUT_S
        with self._sending:
            while left:
                if self._closing:
                    raise BrokenPipeError("closed")
                if time.monotonic() > deadline:
                    raise TimeoutError("it takes no more input")
                if _wait(self._in.fileno(), select.POLLOUT, LOOK_UP_S):
                    left = left[self._write(left) :]

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._in.fileno(), data)
        except BlockingIOError:
            return 0

    def receive(self, timeout_s: float) -> tuple[str, bytes] | None:
        with self._receiving:
            if not self._outputs:
                return "stdout", b""
            for descriptor in _wait_for_any(self._outputs, timeout_s):
                name, stream = self._outputs[descriptor]
                data = os.read(descriptor, 2**18)
                if not data:
                    del self._outputs[descriptor]
                    stream.close()
                if data or name == "stdout":
                    return name, data
        return None

    def close(self) -> None:
        """Ends the input: the guest ends everything it started, and itself."""
        self._closing = True
        with self._sending:
            self._in.close()

    def dispose(self) -> None:
        """Gives the descriptors back; only when the process is gone, so that no reader waits."""
        with self._receiving:
            for _, stream in self._outputs.values():
                stream.close()
            self._outputs.clear()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise ValueError("the process was started without pipes")
    return process.stdin, process.stdout, process.stderr


def _wait(descriptor: int, event: int, timeout_s: float) -> bool:
    poll = select.poll()  # not select: this process may have more than 1024 descriptors
    poll.register(descriptor, event)
    return bool(poll.poll(timeout_s * 1000))


def _wait_for_any(descriptors: dict[int, tuple[str, IO[bytes]]], timeout_s: float) -> list[int]:
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in poll.poll(timeout_s * 1000)]

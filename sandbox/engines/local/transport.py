"""The wire over the pipes of a child process."""

from __future__ import annotations

import os
import select
import subprocess
import threading


class PipeTransport:
    """Standard streams of a process; see `engines.wire.Transport`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        assert process.stdin and process.stdout and process.stderr  # noqa: S101 - for the types
        self._in = process.stdin
        self._streams = {process.stdout.fileno(): "stdout", process.stderr.fileno(): "stderr"}
        self._lock = threading.Lock()

    def send(self, data: bytes) -> None:
        with self._lock:
            if self._in.closed:
                raise BrokenPipeError
            self._in.write(data)
            self._in.flush()

    def receive(self, timeout_s: float) -> tuple[str, bytes] | None:
        ready = select.select(list(self._streams), [], [], timeout_s)[0]
        for descriptor in ready:
            name, data = self._streams[descriptor], os.read(descriptor, 2**18)
            if not data:
                del self._streams[descriptor]
            if data or name == "stdout":
                return name, data
        return None

    def close(self) -> None:
        """Ends the input: the guest ends everything it started, and itself."""
        with self._lock:
            try:
                self._in.close()
            except OSError:
                return

"""A Docker engine that a test can take away: a socket in front of the real one."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit


class EngineProxy:
    """Forwards bytes until it is told to stop.

    Args:
        host: the real engine's address, `unix://` or `tcp://`.
        path: of the socket to listen at; short, for the kernel takes about 100 characters.
    """

    def __init__(self, host: str, path: Path) -> None:
        self.host = f"unix://{path}"
        self._real = urlsplit(host)
        self._open = threading.Event()
        self._open.set()
        self._sockets: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(64)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.vanish()

    def hang(self) -> None:
        """From now on nothing is forwarded; connections stay open."""
        self._open.clear()

    def vanish(self) -> None:
        """Every connection is cut, and no new one is accepted."""
        for one in (self._listener, *self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = self._connect()
                self._sockets += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _connect(self) -> socket.socket:
        if self._real.scheme != "unix":
            return socket.create_connection((str(self._real.hostname), self._real.port or 2375))
        far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        far.connect(self._real.path)
        return far

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                self._open.wait()
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

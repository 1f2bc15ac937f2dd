"""The wire over the attach stream of a container."""

from __future__ import annotations

import select
import socket
import struct
import threading
from typing import Any

_NAMES = {1: "stdout", 2: "stderr"}
_HEADER = struct.Struct(">BxxxI")
SEND_TIMEOUT_S = 120.0


class AttachTransport:
    """Standard streams of a container, multiplexed by the engine; see `engines.wire.Transport`."""

    def __init__(self, attached: Any) -> None:  # noqa: ANN401 - docker-py types it by platform
        # docker-py hands out a file around the socket; both must be kept or the stream closes.
        self._attached = attached
        self._socket: socket.socket = getattr(attached, "_sock", attached)
        self._socket.settimeout(SEND_TIMEOUT_S)
        self._buffer = bytearray()
        self._lock = threading.Lock()

    def send(self, data: bytes) -> None:
        with self._lock:
            self._socket.sendall(data)

    def receive(self, timeout_s: float) -> tuple[str, bytes] | None:
        piece = self._unpack()
        if piece is not None or self._socket.fileno() < 0:
            return piece or ("stdout", b"")
        if not select.select([self._socket], [], [], timeout_s)[0]:
            return None
        data = self._socket.recv(2**18)
        if not data:
            return "stdout", b""
        self._buffer += data
        return self._unpack()

    def _unpack(self) -> tuple[str, bytes] | None:
        if len(self._buffer) < _HEADER.size:
            return None
        stream, size = _HEADER.unpack_from(self._buffer)
        end = _HEADER.size + size
        if len(self._buffer) < end:
            return None
        data = bytes(self._buffer[_HEADER.size : end])
        del self._buffer[:end]
        return _NAMES.get(stream, "stderr"), data

    def close(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
        finally:
            self._socket.close()
            self._attached.close()

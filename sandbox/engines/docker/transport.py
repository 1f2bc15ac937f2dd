"""The wire over the attach stream of a container."""

from __future__ import annotations

import select
import socket
import struct
import threading
from contextlib import suppress
from typing import Any

_NAMES = {1: "stdout", 2: "stderr"}
_HEADER = struct.Struct(">BxxxI")
_END = ("stdout", b"")
SEND_TIMEOUT_S = 120.0


class AttachTransport:
    """Standard streams of a container, multiplexed by the engine; see `engines.wire.Transport`.

    Args:
        attached: what docker-py's `attach_socket` gave, a socket or a file around one.
    """

    def __init__(self, attached: Any) -> None:
        self._attached = attached
        self._socket: socket.socket = getattr(attached, "_sock", attached)
        self._socket.settimeout(SEND_TIMEOUT_S)
        self._buffer = bytearray()
        self._sending = threading.Lock()
        self._receiving = threading.Lock()

    def send(self, data: bytes) -> None:
        with self._sending:
            self._socket.sendall(data)

    def receive(self, timeout_s: float) -> tuple[str, bytes] | None:
        with self._receiving:
            piece = self._unpack()
            if piece is not None:
                return piece
            if self._socket.fileno() < 0:
                return _END
            if not _is_readable(self._socket, timeout_s):
                return None
            data = self._socket.recv(2**18)
            self._buffer += data
            return self._unpack() if data else _END

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
        # The descriptor is given back only when no other thread waits on it: its number would
        # be that of the next connection.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with self._sending, self._receiving:
            self._close_response()
            self._attached.close()
            self._socket.close()

    def _close_response(self) -> None:
        """docker-py lets the answer to its request hang on to the file; it goes first, or warns."""
        response = getattr(self._attached, "_response", None)
        if response is not None:
            response.close()


def _is_readable(connection: socket.socket, timeout_s: float) -> bool:
    poll = select.poll()  # not select: this process may have more than 1024 descriptors
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))

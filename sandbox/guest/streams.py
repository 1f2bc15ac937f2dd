"""Standard output and error of the worker, kept in the order in which they were written.

The supervisor reads both descriptors, so output of C code and of subprocesses counts too. Order
within one descriptor is the kernel's; between the two, and between them and displays, it is kept by
asking the supervisor to read all there is (`Channel.sync`) before the other one is used.
"""

from __future__ import annotations

import io
import os
import signal
import socket
import sys
import threading
from collections import deque
from contextlib import contextmanager, suppress
from typing import Any, Iterator

from . import protocol

MOST_BYTES = 4 * 2**20
"""More than a pipe can hold: whoever writes all the time shall not keep its reader for ever."""


class Channel:
    """The worker's end: commands and messages on a socket, leave to go on on a pipe.

    Usable from any thread; silent in processes forked from the worker.
    """

    def __init__(self, descriptor: int, leave: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._leave = leave
        self._reader = protocol.Reader()
        self._ready: deque[protocol.Fields] = deque()
        self._unsent = bytearray()
        self._owner = os.getpid()
        self._lock = threading.RLock()

    @property
    def descriptors(self) -> tuple[int, int]:
        return self._socket.fileno(), self._leave

    def rebind(self, descriptor: int, leave: int) -> None:
        """In a copy of the process, made between two messages: its own ends take their place."""
        self._socket.close()
        os.close(self._leave)
        self._socket = socket.socket(fileno=descriptor)
        self._leave = leave
        self._owner = os.getpid()
        self._lock = threading.RLock()

    @property
    def is_ours(self) -> bool:
        """False in a process that was forked from the worker."""
        return os.getpid() == self._owner

    def receive(self) -> protocol.Fields | None:
        """The next command, or None when the supervisor is gone."""
        while not self._ready:
            data = self._socket.recv(2**16)
            if not data:
                return None
            self._ready.extend(message for message, _ in self._reader.feed(data))
        return self._ready.popleft()

    def send(self, kind: str, **fields: object) -> None:
        """Has everything written so far shown first, then this."""
        if not self.is_ours:
            return
        data = protocol.encode(kind, None, **fields)
        with self._lock:
            self.sync()
            with _undisturbed():
                self._put(data)

    def conclude(self, kind: str, **fields: object) -> None:
        """Says this and nothing more until the next command, so there is nothing to wait for.

        What was written so far is read before it.
        """
        if not self.is_ours:
            return
        data = protocol.encode(kind, None, **fields)
        with self._lock:
            flush()
            with _undisturbed():
                self._put(data)

    def sync(self) -> None:
        """Returns when the supervisor has read all that was written."""
        if not self.is_ours:
            return
        with self._lock:
            flush()
            with _undisturbed():
                self._put(protocol.encode("sync"))
                os.read(self._leave, 1)

    def _put(self, data: bytes) -> None:
        self._unsent += data
        while self._unsent:
            del self._unsent[: self._socket.send(self._unsent)]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """An interrupt waits: half a message would be the end of the channel."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class OrderedStream(io.TextIOWrapper):
    """A text stream over descriptor 1 or 2 that waits its turn when the other one spoke last."""

    mode = "w"
    _last: OrderedStream | None = None
    channel: Channel | None = None

    def write(self, text: str) -> int:
        cls = OrderedStream
        if cls._last is not self:
            previous, cls._last = cls._last, self
            if previous is not None and cls.channel is not None:
                cls.channel.sync()
        return super().write(text)


def install(channel: Channel) -> None:
    """Replaces `sys.stdout` and `sys.stderr`; both stay usable by descriptor and by `buffer`."""
    OrderedStream.channel = channel
    for name, descriptor, errors in (("stdout", 1, "replace"), ("stderr", 2, "backslashreplace")):
        stream = _ordered(descriptor, errors)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _ordered(descriptor: int, errors: str) -> OrderedStream:
    raw = io.FileIO(descriptor, "wb", closefd=False)
    buffered: Any = io.BufferedWriter(raw)
    return OrderedStream(buffered, encoding="utf-8", errors=errors, line_buffering=True)


def flush() -> None:
    """What the program replaced its streams by is flushed too, and may fail at it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()


def drain(descriptor: int, size: int = 2**16) -> tuple[bytes, bool]:
    """(what can be read from a non-blocking descriptor, whether it ended)."""
    parts: list[bytes] = []
    total = 0
    while total < MOST_BYTES:
        try:
            part = os.read(descriptor, size)
        except BlockingIOError:
            return b"".join(parts), False
        except OSError:
            part = b""
        if not part:
            return b"".join(parts), True
        parts.append(part)
        total += len(part)
    return b"".join(parts), False

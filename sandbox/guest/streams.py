"""Standard output and error of the worker, kept in the order in which they were written.

The supervisor reads both descriptors, so output of C code and of subprocesses counts too. Order
within one descriptor is the kernel's; between the two, and between them and displays, it is kept by
asking the supervisor to read all there is (`Channel.sync`) before the other one is used.
"""

import io
import os
import socket
import sys
import threading

from . import protocol


class Channel:
    """The worker's end of its two sockets: commands and messages on one, leave to go on on the other.

    Usable from any thread; silent in processes forked from the worker.
    """

    def __init__(self, descriptor, leave):
        self._socket = socket.socket(fileno=descriptor)
        self._leave = leave
        self._reader = protocol.Reader()
        self._ready = []
        self._owner = os.getpid()
        self._lock = threading.RLock()

    def receive(self):
        """The next command, or None when the supervisor is gone."""
        while not self._ready:
            data = self._socket.recv(2**16)
            if not data:
                return None
            self._ready += self._reader.feed(data)
        return self._ready.pop(0)[0]

    def send(self, kind, **fields):
        """Has everything written so far shown first, then this."""
        if os.getpid() != self._owner:
            return
        with self._lock:
            self.sync()
            self._socket.sendall(protocol.encode(kind, **fields))

    def sync(self):
        """Returns when the supervisor has read all that was written."""
        if os.getpid() != self._owner:
            return
        with self._lock:
            flush()
            self._socket.sendall(protocol.encode("sync"))
            os.read(self._leave, 1)


class OrderedStream(io.TextIOWrapper):
    """A text stream over descriptor 1 or 2 that waits its turn when the other one spoke last."""

    _last = None
    channel = None

    def write(self, text):
        cls = OrderedStream
        if cls._last is not self:
            previous, cls._last = cls._last, self
            if previous is not None and cls.channel is not None:
                cls.channel.sync()
        return super().write(text)


def install(channel):
    """Replaces `sys.stdout` and `sys.stderr`; both stay usable by descriptor and by `buffer`."""
    OrderedStream.channel = channel
    sys.stdout = sys.__stdout__ = _ordered(1, "replace")
    sys.stderr = sys.__stderr__ = _ordered(2, "backslashreplace")


def _ordered(descriptor, errors):
    raw = io.FileIO(descriptor, "wb", closefd=False)
    buffered = io.BufferedWriter(raw)
    stream = OrderedStream(buffered, encoding="utf-8", errors=errors, line_buffering=True)
    stream.mode = "w"
    return stream


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass


def drain(descriptor, size=2**16):
    """Everything that can be read from a non-blocking descriptor; (data, ended)."""
    parts = []
    while True:
        try:
            part = os.read(descriptor, size)
        except BlockingIOError:
            return b"".join(parts), False
        except OSError:
            return b"".join(parts), True
        if not part:
            return b"".join(parts), True
        parts.append(part)
        if sum(map(len, parts)) > 2**22:
            return b"".join(parts), False


"""Messages on their way to a reader that may be slow: the supervisor never waits for one."""

from __future__ import annotations

import os
import select
from collections import deque

from . import protocol


class Outlet:
    """Holds what the descriptor does not take yet; not for several threads.

    Attributes:
        size: bytes that are still held.
    """

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self.size = 0
        self._parts: deque[memoryview] = deque()

    def send(self, kind: str, body: bytes | None = None, **fields: object) -> None:
        """To be written with the next `flush`: several messages wake their reader once."""
        self._hold(protocol.encode(kind, body, **fields))

    def add(self, data: bytes) -> None:
        """Written at once, as far as the descriptor takes it."""
        self._hold(data)
        self.flush()

    def _hold(self, data: bytes) -> None:
        if data:
            self._parts.append(memoryview(data))
            self.size += len(data)

    def flush(self) -> None:
        """Writes what the descriptor takes now; raises OSError when its reader is gone."""
        while self._parts:
            try:
                written = os.write(self.descriptor, self._parts[0])
            except BlockingIOError:
                return
            self.size -= written
            if written == len(self._parts[0]):
                self._parts.popleft()
            else:
                self._parts[0] = self._parts[0][written:]

    def wait(self, limit: int) -> None:
        """Writes until at most `limit` bytes are held."""
        while self.size > limit:
            select.select([], [self.descriptor], [])
            self.flush()

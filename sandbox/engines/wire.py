"""The host's end of the wire. What comes from inside is untrusted: bounded and checked here."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from sandbox.errors import EngineError
from sandbox.guest import protocol

DIAGNOSTICS_BYTES = 2**14


class WireClosedError(EngineError):
    """The other end is gone, or does not speak the protocol any more.

    Attributes:
        broken: it is there, but what it said is no message of ours.
    """

    broken = False


class WireBrokenError(WireClosedError):
    """What came cannot be trusted any further."""

    broken = True


class Transport(Protocol):
    """A byte stream to the guest's standard streams; `receive` may be called by one thread only."""

    def send(self, data: bytes) -> None:
        """Blocks until sent; raises OSError when the other end is gone. From any thread."""

    def receive(self, timeout_s: float) -> tuple[str, bytes] | None:
        """The next piece as (`stdout` or `stderr`, bytes); None: nothing came; b"" = the end."""

    def close(self) -> None:
        """May be called from any thread, more than once; wakes a waiting `send` or `receive`."""


LONGEST_WAIT_S = 3600.0
"""At a time: the system's own call counts milliseconds in a small integer."""


class Message:
    """One message of the guest, read with type checks; a wrong type ends the Session."""

    def __init__(self, fields: Mapping[str, object], body: bytes) -> None:
        self.kind = str(fields["type"])
        self.body = body
        self._fields = fields

    def text(self, name: str, default: str = "") -> str:
        value = self._fields.get(name, default)
        if not isinstance(value, str):
            raise self._wrong(name)
        return value.encode("utf-8", "replace").decode("utf-8")

    def integer(self, name: str) -> int | None:
        value = self._fields.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self._wrong(name)
        return value

    def number(self, name: str) -> float:
        value = self._fields.get(name, 0.0)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(name)
        return float(value)

    def flag(self, name: str) -> bool:
        return self._fields.get(name) is True

    def mapping(self, name: str) -> dict[str, object]:
        value = self._fields.get(name, {})
        if not isinstance(value, dict):
            raise self._wrong(name)
        return value

    def texts(self, name: str) -> list[str]:
        value = self._fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(name)
        return value

    def _wrong(self, name: str) -> WireBrokenError:
        return WireBrokenError(f"the guest sent a {self.kind} message with a wrong {name}")


class Wire:
    """Messages over a Transport. Not for several threads, `send` and `close` apart."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._reader = protocol.Reader()
        self._ready: deque[Message] = deque()
        self._diagnostics = b""

    @property
    def diagnostics(self) -> str:
        """The last of what the guest's interpreter itself wrote to standard error."""
        return self._diagnostics.decode("utf-8", "replace").strip()

    def start(self, payload: bytes) -> None:
        self._send(payload)

    def send(self, kind: str, body: bytes | None = None, **fields: object) -> None:
        self._send(protocol.encode(kind, body, **fields))

    def _send(self, data: bytes) -> None:
        try:
            self._transport.send(data)
        except OSError as error:
            raise WireClosedError(f"the guest is gone: {error}") from error

    def receive(self, timeout_s: float) -> Message | None:
        """The next message; None when none came in time. Raises WireClosedError at the end."""
        deadline = time.monotonic() + timeout_s
        while not self._ready:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._take(min(left, LONGEST_WAIT_S))
        return self._ready.popleft()

    def _take(self, timeout_s: float) -> None:
        try:
            piece = self._transport.receive(timeout_s)
        except OSError as error:
            raise WireClosedError(f"the guest is gone: {error}") from error
        if piece is None:
            return
        stream, data = piece
        if stream == "stderr":
            self._diagnostics = (self._diagnostics + data)[-DIAGNOSTICS_BYTES:]
            return
        if not data:
            self._read_last_words()
            raise WireClosedError("the guest is gone", hint=self.diagnostics or None)
        try:
            found = self._reader.feed(data)
        except protocol.ProtocolError as error:
            raise WireBrokenError(f"the guest broke the protocol: {error}") from error
        self._ready.extend(Message(fields, body) for fields, body in found)

    def _read_last_words(self) -> None:
        piece: tuple[str, bytes] | None = ("stderr", b"")
        with suppress(OSError):
            while piece is not None and piece[0] == "stderr":
                self._diagnostics = (self._diagnostics + piece[1])[-DIAGNOSTICS_BYTES:]
                piece = self._transport.receive(0.2)

    def close(self) -> None:
        self._transport.close()

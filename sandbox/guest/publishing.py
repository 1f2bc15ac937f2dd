"""What shells show, as messages of bounded size; and how a cell ends."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Mapping, Optional, Tuple

from . import protocol

if TYPE_CHECKING:
    from .streams import Channel

Ending = Tuple[str, Optional[int], Optional[int]]
"""Status (`ok`, `error`, `exit`), execution count, exit code."""

EVALUE_CHARACTERS = 2**16
LINE_CHARACTERS = 2**18
LINES = 1000


class Publisher:
    """Turns what shells show into messages of bounded size."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.cell = 0

    def show(
        self,
        kind: str,
        data: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        **fields: object,
    ) -> None:
        clean = {str(key): _portable(value) for key, value in data.items() if value is not None}
        described = _portable(metadata or {})
        size = _size(clean) + _size(described)
        if size > protocol.MAX_DISPLAY_BYTES:
            clean, described = {"text/plain": f"[output of {size} bytes left out]"}, {}
        self._channel.send(kind, cell=self.cell, data=clean, metadata=described, **fields)

    def error(self, name: str, value: object, lines: list[str]) -> None:
        kept = [str(line)[:LINE_CHARACTERS] for line in lines[-LINES:]]
        while len(kept) > 1 and sum(map(len, kept)) > LINES * LINE_CHARACTERS // 64:
            del kept[: len(kept) // 2]
        evalue = text_of(value)[:EVALUE_CHARACTERS]
        fields = {"ename": str(name)[:LINES], "evalue": evalue, "traceback": kept}
        self._channel.send("error", cell=self.cell, **fields)

    def clear(self, *, wait: bool) -> None:
        self._channel.send("clear", cell=self.cell, wait=wait)


def text_of(value: object) -> str:
    """`str(value)`, for values of which that raises too."""
    try:
        return str(value)
    except Exception:
        return f"<unprintable {type(value).__name__} object>"


def _portable(value: Any, depth: int = 0) -> Any:
    """The value as JSON can hold it; bytes as base64, what is unknown or too deep as text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if _is_plain(value):
        return value
    if depth > protocol.MAX_NESTING - 4:
        return "…"
    if isinstance(value, dict):
        return {str(key): _portable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_portable(item, depth + 1) for item in value]
    return text_of(value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, int):
        return abs(value) < 2**63
    return value is None or isinstance(value, (float, str))


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + _size(item) for key, item in value.items())
    return sum(map(_size, value)) if isinstance(value, list) else 24

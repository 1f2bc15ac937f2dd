"""Output of a build step, line by line as it comes, its last part kept."""

from __future__ import annotations

import codecs
from collections.abc import Callable

STDOUT, STDERR = 1, 2
KEPT_BYTES = 64 * 1024
_LONG = 16 * 1024  # a line is cut there: progress bars may never end theirs


class LineReader:
    """Puts pieces of several streams together to lines; one call at a time.

    Args:
        on_line: called with each line, without its end, as soon as it is whole.
        on_data: takes what comes on standard output as it is: no lines are made of it.
    """

    def __init__(
        self,
        on_line: Callable[[str], None] | None = None,
        on_data: Callable[[bytes], None] | None = None,
    ) -> None:
        self._on_line = on_line
        self._on_data = on_data
        self._decoders: dict[int, codecs.IncrementalDecoder] = {}
        self._begun: dict[int, str] = {}
        self._kept = ""

    def feed(self, stream: int, data: bytes) -> None:
        if stream == STDOUT and self._on_data is not None:
            self._on_data(data)
            return
        decoder = self._decoders.setdefault(
            stream, codecs.getincrementaldecoder("utf-8")("replace")
        )
        text = self._begun.get(stream, "") + decoder.decode(data)
        *lines, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if len(rest) > _LONG:
            lines, rest = [*lines, rest], ""
        self._begun[stream] = rest
        for line in lines:
            self._tell(line)

    def finish(self) -> str:
        """Tell what had no end of line; returns the last `KEPT_BYTES` of everything."""
        for stream, rest in self._begun.items():
            self._begun[stream] = ""
            if rest:
                self._tell(rest)
        return self._kept[-KEPT_BYTES:]

    def _tell(self, line: str) -> None:
        self._kept = f"{self._kept}{line}\n"
        if len(self._kept) > 2 * KEPT_BYTES:
            self._kept = self._kept[-KEPT_BYTES:]
        if self._on_line is not None:
            self._on_line(line)

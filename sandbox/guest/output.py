"""The studied code's output on its way to the host: decoded, bounded, first and last part kept."""

from __future__ import annotations

import codecs

from . import protocol

TAIL_CHARACTERS = 2**16


class Budget:
    """How many characters a run may still show; shared by its streams."""

    def __init__(self, size: int) -> None:
        self.left = size


class Stream:
    """One of stdout and stderr: bytes in, text out, at most what the budget allows.

    Past the budget the last TAIL_CHARACTERS are held back and shown by `rest`, with a line that
    says how much was left out between.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._tail = ""
        self._cut = 0

    def take(self, data: bytes, *, final: bool = False) -> str:
        """The text to show now; may be empty."""
        text = self._decoder.decode(data, final)
        shown = text[: max(self._budget.left, 0)]
        self._budget.left -= len(shown)
        if len(shown) < len(text):
            self._hold(text[len(shown) :])
        return shown

    def _hold(self, text: str) -> None:
        held = self._tail + text
        self._tail = held[-TAIL_CHARACTERS:]
        self._cut += len(held) - len(self._tail)

    def rest(self) -> str:
        """What was held back, with what went before it named; empty where nothing was."""
        tail, cut = self._tail, self._cut
        self._tail, self._cut = "", 0
        if not cut:
            return tail
        return f"\n[{cut} characters of output left out]\n{tail}"


class Showing:
    """Bounds what the displays, results and errors of a run weigh together, in bytes.

    What a cell cleared costs nothing any more, and an update costs what it is larger than before:
    a progress bar may go on for hours.
    """

    def __init__(self, size: int = protocol.MAX_SHOWN_BYTES) -> None:
        self._left = size
        self._in_cell = 0
        self._sizes: dict[str, int] = {}

    def copy(self) -> Showing:
        made = Showing(self._left)
        made._sizes = dict(self._sizes)
        return made

    def begin_cell(self) -> None:
        self._in_cell = 0

    def clear(self) -> None:
        self._left += self._in_cell
        self._in_cell = 0

    def admits(self, size: int, display_id: str | None, *, update: bool) -> bool:
        """Whether an output of this size may still be shown; counts it if so."""
        known = self._sizes.get(display_id, 0) if display_id and update else 0
        cost = max(size - known, 0)
        if cost > self._left:
            return False
        if display_id:
            self._sizes[display_id] = max(size, known)
        self._left -= cost
        self._in_cell += 0 if update else cost
        return True

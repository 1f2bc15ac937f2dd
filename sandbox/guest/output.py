"""The studied code's output on its way to the host: decoded, bounded, first and last part kept."""

import codecs

TAIL_BYTES = 2**16


class Budget:
    """How much a run may still show; shared by its streams. Sizes in bytes of UTF-8, roughly."""

    def __init__(self, size):
        self.left = size


class Stream:
    """One of stdout and stderr: bytes in, text out, at most what the budget allows.

    Past the budget the last TAIL_BYTES are held back and shown by `rest`, with a line that says
    how much was left out between.
    """

    def __init__(self, budget):
        self._budget = budget
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._tail = ""
        self._cut = 0

    def take(self, data, final=False):
        """The text to show now; may be empty."""
        text = self._decoder.decode(data, final)
        shown = text[: max(self._budget.left, 0)]
        self._budget.left -= len(shown)
        if len(shown) < len(text):
            self._hold(text[len(shown) :])
        return shown

    def _hold(self, text):
        held = self._tail + text
        self._tail = held[-TAIL_BYTES:]
        self._cut += len(held) - len(self._tail)

    def rest(self):
        """What was held back, with what went before it named; empty where nothing was."""
        tail, cut = self._tail, self._cut
        self._tail, self._cut = "", 0
        if not cut:
            return tail
        return "\n[{} characters of output left out]\n{}".format(cut, tail)

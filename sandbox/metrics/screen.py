"""From raw output to the lines a person would see: redrawn lines, escape codes, backspaces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_CHARACTERS = 10_000
"""Longer lines are cut; nothing a person reads is that long."""

_ENDS = re.compile(r"\r?\n|\r")
_PIECES = re.compile("\b+|[^\b]+")
# CSI sequences, OSC sequences (titles, links), and two-character escapes.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Drawn:
    """One state of one line.

    Attributes:
        ended: a newline followed; else the line was redrawn from its start.
    """

    text: str
    ended: bool


class Screen:
    """Puts pieces of one stream together to lines; holds one line at most.

    Attributes:
        cut: how many lines were longer than `MOST_CHARACTERS` and lost their rest.
    """

    def __init__(self) -> None:
        self.cut = 0
        self._line = ""
        self._full = False

    def feed(self, text: str) -> Iterator[Drawn]:
        """States in order; the last line stays inside until it is ended or `close` is called.

        A line end torn between two pieces gives an empty state more, which shows nothing.
        """
        start = 0
        for end in _ENDS.finditer(text):
            self._add(text[start : end.start()])
            yield self._take(ended=end.group() != "\r")
            start = end.end()
        self._add(text[start:])

    def close(self) -> Drawn:
        """What stands in the last line."""
        return self._take(ended=True)

    def _add(self, piece: str) -> None:
        if self._full or not piece:
            return
        if "\b" in piece:
            # At once, so that a bar redrawn by backspaces alone stays one short line.
            self._line = _erase(self._line + piece)
        else:
            self._line += piece[: MOST_CHARACTERS + 1 - len(self._line)]
        self._full = len(self._line) > MOST_CHARACTERS

    def _take(self, *, ended: bool) -> Drawn:
        line, self._line = self._line[:MOST_CHARACTERS], ""
        self.cut += self._full
        self._full = False
        return Drawn(clean(line), ended)


def clean(line: str) -> str:
    """The line without escape codes and control characters, tabs kept."""
    return _CONTROLS.sub("", _ESCAPES.sub("", line))


def _erase(text: str) -> str:
    """Backspaces applied: each takes the character before it away."""
    kept: list[str] = []
    for piece in (found.group() for found in _PIECES.finditer(text)):
        if piece[0] == "\b":
            _drop(kept, len(piece))
        else:
            kept.append(piece)
    return "".join(kept)


def _drop(kept: list[str], count: int) -> None:
    while kept and count > 0:
        last = kept.pop()
        if len(last) > count:
            kept.append(last[:-count])
        count -= len(last)

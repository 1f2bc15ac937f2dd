"""Differences of texts as lines to be shown, with what changed within a line."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.foreign import visible

MOST_LINES = 3000
_LONGEST = 2000
_MARKED = 400  # longer lines are shown without what changed within them
_ALIKE = 0.5  # of two lines, from which on one is what became of the other
_WORD = re.compile(r"\w+|\s+|.")
_KINDS = {"+": "added", "-": "removed", " ": "same", "": "same"}
_PLACE = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


@dataclass(frozen=True)
class Piece:
    text: str
    is_marked: bool = False


@dataclass(frozen=True)
class PatchLine:
    """One line.

    Attributes:
        kind: `added`, `removed`, `same`, `place` (where a stretch is) or `file`.
    """

    kind: str
    pieces: tuple[Piece, ...]


def patch_lines(patch: str) -> list[PatchLine]:
    """Of a unified patch; of what git says of files their names only; of very many the first."""
    lines = list(itertools.islice(_lines(patch), MOST_LINES + 1))
    shown = list(_marked(lines[:MOST_LINES]))
    if len(lines) > MOST_LINES:
        shown.append(_plain("place", "… the rest is left out here …"))
    return shown


def text_lines(left: str, right: str) -> list[PatchLine]:
    """What makes one text another one, three lines around each change."""
    found = difflib.unified_diff(left.split("\n"), right.split("\n"), n=3, lineterm="")
    return patch_lines("\n".join(found))


def plain_lines(text: str, kind: str, most: int = MOST_LINES) -> list[PatchLine]:
    """The first lines of a text, all of one kind."""
    return [_plain(kind, line) for line in text.split("\n")[:most]]


def _lines(patch: str) -> Iterator[PatchLine]:
    """Where a stretch ends is told by its head: its lines may look like any head themselves."""
    old = new = 0
    for text in patch.replace("\r\n", "\n").split("\n"):
        if old > 0 or new > 0:
            sign = text[:1]
            old -= sign in {"-", " ", ""}
            new -= sign in {"+", " ", ""}
            yield _plain(_KINDS.get(sign, "place"), text[1:] if sign in _KINDS else text)
        elif place := _PLACE.match(text):
            old, new = (1 if count is None else int(count) for count in place.groups())
            yield _plain("place", text)
        elif text.startswith("diff --git"):
            yield _plain("file", text.rsplit(" b/", 1)[-1])
        elif text.startswith(("GIT binary patch", "Binary files")):
            yield _plain("place", "binary files differ")


def _plain(kind: str, text: str) -> PatchLine:
    return PatchLine(kind, (Piece(visible(text[:_LONGEST].replace("\t", "    "))),))


def _marked(lines: Sequence[PatchLine]) -> Iterator[PatchLine]:
    """Each removed line beside the added one that took its place."""
    at = 0
    while at < len(lines):
        removed = _stretch(lines, at, "removed")
        added = _stretch(lines, at + len(removed), "added")
        if removed and added:
            pairs = [_within(a, b) for a, b in zip(removed, added, strict=False)]
            yield from (*(pair[0] for pair in pairs), *removed[len(pairs) :])
            yield from (*(pair[1] for pair in pairs), *added[len(pairs) :])
            at += len(removed) + len(added)
        else:
            yield lines[at]
            at += 1


def _stretch(lines: Sequence[PatchLine], start: int, kind: str) -> Sequence[PatchLine]:
    end = start
    while end < len(lines) and lines[end].kind == kind:
        end += 1
    return lines[start:end]


def _within(removed: PatchLine, added: PatchLine) -> tuple[PatchLine, PatchLine]:
    old, new = removed.pieces[0].text, added.pieces[0].text
    if max(len(old), len(new)) > _MARKED:
        return removed, added
    words = _WORD.findall(old), _WORD.findall(new)
    matcher = difflib.SequenceMatcher(None, *words, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return removed, added
    pieces: tuple[list[Piece], list[Piece]] = ([], [])
    for tag, a, b, c, d in matcher.get_opcodes():
        for side, text in zip(
            pieces, ("".join(words[0][a:b]), "".join(words[1][c:d])), strict=True
        ):
            side.extend([Piece(text, tag != "equal")] if text else [])
    return PatchLine("removed", tuple(pieces[0])), PatchLine("added", tuple(pieces[1]))

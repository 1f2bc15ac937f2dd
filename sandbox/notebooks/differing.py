"""Two executed notebooks cell by cell: which cell is which, and what is not the same in it.

nbdime lines the cells up, by the likeness of their sources. Its time grows with the square of what
it is given (50 cells of random text on both sides: 98 s), so it gets what lies between the cells
that are equal at both ends, and that only up to a size.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sandbox.errors import EntryError
from sandbox.notebooks.changing import with_texts
from sandbox.notebooks.reading import read_notebook
from sandbox.notebooks.text import joined, output_text, plain_text

if TYPE_CHECKING:
    from nbformat import NotebookNode

MOST_WORK = 40_000  # lines of the one side times lines of the other: 2 s
_MOST_CHARS = 20_000
_MOST_LINES = 60  # of a cell, to tell it by
_LONGEST = 200

Pair = tuple[int | None, int | None]


@dataclass(frozen=True)
class CellDifference:
    """A cell of one notebook and the one of the other that it answers to.

    Attributes:
        left, right: their numbers from 1; None = the other notebook has no such cell.
        kind: `code`, `markdown` or `raw`.
        same_source, same_outputs: both are false where a side is missing.
        left_cell, right_cell: as nbformat has them: of a stranger; `cell_html` shows them.
        shows: kinds of what they put out where that differs: `text`, `image/png`, …
        by_place: they stand side by side since both are the same number of cells from the first
            one that is not the same: there is too much to tell them by their likeness.
    """

    left: int | None
    right: int | None
    kind: str
    same_source: bool
    same_outputs: bool
    left_cell: NotebookNode | None = None
    right_cell: NotebookNode | None = None
    shows: tuple[str, ...] = ()
    by_place: bool = False

    @property
    def is_same(self) -> bool:
        return self.same_source and self.same_outputs

    @property
    def sources(self) -> tuple[str, str]:
        """Left and right, cut where very long; empty where a side is missing."""
        return _cut(_source(self.left_cell)), _cut(_source(self.right_cell))


def compare_notebooks(
    left: bytes, right: bytes, *, change: Callable[[str], str] = str
) -> tuple[CellDifference, ...] | None:
    """All cells of both, in order; None where one of them cannot be read.

    Args:
        change: what becomes of every text of theirs, as of secrets in it.
    """
    try:
        one, other = (
            with_texts(read_notebook(raw, path="notebook.ipynb"), change) for raw in (left, right)
        )
    except EntryError:
        return None
    pairs, by_place = _pairs(one.cells, other.cells)
    found = (_difference(one, other, pair) for pair in pairs)
    return tuple(
        replace(cell, by_place=True) if at in by_place else cell for at, cell in enumerate(found)
    )


def _difference(one: NotebookNode, other: NotebookNode, pair: Pair) -> CellDifference:
    left, right = (
        None if at is None else notebook.cells[at]
        for notebook, at in zip((one, other), pair, strict=True)
    )
    known = left or right or {}
    both = left is not None and right is not None
    same_source = both and _source(left) == _source(right)
    same_outputs = both and _outputs(left) == _outputs(right)
    return CellDifference(
        left=None if pair[0] is None else pair[0] + 1,
        right=None if pair[1] is None else pair[1] + 1,
        kind=str(known.get("cell_type", "code")),
        same_source=same_source,
        same_outputs=same_outputs,
        left_cell=left,
        right_cell=right,
        shows=() if same_outputs else tuple(sorted({*_kinds(left), *_kinds(right)})),
    )


def _source(cell: Any) -> str:
    return joined(cell.get("source", "")) if cell else ""


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]}\n… cut here …"


def _outputs(cell: Any) -> list[object]:
    """What can be seen of them: neither their numbers nor where a stream was broken in two."""
    shown: list[object] = []
    for output in cell.get("outputs", []):
        if output.get("output_type") == "stream":
            name, text = output.get("name"), joined(output.get("text", ""))
            if shown and isinstance(shown[-1], tuple) and shown[-1][0] == name:
                text = shown.pop()[1] + text  # type: ignore[index]
            shown.append((name, text))
        elif output.get("output_type") == "error":
            shown.append(plain_text(output_text(output)))
        else:
            shown.append({str(k): joined(v) for k, v in output.get("data", {}).items()})
    return shown


def _kinds(cell: Any) -> Iterator[str]:
    for output in cell.get("outputs", []) if cell else []:
        data = output.get("data", {})
        rich = [str(kind) for kind in data if not str(kind).startswith("text/")]
        yield from rich or ["text"]


# ---------------------------------------------------------------- lining up


def _pairs(one: Sequence[Any], other: Sequence[Any]) -> tuple[list[Pair], range]:
    """Which cell is which, and which of the pairs were made by their place alone."""
    left, right = ([_key(cell) for cell in cells] for cells in (one, other))
    most = min(len(left), len(right))
    start = next((at for at in range(most) if left[at] != right[at]), most)
    end = next((at for at in range(most - start) if left[-1 - at] != right[-1 - at]), most - start)
    parts = left[start : len(left) - end], right[start : len(right) - end]
    middle = _in_order(*map(len, parts)) if _is_too_much(*parts) else _lined_up(*parts)
    pairs = [
        *((at, at) for at in range(start)),
        *((_moved(a, start), _moved(b, start)) for a, b in middle),
        *((len(left) - at, len(right) - at) for at in range(end, 0, -1)),
    ]
    by_place = range(start, start + len(middle) if _is_too_much(*parts) else start)
    return pairs, by_place


def _moved(place: int | None, by: int) -> int | None:
    return None if place is None else place + by


def _key(cell: Any) -> tuple[str, str]:
    return str(cell.get("cell_type")), _source(cell)


def _is_too_much(left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]) -> bool:
    """For nbdime; two single cells are too little for it."""
    counts = [sum(text.count("\n") + 1 for _, text in cells) for cells in (left, right)]
    return max(len(left), len(right)) > 1 and counts[0] * counts[1] > MOST_WORK


def _lined_up(left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]) -> list[Pair]:
    if not (left and right) or len(left) == len(right) == 1:  # nbdime takes a second to come
        return _in_order(len(left), len(right))
    return _by_likeness(left, right)


def _in_order(left: int, right: int) -> list[Pair]:
    return [
        (at if at < left else None, at if at < right else None) for at in range(max(left, right))
    ]


def _by_likeness(left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]) -> list[Pair]:
    from nbdime import diff_notebooks

    changes = diff_notebooks(_bare(left), _bare(right))
    cells: list[Any] = next((one.diff for one in changes if one.key == "cells"), [])
    pairs: list[Pair] = []
    at, across = 0, 0

    def both(until: int) -> None:
        nonlocal at, across
        while at < until:
            pairs.append((at, across))
            at, across = at + 1, across + 1

    for change in cells:
        both(change.key)
        if change.op == "addrange":
            for _ in change.valuelist:
                pairs.append((None, across))
                across += 1
        elif change.op == "removerange":
            for _ in range(change.length):
                pairs.append((at, None))
                at += 1
    both(len(left))
    return list(_met(pairs, left, right))


def _met(
    pairs: Sequence[Pair], left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]
) -> Iterator[Pair]:
    """As many cells gone as came, side by side, are the same cells written anew."""
    for is_single, group in itertools.groupby(pairs, key=lambda pair: None in pair):
        members = list(group)
        gone = [a for a, _ in members if a is not None]
        came = [b for _, b in members if b is not None]
        kinds = [left[a][0] for a in gone], [right[b][0] for b in came]
        yield from zip(gone, came, strict=True) if is_single and kinds[0] == kinds[1] else members


def _bare(cells: Sequence[tuple[str, str]]) -> NotebookNode:
    """As much of them as it takes to tell which is which."""
    from nbformat import from_dict

    made: list[dict[str, Any]] = [
        {
            "cell_type": kind,
            "metadata": {},
            "source": _told_by(text),
            **({"outputs": [], "execution_count": None} if kind == "code" else {}),
        }
        for kind, text in cells
    ]
    fields = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return from_dict(fields)  # type: ignore[no-any-return, no-untyped-call]


def _told_by(source: str) -> str:
    return "\n".join(line[:_LONGEST] for line in source.splitlines()[:_MOST_LINES])

"""What two runs have other than each other, as one page that stands alone and runs nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sandbox.comparing.texts import to_difference
from sandbox.notebooks import CellDifference, cell_html
from sandbox.reports.patches import PatchLine, patch_lines, plain_lines, text_lines
from sandbox.reports.rendering import asset, render, safe

MOST_CELLS = 200
MOST_CHARS = 4_000_000
"""Of what cells show, images among it."""

_KNOWN_LINES = 8  # of a source that is the same on both sides, to know the cell by

_WORDS = {
    "parameters": "parameters",
    "metrics": "metrics",
    "packages": "packages",
    "code": "code",
    "notebook": "executed notebook",
    "output": "log",
}

Pairs = Mapping[str, tuple[object, object]]


@dataclass(frozen=True)
class Differing:
    """Two runs, left and right throughout.

    Attributes:
        names, sweeps: of the runs, and ids of their sweeps.
        tables: title → name → (left, right); None = not known any more.
        source, output: unified patches; None = not known any more.
        notebook: all cells; None = not known any more.
    """

    names: tuple[str, str]
    sweeps: tuple[str, str]
    workspace: str
    facts: Pairs
    tables: Mapping[str, Pairs | None]
    source: str | None
    output: str | None
    notebook: Sequence[CellDifference] | None


def difference_page(found: Differing) -> str:
    """The page; of what the studied code wrote nothing in it can act."""
    parts: dict[str, Any] = {**found.tables, "code": found.source, "notebook": found.notebook}
    parts["output"] = found.output
    states = {name: _state(parts[name]) for name in _WORDS}
    values = {
        "names": found.names,
        "over": f"two runs of {found.workspace}",
        "sweeps": " and ".join(dict.fromkeys(found.sweeps)),
        "facts": [_pair(name, *pair) for name, pair in found.facts.items()],
        "parts": [(name, _WORDS[name]) for name, state in states.items() if state == "other"],
        "same": _named(states, "same"),
        "unknown": _named(states, "unknown"),
        "tables": [
            (name, _WORDS[name], [_pair(key, *pair) for key, pair in pairs.items()])
            for name, pairs in found.tables.items()
            if pairs
        ],
        "source": patch_lines(found.source or ""),
        "cells": list(_cells(found.notebook or ())) if states["notebook"] == "other" else [],
        "by_place": any(cell.by_place for cell in found.notebook or ()),
        "output": patch_lines(found.output or ""),
    }
    return render(
        "difference.html",
        values,
        style=asset("difference.css"),
        may_style=True,  # tables that pandas shows have styles of their own; sanitised
    )


def _state(part: Any) -> str:
    if part is None:
        return "unknown"
    if isinstance(part, Mapping | str):
        return "other" if part else "same"
    return "same" if all(cell.is_same for cell in part) else "other"


def _named(states: Mapping[str, str], wanted: str) -> str:
    return ", ".join(_WORDS[name] for name, state in states.items() if state == wanted)


def _pair(name: str, left: object, right: object) -> SimpleNamespace:
    is_number = all(isinstance(one, int | float) for one in (left, right))
    change = to_difference(right - left) if is_number else ""  # type: ignore[operator]
    return SimpleNamespace(name=name, left=_text(left), right=_text(right), change=change)


def _text(value: object) -> str:
    if value is None:
        return "none"
    return repr(value) if isinstance(value, float) else str(value)


# ---------------------------------------------------------------- cells


def _cells(cells: Sequence[CellDifference]) -> Iterator[SimpleNamespace]:
    """Cells that are not the same, and for those that are, how many there are in a row."""
    room, shown = MOST_CHARS, 0
    for is_same, group in itertools.groupby(cells, key=lambda cell: cell.is_same):
        members = list(group)
        if is_same:
            yield SimpleNamespace(same=_count(len(members)))
            continue
        for cell in members:
            html = [_html(cell, side) for side in (cell.left_cell, cell.right_cell)]
            room -= sum(map(len, html))
            shown += 1
            fits = room >= 0 and shown <= MOST_CELLS
            yield _shown(cell, html if fits else None)


def _html(cell: CellDifference, side: Any) -> str:
    return "" if side is None or (cell.same_outputs and cell.kind == "code") else cell_html(side)


def _shown(cell: CellDifference, html: list[str] | None) -> SimpleNamespace:
    return SimpleNamespace(
        same="",
        title=_title(cell),
        source=_source(cell),
        left="" if html is None else safe(html[0]),
        right="" if html is None else safe(html[1]),
        has_outputs=html is not None and any(html),
        is_cut=html is None,
    )


def _title(cell: CellDifference) -> str:
    if cell.left is None:
        return f"cell {cell.right}: only on the right"
    if cell.right is None:
        return f"cell {cell.left}: only on the left"
    number = f"{cell.left}" if cell.left == cell.right else f"{cell.left} → {cell.right}"
    parts = ["source"] * (not cell.same_source) + ["output"] * (not cell.same_outputs)
    return f"cell {number}: another {' and '.join(parts)}"


def _source(cell: CellDifference) -> list[PatchLine]:
    left, right = cell.sources
    if cell.same_source:
        return plain_lines(left, "same", _KNOWN_LINES)
    if cell.left is None or cell.right is None:
        return plain_lines(left or right, "added" if cell.left is None else "removed")
    return text_lines(left, right)


def _count(number: int) -> str:
    return "1 cell is the same" if number == 1 else f"{number} cells are the same"

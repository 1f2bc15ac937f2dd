"""What executed notebooks showed, in the order in which one flips through it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.comparing import Comparison, Row
from sandbox.comparing.texts import to_summary
from sandbox.foreign import visible
from sandbox.reports.axes import by_size, places_of, value_of
from sandbox.reports.plots import short


@dataclass(frozen=True)
class Frame:
    """The images of one variant.

    Attributes:
        images: `data:` URLs that were found to be images.
    """

    variant: str
    images: tuple[str, ...]


@dataclass(frozen=True)
class Leaf:
    """A Frame as the page has it.

    Attributes:
        values: JSON: tunable → its value as text, its place among all of them, and whether it is
            where the book opens.
    """

    name: str
    caption: str
    values: str
    images: tuple[str, ...]


def wanted_first(comparison: Comparison) -> list[Row]:
    """Rows in the order in which their images are worth the room they take.

    The baseline, then what differs from it in one tunable only, then the others, best first.
    """
    return sorted(comparison.rows, key=lambda row: (not row.is_baseline, len(row.tweaks) > 1))


def leaves(comparison: Comparison, frames: Sequence[Frame]) -> list[Leaf]:
    """Frames of variants that the comparison has, the baseline's first."""
    images = {frame.variant: frame.images for frame in frames if frame.images}
    rows = [row for row in wanted_first(comparison) if row.variant in images]
    names = comparison.columns
    orders = {name: by_size([value_of(row, name) for row in rows]) for name in names}
    return [
        Leaf(
            name=short(row.name),
            caption=_caption(comparison, row),
            values=json.dumps(dict(_values(row, rows[0], orders))),
            images=images[row.variant],
        )
        for row in rows
    ]


def _values(
    row: Row, opening: Row, orders: dict[str, list[str]]
) -> Iterator[tuple[str, dict[str, object]]]:
    for name, order in orders.items():
        at, first = places_of(order, [value_of(one, name) for one in (row, opening)])
        yield visible(name), {"text": visible(order[at]), "order": at, "first": at == first}


def _caption(comparison: Comparison, row: Row) -> str:
    measured = row.metrics.get(comparison.main) if comparison.main else None
    told = f": {comparison.main} {to_summary(measured)}" if measured else ""
    return f"{row.name}{told}"

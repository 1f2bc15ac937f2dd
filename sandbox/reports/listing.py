"""The table of all variants: numbers with every digit behind what is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.comparing import Comparison, Effect, Row
from sandbox.comparing.ranking import first_rows
from sandbox.comparing.texts import to_difference, to_summary
from sandbox.reports.axes import value_of
from sandbox.reports.plots import short

MOST_ROWS = 1000
MOST_METRICS = 12
MOST_COLUMNS = 20


@dataclass(frozen=True)
class Head:
    name: str
    is_number: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        value, difference: with every digit; None = there is none.
        told, verdict: the difference as it is read, and what it means.
    """

    text: str
    value: str | None = None
    difference: str | None = None
    told: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class Line:
    is_baseline: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Listing:
    """The table, and what of it is left out."""

    heads: tuple[Head, ...]
    rows: tuple[Line, ...]
    notes: tuple[str, ...]


def listing(comparison: Comparison) -> Listing:
    """Rows in the comparison's order."""
    rows = first_rows(comparison.rows, MOST_ROWS)
    columns = comparison.columns[:MOST_COLUMNS]
    metrics = comparison.metrics[:MOST_METRICS]
    effects = {(one.variant, one.metric): one for one in comparison.effects}
    heads = [*map(Head, columns or ("variant",)), *(Head(name, is_number=True) for name in metrics)]
    lines = [
        Line(
            row.is_baseline,
            (
                *_named(row, columns),
                *(_metric(row, name, effects.get((row.variant, name))) for name in metrics),
                Cell(str(len(row.runs)), value=str(len(row.runs))),
                Cell(f"{row.status}: {row.cause}" if row.cause else row.status),
            ),
        )
        for row in rows
    ]
    return Listing(
        (*heads, Head("runs", is_number=True), Head("status")),
        tuple(lines),
        tuple(_left_out(comparison)),
    )


def _named(row: Row, columns: Sequence[str]) -> list[Cell]:
    """What it tried; the first cell says of the baseline that it is that."""
    texts = [short(value_of(row, name)) for name in columns] or [short(row.name)]
    if row.is_baseline and columns:
        texts[0] = f"{texts[0]} (baseline)"
    return [Cell(text) for text in texts]


def _metric(row: Row, name: str, effect: Effect | None) -> Cell:
    summary = row.metrics.get(name)
    if summary is None:
        return Cell("-")
    difference = row.differences.get(name)
    return Cell(
        text=to_summary(summary) if row.is_measured else f"({to_summary(summary)})",
        value=repr(summary.mean),
        difference=None if difference is None else repr(difference),
        told="" if difference is None else to_difference(difference),
        verdict=effect.verdict if effect else "",
    )


def _left_out(comparison: Comparison) -> Iterator[str]:
    for what, count, most in (
        ("variants", len(comparison.rows), MOST_ROWS),
        ("tunables", len(comparison.columns), MOST_COLUMNS),
        ("metrics", len(comparison.metrics), MOST_METRICS),
    ):
        if count > most:
            yield (
                f"{count - most} further {what} are left out here;"
                " all of them with: sandbox compare --csv FILE"
            )
    if any(not row.is_measured and row.metrics for row in comparison.rows):
        yield "Numbers in brackets are of runs that did not come to their end."

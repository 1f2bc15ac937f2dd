"""A Comparison as rows of text: for the terminal, for markdown, and exactly for CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.comparing.model import Comparison, Effect, Row
from sandbox.comparing.parameters import value_of
from sandbox.comparing.ranking import first_rows
from sandbox.comparing.texts import shortened, to_difference, to_number, to_summary, without_formula
from sandbox.comparing.words import BEST, COMMAND, LUCK, directions, sentences
from sandbox.foreign import listed, visible

LUCK_SIGN = "≈"
"""Behind a difference that is indistinguishable from luck."""

_MOST_METRICS = 6
_LONGEST = 60
_OF_METRIC = ("difference", "spread", "low", "high", "verdict")


@dataclass(frozen=True)
class Table:
    """Text only, one line per cell, nothing in it that a terminal obeys.

    Attributes:
        notes: how the table is to be read.
        told: what it shows, as heading → lines; the best is its first row.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    told: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def table(
    comparison: Comparison, *, most_metrics: int = _MOST_METRICS, most_rows: int | None = None
) -> Table:
    """What differs only: tweaks, metrics with their difference to the baseline, failures.

    Args:
        most_metrics: further metrics are named in the notes; `to_csv` has them all.
        most_rows: the best ones and the baseline, the others are counted; None = all.
    """
    chosen = first_rows(comparison.rows, most_rows)
    metrics = comparison.metrics[:most_metrics]
    has_status = any(row.status != "succeeded" for row in comparison.rows)
    repeats = any(len(row.runs) > 1 for row in comparison.rows)
    headers = [*_tweak_headers(comparison), *metrics]
    headers += ["runs"] * repeats + ["status"] * has_status
    wanted = {row.variant for row in chosen}
    found = (one for one in comparison.effects if one.variant in wanted)
    effects = {(one.variant, one.metric): one for one in found}
    rows = []
    for row in chosen:
        cells = [*_tweak_cells(row, comparison)]
        cells += [_metric_cell(row, name, effects.get((row.variant, name))) for name in metrics]
        cells += [str(len(row.runs))] * repeats + [_status_cell(row)] * has_status
        rows.append(tuple(_cell(text) for text in cells))
    notes = map(visible, _notes(comparison, len(chosen), len(metrics)))
    return Table(tuple(map(_cell, headers)), tuple(rows), tuple(notes), _told(comparison))


def _tweak_headers(comparison: Comparison) -> list[str]:
    return list(comparison.columns) or ["variant"]


def _tweak_cells(row: Row, comparison: Comparison) -> list[str]:
    """The value tried, else the one passed, else a dot: as the code has it."""
    if not comparison.columns:
        return [row.name]
    values = [value_of(row, name) or "·" for name in comparison.columns]
    if row.is_baseline:
        values[0] = "baseline" if values[0] == "·" else f"{values[0]} (baseline)"
    return values


def _metric_cell(row: Row, name: str, effect: Effect | None) -> str:
    summary = row.metrics.get(name)
    if summary is None:
        return "-"
    if not row.is_measured:
        return f"({to_summary(summary)})"
    difference = row.differences.get(name)
    if difference is None:
        return to_summary(summary)
    if effect is None or effect.interval is None:
        return f"{to_summary(summary)} ({to_difference(difference, summary.mean)})"
    return f"{to_number(summary.mean)} ({_with_interval(effect, summary.mean)})"


def _with_interval(effect: Effect, mean: float) -> str:
    """`+0.02 ± 0.03 ≈`: the difference, half of its interval, and a sign for luck."""
    low, high = effect.interval or (0.0, 0.0)
    reach = (high - low) / 2
    shown = f" ± {to_number(reach, 2)}" if reach else ""
    luck = f" {LUCK_SIGN}" if effect.verdict == "luck" else ""
    return f"{to_difference(effect.difference, mean)}{shown}{luck}"


def _status_cell(row: Row) -> str:
    return f"{row.status}: {row.cause}" if row.cause else row.status


def _cell(text: str) -> str:
    return shortened(text, _LONGEST)


def _notes(comparison: Comparison, rows: int, metrics: int) -> Iterator[str]:
    if len(comparison.rows) > rows:
        left = len(comparison.rows) - rows
        yield f"not shown: {left} further variants; all of them with: sandbox compare --all"
    yield from comparison.notes
    hidden = comparison.metrics[metrics:]
    if hidden:
        yield f"not shown: {len(hidden)} further metrics ({listed(hidden)})"
    others = [name for name in comparison.metrics[:metrics] if name != comparison.main]
    if others and comparison.main is not None:
        yield directions(comparison, others)


def _told(comparison: Comparison) -> Mapping[str, tuple[str, ...]]:
    has_sign = any(one.verdict == "luck" and one.interval for one in comparison.effects)
    signed = {LUCK: f"{LUCK} ({LUCK_SIGN})"} if has_sign else {}
    told = sentences(comparison)
    return {signed.get(name, name): lines for name, lines in told.items() if name != BEST}


# ---------------------------------------------------------------- files


def to_markdown(comparison: Comparison) -> str:
    """The same table in GitHub's markdown, below it what it shows."""
    shown = table(comparison)
    lines = [_markdown_row(shown.headers), _markdown_row(["---"] * len(shown.headers))]
    lines += [*map(_markdown_row, shown.rows), "", *map(_markdown_line, shown.notes)]
    for heading, told in shown.told.items():
        lines += ["", f"**{_escaped(heading)}**", "", *map(_markdown_line, told)]
    return "\n".join(lines).rstrip() + "\n"


def _markdown_line(line: str) -> str:
    """A command as code that is indented below its reason: nothing in it ends that."""
    if line.startswith(COMMAND):
        return f"\n      {line.removeprefix(COMMAND)}\n"
    return f"- {_escaped(line)}"


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell if cell == '---' else _escaped(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, f"\\{sign}")
    return text


def to_csv(comparison: Comparison) -> str:
    """All variants and metrics with every digit; text that a spreadsheet would run gets a quote."""
    tweaks, metrics = comparison.columns, comparison.metrics
    headers = ["variant", "name", "runs", "status", "cause", *tweaks]
    for name in metrics:
        headers += [name, *(f"{name} {column}" for column in _OF_METRIC)]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(map(_csv_cell, headers))
    effects = {(one.variant, one.metric): one for one in comparison.effects}
    for row in comparison.rows:
        cells = _csv_row(row, tweaks)
        for name in metrics:
            cells += _csv_metric(row, name, effects.get((row.variant, name)))
        writer.writerow(map(_csv_cell, cells))
    return file.getvalue()


def _csv_row(row: Row, tweaks: Sequence[str]) -> list[str]:
    cells = [row.variant, row.name, str(len(row.runs)), row.status, row.cause or ""]
    return [*cells, *(row.tweaks.get(name, "") for name in tweaks)]


def _csv_metric(row: Row, name: str, effect: Effect | None) -> list[str]:
    summary = row.metrics.get(name)
    low, high = effect.interval if effect and effect.interval else (None, None)
    numbers = (
        summary.mean if summary else None,
        row.differences.get(name),
        summary.spread if summary else None,
        low,
        high,
    )
    cells = ["" if value is None else repr(value) for value in numbers]
    return [*cells, effect.verdict if effect else ""]


def _csv_cell(text: str) -> str:
    return without_formula(visible(text))

"""A Comparison as rows of text: for the terminal, for markdown, and exactly for CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.comparing.model import Comparison, Effect, Row
from sandbox.comparing.summaries import LUCK_SIGN, summary_lines
from sandbox.comparing.texts import to_difference, to_number, to_summary, visible, without_formula

_MOST_METRICS = 6
_MOST_NAMES = 5
_LONGEST = 60
_OF_METRIC = ("difference", "spread", "low", "high", "verdict")


@dataclass(frozen=True)
class Table:
    """Text only, one line per cell, nothing in it that a terminal obeys."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def table(
    comparison: Comparison, *, most_metrics: int = _MOST_METRICS, most_rows: int | None = None
) -> Table:
    """What differs only: tweaks, metrics with their difference to the baseline, failures.

    Args:
        most_metrics: further metrics are named in the notes; `to_csv` has them all.
        most_rows: the best ones and the baseline, the others are counted; None = all.
    """
    chosen = _first(comparison.rows, most_rows)
    metrics = comparison.metrics[:most_metrics]
    has_status = any(row.status != "succeeded" for row in comparison.rows)
    repeats = any(len(row.runs) > 1 for row in comparison.rows)
    headers = [*_tweak_headers(comparison), *metrics]
    headers += ["runs"] * repeats + ["status"] * has_status
    wanted = {row.name for row in chosen}
    effects = {(one.tweak, one.metric): one for one in comparison.effects if one.tweak in wanted}
    rows = []
    for row in chosen:
        cells = [*_tweak_cells(row, comparison)]
        cells += [_metric_cell(row, name, effects.get((row.name, name))) for name in metrics]
        cells += [str(len(row.runs))] * repeats + [_status_cell(row)] * has_status
        rows.append(tuple(_cell(text) for text in cells))
    left = len(comparison.rows) - len(chosen)
    more = (
        (f"not shown: {left} further variants; all of them with: sandbox compare --all",)
        if left
        else ()
    )
    notes = _notes(comparison, len(metrics))
    return Table(tuple(map(_cell, headers)), tuple(rows), (*more, *notes))


def _first(rows: Sequence[Row], most: int | None) -> Sequence[Row]:
    if most is None or len(rows) <= most:
        return rows
    return [*rows[:most], *(row for row in rows[most:] if row.is_baseline)]


def _tweak_headers(comparison: Comparison) -> list[str]:
    return list(comparison.columns) or ["variant"]


def _tweak_cells(row: Row, comparison: Comparison) -> list[str]:
    """The value tried, else the one passed, else a dot: as the code has it."""
    if not comparison.columns:
        return [row.name]
    values = [row.tweaks.get(name) or _passed(row, name) or "·" for name in comparison.columns]
    if row.is_baseline:
        values[0] = "baseline" if values[0] == "·" else f"{values[0]} (baseline)"
    return values


def _passed(row: Row, name: str) -> str | None:
    return row.runs[0].parameters.get(name)


def _metric_cell(row: Row, name: str, effect: Effect | None) -> str:
    summary = row.metrics.get(name)
    if summary is None:
        return "-"
    if not row.is_measured:
        return f"({to_summary(summary)})"
    if effect is None:
        return to_summary(summary)
    if effect.interval is None:
        return f"{to_summary(summary)} ({to_difference(effect.difference)})"
    return f"{to_number(summary.mean)} ({_with_interval(effect)})"


def _with_interval(effect: Effect) -> str:
    """`+0.02 ± 0.03 ≈`: the difference, half of its interval, and a sign for luck."""
    low, high = effect.interval or (0.0, 0.0)
    reach = (high - low) / 2
    shown = f" ± {to_number(reach, 2)}" if reach else ""
    luck = f" {LUCK_SIGN}" if effect.verdict == "luck" else ""
    return f"{to_difference(effect.difference)}{shown}{luck}"


def _status_cell(row: Row) -> str:
    return f"{row.status}: {row.cause}" if row.cause else row.status


def _cell(text: str) -> str:
    seen = visible(text)
    return seen if len(seen) <= _LONGEST else f"{seen[: _LONGEST - 1]}…"


def _notes(comparison: Comparison, shown: int) -> tuple[str, ...]:
    notes = [*comparison.notes]
    hidden = comparison.metrics[shown:]
    if hidden:
        names = ", ".join(hidden[:_MOST_NAMES])
        more = ", …" if len(hidden) > _MOST_NAMES else ""
        notes.append(f"not shown: {len(hidden)} further metrics ({names}{more})")
    notes += summary_lines(comparison)
    return tuple(visible(note) for note in notes)


# ---------------------------------------------------------------- files


def to_markdown(comparison: Comparison) -> str:
    """The same table in GitHub's markdown, notes below it."""
    shown = table(comparison)
    lines = [_markdown_row(shown.headers), _markdown_row(["---"] * len(shown.headers))]
    lines += [_markdown_row(row) for row in shown.rows]
    notes = [f"- {_escaped(note)}" for note in shown.notes]
    return "\n".join([*lines, "", *notes]).rstrip() + "\n"


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
    effects = {(one.tweak, one.metric): one for one in comparison.effects}
    for row in comparison.rows:
        cells = _csv_row(row, tweaks)
        for name in metrics:
            cells += _csv_metric(row, name, effects.get((row.name, name)))
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

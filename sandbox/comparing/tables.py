"""A Comparison as rows of text: for the terminal, for markdown, and exactly for CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.comparing.model import Comparison, Row
from sandbox.comparing.texts import to_difference, to_summary, visible, without_formula

_MOST_METRICS = 6
_MOST_NAMES = 5
_LONGEST = 60


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
    rows = []
    for row in chosen:
        cells = [*_tweak_cells(row, comparison), *(_metric_cell(row, name) for name in metrics)]
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


def _metric_cell(row: Row, name: str) -> str:
    summary = row.metrics.get(name)
    if summary is None:
        return "-"
    text = to_summary(summary)
    if not row.is_measured:
        return f"({text})"
    difference = row.differences.get(name)
    return text if difference is None else f"{text} ({to_difference(difference)})"


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
    notes += [
        f"{len(failure.runs)}x {failure.cause} ({_names(failure.runs)})"
        for failure in comparison.failures
    ]
    return tuple(visible(note) for note in notes)


def _names(names: Sequence[str]) -> str:
    more = f", … {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


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
        headers += [name, f"{name} difference", f"{name} spread"]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(map(_csv_cell, headers))
    for row in comparison.rows:
        writer.writerow(map(_csv_cell, _csv_row(row, tweaks, metrics)))
    return file.getvalue()


def _csv_row(row: Row, tweaks: Sequence[str], metrics: Sequence[str]) -> list[str]:
    cells = [row.variant, row.name, str(len(row.runs)), row.status, row.cause or ""]
    cells += [row.tweaks.get(name, "") for name in tweaks]
    for name in metrics:
        summary = row.metrics.get(name)
        values = (
            summary.mean if summary else None,
            row.differences.get(name),
            summary.spread if summary else None,
        )
        cells += ["" if value is None else repr(value) for value in values]
    return cells


def _csv_cell(text: str) -> str:
    return without_formula(visible(text))

"""The report of a sweep as one page that stands alone."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sandbox.comparing import Comparison, guess_lines, judge, read_guess, sentences
from sandbox.comparing.model import Importance
from sandbox.comparing.texts import counted, to_number
from sandbox.comparing.words import (
    BEST,
    BROKE,
    LUCK,
    MATTERED,
    NEXT,
    TOGETHER,
    direction_of,
    directions,
    method_of,
    percent,
)
from sandbox.domain import Sweep
from sandbox.errors import InputError
from sandbox.foreign import visible
from sandbox.reports.axes import MOST_LINES, parallel_plot
from sandbox.reports.curves import curves_of, curves_plot, metrics_with_curves
from sandbox.reports.drawing import draw
from sandbox.reports.effects import MOST_EFFECTS, effects_plot
from sandbox.reports.flipbook import Frame, leaves
from sandbox.reports.listing import listing
from sandbox.reports.plots import Plot, labels, short
from sandbox.reports.rendering import asset, in_script, render, safe

_MOST_ENDS = 30
_WORDS = {
    "effects": "effects",
    "importance": MATTERED.lower(),
    "variants": "in one picture",
    "curves": "curves",
    "flip": "flip-book",
    "next": NEXT.lower(),
    "table": "every variant",
    "again": "do it again",
    "reading": "how to read this",
}


@dataclass(frozen=True)
class Report:
    """What a page tells.

    Attributes:
        sweep: None = the runs are of no sweep of ours. Its command and repository are without
            credentials.
        frames: what executed notebooks showed; in any order.
        notes: what the reader should know beside what the comparison itself notes.
    """

    comparison: Comparison
    sweep: Sweep | None = None
    frames: Sequence[Frame] = ()
    notes: Sequence[str] = ()


def report_page(report: Report, *, library: str) -> str:
    """The page, whatever the comparison holds: also nothing, or failures only.

    Args:
        library: what `drawing.script` gives.
    """
    values = _values(report)
    is_live = any(values[name] for name in ("effects", "parallel", "curves"))
    # A block around each: what one of them declares is none of the other's business.
    scripts = ([f"{{{library}}}"] if is_live else []) + [asset("report.js")]
    return render("report.html", values, scripts=scripts)


def _values(report: Report) -> dict[str, Any]:
    comparison, sweep = report.comparison, report.sweep
    told = sentences(comparison)
    plots, undrawn = _plots(comparison)
    values: dict[str, Any] = {
        "title": _title(sweep),
        "over": f"sweep {sweep.id} of {sweep.workspace}" if sweep else "runs compared",
        "facts": _facts(comparison),
        "answers": [*_answers(told, has_table=bool(comparison.importances)), *_guess(report)],
        "effects_left": _effects_left(comparison),
        "has_intervals": any(one.interval for one in comparison.effects),
        "has_band": bool(comparison.noise),
        "headings": {"mattered": MATTERED, "together": TOGETHER, "next": NEXT},
        "importances": [_importance(one) for one in comparison.importances],
        "interactions": told.get(TOGETHER, ()),
        **plots,
        "curve_ends": _ends(comparison),
        "number": _number,
        "frames": leaves(comparison, report.frames),
        "suggestions": comparison.suggestions,
        "table": listing(comparison),
        "command": sweep.command if sweep else "",
        "provenance": list(_provenance(report)),
        "notes": [*comparison.notes, *report.notes, *undrawn, *_left_out(comparison)],
        "directions": directions(comparison, comparison.metrics[:12]) or "nothing was measured",
        "made": f"Made {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC by sandbox.",
    }
    return {**values, "parts": _parts(values)}


def _answers(
    told: Mapping[str, Sequence[str]], *, has_table: bool
) -> Iterator[tuple[str, Sequence[str]]]:
    """What stands at the head: of what mattered the first only, where a table has the others."""
    for heading in (BEST, MATTERED, LUCK, BROKE):
        lines = told.get(heading, ())
        if lines:
            yield heading, lines[:1] if heading == MATTERED and has_table else lines


def _guess(report: Report) -> Iterator[tuple[str, Sequence[str]]]:
    """What was guessed before, beside what came of it."""
    if report.sweep is None or report.sweep.guess is None:
        return
    try:
        lines = guess_lines(judge(read_guess(report.sweep.guess), report.comparison))
    except InputError:  # a tag that somebody has changed in MLflow's UI
        lines = (report.sweep.guess,)
    yield "Your guess", tuple(map(visible, lines))


def _title(sweep: Sweep | None) -> str:
    if sweep is None:
        return "What the runs have shown"
    return sweep.question or f"What matters in {sweep.entry}?"


def _facts(comparison: Comparison) -> str:
    runs = sum(len(row.runs) for row in comparison.rows)
    parts = [counted(runs, "run"), counted(len(comparison.rows), "variant")]
    tried = [f"{short(name)} ({_tried(comparison, name)})" for name in comparison.columns[:6]]
    more = len(comparison.columns) - len(tried)
    parts += [f"tried: {', '.join(tried)}{f' and {more} more' if more else ''}"] if tried else []
    return " · ".join(parts)


def _tried(comparison: Comparison, name: str) -> str:
    values = {row.tweaks[name] for row in comparison.rows if name in row.tweaks}
    return counted(len(values), "value")


def _plots(comparison: Comparison) -> tuple[dict[str, SimpleNamespace | None], list[str]]:
    """By name, and a line for each that numbers of the studied code kept from being drawn."""
    makers = {"effects": effects_plot, "parallel": parallel_plot, "curves": curves_plot}
    drawn: dict[str, SimpleNamespace | None] = dict.fromkeys(makers)
    undrawn = []
    for name, make in makers.items():
        try:
            drawn[name] = _drawn(make(comparison))
        except (ValueError, ArithmeticError) as error:
            undrawn.append(f"a plot cannot be drawn ({name}): {short(str(error))}")
    return drawn, undrawn


def _drawn(plot: Plot | None) -> SimpleNamespace | None:
    if plot is None:
        return None
    return SimpleNamespace(
        name=plot.name,
        description=plot.description,
        choices=plot.choices,
        values=labels(plot.choices),
        svg=safe(draw(plot.spec)),
        json=in_script(plot.spec),
    )


def _importance(one: Importance) -> SimpleNamespace:
    return SimpleNamespace(
        tunable=one.tunable,
        metric=one.metric,
        share=repr(one.share),
        percent=percent(one),
        direction=direction_of(one),
        best=one.best or "",
        method=method_of(one),
        is_noise=one.is_noise,
    )


def _number(value: float | None) -> object:
    """With every digit behind what is read."""
    return "" if value is None else safe(f'<data value="{value!r}">{to_number(value)}</data>')


def _ends(comparison: Comparison) -> list[Any]:
    return [
        curve
        for metric in metrics_with_curves(comparison)
        for curve in curves_of(comparison, metric)[:_MOST_ENDS]
    ]


def _provenance(report: Report) -> Iterator[tuple[str, str]]:
    sweep, baseline = report.sweep, report.comparison.baseline
    if sweep is not None:
        began = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(sweep.started_at))
        yield from (("repository", sweep.repo), ("commit", sweep.commit), ("entry", sweep.entry))
        yield from (("environment", sweep.environment), ("begun", began))
    if baseline is not None and baseline.run_id:
        yield "baseline's run", baseline.run_id


def _effects_left(comparison: Comparison) -> str:
    count = sum(one.metric == comparison.main for one in comparison.effects)
    left = count - MOST_EFFECTS
    return f"The {MOST_EFFECTS} largest of {count}; the table has all." if left > 0 else ""


def _left_out(comparison: Comparison) -> Iterator[str]:
    count = sum(row.is_measured for row in comparison.rows)
    if count > MOST_LINES:
        yield f"the picture of all variants has the first {MOST_LINES} of {count}"


def _parts(values: dict[str, Any]) -> list[tuple[str, str]]:
    """The page's parts that are there, as (anchor, word)."""
    needs = {
        "importance": values["importances"] or values["interactions"],
        "variants": values["parallel"],
        "flip": values["frames"],
        "next": values["suggestions"],
    }
    always = {"table", "again", "reading"}
    shown = (name for name in _WORDS if name in always or needs.get(name, values.get(name)))
    return [(name, _WORDS[name]) for name in shown]

"""Shows a sweep while it runs, and its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.cli import shapes, talking
from sandbox.cli.options import INTERRUPTED
from sandbox.cli.progress import watching

if TYPE_CHECKING:
    from sandbox.api import Comparison, Context, Request, SweepResult, Thoughts
    from sandbox.domain import Run

FAILED = 1
UNAVAILABLE = 4
MOST_ROWS = 100
"""What a person reads; `sandbox compare --all` and `--json` have the others."""


def watched(context: Context, verb: Callable[..., SweepResult], request: Request) -> SweepResult:
    """Calls the verb with a live display, plain lines where there is no terminal."""
    with watching() as watch:
        return verb(context, request, on_event=watch)


def exit_code(result: SweepResult) -> int:
    """0 where anything came to an end that can be compared; a time limit with metrics is an end.

    A sweep whose baseline failed found nothing to compare with.
    """
    if result.status == "cancelled":
        return INTERRUPTED
    if not result.recorded:
        return UNAVAILABLE
    if result.status == "failed":
        return FAILED
    if any(_has_ended(run) for run in result.runs):
        return 0
    return UNAVAILABLE if any(run.status == "lost" for run in result.runs) else FAILED


def _has_ended(run: Run) -> bool:
    return run.status in ("succeeded", "pruned") or (
        run.status == "timed_out" and bool(run.metrics)
    )


def show_run(result: SweepResult, *, show_metrics: bool, as_json: bool) -> int:
    """One variant: how it ended and what it reported; returns the exit code."""
    code = exit_code(result)
    if as_json:
        document = {**shapes.sweep(result), "runs": []}
        document["runs"] = [_with_scalars(one, show_metrics) for one in result.runs]
        talking.write_json(document)
        return code
    for run in result.runs:
        _print_run(run, show_metrics=show_metrics)
    _print_notes(result)
    return code


def show_sweep(
    context: Context, result: SweepResult, *, show_metrics: bool = False, as_json: bool
) -> int:
    """Many variants: their comparison; returns the exit code."""
    from sandbox import api

    if as_json:
        return show_run(result, show_metrics=show_metrics, as_json=True)
    if show_metrics:
        for run in result.runs:
            _print_run(run, show_metrics=True)
    comparison = api.compare_result(context, result)
    print_comparison(comparison)
    if result.sweep.guess:
        print_thoughts(api.thoughts(context, comparison, result.sweep.id))
    _print_notes(result)
    talking.Talk().tell(f"sweep {result.sweep.id}; again: sandbox compare {result.sweep.id}")
    return exit_code(result)


def print_comparison(comparison: Comparison, *, most_rows: int | None = MOST_ROWS) -> None:
    """Rows and notes of a comparison, for people; None = all rows, however many."""
    from sandbox.comparing import table

    shown = table(comparison, most_rows=most_rows)
    if shown.rows:
        talking.print_table(shown.headers, shown.rows)
    else:
        talking.say("no run of it is recorded")
    for line in shown.notes:
        talking.say(line)
    for heading, lines in shown.told.items():
        talking.say(heading)
        for line in lines:
            talking.say(f"  {line}")


def print_curves(comparison: Comparison, *, most_rows: int | None = MOST_ROWS) -> None:
    """Of the main metric, else of the first that has curves; the best variants first."""
    from sandbox.comparing import curves_of_rows

    metric, found = curves_of_rows(comparison)
    if metric is None:
        talking.say("no run told a metric at several steps")
        return
    rows = [
        (
            one.run,
            f"{len(one.steps)}",
            "" if one.best is None else f"{one.best:.4g}",
            "" if one.best_step is None else f"{one.best_step:g}",
            "" if one.last is None else f"{one.last:.4g}",
            one.trend or "",
        )
        for one in found[:most_rows]
    ]
    talking.say(f"\n{talking.one_line(metric)} over its steps")
    talking.print_table(("run", "steps", "best", "at step", "last", "trend"), rows)


def print_thoughts(thoughts: Thoughts) -> None:
    """Guess beside result, and notes."""
    from sandbox.cli.remembering import thoughts_lines

    for line in thoughts_lines(thoughts):
        talking.say(talking.one_line(line))


def _with_scalars(run: Run, show_metrics: bool) -> dict[str, object]:
    scalars = {"scalars": shapes.scalars(run)} if show_metrics else {}
    return {**shapes.run(run), **scalars}


def _print_run(run: Run, *, show_metrics: bool) -> None:
    cause = f": {run.cause}" if run.cause else ""
    talking.say(f"{run.name}: {run.status}{cause} ({run.elapsed_s:.1f} s)")
    for name, value in run.metrics.items():
        talking.say(f"  {name} = {value:g}")
    for note in run.notes:
        talking.say(f"  note: {note}")
    if show_metrics:
        rows = [
            (
                one.name,
                f"{one.value:g}",
                "" if one.step is None else f"{one.step:g}",
                one.line or "",
            )
            for one in run.scalars
        ]
        talking.print_table(("metric", "value", "step", "read from"), rows)


def _print_notes(result: SweepResult) -> None:
    for note in result.notes:
        talking.say(f"note: {note}")

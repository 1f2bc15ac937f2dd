"""What stands at the head of a run's page in MLflow: Markdown made of our words and safe values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sandbox.domain import Run, RunStatus, Sweep
from sandbox.recorders.texts import cut, markdown, without_credentials

HEADLINES = 8
"""Metrics named in a description; the page lists all of them below."""

LIMIT = 5000


def describe_run(sweep: Sweep, run: Run, notes: Iterable[str]) -> str:
    """What was changed, how it ended, and the first numbers."""
    parts = [_what(sweep, run), _table("tweak", "value", _tweaks(run)), _how(run)]
    parts.append(_table("metric", "last value", _metrics(sweep, run.metrics)))
    parts.append("\n".join(f"- {markdown(note, 300)}" for note in notes))
    return cut("\n\n".join(part for part in parts if part), LIMIT)


def describe_sweep(sweep: Sweep) -> str:
    """The question, the command that repeats it, and what it was asked of."""
    lines = [f"**{markdown(sweep.question, 500)}**"] if sweep.question else []
    lines += [
        f"{sweep.variants} runs of **{markdown(sweep.entry)}** planned, {_source(sweep)}.",
        f"Again with: {markdown(without_credentials(sweep.command), 2000)}",
    ]
    if sweep.directions:
        told = ", ".join(f"{markdown(name)}: {way}" for name, way in sweep.directions.items())
        lines.append(f"Better is: {told}")
    return cut("\n\n".join(lines), LIMIT)


def _what(sweep: Sweep, run: Run) -> str:
    changed = "The baseline: nothing changed" if not run.tweaks else markdown(run.name)
    again = f", repeat {run.repeat}" if run.repeat else ""
    return f"**{changed}**{again} in **{markdown(run.entry)}**, {_source(sweep)}."


def _source(sweep: Sweep) -> str:
    return f"{markdown(without_credentials(sweep.repo))} at {markdown(sweep.commit[:12])}"


def _tweaks(run: Run) -> Iterator[tuple[str, str]]:
    return ((markdown(tweak.name), markdown(tweak.value)) for tweak in run.tweaks)


def _how(run: Run) -> str:
    how = run.status.value.replace("_", " ")
    cause = f": {markdown(run.cause, 500)}" if run.cause else ""
    mark = "" if run.status is RunStatus.succeeded else "**"
    return f"{mark}{how.capitalize()}{mark} after {run.elapsed_s:.3g} s{cause}"


def _metrics(sweep: Sweep, metrics: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    """Those with a known direction first: they are what the sweep asks about."""
    names = sorted(metrics, key=lambda name: name not in sweep.directions)
    for name in names[:HEADLINES]:
        yield markdown(name), f"{metrics[name]:.6g}"


def _table(left: str, right: str, rows: Iterable[tuple[str, str]]) -> str:
    body = [f"| {name} | {value} |" for name, value in rows]
    return "\n".join([f"| {left} | {right} |", "|---|---|", *body]) if body else ""

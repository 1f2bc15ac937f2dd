"""Runs without a result, grouped by why, and where in the tunables' space that begins."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from sandbox.comparing.boundaries import find_boundary
from sandbox.comparing.model import Failure
from sandbox.domain import Run, RunStatus

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+\b")
_NUMBER = re.compile(r"(?<![A-Za-z_])\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_STEP = re.compile(r" at step ([\d.e+]+)$")

RAISED = "raised at "
"""Begins the note of a run that says where in the repository's files the error was raised."""

_NO_FAULT = frozenset({RunStatus.cancelled, RunStatus.lost, RunStatus.pruned})
"""These say nothing of the code."""


def group_failures(runs: Sequence[Run], columns: Sequence[str] = ()) -> tuple[Failure, ...]:
    """One group per cause and place, the largest first; a time limit with metrics is a normal end.

    Causes that differ in numbers only (shapes, sizes, steps) are one; the first is told.

    Args:
        columns: tunables of which a boundary is looked for.
    """
    groups: dict[tuple[str, str | None, int | None], list[Run]] = {}
    for run in runs:
        if not _is_result(run):
            kind = (_NUMBER.sub("#", _cause(run)), place(run), run.exit_code)
            groups.setdefault(kind, []).append(run)
    fine = [run for run in runs if _is_result(run)]
    found = [
        Failure(_told(group), tuple(run.name for run in group), _boundary(group, fine, columns))
        for group in groups.values()
    ]
    return tuple(sorted(found, key=lambda failure: -len(failure.runs)))


def _boundary(group: Sequence[Run], fine: Sequence[Run], columns: Sequence[str]) -> str | None:
    if group[0].status in _NO_FAULT or not columns:
        return None
    return find_boundary(_variants(group, columns), _variants(fine, columns), columns)


def _variants(runs: Sequence[Run], columns: Sequence[str]) -> list[Mapping[str, str]]:
    """Each variant once, as the values that it changes."""
    wanted = frozenset(columns)
    different = {run.variant: run for run in runs}
    return [
        {tweak.name: tweak.value for tweak in run.tweaks if tweak.name in wanted}
        for run in different.values()
    ]


def _is_result(run: Run) -> bool:
    if run.status == RunStatus.timed_out:
        return bool(run.metrics)
    return run.status == RunStatus.succeeded


def _cause(run: Run) -> str:
    """Equal for equal failures: memory addresses differ from run to run."""
    cause = _ADDRESS.sub("0x…", run.cause or "")
    words = str(run.status).replace("_", " ")
    return f"{words}: {cause}" if cause and not cause.startswith(words) else cause or words


def place(run: Run) -> str | None:
    """`train.py:9`; None = not known."""
    found = (note for note in run.notes if note.startswith(RAISED))
    return next((note.removeprefix(RAISED) for note in found), None)


def _told(group: Sequence[Run]) -> str:
    """The most common of the causes, and its place; of diverged runs the range of first steps."""
    where = place(group[0])
    return f"{_words(group)} ({where})" if where else _words(group)


def _words(group: Sequence[Run]) -> str:
    causes = Counter(_cause(run) for run in group)
    steps = {float(found[1]) for cause in causes if (found := _STEP.search(cause))}
    if len(steps) < 2:
        return causes.most_common(1)[0][0]
    first = _STEP.sub("", next(iter(causes)))
    return f"{first} at steps {min(steps):g} to {max(steps):g}"

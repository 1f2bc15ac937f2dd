"""Runs without a result, grouped by why."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.comparing.model import Failure
from sandbox.domain import Run, RunStatus

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+\b")


def group_failures(runs: Sequence[Run]) -> tuple[Failure, ...]:
    """One group per cause, the largest first; a time limit with metrics is a normal end."""
    groups: dict[str, list[str]] = {}
    for run in runs:
        if not _is_result(run):
            groups.setdefault(_cause(run), []).append(run.name)
    found = [Failure(cause, tuple(names)) for cause, names in groups.items()]
    return tuple(sorted(found, key=lambda failure: -len(failure.runs)))


def _is_result(run: Run) -> bool:
    if run.status == RunStatus.timed_out:
        return bool(run.metrics)
    return run.status == RunStatus.succeeded


def _cause(run: Run) -> str:
    """Equal for equal failures: memory addresses differ from run to run."""
    cause = _ADDRESS.sub("0x…", run.cause or "")
    words = str(run.status).replace("_", " ")
    return f"{words}: {cause}" if cause and not cause.startswith(words) else cause or words

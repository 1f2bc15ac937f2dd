"""Brings a tracking store up to date with a journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from sandbox.domain import Run, Sweep
from sandbox.interfaces import Findings, Recorder
from sandbox.recorders.journal import Journal, load

_TOGETHER = 100


class Conclusion(NamedTuple):
    """What a sweep has shown.

    Attributes:
        facts: for the journal; plain values.
    """

    findings: Findings
    facts: Mapping[str, object]


Conclude = Callable[[Sweep, Sequence[Run]], Conclusion]


def conclude_sweep(journal: Journal, recorder: Recorder, conclude: Conclude | None = None) -> None:
    """Ends a sweep in the store as its journal says it has ended, with what it has shown.

    The end comes first, so that it is there whatever becomes of the rest; may be called again.

    Args:
        conclude: None = nothing is told but the end.
    """
    contents = load(journal.path)
    if contents.sweep is None or contents.ended is None:
        return
    recorder.finish(contents.sweep, contents.ended)
    runs = [replace(run, run_id=contents.recorded.get(run.key)) for run in contents.runs]
    conclusion = conclude(contents.sweep, runs) if conclude else None
    if conclusion is not None:
        recorder.finish(contents.sweep, contents.ended, conclusion.findings)
    facts = conclusion.facts if conclusion else {}
    journal.concluded({"status": contents.ended, **facts})


def record_pending(
    journal: Journal,
    recorder: Recorder,
    *,
    end: str | None = None,
    conclude: Conclude | None = None,
) -> int:
    """Record every finished run that the journal does not say is recorded; returns how many.

    May be cut short anywhere and called again: each run ends up in the store once.

    Args:
        end: the status to end a sweep with that its journal left open (`cancelled`, when it is
            not going to be resumed); None = leave it open.
        conclude: as for `conclude_sweep`.

    Raises:
        StoreError: journal or store cannot be used; what was recorded until then stays so.
    """
    contents = load(journal.path)
    if contents.sweep is None:
        return 0
    pending = [run for run in contents.runs if run.key not in contents.recorded]
    for start in range(0, len(pending), _TOGETHER):
        runs = pending[start : start + _TOGETHER]
        for run, run_id in zip(runs, recorder.record_all(contents.sweep, runs), strict=True):
            journal.recorded(run.key, run_id)
    if end and not contents.ended:
        journal.ended(end)
    if contents.ended or end:
        conclude_sweep(journal, recorder, conclude)
    return len(pending)

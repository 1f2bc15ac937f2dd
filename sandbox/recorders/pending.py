"""Brings a tracking store up to date with a journal."""

from __future__ import annotations

from sandbox.interfaces import Recorder
from sandbox.recorders.journal import Journal, load

_TOGETHER = 100


def record_pending(journal: Journal, recorder: Recorder, *, end: str | None = None) -> int:
    """Record every finished run that the journal does not say is recorded; returns how many.

    May be cut short anywhere and called again: each run ends up in the store once.

    Args:
        end: the status to end a sweep with that its journal left open (`cancelled`, when it is
            not going to be resumed); None = leave it open.

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
        recorder.finish(contents.sweep, contents.ended or end or "")
    return len(pending)

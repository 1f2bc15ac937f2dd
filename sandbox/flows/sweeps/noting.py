"""What is to be said of a sweep beside its runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sandbox.comparing import RAISED
from sandbox.domain import Run
from sandbox.errors import SandboxError


def common_notes(runs: Sequence[Run]) -> tuple[str, ...]:
    """What is to be said of several runs, once; and that there is more, of single ones."""
    counts = Counter(
        note
        for run in runs
        for note in dict.fromkeys(run.notes)
        if not note.startswith(RAISED)  # failures are told by themselves
    )
    told = [f"{count} of {len(runs)} runs: {note}" for note, count in counts.items() if count > 1]
    single = [run for run in runs if any(counts[note] == 1 for note in run.notes)]
    if len(runs) > 1 and single:
        first = next(note for note in single[0].notes if counts[note] == 1)
        more = f"; {len(single)} runs have notes of their own" if len(single) > 1 else ""
        told.append(f"{single[0].name}: {first}{more}, see: sandbox ui")
    return tuple(told)


def notes_of(problem: SandboxError | None) -> tuple[str, ...]:
    """What kept the runs from being recorded."""
    if problem is None:
        return ()
    return (f"not recorded: {problem.message}; kept in the journal, record it with: sandbox clean",)

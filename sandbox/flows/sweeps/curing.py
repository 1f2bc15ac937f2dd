"""Code that fails for a known reason is run once more, in an Environment where it may not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox import environments
from sandbox.domain import Run, RunStatus
from sandbox.flows.environments.building import Built
from sandbox.flows.environments.learning import MOST, Taught
from sandbox.flows.questions.tweaking import PREFIX
from sandbox.flows.requests import SweepResult

if TYPE_CHECKING:
    from sandbox.environments import Raised

_UNANSWERED = frozenset({RunStatus.failed, RunStatus.cancelled})


def cured(
    built: Built,
    ask: Callable[[Built], SweepResult],
    learn: Callable[[Built, Raised, int], Taught],
    settle: Callable[[Built], None],
) -> SweepResult:
    """What is asked, in the first Environment in which it can be answered.

    Args:
        ask: runs it in an Environment; of what failed the result tells.
        learn: as `learning.learn`; takes how often may be asked again besides.
        settle: as `learning.settle`.

    Returns:
        The result of the last Environment that led on, where none of them does.
    """
    former: list[SweepResult] = []
    known: tuple[str, ...] = ()
    left = MOST
    while True:
        result = ask(built)
        raised = failure_of(result)
        if _ran(result):
            settle(built)
        taught = Taught() if raised is None else learn(built, raised, left)
        if taught.undone:
            result = former[-1] if former else result
            known = known[:-1]
        if taught.built is None:
            return _with_note(result, known) if known else result
        if not taught.undone:
            former.append(result)
        built, known, left = taught.built, taught.known, left - 1


def _with_note(result: SweepResult, known: tuple[str, ...]) -> SweepResult:
    learned = f"learned from what failed, and kept for {result.sweep.entry}: {', '.join(known)}"
    note = f"{learned}; forgotten by: sandbox build TARGET --refresh"
    return dataclasses.replace(result, notes=(*result.notes, note))


def failure_of(result: SweepResult) -> Raised | None:
    """What the repository's own code failed with; None = some of it ran, or nobody waits for it."""
    if _ran(result) or result.status == "cancelled":
        return None
    run = next((run for run in result.runs if run.error and _is_own(run)), None)
    if run is None:
        return None
    line, _, why = run.error.partition("\n")
    return environments.Raised(run.entry, why, line)


def _ran(result: SweepResult) -> bool:
    return any(run.status not in _UNANSWERED for run in result.runs)


def _is_own(run: Run) -> bool:
    """Whether the code is as its authors wrote it, whatever the values."""
    return not any(one.tunable is None or one.tunable.startswith(PREFIX) for one in run.tweaks)

"""Guesses before a sweep: checked, kept, and held against what all sweeps have shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sandbox import checkouts, comparing, recorders
from sandbox.comparing import Calibration, Comparison, Judged
from sandbox.domain import Note, Sweep
from sandbox.errors import InputError
from sandbox.flows.context import Context
from sandbox.flows.questions.patching import PATCH
from sandbox.flows.questions.planning import Question
from sandbox.flows.requests import Request
from sandbox.flows.results.comparing import find_sweep
from sandbox.flows.results.concluding import judged_of
from sandbox.paths import WorkspacePaths


def checked_guess(request: Request, question: Question) -> str | None:
    """The request's guess in its usual form.

    Raises:
        InputError: it names something that is not going to be varied.
    """
    if request.guess is None:
        return None
    values = dict(question.values)
    if question.patches:
        values[PATCH] = tuple(question.patches)
    if not values:
        raise InputError(
            "there is nothing to guess, since nothing is varied",
            hint="say what to try: -p NAME=VALUE,VALUE",
        )
    return str(comparing.parse_guess(request.guess, values))


def kept_guess(
    context: Context, paths: WorkspacePaths, former: Sweep, guess: str | None
) -> str | None:
    """The guess of a sweep that is gone on with: who has seen a result guesses no more.

    Where nothing was run yet the new one counts.
    """
    contents = recorders.load(paths.sweep(former.id).journal)
    kept = contents.sweep.guess if contents.sweep else former.guess
    if guess is None or not contents.runs:
        return guess or kept
    if guess != kept:
        has = f"the guess stays {kept!r}" if kept else "a guess comes too late"
        context.tell(f"{len(contents.runs)} runs of this sweep are there already, so {has}")
    return kept


@dataclass(frozen=True)
class Thoughts:
    """What a user thought of a sweep, beside its result.

    Attributes:
        judged: the guess; None = there was none.
        calibration: over all guesses of all workspaces.
        notes: of its runs, in time.
    """

    judged: Judged | None
    calibration: Calibration
    notes: tuple[Note, ...] = ()


def thoughts(context: Context, words: Sequence[str], comparison: Comparison) -> Thoughts:
    """Of the sweep that was compared; of several, of runs and of strangers' sweeps there are none.

    Args:
        words: as for `comparing.look_up`.
    """
    found = dict(_all_judged(context))
    place = _place(context, words)
    if place is None:
        return Thoughts(None, comparing.calibrate(found.values()))
    workspace, sweep_id = place
    paths = context.home.workspace(workspace)
    sweep = recorders.load_sweep(paths.sweep(sweep_id).journal)
    guess = sweep.guess if sweep else None
    if guess is None and sweep_id in found:  # it came with a later command
        guess = str(found[sweep_id].guess)
    judged = judged_of(guess, comparison)
    if judged is not None:
        found[sweep_id] = judged
    notes = recorders.load_notes(paths.notes).all
    return Thoughts(
        judged,
        comparing.calibrate(found.values()),
        tuple(note for note in notes if note.sweep == sweep_id),
    )


def _place(context: Context, words: Sequence[str]) -> tuple[str, str] | None:
    if len(words) > 1:
        return None
    try:
        return find_sweep(context, next(iter(words), None))
    except InputError:
        return None


def calibration(context: Context) -> Calibration:
    """How good all guesses so far were."""
    return comparing.calibrate(judged for _, judged in _all_judged(context))


def _all_judged(context: Context) -> Iterator[tuple[str, Judged]]:
    """(sweep's id, guess) of every sweep that is over."""
    for one in checkouts.list_workspaces(context.home, on_damaged=lambda _error: None):
        paths = context.home.workspace(one.name)
        for folder in sorted(paths.sweeps.glob("*/")):
            facts = recorders.load_conclusion(paths.sweep(folder.name).journal)
            if judged := judged_from(facts or {}):
                yield folder.name, judged


def judged_from(facts: Mapping[str, Any]) -> Judged | None:
    """The guess among a journal's facts; None where there is none, or none that can be read."""
    with suppress(KeyError, TypeError, ValueError):
        return comparing.judged_from_json(facts["guess"]) if facts.get("guess") else None
    return None

"""The way of one's tries in time: what was asked, guessed, found, thought and done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox import checkouts, recorders
from sandbox.comparing import Calibration, Judged
from sandbox.domain import Note, Sweep
from sandbox.errors import InputError
from sandbox.flows.context import Context
from sandbox.flows.results.comparing import of_runs
from sandbox.flows.results.concluding import NOT_COMPARED, facts_of, judged_of, not_compared
from sandbox.flows.results.guessing import calibration, judged_from
from sandbox.paths import WorkspacePaths


@dataclass(frozen=True)
class Try:
    """A sweep, or a single run, as it is remembered.

    Attributes:
        runs, failed: how many there are, and how many of them came to no result.
        status: None = it goes on, or was cut off.
        best: the best variant: name, metric, value, and `way` = `min` or `max`; None = not known.
        is_best_so_far: nothing before was better at that metric, in that entry.
    """

    sweep: Sweep
    runs: int
    failed: int
    status: str | None
    best: Mapping[str, Any] | None
    judged: Judged | None
    is_best_so_far: bool = False

    @property
    def at(self) -> float:
        return self.sweep.started_at


@dataclass(frozen=True)
class Diary:
    """All tries and notes, in time.

    Attributes:
        entries: (workspace, what there was).
        calibration: over all guesses of all workspaces.
    """

    entries: tuple[tuple[str, Try | Note], ...]
    calibration: Calibration


def read_diary(context: Context, workspace: str | None = None) -> Diary:
    """Of one workspace; None = of all.

    Raises:
        TargetError: no such workspace.
    """
    if workspace is None:
        names = [
            one.name
            for one in checkouts.list_workspaces(
                context.home, on_damaged=lambda error: context.tell(f"passed over: {error.message}")
            )
        ]
    else:
        if not workspace:
            raise InputError("a workspace has a name", hint="list them with: sandbox list")
        names = [checkouts.load_workspace(context.home.workspace(workspace)).name]
    entries: list[tuple[str, Try | Note]] = []
    for name in names:
        paths = context.home.workspace(name)
        entries += ((name, one) for one in _ranked(_tries(context, paths)))
        entries += ((name, note) for note in recorders.load_notes(paths.notes).all)
    return Diary(tuple(sorted(entries, key=lambda entry: entry[1].at)), calibration(context))


def _tries(context: Context, paths: WorkspacePaths) -> Iterator[Try]:
    for folder in sorted(paths.sweeps.glob("*/")):
        path = paths.sweep(folder.name).journal
        sweep, facts = recorders.load_sweep(path), recorders.load_conclusion(path)
        if sweep is not None and facts is not None and {"status", "runs"} <= facts.keys():
            yield _try(sweep, facts, str(facts["status"]))
        elif sweep is not None:
            yield _read(context, path, sweep)


def _read(context: Context, path: Path, sweep: Sweep) -> Try:
    """Of a journal that has no conclusion yet: from its runs."""
    contents = recorders.load(path)
    sweep = contents.sweep or sweep
    try:
        comparison = of_runs(context, sweep, contents.runs)
        facts = facts_of(contents.runs, comparison, judged_of(sweep.guess, comparison))
    except NOT_COMPARED as error:
        context.tell(not_compared(sweep, error))
        facts = facts_of(contents.runs)
    return _try(sweep, facts, contents.ended)


def _try(sweep: Sweep, facts: Mapping[str, Any], status: str | None) -> Try:
    best = facts.get("best")
    judged = judged_from(facts)
    return Try(sweep, int(facts["runs"]), int(facts["failed"]), status, best, judged)


def _ranked(tries: Iterator[Try]) -> Iterator[Try]:
    """In time, with a mark on each that was the best until then."""
    record: dict[tuple[str, str], float] = {}
    for one in sorted(tries, key=lambda one: one.at):
        best = one.best
        if best is None or best["way"] is None:
            yield one
            continue
        sign = 1 if best["way"] == "max" else -1
        place, value = (one.sweep.entry, str(best["metric"])), sign * float(best["value"])
        is_best = place not in record or value > record[place]
        record[place] = max(value, record.get(place, value))
        yield replace(one, is_best_so_far=is_best)

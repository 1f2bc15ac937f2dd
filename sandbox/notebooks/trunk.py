"""Runs what variants share once: processes are held where variants part, and copied for each.

Depth first: at any time one process runs, and those it came from are held, one for each fork on
the way to it. Papermill runs each variant's notebook from its first cell on; for what was run
already it is shown what was seen then.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sandbox.domain import RunStatus
from sandbox.interfaces import (
    BranchRefused,
    CellDone,
    CellEvent,
    Execution,
    ExecutionEnded,
    Outcome,
    Work,
)
from sandbox.notebooks.courses import Course

Seen = tuple[CellEvent, ...]
"""What a cell showed and how it ended; without a CellDone the process ended within it."""

_DEATHS = 2  # of a prefix, before those that share it are told instead of run


@dataclass(frozen=True)
class _Held:
    """A place on the way that was reached.

    Attributes:
        cells: digests of those that were run.
        execution: stands there, held; None where nothing goes on behind it.
        end: how those end that come to a place behind which nothing goes on.
    """

    root: str
    cells: tuple[str, ...]
    seen: tuple[Seen, ...]
    execution: Execution | None = None
    end: Outcome | None = None


class Trunk:
    """What is held in one Session; not for several threads.

    Args:
        begin: starts a variant in a process of its own, as `Session.begin` does.
    """

    def __init__(self, begin: Callable[[Work], Execution]) -> None:
        self._begin = begin
        self._held: list[_Held] = []
        self._deaths: Counter[tuple[str, ...]] = Counter()

    def start(self, work: Work, course: Course) -> SharingExecution:
        """An Execution of the work that runs only what was not run for others.

        `Work.tree` may be that of another variant of the same root.

        Raises:
            EngineError: the Session is gone.
        """
        while self._held and not course.starts_with(self._held[-1].root, self._held[-1].cells):
            self._let_go()
        notes: list[str] = []
        while self._held:
            held = self._held[-1]
            if held.execution is None:
                return SharingExecution(self, course, None, held)
            try:
                made = SharingExecution(self, course, held.execution.branch(), held)
            except BranchRefused as error:
                notes.append(f"what it shares was run again: {error}")
                self._let_go()
            else:
                return made.noting(notes)
        return SharingExecution(self, course, self._begin(work)).noting(notes)

    def clear(self) -> None:
        """Nothing is held afterwards."""
        while self._held:
            self._let_go()

    def _let_go(self) -> None:
        execution = self._held.pop().execution
        if execution is not None:
            execution.finish()

    def hold(self, held: _Held) -> None:
        """A place further on the way than all before."""
        self._held.append(held)

    def count_death(self, root: str, cells: tuple[str, ...]) -> bool:
        """Whether a prefix died so often that it is not run again."""
        key = (root, *cells)
        self._deaths[key] += 1
        return self._deaths[key] >= _DEATHS


class SharingExecution(Execution):
    """One variant: shown what others have run for it, then live; made by `Trunk.start`.

    Attributes:
        ended: why it was ended before its own end; None where it was not.
    """

    def __init__(
        self, trunk: Trunk, course: Course, live: Execution | None, held: _Held | None = None
    ) -> None:
        self._trunk = trunk
        self._course = course
        self._live = live
        self._end = held.end if held is not None else None
        self._seen: list[Seen] = list(held.seen) if held is not None else []
        self._shared = len(self._seen)
        self._held_at = self._shared if held is not None else -1
        self._at = 0
        self._notes: list[str] = []
        self.ended: str | None = None

    def end(self, why: str) -> None:
        """Ends it in the cell that runs now; what it runs for others too is run on."""
        if self._at > max(self._course.forks, default=0):
            self.ended = self.ended or why

    def noting(self, notes: Iterable[str]) -> Self:
        """Has its Outcome say this too."""
        self._notes += notes
        return self

    def run_cell(self, index: int, source: str) -> Iterator[CellEvent]:
        at, self._at = self._at, self._at + 1
        if at < self._shared:
            return self._show(self._seen[at])
        if self._live is None:
            raise ExecutionEnded
        return self._run(self._live, index, source)

    def interrupt(self) -> None:
        if self._live is not None:
            self._live.interrupt()

    def finish(
        self,
        files_to: Path | None = None,
        *,
        on_event: Callable[[CellEvent], None] | None = None,
    ) -> Outcome:
        if self._live is not None:
            outcome = self._live.finish(files_to, on_event=on_event)
            self._remember_end(outcome)
        else:
            outcome = self._end or Outcome(RunStatus.lost, cause="nothing was left to run it")
        notes = (*outcome.notes, *self._notes)
        return dataclasses.replace(outcome, notes=notes, shared_cells=self._shared)

    def _show(self, seen: Seen) -> Iterator[CellEvent]:
        yield from seen
        if not _has_end(seen):
            raise ExecutionEnded

    def _run(self, live: Execution, index: int, source: str) -> Iterator[CellEvent]:
        at = self._at - 1
        if at in self._course.forks and at > self._held_at:
            live = self._live = self._hold(live, at)
        seen: list[CellEvent] = []
        keeps = at < max(self._course.forks, default=0)
        try:
            for event in live.run_cell(index, source):
                if keeps or isinstance(event, CellDone):
                    seen.append(event)
                yield event
                if self.ended is not None and not isinstance(event, CellDone):
                    raise ExecutionEnded(f"ended: {self.ended}")
        finally:
            self._seen.append(tuple(seen))

    def _hold(self, live: Execution, at: int) -> Execution:
        """Others part here: this process is kept for them, and a copy of it goes on."""
        try:
            copy = live.branch()
        except BranchRefused as error:
            self._notes.append(f"its first {at} cells are not shared with other variants: {error}")
            return live
        self._held_at = at
        self._trunk.hold(_Held(self._course.root, self._course.cells[:at], tuple(self._seen), live))
        return copy

    def _remember_end(self, outcome: Outcome) -> None:
        """Those that share what it came to its end in need not be run to the same end."""
        if not self._ended_early() or outcome.status in {RunStatus.cancelled, RunStatus.lost}:
            return
        root, cells = self._course.root, self._course.cells[: self._at]
        if not _has_end(self._seen[-1]) and not self._trunk.count_death(root, cells):
            return
        note = "it ended as others did that begin alike, and was not run again"
        kept = "; the files are kept with the first of them" if outcome.files else ""
        end = dataclasses.replace(outcome, files={}, notes=(*outcome.notes, note + kept))
        self._trunk.hold(_Held(root, cells, tuple(self._seen), end=end))

    def _ended_early(self) -> bool:
        """Within cells that others run too."""
        last = self._seen[-1:]
        whole = self._at == len(self._course.cells) and bool(last) and _is_ok(last[0])
        return 0 < self._at <= max(self._course.forks, default=0) and not whole


def _has_end(seen: Seen) -> bool:
    return bool(seen) and isinstance(seen[-1], CellDone)


def _is_ok(seen: Seen) -> bool:
    return bool(seen) and isinstance(seen[-1], CellDone) and seen[-1].status == "ok"


def alone(course: Course) -> Course:
    """The same cells, shared with nobody."""
    return dataclasses.replace(course, forks=())

"""When not all is run: the baseline fails, a branch fails alike, or the budget is used up."""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable

from sandbox.domain import Run, RunStatus, Tweak
from sandbox.flows.sweeps.running import Task

_ALIKE = 3  # runs of a branch that end alike, before the others of it are not run
_RECENT = 50  # runs from which the length of the next one is told
_FAILURES = frozenset(
    {RunStatus.failed, RunStatus.out_of_memory, RunStatus.disk_limit, RunStatus.timed_out}
)


class BaselineFailedError(Exception):
    """Nothing could be compared with it; ends the sweep, and is no error of ours."""


def has_failed(run: Run) -> bool:
    """Without anything to compare; what a time limit ended may have told enough by then."""
    return run.status in _FAILURES and not (run.status == RunStatus.timed_out and run.metrics)


class Gate:
    """Says of each task, when its turn has come, whether it is run; from any thread.

    A branch is what has one tweak in common. It is given up when three of its runs, and all of them
    so far, ended alike, while others did not.

    Args:
        budget_s: nothing begins that would not end within it, counted from now; None = no end.
        keep_going: neither a failing baseline nor a branch ends anything.
    """

    def __init__(self, *, budget_s: float | None = None, keep_going: bool = False) -> None:
        self._deadline = None if budget_s is None else time.monotonic() + budget_s
        self._keep_going = keep_going
        self._lock = threading.Lock()
        self._took_s: deque[float] = deque(maxlen=_RECENT)
        self._ends: dict[Tweak, Counter[str | None]] = defaultdict(Counter)
        self._all_ends: Counter[str | None] = Counter()
        self._given_up: dict[Tweak, int] = {}
        self._has_baseline = False
        self._late = 0

    @property
    def is_over(self) -> bool:
        """Whether the time is used up, so that no task need be made any more."""
        return self._late > 0

    def opens(self, task: Task) -> bool:
        """Whether the task is to be run."""
        with self._lock:
            if self._is_late():
                self._late += 1
                return False
            hopeless = next((one for one in task.variant.tweaks if one in self._given_up), None)
            if hopeless is not None:
                self._given_up[hopeless] += 1
            return hopeless is None

    def learn(self, run: Run) -> None:
        """How a run ended, also one that is there from before.

        Raises:
            BaselineFailedError: it was the baseline, and it failed with every seed so far.
        """
        with self._lock:
            self._took_s.append(run.elapsed_s - run.shared_s)
            end = f"{run.status}: {run.cause}" if has_failed(run) else None
            self._all_ends[end] += 1
            for tweak in run.tweaks:
                self._ends[tweak][end] += 1
            self._has_baseline = self._has_baseline or (end is None and not run.tweaks)
            if end is None or self._keep_going:
                return
            for tweak in run.tweaks:
                self._judge(tweak, end)
        if not run.tweaks and not self._has_baseline:
            raise BaselineFailedError(run.cause or str(run.status))

    def notes(self) -> Iterable[str]:
        """One line for each reason why something was not run."""
        with self._lock:
            for tweak, count in self._given_up.items():
                if count:
                    (end, runs), *_ = self._ends[tweak].most_common()
                    more = "1 more was" if count == 1 else f"{count} more were"
                    yield (
                        f"{tweak.name}={tweak.value}: all {runs} runs with it ended alike "
                        f"({end}), so {more} not begun; --keep-going goes on"
                    )
            if self._late:
                yield "the time budget is used up; the same command with a larger one goes on"

    def _is_late(self) -> bool:
        if self._deadline is None:
            return False
        expected_s = statistics.median(self._took_s) if self._took_s else 0.0
        return time.monotonic() + expected_s > self._deadline

    def _judge(self, tweak: Tweak, end: str) -> None:
        ends = self._ends[tweak]
        if ends[end] >= _ALIKE and len(ends) == 1 and len(self._all_ends) > 1:
            self._given_up.setdefault(tweak, 0)

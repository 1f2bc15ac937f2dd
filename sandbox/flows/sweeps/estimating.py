"""How long a sweep will take and how much memory: told from its baseline, then from other runs."""

from __future__ import annotations

import statistics
import threading
import time
from collections import deque
from collections.abc import Callable

from sandbox.domain import Run

RECENT = 20
ENOUGH = 3
"""Runs beside the baseline that a better estimate is made from."""

_WORTH_TELLING_S = 10.0


def is_baseline(run: Run) -> bool:
    """The first of a sweep: it does by itself what the others may share."""
    return not run.tweaks and not run.repeat


class Pace:
    """How long runs take from their start to their end; not for several threads.

    The median of the recent ones, so that one which ran what others share counts as one of many;
    the baseline until there are others.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: dict[str, float] = {}
        self._baseline_s: float | None = None
        self._recent_s: deque[float] = deque(maxlen=RECENT)

    def begin(self, key: str) -> None:
        self._began[key] = self._clock()

    def end(self, run: Run) -> None:
        began = self._began.pop(run.key, None)
        if began is None:
            return
        if is_baseline(run):
            self._baseline_s = self._clock() - began
        else:
            self._recent_s.append(self._clock() - began)

    @property
    def known(self) -> int:
        """How many runs it is told from, the baseline apart."""
        return len(self._recent_s)

    @property
    def each_s(self) -> float | None:
        return statistics.median_low(self._recent_s) if self._recent_s else self._baseline_s


class Forecast:
    """What is told of how long it will take: from the baseline, then whenever that was far off.

    From any thread.

    Args:
        shares: what the baseline did may be there for the others already.
    """

    def __init__(
        self, jobs: int, *, shares: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._jobs, self._shares = jobs, shares
        self._pace = Pace(clock)
        self._told_each_s: float | None = None
        self._lock = threading.Lock()

    def begin(self, key: str) -> None:
        with self._lock:
            self._pace.begin(key)

    def end(self, run: Run, left: int) -> str | None:
        """A line worth telling now that the run has ended, or is known to have ended long ago."""
        with self._lock:
            self._pace.end(run)
            if left <= 0:
                return None
            if is_baseline(run):
                self._told_each_s = run.elapsed_s - run.shared_s
                return estimate(run, left, self._jobs, shares=self._shares)
            return self._correction(left)

    def _correction(self, left: int) -> str | None:
        """Where what was told last is wrong by half or more, of more than a moment."""
        each_s = self._pace.each_s
        if self._told_each_s is None or each_s is None or self._pace.known < ENOUGH:
            return None
        told_s, known_s = (one * left / self._jobs for one in (self._told_each_s, each_s))
        if max(told_s, known_s) < max(_WORTH_TELLING_S, 2 * min(told_s, known_s)):
            return None
        self._told_each_s = each_s
        runs = "1 run" if left == 1 else f"{left} runs"
        return f"others take {each_s:.2g} s each: about {duration(known_s)} for the {runs} left"


def estimate(baseline: Run, left: int, jobs: int, *, shares: bool = False) -> str:
    """One line; every job runs what is shared once, and the rest is spread over them."""
    own_s = baseline.elapsed_s - baseline.shared_s
    shared_s = baseline.shared_s * min(jobs, left)
    seconds = own_s * left / jobs + shared_s / jobs
    memory = baseline.peak_memory_bytes * min(jobs, left)
    each = f"{baseline.elapsed_s:.1f} s and {baseline.peak_memory_bytes / 2**20:.0f} MiB"
    runs = "1 run is" if left == 1 else f"{left} runs are"
    most, unless = ("at most ", ", less where they share its imports") if shares else ("", "")
    return (
        f"the baseline took {each}; {runs} left, {jobs} at a time: "
        f"{most}about {duration(seconds)} and {memory / 2**20:.0f} MiB, "
        f"if they take as long{unless}"
    )


def duration(seconds: float) -> str:
    """`45 s`, `3:20 min`, `2:05 h`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 100:
        return f"{minutes}:{rest:02d} min"
    return f"{minutes // 60}:{minutes % 60:02d} h"

"""Which variants are tried, where they run, and where their Runs are written down."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeVar

from sandbox.domain import Note, Run, Sweep, Tweak

T = TypeVar("T")
R = TypeVar("R")


class Launcher(ABC):
    """Where Sessions run.

    `launch` runs every item once through a lane, at most `jobs` lanes at a time, each opened by
    `open_lane` and closed again whatever happens, and yields results as they finish. An exception
    out of a lane ends the launch: no new item is started and the exception is raised.
    """

    @abstractmethod
    def launch(
        self,
        items: Iterable[T],
        open_lane: Callable[[], AbstractContextManager[Callable[[T], R]]],
    ) -> Iterator[R]: ...


@dataclass(frozen=True)
class Search:
    """What a Sampler searches.

    Attributes:
        values: tunable name → what to try, as text; `0.001..0.1` is every number between the two.
        baseline: the code's own values as text, as far as they are known.
        tunables: name → qualified name of the Tunable, for the Tweaks.
        goals: metric → `min` or `max`, the first one first.
        count: points wanted beside the baseline, from a sampler that could go on for ever.
        seed: of all that is drawn; the same seed asks the same.
        allows: whether a point may be tried: value by tunable name, the code's own included.
    """

    values: Mapping[str, Sequence[str]]
    baseline: Mapping[str, str] = field(default_factory=dict)
    tunables: Mapping[str, str] = field(default_factory=dict)
    goals: Mapping[str, str] = field(default_factory=dict)
    count: int | None = None
    seed: int = 0
    allows: Callable[[Mapping[str, str]], bool] | None = None


class Sampler(ABC):
    """Which Variants, as points of a Search, which is all that a Sampler is made from.

    `ask` gives the next combination of Tweaks, None when there is none; the empty combination is
    the baseline, comes first, and is always allowed. `tell` reports a finished Run, also one that
    was not asked for in this process: a sweep that is taken up again tells what it has.

    Attributes:
        adapts: what it asks next depends on what it was told; others are asked far ahead.
        waits: it cannot be asked before it was told of what it asked: one run at a time.
        combines: it gives several tunables a value at once.
    """

    adapts: bool = False
    waits: bool = False
    combines: bool = True

    @abstractmethod
    def ask(self) -> Sequence[Tweak] | None: ...

    @abstractmethod
    def tell(self, tweaks: Sequence[Tweak], run: Run) -> None: ...

    def notes(self) -> tuple[str, ...]:
        """What it has found out by the end, one line each; most have nothing to say."""
        return ()


@dataclass(frozen=True)
class Findings:
    """What a sweep has shown, in words, for who looks at it where it is recorded.

    What is empty here leaves what stands there. All text may hold words of studied code.

    Attributes:
        summary: heading → lines; a line in backticks is to be typed.
        picture: name among `files` of what is shown beside the summary.
        files: name → content, kept with the sweep itself.
        verdicts: `Run.key` → a word (`better`, `luck`, `unmeasured` …), to filter by.
        ranks: `Run.key` → 1 = the best variant; without those that cannot be ranked.
        compared: `Run.key` → how the run compares with the baseline, one line.
        notes: `Run.key` → all notes there are of it.
        tags: further facts of the sweep, by names without a prefix.
    """

    summary: Mapping[str, Sequence[str]] = field(default_factory=dict)
    picture: str | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    verdicts: Mapping[str, str] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    compared: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, Sequence[Note]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


class Recorder(ABC):
    """Writes Runs to a tracking store, from the journal.

    Every method is idempotent: the same sweep or run (by `Sweep.id` and `Run.key`) given twice is
    recorded once. Raises `StoreError` when the store cannot be used; nothing is lost then, for the
    journal is the truth and can be given again.
    """

    @abstractmethod
    def begin(self, sweep: Sweep) -> str:
        """Returns the tracking store's id of the parent run."""

    @abstractmethod
    def record(self, sweep: Sweep, run: Run) -> str:
        """Returns the tracking store's id of the run."""

    def record_all(self, sweep: Sweep, runs: Sequence[Run]) -> list[str]:
        """As `record` for each; for stores that take many at once for little more than one."""
        return [self.record(sweep, run) for run in runs]

    @abstractmethod
    def finish(self, sweep: Sweep, status: str, findings: Findings | None = None) -> None:
        """The sweep ends, for now: it may be gone on with, and finished again.

        Args:
            status: `succeeded`, `cancelled` or `failed`.
            findings: what it has shown; in the place of what was told before. What users have
                written beside it in the store stays. None = nothing new.
        """

"""Which variants are tried, where they run, and where their Runs are written down."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from sandbox.domain import Run, Sweep, Tweak

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


class Sampler(ABC):
    """Which Variants, as points of a space: tunable name → value as text.

    `ask` gives the next combination of Tweaks, None when there is none; the empty combination is
    the baseline and comes first. `tell` reports a finished Run.
    """

    @abstractmethod
    def ask(self) -> Sequence[Tweak] | None: ...

    @abstractmethod
    def tell(self, tweaks: Sequence[Tweak], run: Run) -> None: ...


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

    @abstractmethod
    def finish(self, sweep: Sweep, status: str) -> None:
        """`status`: `succeeded`, `cancelled` or `failed`."""

"""One lane in the caller's own thread: for tests, and for a debugger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

from sandbox.interfaces import Launcher
from sandbox.interfaces.sweeping import R, T


class InlineLauncher(Launcher):
    """Runs an item only when its result is asked for; no thread is started."""

    def launch(
        self,
        items: Iterable[T],
        open_lane: Callable[[], AbstractContextManager[Callable[[T], R]]],
    ) -> Iterator[R]:
        waiting = iter(items)
        for first in waiting:  # no lane is opened where there is nothing to run
            with open_lane() as run:
                yield run(first)
                yield from map(run, waiting)

"""What is going on, while it goes on: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from sandbox.cli.talking import one_line

if TYPE_CHECKING:
    from sandbox.domain import Run
    from sandbox.flows.requests import Event, Planned

SHOWN_RUNNING = 8


class Board:
    """The state of a sweep as events tell it; safe to be told from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        from sandbox.flows.sweeps.estimating import Pace

        self._lock = threading.Lock()
        self._running: dict[str, tuple[str, str]] = {}
        self._total = self._done = 0
        self._failed = 0
        self._waiting = 0
        self._jobs = 1
        self._pace = Pace(clock)

    def take(self, event: Event) -> str | None:
        """A line worth printing where there is no live display."""
        from sandbox.flows import requests

        with self._lock:
            if isinstance(event, requests.Planned):
                return self._plan(event)
            if isinstance(event, requests.Started):
                self._running[event.key] = (event.name, "")
                self._pace.begin(event.key)
            elif isinstance(event, requests.Reported):
                scalar = event.scalar
                step = "" if scalar.step is None else f" at {scalar.step:g}"
                name, _ = self._running.get(event.key, (event.key, ""))
                self._running[event.key] = (name, f"{scalar.name} {scalar.value:g}{step}")
            elif isinstance(event, requests.Recording):
                self._waiting = event.waiting
            elif isinstance(event, requests.Finished):
                return self._finish(event.run)
        return None

    def _plan(self, event: Planned) -> str:
        self._total, self._jobs = event.sweep.variants, event.jobs
        self._done, self._failed = event.done, 0
        runs = "1 run" if self._total == 1 else f"{self._total} runs"
        found = f", {event.done} of them are there" if event.done else ""
        return f"{runs}{found}, {event.jobs} at a time"

    def _finish(self, run: Run) -> str:
        self._running.pop(run.key, None)
        self._pace.end(run)
        self._done += 1
        self._failed += run.status not in ("succeeded", "timed_out", "pruned", "cancelled")
        numbers = "  ".join(f"{name} {value:g}" for name, value in list(run.metrics.items())[:3])
        cause = f" ({run.cause})" if run.cause else ""
        count = f"[{self._done}/{self._total}]"
        name = f"{run.name} #{run.repeat + 1}" if run.repeat else run.name
        return f"{count} {name}: {run.status}{cause}  {numbers}  {run.elapsed_s:.1f} s"

    def lines(self) -> list[str]:
        with self._lock:
            total = self._total
            queued = max(total - self._done - len(self._running), 0)
            failed = f", {self._failed} failed" if self._failed else ""
            waiting = f", {self._waiting} to be recorded" if self._waiting else ""
            head = f"{self._done} of {total} done{failed}, {queued} queued{waiting}{self._left()}"
            running = list(self._running.values())[:SHOWN_RUNNING]
            return [head, *(f"  {name}  {last}" for name, last in running)]

    def _left(self) -> str:
        left, each_s = self._total - self._done, self._pace.each_s
        if each_s is None or left <= 0:
            return ""
        minutes, rest = divmod(round(each_s * left / min(self._jobs, left)), 60)
        most = "" if self._pace.known else "at most "
        return f", {most}about {minutes}:{rest:02d} left"


@contextmanager
def watching() -> Iterator[Callable[[Event], None]]:
    """Yields what is to be called with each event."""
    from sandbox.flows.requests import Planned

    board = Board()
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda event: _print(board.take(event))
        return

    def draw() -> Group:
        return Group(
            *(Text(one_line(line), overflow="ellipsis", no_wrap=True) for line in board.lines())
        )

    # Started with the plan: what is told before belongs to the lines above.
    live = Live(get_renderable=draw, console=console, refresh_per_second=8, transient=True)

    def watch(event: Event) -> None:
        line = board.take(event)
        if isinstance(event, Planned):
            live.start()
        if line:
            console.print(Text(one_line(line), overflow="ellipsis", no_wrap=True))

    try:
        yield watch
    finally:
        live.stop()


def _print(line: str | None) -> None:
    if line:
        sys.stderr.write(one_line(line) + "\n")
        sys.stderr.flush()

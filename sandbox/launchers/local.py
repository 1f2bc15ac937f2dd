"""Lanes as threads of this process, on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic

from sandbox.errors import InputError
from sandbox.interfaces import Launcher
from sandbox.interfaces.sweeping import R, T

OpenLane = Callable[[], AbstractContextManager[Callable[[T], R]]]


class LocalLauncher(Launcher):
    """Up to `jobs` lanes, each in a thread of its own.

    Items are taken one at a time, by the lane that is free, in that lane's thread; a slow consumer
    holds no lane up, results wait for it. A lane is opened once there is an item for it.

    When the launch ends early (an exception out of a lane, the consumer closing the generator or
    interrupted in it), the lanes are closed from the consumer's thread while they may still be
    running an item, as `Session.close` allows; that is what ends an item that would run for hours.
    What was finished by then is yielded before the exception is raised. A lane that fails to close
    after its last item ends nothing: the others finish, then its exception is raised.

    Args:
        jobs: lanes at a time, 1 or more.

    Raises:
        InputError: `jobs` is below 1.
    """

    def __init__(self, jobs: int = 1) -> None:
        if jobs < 1:
            raise InputError(f"jobs must be 1 or more, not {jobs}", hint="leave out --jobs")
        self.jobs = jobs

    def launch(self, items: Iterable[T], open_lane: OpenLane[T, R]) -> Iterator[R]:
        launch = _Launch(iter(items), open_lane, self.jobs)
        try:
            launch.start()
            yield from launch.results()
        finally:
            launch.end()
        yield from launch.leftovers()
        problem = launch.error or launch.unclosed
        if problem is not None:
            raise problem


@dataclass(frozen=True)
class _Result(Generic[R]):
    """Tells a result from the None by which a thread says that it is over."""

    value: R


class _Lane(Generic[T, R]):
    """A lane that can be closed from two threads, and is closed once."""

    def __init__(self, manager: AbstractContextManager[Callable[[T], R]]) -> None:
        self._manager = manager
        self._lock = threading.Lock()
        self._closed = False
        self.run = manager.__enter__()

    def close(self, error: BaseException | None = None) -> None:
        with self._lock:
            first, self._closed = not self._closed, True
        if first:
            kind = type(error) if error is not None else None
            self._manager.__exit__(kind, error, error.__traceback__ if error else None)


class _Launch(Generic[T, R]):
    """One call of `launch`: its threads and what they share."""

    def __init__(self, items: Iterator[T], open_lane: OpenLane[T, R], jobs: int) -> None:
        self.error: BaseException | None = None
        self.unclosed: BaseException | None = None
        self._items = items
        self._open_lane = open_lane
        self._ended = threading.Event()
        self._taking = threading.Lock()  # generators do not like two threads at once
        self._changing = threading.Lock()
        self._lanes: list[_Lane[T, R]] = []
        self._queue: SimpleQueue[_Result[R] | None] = SimpleQueue()
        # Daemons, so that a second Ctrl-C, during `end`, leaves at once.
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(jobs)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def results(self) -> Iterator[R]:
        """Results as they come, until all threads are over or one has failed."""
        over = 0
        while over < len(self._threads) and self.error is None:
            result = self._queue.get()
            if result is None:
                over += 1
            else:
                yield result.value

    def end(self) -> None:
        """No thread is left afterwards, and no lane open; also when called in the middle."""
        self._ended.set()
        with self._changing:
            lanes = list(self._lanes)
        for lane in lanes:
            self._close(lane)
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def leftovers(self) -> Iterator[R]:
        """What was finished but not yielded; to be called after `end`."""
        while not self._queue.empty():
            result = self._queue.get()
            if result is not None:
                yield result.value

    def _work(self) -> None:
        try:
            self._run_lane()
        except BaseException as error:  # noqa: BLE001 - raised again in the consumer's thread
            self._fail(error)
        finally:
            self._queue.put(None)

    def _run_lane(self) -> None:
        for first in self._taken():
            lane = self._open()
            try:
                self._queue.put(_Result(lane.run(first)))
                for item in self._taken():
                    self._queue.put(_Result(lane.run(item)))
            except BaseException as error:
                self._fail(error)
                lane.close(error)
                raise
            self._close(lane)

    def _open(self) -> _Lane[T, R]:
        lane = _Lane(self._open_lane())
        with self._changing:
            self._lanes.append(lane)
        if self._ended.is_set():
            # `end` may have looked before this lane was listed; closing twice does no harm.
            lane.close()
        return lane

    def _taken(self) -> Iterator[T]:
        while True:
            with self._taking:
                if self._ended.is_set():
                    return
                try:
                    item = next(self._items)
                except StopIteration:
                    return
            yield item

    def _close(self, lane: _Lane[T, R]) -> None:
        """A lane that does not close ends nobody else's work; it is told at the end."""
        try:
            lane.close()
        except Exception as error:  # noqa: BLE001 - raised once all is over
            self.unclosed = self.unclosed or error

    def _fail(self, error: BaseException) -> None:
        """The first error counts; what lanes say because they were closed is no news."""
        with self._changing:
            self.error = self.error or error
            self._ended.set()

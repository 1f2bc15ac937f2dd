"""Every launcher keeps the law of `interfaces.Launcher`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sandbox.interfaces import Launcher
from sandbox.launchers import InlineLauncher, LocalLauncher

LAUNCHERS = {
    "inline": InlineLauncher,
    "one lane": lambda: LocalLauncher(1),
    "three lanes": lambda: LocalLauncher(3),
}
PATIENCE_S = 20.0


@pytest.fixture(params=LAUNCHERS, ids=list(LAUNCHERS))
def launcher(request: pytest.FixtureRequest) -> Launcher:
    return LAUNCHERS[request.param]()


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


class Lanes:
    """Opens lanes that call `work` and remembers what happened to them."""

    def __init__(self, work: Callable[[int], int]) -> None:
        self.work = work
        self.opened = 0
        self.closed = 0
        self.most = 0
        self.ran: list[int] = []
        self._lock = threading.Lock()

    @contextmanager
    def open(self) -> Iterator[Callable[[int], int]]:
        with self._lock:
            self.opened += 1
            self.most = max(self.most, self.opened - self.closed)
        try:
            yield self._run
        finally:
            with self._lock:
                self.closed += 1

    def _run(self, item: int) -> int:
        self.ran.append(item)
        return self.work(item)


def failing_at(bad: int) -> Callable[[int], int]:
    def work(item: int) -> int:
        if item == bad:
            raise RuntimeError(f"item {item} broke")
        return item

    return work


def test_every_item_runs_once(launcher: Launcher) -> None:
    lanes = Lanes(lambda item: item * item)
    assert sorted(launcher.launch(range(50), lanes.open)) == [i * i for i in range(50)]
    assert sorted(lanes.ran) == list(range(50))


def test_lanes_are_closed_and_no_more_than_jobs(launcher: Launcher) -> None:
    lanes = Lanes(lambda item: item)
    list(launcher.launch(range(20), lanes.open))
    assert lanes.opened == lanes.closed > 0
    assert lanes.most <= getattr(launcher, "jobs", 1)


def test_no_items_open_no_lane(launcher: Launcher) -> None:
    lanes = Lanes(lambda item: item)
    assert list(launcher.launch([], lanes.open)) == []
    assert lanes.opened == 0


def test_nothing_starts_before_the_first_result_is_asked_for(launcher: Launcher) -> None:
    lanes = Lanes(lambda item: item)
    launcher.launch(range(3), lanes.open)
    assert lanes.opened == 0


def test_endless_items_are_taken_one_by_one(launcher: Launcher) -> None:
    lanes = Lanes(lambda item: item)
    results = launcher.launch(iter(int, 1), lanes.open)
    assert [next(results) for _ in range(5)] == [0] * 5
    results.close()  # type: ignore[attr-defined]
    assert lanes.opened == lanes.closed


def test_an_exception_in_a_lane_is_raised_and_ends_the_launch(launcher: Launcher) -> None:
    lanes = Lanes(failing_at(3))
    with pytest.raises(RuntimeError, match="item 3 broke"):
        list(launcher.launch(range(100_000), lanes.open))
    assert len(lanes.ran) < 100_000
    assert lanes.opened == lanes.closed


def test_results_finished_before_an_exception_are_not_lost(launcher: Launcher) -> None:
    lanes = Lanes(failing_at(4))
    got: list[int] = []
    with pytest.raises(RuntimeError):
        got.extend(launcher.launch(range(5), lanes.open))
    assert sorted(got) == sorted(item for item in lanes.ran if item != 4)


def test_a_lane_that_does_not_open_is_raised(launcher: Launcher) -> None:
    @contextmanager
    def refuse() -> Iterator[Callable[[int], int]]:
        raise OSError("no engine")
        yield  # pragma: no cover - makes it a generator

    with pytest.raises(OSError, match="no engine"):
        list(launcher.launch(range(9), refuse))


def test_items_that_raise_end_the_launch(launcher: Launcher) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("bad item")

    lanes = Lanes(lambda item: item)
    with pytest.raises(ValueError, match="bad item"):
        list(launcher.launch(items(), lanes.open))
    assert lanes.opened == lanes.closed


def test_a_lane_that_does_not_close_is_raised(launcher: Launcher) -> None:
    @contextmanager
    def sticky() -> Iterator[Callable[[int], int]]:
        yield lambda item: item
        raise OSError("does not close")

    with pytest.raises(OSError, match="does not close"):
        list(launcher.launch(range(3), sticky))


def test_an_interrupted_consumer_stops_new_items_and_closes_lanes(launcher: Launcher) -> None:
    lanes = Lanes(lambda item: item)
    results = launcher.launch(iter(int, 1), lanes.open)
    next(results)
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt())  # type: ignore[attr-defined]
    assert lanes.opened == lanes.closed
    ran = len(lanes.ran)
    assert list(results) == []
    assert len(lanes.ran) == ran


def test_lanes_run_side_by_side() -> None:
    together = threading.Barrier(3, timeout=PATIENCE_S)
    lanes = Lanes(lambda _: together.wait())
    assert sorted(LocalLauncher(3).launch(range(3), lanes.open)) == [0, 1, 2]


def test_results_come_as_they_finish_not_in_order() -> None:
    second_done = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert second_done.wait(PATIENCE_S)
        return item

    results = LocalLauncher(2).launch(range(2), Lanes(work).open)
    assert next(results) == 1
    second_done.set()
    assert list(results) == [0]


def test_a_running_item_is_ended_by_closing_its_lane() -> None:
    ended_by_close: list[bool] = []

    class Session:
        """Blocks until it is closed, as a container's attached stream does."""

        def __init__(self) -> None:
            self.gone = threading.Event()

        def run(self, item: int) -> int:
            if item:
                ended_by_close.append(self.gone.wait(PATIENCE_S))
                raise ConnectionError("the container is gone")
            return item

    @contextmanager
    def lane() -> Iterator[Callable[[int], int]]:
        session = Session()
        try:
            yield session.run
        finally:
            session.gone.set()

    results = LocalLauncher(2).launch([1, 0, 1], lane)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert ended_by_close
    assert all(ended_by_close)


def test_a_lane_that_does_not_close_ends_nobody_elses_work() -> None:
    slow_runs, other_closed = threading.Event(), threading.Event()

    def work(item: int) -> int:
        if item == 1:
            slow_runs.set()
            assert other_closed.wait(PATIENCE_S)
        else:
            assert slow_runs.wait(PATIENCE_S)
        return item

    @contextmanager
    def sticky() -> Iterator[Callable[[int], int]]:
        yield work
        other_closed.set()
        raise OSError("does not close")

    results = LocalLauncher(2).launch([0, 1], sticky)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(OSError, match="does not close"):
        next(results)


def test_each_lane_lives_in_its_own_thread() -> None:
    opened: list[int] = []

    @contextmanager
    def lane() -> Iterator[Callable[[int], int]]:
        mine = threading.get_ident()
        opened.append(mine)
        yield lambda _: threading.get_ident() == mine

    assert all(LocalLauncher(2).launch(range(6), lane))
    assert threading.get_ident() not in opened

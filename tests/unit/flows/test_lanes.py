"""Lanes with Sessions that go away, on an engine made for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.domain import RunStatus
from sandbox.errors import EngineError
from sandbox.flows.sweeps.lanes import Lane, Place
from sandbox.flows.sweeps.running import Task
from sandbox.interfaces import (
    Engine,
    EngineFacts,
    Execution,
    Session,
    SessionSpec,
    Work,
    Workbench,
)
from tests.support.made_tasks import make_task


class GoneSession(Session):
    """Its container was removed by somebody: the next variant finds out."""

    def __init__(self) -> None:
        self.closed = False
        self.begun = 0

    def begin(self, work: Work) -> Execution:
        self.begun += 1
        self.closed = True
        raise EngineError("the guest went away: the container was ended from outside")

    def close(self) -> None:
        self.closed = True


class GoneEngine(Engine):
    """Opens Sessions that are gone at once.

    Args:
        opens: how many Sessions it opens before it is gone itself.
        on_open: called in `open_session`.
    """

    name = "gone"

    def __init__(self, opens: int = 10, on_open: Callable[[], None] = lambda: None) -> None:
        self.sessions: list[GoneSession] = []
        self._left = opens
        self._on_open = on_open

    def describe(self) -> EngineFacts:
        if self._left <= 0:
            raise EngineError("no engine answers")
        return EngineFacts("gone", "1")

    def open_session(self, spec: SessionSpec) -> Session:
        self._on_open()
        if self._left <= 0:
            raise EngineError("no engine answers")
        self._left -= 1
        self.sessions.append(GoneSession())
        return self.sessions[-1]

    def workbench(self) -> Workbench:
        raise NotImplementedError

    def reap(self) -> tuple[str, ...]:
        return ()


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return make_task(tmp_path)


def ignore(_scalar: object) -> None:
    """What a run reports."""


def lane_of(engine: Engine) -> Lane:
    return Lane(Place(engine, SessionSpec("base", "python3")))


def test_a_variant_that_finds_its_session_gone_twice_is_a_lost_run(task: Task) -> None:
    engine = GoneEngine()
    run = lane_of(engine).run(task, ignore)
    assert run.status is RunStatus.lost
    assert run.cause == "the guest went away: the container was ended from outside"
    assert run.key == task.key
    assert len(engine.sessions) == 2


def test_a_lane_opens_its_session_ahead_and_closes_it_unused(task: Task) -> None:
    engine = GoneEngine()
    lane = lane_of(engine)
    lane.prepare()
    lane.close()
    assert all(session.closed for session in engine.sessions)
    with pytest.raises(EngineError, match="ended"):
        lane.run(task, ignore)


def test_an_engine_that_is_gone_ends_the_lane_that_prepared_too(task: Task) -> None:
    lane = lane_of(GoneEngine(opens=0))
    lane.prepare()
    with pytest.raises(EngineError, match="no engine answers"):
        lane.run(task, ignore)


def test_an_engine_that_is_gone_ends_the_lane(task: Task) -> None:
    with pytest.raises(EngineError, match="no engine answers"):
        lane_of(GoneEngine(opens=1)).run(task, ignore)


def test_an_engine_that_goes_away_at_the_second_try_ends_the_lane_too(task: Task) -> None:
    with pytest.raises(EngineError, match="no engine answers"):
        lane_of(GoneEngine(opens=2)).run(task, ignore)


def test_a_session_that_opens_after_the_lane_was_closed_is_closed_and_runs_nothing(
    task: Task,
) -> None:
    opening, closed = threading.Event(), threading.Event()

    def wait() -> None:
        opening.set()
        assert closed.wait(30)

    engine = GoneEngine(on_open=wait)
    lane = lane_of(engine)
    errors: list[EngineError] = []

    def work() -> None:
        try:
            lane.run(task, ignore)
        except EngineError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert opening.wait(30)
    lane.close()
    closed.set()
    thread.join(30)
    assert [error.message for error in errors] == ["the sweep has ended"]
    assert [(session.closed, session.begun) for session in engine.sessions] == [(True, 0)]


def test_a_closed_lane_opens_nothing(task: Task) -> None:
    engine = GoneEngine()
    lane = lane_of(engine)
    lane.close()
    lane.close()
    with pytest.raises(EngineError, match="has ended"):
        lane.run(task, ignore)
    assert engine.sessions == []

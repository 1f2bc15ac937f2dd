"""Who runs what next: bundles stay with a lane, and help comes where it saves time."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import pytest

from sandbox.domain import Run, RunStatus
from sandbox.flows.sweeps.running import Task
from sandbox.flows.sweeps.scheduling import Schedule
from tests.support.made_tasks import make_task


def tasks(tmp_path: Path, *names: str) -> list[Task]:
    return [make_task(tmp_path, parameters={"name": name}) for name in names]


def name(task: Task | None) -> object:
    return task.variant.parameters["name"] if task is not None else None


def schedule_of(*bundles: list[Task]) -> Schedule:
    """All of them at once, then no more."""
    batches = iter([list(bundles)])
    return Schedule(lambda: next(batches, []))


def run_of(elapsed_s: float, shared_s: float) -> Run:
    return Run(
        "v", "v", RunStatus.succeeded, "a.ipynb", "e", "c", elapsed_s=elapsed_s, shared_s=shared_s
    )


def test_a_lane_stays_with_its_bundle_and_then_takes_the_next(tmp_path: Path) -> None:
    a1, a2, b1, c1 = tasks(tmp_path, "a1", "a2", "b1", "c1")
    schedule = schedule_of([a1, a2], [b1], [c1])
    taken = [name(schedule.take(lane)) for lane in ("one", "two", "one", "two", "one")]
    assert taken == ["a1", "b1", "a2", "c1", None]
    assert list(schedule.turns()) == []


def test_lanes_are_let_in_before_there_are_bundles(tmp_path: Path) -> None:
    asked: list[int] = []

    def more() -> list[list[Task]]:
        asked.append(1)
        return [tasks(tmp_path, "a", "b")] if len(asked) == 1 else []

    schedule = Schedule(more, sure=2)
    turns = schedule.turns()
    assert [next(turns), next(turns)] == [None, None]
    assert not asked
    assert [name(schedule.take(lane)) for lane in ("one", "one", "one")] == ["a", "b", None]
    assert list(turns) == []


def test_a_lane_helps_where_repeating_what_is_shared_costs_less(tmp_path: Path) -> None:
    schedule = schedule_of(tasks(tmp_path, *"abcdef"))
    assert name(schedule.take("one")) == "a"
    schedule.learn("one", run_of(elapsed_s=11, shared_s=1))
    assert [name(schedule.take("two")) for _ in range(2)] == ["e", "f"]
    assert name(schedule.take("one")) == "b"


def test_a_lane_waits_where_helping_would_repeat_long_work(tmp_path: Path) -> None:
    schedule = schedule_of(tasks(tmp_path, *"abc"))
    schedule.take("one")
    schedule.learn("one", run_of(elapsed_s=101, shared_s=100))
    found: list[object] = []
    waiting = threading.Thread(target=lambda: found.append(schedule.take("two")))
    waiting.start()
    assert [name(schedule.take("one")) for _ in range(2)] == ["b", "c"]
    schedule.learn("one", run_of(elapsed_s=101, shared_s=100))
    waiting.join(30)
    assert found == [None]


def test_what_one_bundle_cost_does_not_speak_for_the_next(tmp_path: Path) -> None:
    schedule = schedule_of(tasks(tmp_path, "a"), tasks(tmp_path, *"bcde"))
    assert name(schedule.take("one")) == "a"
    schedule.learn("one", run_of(elapsed_s=101, shared_s=1))
    assert name(schedule.take("one")) == "b"
    found: list[object] = []
    waiting = threading.Thread(target=lambda: found.append(schedule.take("two")))
    waiting.start()
    waiting.join(0.2)
    assert found == []
    schedule.learn("one", run_of(elapsed_s=101, shared_s=100))
    assert [name(schedule.take("one")) for _ in range(3)] == ["c", "d", "e"]
    schedule.leave("one")
    waiting.join(30)
    assert found == [None]


def test_where_a_lane_leaves_with_work_left_the_sweep_has_been_ended(tmp_path: Path) -> None:
    first, second = tasks(tmp_path, "a", "b"), tasks(tmp_path, "c")
    schedule = schedule_of(first, second)
    schedule.take("one")
    schedule.leave("one")
    assert schedule.take("two") is None
    assert list(schedule.turns()) == []


@pytest.mark.parametrize("who", ["one", "two"])
def test_a_waiting_lane_is_let_go_when_all_is_over(tmp_path: Path, who: str) -> None:
    schedule = schedule_of(tasks(tmp_path, *"ab"))
    schedule.take("one")
    schedule.learn("one", run_of(elapsed_s=101, shared_s=100))
    found: list[object] = []
    waiting = threading.Thread(target=lambda: found.append(schedule.take("two")))
    waiting.start()
    schedule.leave(who)
    waiting.join(30)
    assert found == [None]


def test_more_is_asked_for_when_it_is_needed_and_not_before(tmp_path: Path) -> None:
    asked: list[str] = []
    names = iter(["a", "b"])

    def more() -> list[list[Task]]:
        asked.extend(found := list(itertools.islice(names, 1)))
        return [tasks(tmp_path, *found)] if found else []

    schedule = Schedule(more)
    assert asked == []
    assert name(schedule.take("one")) == "a"
    assert asked == ["a"]
    assert [name(schedule.take("one")) for _ in range(2)] == ["b", None]
    assert list(schedule.turns()) == []


def test_what_is_not_to_begin_is_passed_over(tmp_path: Path) -> None:
    batches = iter([[tasks(tmp_path, *"abc")]])
    schedule = Schedule(
        lambda: next(batches, []), lambda task: task.variant.parameters["name"] != "b"
    )
    assert [name(schedule.take("one")) for _ in range(3)] == ["a", "c", None]

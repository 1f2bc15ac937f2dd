"""What is not worth running any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.domain import Run, RunStatus
from sandbox.flows.sweeps.running import Task
from sandbox.flows.sweeps.stopping import BaselineFailedError, Gate
from tests.support.made_runs import make_run
from tests.support.made_tasks import make_task


def task(**tweaks: str) -> Task:
    return make_task(Path("/w"), tweaks)


def failed(cause: str, *, repeat: int = 0, **tweaks: str) -> Run:
    return make_run(tweaks, status=RunStatus.failed, cause=cause, repeat=repeat)


def test_a_failing_baseline_ends_the_sweep() -> None:
    with pytest.raises(BaselineFailedError, match="KeyError: 'x'"):
        Gate().learn(failed("KeyError: 'x'"))


def test_a_baseline_that_fails_with_some_seeds_ends_nothing() -> None:
    gate = Gate()
    gate.learn(make_run())
    gate.learn(failed("ValueError: unlucky", repeat=1))
    assert gate.opens(task(lr="1"))


@pytest.mark.parametrize("status", [RunStatus.diverged, RunStatus.succeeded, RunStatus.pruned])
def test_a_baseline_that_measured_something_ends_nothing(status: RunStatus) -> None:
    Gate().learn(make_run(status=status))
    Gate().learn(make_run(status=RunStatus.timed_out, metrics={"loss": 1.0}))


def test_a_baseline_that_fails_is_passed_over_where_all_is_to_go_on() -> None:
    gate = Gate(keep_going=True)
    gate.learn(failed("KeyError"))
    assert gate.opens(task(lr="1"))


def test_a_branch_whose_runs_all_end_alike_is_given_up() -> None:
    gate = Gate()
    gate.learn(make_run())
    for width in "12":
        gate.learn(failed("ValueError: no", kind="mlp", width=width))
    assert gate.opens(task(kind="mlp", width="3"))
    gate.learn(failed("ValueError: no", kind="mlp", width="3"))
    assert not gate.opens(task(kind="mlp", width="4"))
    assert gate.opens(task(kind="bigram", width="4"))
    (note,) = gate.notes()
    assert note.startswith("kind=mlp: all 3 runs with it ended alike (failed: ValueError: no)")
    assert "1 more was not begun" in note


@pytest.mark.parametrize(
    "runs",
    [
        [failed("one", kind="mlp", w="1"), failed("two", kind="mlp", w="2")] * 2,
        [make_run({"kind": "mlp", "w": "0"}), *(failed("no", kind="mlp", w=w) for w in "123")],
        # All that was run fails so: it is no fault of the branch.
        [failed("no", kind="mlp", w=w) for w in "123"],
    ],
)
def test_a_branch_that_may_still_work_is_run_on(runs: list[Run]) -> None:
    gate = Gate()
    for run in runs:
        gate.learn(run)
    assert gate.opens(task(kind="mlp", w="4"))
    assert not list(gate.notes())


def test_nothing_begins_that_would_not_end_within_the_budget() -> None:
    gate = Gate(budget_s=1000)
    gate.learn(make_run())
    assert gate.opens(task(lr="1"))
    gate = Gate(budget_s=1)
    assert gate.opens(task())
    gate.learn(make_run())  # takes 1.5 s
    assert not gate.is_over
    assert not gate.opens(task(lr="1"))
    assert gate.is_over
    assert ["budget" in note for note in gate.notes()] == [True]

"""How often what fails is asked again, and of what the user is told then."""

from __future__ import annotations

import dataclasses

import pytest

from sandbox.domain import Requirements, RunStatus, Sweep
from sandbox.environments import Raised
from sandbox.flows.environments.building import Built
from sandbox.flows.environments.learning import MOST, Taught
from sandbox.flows.requests import SweepResult
from sandbox.flows.sweeps.curing import cured
from tests.support.made_runs import make_run

BUILT = Built(None, Requirements(()))  # type: ignore[arg-type] - nothing looks into it
SWEEP = Sweep("s", "w", "r", "c", "train.py", "e", 1, "", 0.0)


class Asked:
    """Fails so many times, each time in other words; ends as told then."""

    def __init__(self, failing: int, status: RunStatus = RunStatus.succeeded) -> None:
        self.failing, self.status = failing, status
        self.count, self.left, self.settled = 0, list[int](), 0

    def ask(self, _built: Built) -> SweepResult:
        self.count += 1
        run = make_run(status=RunStatus.failed)
        failed = dataclasses.replace(run, error=f"f()\nTypeError: {self.count}")
        ended = failed if self.count <= self.failing else make_run(status=self.status)
        return SweepResult(SWEEP, (ended,), "succeeded", "1", "")

    def learn(self, built: Built, _raised: Raised, left: int) -> Taught:
        self.left.append(left)
        return Taught(built if left else None, known=("b<2",))

    def settle(self, _built: Built) -> None:
        self.settled += 1


def test_what_fails_in_other_words_each_time_is_not_asked_for_ever() -> None:
    asked = Asked(failing=1000)
    cured(BUILT, asked.ask, asked.learn, asked.settle)
    assert asked.count == MOST + 1
    assert asked.left == list(range(MOST, -1, -1))
    assert asked.settled == 0


@pytest.mark.parametrize(
    ("status", "settled"),
    [(RunStatus.succeeded, 1), (RunStatus.timed_out, 1), (RunStatus.cancelled, 0)],
)
def test_what_ran_has_been_helped_and_what_was_stopped_has_not_yet(
    status: RunStatus, settled: int
) -> None:
    asked = Asked(failing=2, status=status)
    result = cured(BUILT, asked.ask, asked.learn, asked.settle)
    assert asked.count == 3
    assert asked.settled == settled
    assert any("kept for train.py: b<2;" in note for note in result.notes)

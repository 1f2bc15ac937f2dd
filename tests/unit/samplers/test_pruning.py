from __future__ import annotations

import math
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.domain import Run, RunStatus, Scalar
from sandbox.errors import InputError
from sandbox.samplers import Pruner


def ended(status: RunStatus = RunStatus.succeeded, scalars: Sequence[Scalar] = ()) -> Run:
    return Run("v", "n", status, "e", "env", "c", scalars=tuple(scalars))


def play(
    pruner: Pruner, key: str, curve: Sequence[float], *, name: str = "loss", start: int = 1
) -> list[str | None]:
    """What is said of each step; the run ends as it should."""
    pruner.begin(key)
    said: list[str | None] = []
    for step, value in enumerate(curve, start):
        said.append(pruner.report(key, Scalar(name, value, step)))
        if said[-1]:
            break
    pruner.end(key, ended(RunStatus.pruned if said[-1] else RunStatus.succeeded))
    return said


def median_with(curves: Sequence[Sequence[float]], direction: str = "min") -> Pruner:
    pruner = Pruner("median", "loss", direction)
    for place, curve in enumerate(curves):
        assert play(pruner, f"known {place}", curve)[-1] is None
    return pruner


FALLING = [[2.0, 1.5 + place / 10, 1.2 + place / 10] for place in (0, -1, -2, -3)]


def test_a_run_that_is_worse_than_most_is_ended_and_told_why() -> None:
    said = play(median_with(FALLING), "bad", [3.0, 2.31, 2.3])
    assert said == [None, "loss 2.31 at step 2 is worse than the median of 4 others, 1.35"]


def test_more_may_be_better() -> None:
    pruner = median_with([[-2.0, -1.5]] * 4, "max")
    assert play(pruner, "bad", [-3.0, -2.5])[-1] is not None
    assert play(pruner, "good", [-3.0, -1.0])[-1] is None


def test_a_run_that_is_better_than_most_goes_on() -> None:
    assert play(median_with(FALLING), "good", [9.0, 1.0, 0.9]) == [None, None, None]


def test_nothing_is_ended_before_four_runs_have_finished() -> None:
    assert play(median_with(FALLING[:3]), "bad", [9.0, 9.0, 9.0]) == [None] * 3


def test_failed_runs_and_runs_that_reported_nothing_do_not_count_as_finished() -> None:
    pruner = median_with(FALLING[:3])
    for status in (RunStatus.failed, RunStatus.lost, RunStatus.succeeded):
        pruner.begin("x")
        if status is not RunStatus.succeeded:
            pruner.report("x", Scalar("loss", 1.0, 1))
            pruner.report("x", Scalar("loss", 1.0, 2))
        pruner.end("x", ended(status))
    assert play(pruner, "bad", [9.0, 9.0, 9.0]) == [None] * 3


def test_at_the_first_step_that_it_reports_no_run_is_ended() -> None:
    """Whatever number that has."""
    assert play(median_with(FALLING), "bad", [9.0], start=3) == [None]


def test_a_step_that_few_have_reached_ends_nothing() -> None:
    curves = [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0, 0.5]]
    assert play(median_with(curves), "long", [1.0, 1.0, 9.0, 9.0]) == [None] * 4


@pytest.mark.parametrize(
    "scalar",
    [
        Scalar("accuracy", 99.0, 2),
        Scalar("loss", 99.0),
        Scalar("loss", math.nan, 2),
        Scalar("loss", 99.0, -1),
        Scalar("loss", 99.0, math.inf),
        Scalar("loss", 99.0, 1),
        Scalar("loss", 99.0, 1.9),
    ],
)
def test_what_cannot_be_compared_is_not_looked_at(scalar: Scalar) -> None:
    """Other metrics, no step, no number, and steps that were told before."""
    pruner = median_with(FALLING)
    pruner.begin("run")
    assert pruner.report("run", Scalar("loss", 99.0, 1)) is None
    assert pruner.report("run", scalar) is None
    assert pruner.report("run", Scalar("loss", 99.0, 2)) is not None


def test_an_infinite_loss_is_worse_than_any() -> None:
    assert play(median_with(FALLING), "bad", [math.inf, math.inf])[-1] is not None
    curves = [[math.inf, math.inf]] * 2 + [[1.0, 1.0]] * 2
    assert play(median_with(curves), "good", [1.0, 1.0])[-1] is None


def test_a_reason_is_kept_to_until_the_run_ends() -> None:
    pruner = median_with(FALLING)
    pruner.begin("bad")
    pruner.report("bad", Scalar("loss", 9.0, 1))
    reason = pruner.report("bad", Scalar("loss", 9.0, 2))
    assert reason
    assert pruner.report("bad", Scalar("loss", 0.0, 3)) == reason
    pruner.begin("bad")
    assert pruner.report("bad", Scalar("loss", 9.0, 1)) is None


def test_a_run_that_is_not_on_its_way_is_not_judged() -> None:
    pruner = median_with(FALLING)
    assert pruner.report("stranger", Scalar("loss", 9.0, 2)) is None
    assert pruner.report("known 0", Scalar("loss", 9.0, 2)) is None


def test_runs_from_before_are_learnt_from() -> None:
    """A sweep that is taken up again ends what it has, without beginning it."""
    pruner = Pruner("median", "loss", "min")
    for place, curve in enumerate(FALLING):
        scalars = [Scalar("loss", value, step) for step, value in enumerate(curve, 1)]
        pruner.end(f"old {place}", ended(scalars=scalars))
    assert play(pruner, "bad", [9.0, 9.0])[-1] is not None


def test_far_steps_are_told_apart_by_three_digits() -> None:
    """Two runs that report at 12,345 and 12,390 can be compared, and long runs stay cheap."""
    pruner = Pruner("median", "loss", "min")
    for place in range(4):
        pruner.begin(f"{place}")
        for step in (1000, 12_340 + place):
            pruner.report(f"{place}", Scalar("loss", 1.0, step))
        pruner.end(f"{place}", ended())
    pruner.begin("bad")
    assert pruner.report("bad", Scalar("loss", 9.0, 1001)) is None
    assert "at step 12390 " in str(pruner.report("bad", Scalar("loss", 9.0, 12_390)))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from(["median", "asha"]), st.sampled_from(["min", "max"]))
def test_the_best_of_a_set_is_never_ended(seed: int, rule: str, direction: str) -> None:
    """Best at each step, that is, in whatever order the runs come."""
    chance = random.Random(seed)
    sign = 1 if direction == "min" else -1
    curves = [
        [sign * (5 / step + place + chance.random() * 0.9) for step in range(1, 10)]
        for place in range(8)
    ]
    pruner = Pruner(rule, "loss", direction)
    order = random.Random(seed).sample(range(8), 8)
    said = {place: play(pruner, str(place), curves[place])[-1] for place in order}
    assert said[0] is None


def test_asha_lets_the_best_quarter_go_on() -> None:
    """Once a run has finished: nothing is known of how long they are before."""
    pruner = Pruner("asha", "loss", "min")
    said = [play(pruner, f"{place}", [float(place + 1)] * 5)[-1] for place in range(8)]
    assert said[:2] == [None, None]
    assert said[2:] == [
        f"loss {place + 1} at step 1 is not in the best quarter of the runs so far"
        for place in range(2, 8)
    ]
    assert play(pruner, "best", [0.5] * 5)[-1] is None


def test_a_metric_that_no_run_told_with_its_step_is_noted() -> None:
    pruner = Pruner("median", "loss", "min")
    pruner.begin("one")
    pruner.report("one", Scalar("loss", 1.0))
    pruner.report("one", Scalar("val_loss", 1.0, 1))
    assert pruner.notes == ()
    pruner.end("one", ended())
    assert pruner.notes == (
        "no run told 'loss' with its step, so none was pruned; with one: val_loss",
    )
    assert median_with(FALLING).notes == ()


def test_an_unknown_rule_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="no pruning rule called 'mean'") as caught:
        Pruner("mean", "loss", "min")
    assert caught.value.hint == "known: median, asha"


def test_many_lanes_may_report_at_once() -> None:
    pruner = median_with(FALLING)

    def lane(place: int) -> str | None:
        curve = [9.0, 9.0, 9.0] if place % 2 else [1.0, 0.5, 0.4]
        return play(pruner, f"run {place}", curve)[-1]

    with ThreadPoolExecutor(8) as lanes:
        said = list(lanes.map(lane, range(24)))
    assert [bool(one) for one in said] == [bool(place % 2) for place in range(24)]

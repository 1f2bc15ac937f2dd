from __future__ import annotations

import dataclasses

import pytest

from sandbox.domain import Run
from sandbox.flows.sweeps.estimating import ENOUGH, Forecast, Pace, duration, estimate
from tests.support.made_runs import make_run

BASELINE = dataclasses.replace(
    make_run(), elapsed_s=11.0, shared_s=10.0, peak_memory_bytes=100 * 2**20
)


def variant(number: int) -> Run:
    return dataclasses.replace(make_run({"lr": str(number)}), variant=f"v{number}")


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_is_shared_is_counted_once_for_each_job() -> None:
    assert "about 35 s and 200 MiB" in estimate(BASELINE, 50, 2)
    assert estimate(BASELINE, 1, 1).startswith(
        "the baseline took 11.0 s and 100 MiB; 1 run is left, 1 at a time"
    )


def test_where_others_may_find_its_work_done_it_is_an_upper_bound() -> None:
    assert "at a time: about 35 s" in estimate(BASELINE, 50, 2)
    assert "at a time: at most about 35 s" in estimate(BASELINE, 50, 2, shares=True)


@pytest.mark.parametrize(("seconds", "text"), [(4.4, "4 s"), (200, "3:20 min"), (7500, "2:05 h")])
def test_durations_read_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_pace_is_the_median_of_recent_runs_and_the_baseline_until_there_are_some() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.each_s is None

    def took(run: Run, seconds: float) -> None:
        pace.begin(run.key)
        clock.now += seconds
        pace.end(run)

    took(BASELINE, 9.0)
    assert (pace.each_s, pace.known) == (9.0, 0)
    for number, seconds in enumerate([30.0, 1.0, 1.5]):
        took(variant(number), seconds)
    assert (pace.each_s, pace.known) == (1.5, 3)
    for number in range(20):
        took(variant(number), 0.5)
    assert pace.each_s == 0.5
    pace.end(variant(99))
    assert pace.each_s == 0.5


def told(baseline_s: float, others_s: list[float], *, left: int) -> list[str]:
    """What a sweep says, one run at a time."""
    clock = Clock()
    forecast = Forecast(1, shares=True, clock=clock)
    baseline = dataclasses.replace(BASELINE, elapsed_s=baseline_s, shared_s=0.0)
    lines = []
    runs = [baseline, *map(variant, range(len(others_s)))]
    for run, seconds in zip(runs, [baseline_s, *others_s], strict=True):
        forecast.begin(run.key)
        clock.now += seconds
        lines.append(forecast.end(run, left))
        left -= 1
    return [line for line in lines if line is not None]


def test_an_estimate_is_corrected_as_soon_as_others_tell_better() -> None:
    first, second = told(2.0, [2.0, 0.1, 0.1, 0.1, 0.1], left=100)
    assert "100 runs are left, 1 at a time: at most about 200 s" in first.replace(
        "3:20 min", "200 s"
    )
    assert second == "others take 0.1 s each: about 10 s for the 97 runs left"
    assert ENOUGH == 3


def test_an_estimate_is_corrected_again_where_that_was_far_off_too() -> None:
    _, later = told(8.0, [8.0, 6.0, 5.0, *[0.5] * 4], left=100)
    assert later == "others take 0.5 s each: about 47 s for the 94 runs left"
    _, second, third = told(2.0, [0.1] * 3 + [1.0] * 5, left=100)
    assert second.startswith("others take 0.1 s")
    assert third.startswith("others take 1 s")


@pytest.mark.parametrize(
    ("baseline_s", "other_s", "left", "lines"),
    [
        (2.0, 1.9, 100, 1),
        (2.0, 0.1, 7, 1),
        (0.1, 60.0, 4, 2),
        (2.0, 0.1, 3, 1),
    ],
    ids=["it was right", "it is a moment", "the baseline was quick", "nothing is left"],
)
def test_an_estimate_is_corrected_where_it_matters(
    baseline_s: float, other_s: float, left: int, lines: int
) -> None:
    assert len(told(baseline_s, [other_s] * min(left, 5), left=left)) == lines

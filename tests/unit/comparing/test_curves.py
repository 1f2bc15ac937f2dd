"""Metrics over their steps."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest

from sandbox.comparing import compare, curves_of_rows, to_json
from sandbox.domain import Run, Scalar
from tests.support.made_runs import make_run


def run_of(values: list[float], steps: list[float | None] | None = None) -> Run:
    told = steps or [float(at) for at in range(len(values))]
    scalars = tuple(Scalar("loss", value, step) for value, step in zip(values, told, strict=True))
    return dataclasses.replace(make_run({}, {"loss": values[-1]}), scalars=scalars)


def test_best_and_last_are_kept_apart() -> None:
    curve = compare([run_of([3.0, 1.0, 2.0])]).curves[0]
    assert (curve.best, curve.best_step, curve.last) == (1.0, 1.0, 2.0)
    assert curve.steps == (0.0, 1.0, 2.0)


def test_values_stand_in_the_order_of_their_steps_or_of_their_printing() -> None:
    assert compare([run_of([3.0, 1.0], [5, 2])]).curves[0].values == (1.0, 3.0)
    assert compare([run_of([3.0, 1.0], [None, None])]).curves[0].steps == (0.0, 1.0)


@pytest.mark.parametrize(
    ("slope", "trend"), [(-0.1, "improving"), (0.1, "worsening"), (0.0, "flat")]
)
def test_the_trend_is_that_of_the_last_third(slope: float, trend: str) -> None:
    start = [9.0 - at for at in range(6)]
    wobble = [0.001 * (-1) ** at for at in range(12)]
    end = [3.0 + slope * at + wobble[at] for at in range(12)]
    assert compare([run_of([*start, *end])]).curves[0].trend == trend


def test_a_leap_does_not_make_a_trend() -> None:
    values = [1.0 + 0.001 * (at % 3) for at in range(36)]
    values[30] = 99.0
    assert compare([run_of(values)]).curves[0].trend == "flat"


def test_short_curves_have_no_trend_and_single_values_are_no_curve() -> None:
    assert compare([run_of([3.0, 2.0, 1.0])]).curves[0].trend is None
    assert compare([run_of([3.0])]).curves == ()


def test_infinite_values_are_none_in_json() -> None:
    found = compare([run_of([math.inf, math.nan, 1.0])])
    text = json.dumps(to_json(found), allow_nan=False)
    assert json.loads(text)["curves"][0]["values"] == [None, None, 1.0]
    assert found.curves[0].best == 1.0
    assert compare([run_of([math.nan, math.nan])]).curves[0].last is None


def test_curves_are_shown_in_the_order_of_the_rows() -> None:
    runs = [
        dataclasses.replace(
            make_run({"lr": lr}, {"loss": end}),
            scalars=(Scalar("loss", 9.0, 0.0), Scalar("loss", end, 1.0)),
        )
        for lr, end in (("1", 3.0), ("2", 1.0), ("3", 2.0))
    ]
    metric, found = curves_of_rows(compare(runs))
    assert metric == "loss"
    assert [one.last for one in found] == [1.0, 2.0, 3.0]
    assert curves_of_rows(compare([])) == (None, ())

"""Numbers at the ends of float are compared like any others."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.comparing import (
    Asked,
    against_baseline,
    compare,
    sentences,
    suggest,
    to_csv,
    to_json,
    to_markdown,
)
from sandbox.comparing.suggesting import beyond
from sandbox.domain import Run
from tests.support.made_runs import make_run

ENDS = [0.0, 5e-324, 1e-160, 0.1, 1.0, 1e160, 1e300, -1e300, 1.7e308, -1.7e308]
VALUES = st.one_of(
    st.sampled_from([*ENDS, math.nan, math.inf]), st.floats(allow_nan=True, allow_infinity=True)
)
POINTS = st.one_of(
    st.just({}),
    st.dictionaries(st.sampled_from("ab"), st.sampled_from(["1", "2", "1e200"]), max_size=2),
)


@st.composite
def made_sweeps(draw: st.DrawFn) -> list[Run]:
    """Repeated or not, alone or crossed; of any values, or of few that often are equal."""
    values = draw(st.sampled_from([VALUES, st.sampled_from(ENDS)]))
    points = [{}, *draw(st.lists(POINTS, max_size=7, unique_by=lambda one: tuple(one.items())))]
    return [
        make_run(point, {"loss": draw(values)}, repeat=at)
        for point in points
        for at in range(draw(st.integers(1, 3)))
    ]


@settings(max_examples=150, deadline=None)
@given(made_sweeps())
def test_any_numbers_can_be_compared_and_told(runs: list[Run]) -> None:
    found = compare(runs)
    json.dumps(to_json(found), allow_nan=False)
    assert sentences(found)
    assert to_csv(found)
    assert to_markdown(found)
    assert set(against_baseline(found)) <= {run.key for run in runs}
    assert all(math.isfinite(one.share) for one in found.importances)
    assert all("inf" not in one.command for one in suggest(found, Asked("x", "train.py")))


def of(tweaks: dict[str, str], *values: float) -> list[Run]:
    return [make_run(tweaks, {"loss": value}, repeat=at) for at, value in enumerate(values)]


@pytest.mark.parametrize(
    "runs",
    [
        [*of({}, 0.0, 1e300), *of({"a": "1"}, 1.0, 1.5), *of({"a": "2"}, 2.0, 2.5)],
        [*of({}, 0.0, 5e-324), *of({"a": "1"}, 0.0, 1e300)],
        [
            *of({}, 0.1, 0.1),
            *(run for a in "123" for b in "123" for run in of({"a": a, "b": b}, 0.1)),
        ],
        [
            *of({}, 0.0, 1e-200),
            *(run for a in "12" for b in "12" for run in of({"a": a, "b": b}, float(a + b) ** 9)),
        ],
    ],
)
def test_numbers_that_ended_comparisons_once(runs: list[Run]) -> None:
    found = compare(runs)
    json.dumps(to_json(found), allow_nan=False)
    assert not any("inf" in line for lines in sentences(found).values() for line in lines)


@pytest.mark.parametrize(
    ("value", "tried"),
    [
        ("1e200", ["1", "10", "1e200"]),
        ("1e-300", ["1e-300", "1", "1e5"]),
        ("1.7e308", ["-1.7e308", "0", "1.7e308"]),
    ],
)
def test_only_numbers_are_suggested(value: str, tried: list[str]) -> None:
    assert all(math.isfinite(float(one)) for one in beyond(value, tried))
    assert beyond("1e200", ["1", "10", "1e200"]) == ()

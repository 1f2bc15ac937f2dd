"""Every sampler keeps the law of `interfaces.Sampler`, and what ours promise beyond it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from sandbox.domain import Run, RunStatus, Tweak
from sandbox.errors import TunableError
from sandbox.samplers import GridSampler, OneAtATimeSampler

SAMPLERS = [GridSampler, OneAtATimeSampler]
Kind = type[GridSampler] | type[OneAtATimeSampler]
SPACE = {"lr": ["0.1", "0.2"], "type": ["a", "b", "c"]}


@pytest.fixture(params=SAMPLERS)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


def drain(sampler: GridSampler | OneAtATimeSampler) -> list[tuple[Tweak, ...]]:
    points = []
    while (point := sampler.ask()) is not None:
        points.append(tuple(point))
        sampler.tell(point, Run("v", "n", RunStatus.failed, "e", "env", "c"))
        assert len(points) <= 1000
    return points


def test_the_baseline_comes_first(kind: Kind) -> None:
    assert drain(kind(SPACE))[0] == ()


def test_an_empty_space_is_the_baseline_alone(kind: Kind) -> None:
    assert drain(kind({})) == [()]
    assert len(kind({})) == 1


def test_no_point_comes_twice(kind: Kind) -> None:
    points = drain(kind({"lr": ["0.1", "0.1", "0.2"], "type": ["a", "b", "a"]}))
    assert len(points) == len(set(points))


@pytest.mark.parametrize("baseline", [{}, {"lr": "1e-1"}, {"lr": "1e-1", "type": "a"}])
@pytest.mark.parametrize("space", [{}, {"lr": ["0.1"]}, SPACE, {"lr": ["0.1", ".1"]}])
def test_the_count_is_known_before_the_first(
    kind: Kind, space: Mapping[str, Sequence[str]], baseline: Mapping[str, str]
) -> None:
    sampler = kind(space, baseline=baseline)
    assert len(sampler) == len(drain(sampler))


def test_it_ends_and_stays_ended(kind: Kind) -> None:
    sampler = kind(SPACE)
    drain(sampler)
    assert sampler.ask() is None


def test_tweaks_name_their_tunable(kind: Kind) -> None:
    points = drain(kind({"lr": ["0.2"]}, tunables={"lr": "train.py:lr"}))
    assert points[1] == (Tweak("lr", "0.2", "train.py:lr"),)


def test_a_point_equal_to_the_baseline_is_not_repeated(kind: Kind) -> None:
    points = drain(kind({"lr": ["0.001", "0.1"]}, baseline={"lr": "1e-3"}))
    assert points == [(), (Tweak("lr", "0.1"),)]


def test_a_name_without_values_is_refused(kind: Kind) -> None:
    with pytest.raises(TunableError, match="no value given for 'lr'"):
        kind({"lr": []})


def test_an_absurd_number_is_refused_with_the_count(kind: Kind) -> None:
    values = [str(number) for number in range(100_001)]
    with pytest.raises(TunableError, match="100,002 variants") as caught:
        kind({"lr": values})
    assert caught.value.facts["points"] == 100_002
    assert len(kind({"lr": values}, most=200_000)) == 100_002


def test_a_grid_of_astronomic_size_is_refused_at_once() -> None:
    space = {f"t{number}": [str(value) for value in range(50)] for number in range(40)}
    with pytest.raises(TunableError, match="more than 100,000"):
        GridSampler(space)


def test_a_grid_crosses_in_the_order_given() -> None:
    points = drain(GridSampler(SPACE))
    texts = [" ".join(tweak.value for tweak in point) for point in points]
    assert texts == ["", "0.1 a", "0.1 b", "0.1 c", "0.2 a", "0.2 b", "0.2 c"]


def test_a_grid_keeps_points_that_share_only_some_values_with_the_baseline() -> None:
    points = drain(GridSampler(SPACE, baseline={"lr": "0.1", "type": "b"}))
    assert (Tweak("lr", "0.1"), Tweak("type", "b")) not in points
    assert (Tweak("lr", "0.1"), Tweak("type", "a")) in points
    assert len(points) == 6


def test_one_at_a_time_leaves_all_others_alone() -> None:
    points = drain(OneAtATimeSampler(SPACE, baseline={"type": "b"}))
    texts = [" ".join(f"{tweak.name}={tweak.value}" for tweak in point) for point in points]
    assert texts == ["", "lr=0.1", "lr=0.2", "type=a", "type=c"]

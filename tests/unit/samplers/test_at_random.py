from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.domain import Tweak
from sandbox.errors import TunableError
from sandbox.interfaces import Search
from sandbox.samplers import RandomSampler

LETTERS = [chr(97 + number) for number in range(26)]


def drain(sampler: RandomSampler) -> list[tuple[Tweak, ...]]:
    return [tuple(point) for point in iter(sampler.ask, None)]


def test_twenty_points_beside_the_baseline_unless_told() -> None:
    assert len(drain(RandomSampler(Search({"lr": ["0.001..0.1"]})))) == 21
    assert len(drain(RandomSampler(Search({"lr": ["0.001..0.1"]}, count=7)))) == 8
    assert drain(RandomSampler(Search({"lr": ["0.001..0.1"]}, count=0))) == [()]


def test_another_seed_asks_other_points() -> None:
    one, other = (RandomSampler(Search({"lr": ["0.001..0.1"]}, seed=seed)) for seed in (1, 2))
    assert set(drain(one)) & set(drain(other)) == {()}


def test_more_points_begin_with_the_same() -> None:
    """A sweep that is taken up again with a larger count keeps what it has."""
    values = {"lr": ["0.001..0.1"], "depth": ["1..8"], "type": LETTERS}
    few, many = (drain(RandomSampler(Search(values, count=count))) for count in (5, 30))
    assert many[:6] == few


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=3),
    st.sampled_from(["listed", "ranged"]),
    st.integers(0, 5),
    st.integers(2, 3),
)
def test_a_finite_space_is_exhausted_exactly(
    sizes: list[int], kind: str, seed: int, modulus: int
) -> None:
    """Whatever shape it has and whatever is allowed, each point comes once."""
    values = {
        f"t{place}": [f"1..{size}"] if kind == "ranged" and size > 1 else LETTERS[:size]
        for place, size in enumerate(sizes)
    }

    def allows(point: Mapping[str, str]) -> bool:
        return sum(map(ord, "".join(point.values()))) % modulus == 0

    free = drain(RandomSampler(Search(values, count=1000, seed=seed)))
    assert len(RandomSampler(Search(values, count=1000))) == len(free)
    assert len(set(free)) == len(free) == math.prod(sizes) + 1
    chosen = drain(RandomSampler(Search(values, count=1000, seed=seed, allows=allows)))
    wanted = {one for one in free if one and allows({tweak.name: tweak.value for tweak in one})}
    assert set(chosen) == {()} | wanted
    assert len(chosen) == len(wanted) + 1


def test_a_range_of_magnitudes_is_exhausted_too() -> None:
    assert len(drain(RandomSampler(Search({"width": ["1..1000"]}, count=5000)))) == 1001


def test_the_few_points_that_are_allowed_are_found_in_no_order() -> None:
    values = {"width": ["1..100"], "depth": ["1..100"]}
    search = Search(values, count=200, allows=lambda one: one["width"] == one["depth"])
    widths = [int(point[0].value) for point in drain(RandomSampler(search))[1:]]
    assert sorted(widths) == list(range(1, 101))
    assert widths[50:] not in (sorted(widths[50:]), sorted(widths[50:], reverse=True))


def test_an_endless_space_of_which_nothing_is_allowed_ends() -> None:
    asked = 0

    def allows(_point: Mapping[str, str]) -> bool:
        nonlocal asked
        asked += 1
        return False

    sampler = RandomSampler(Search({"lr": ["0.001..0.1"]}, allows=allows))
    assert drain(sampler) == [()]
    assert asked == 1000
    assert sampler.ask() is None
    assert asked == 1000


def test_a_long_range_among_other_values_is_refused() -> None:
    with pytest.raises(TunableError, match="endlessly many numbers") as caught:
        RandomSampler(Search({"lr": ["0.5", "0.001..0.1"]}))
    assert caught.value.hint == (
        "give a step, as in 0.001..0.1:0.01, or only this range with: --sampler random"
    )


def test_a_short_range_among_other_values_is_written_out() -> None:
    points = drain(RandomSampler(Search({"depth": ["1..3", "10"]})))
    assert sorted(point[0].value for point in points[1:]) == ["1", "10", "2", "3"]

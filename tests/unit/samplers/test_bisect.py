"""Halving finds the value at which runs begin to fail, with few of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.domain import Run, RunStatus
from sandbox.errors import InputError
from sandbox.interfaces import Search
from sandbox.samplers import BisectSampler


def run_of(status: RunStatus) -> Run:
    return Run("v", "n", status, "e", "env", "c")


def tried(
    sampler: BisectSampler, is_fine: Callable[[float], bool], baseline: float = 0.0
) -> list[str]:
    """Values in the order in which they were asked for."""
    asked = []
    while (point := sampler.ask()) is not None:
        value = float(point[0].value) if point else baseline
        asked += [point[0].value] if point else []
        sampler.tell(point, run_of(RunStatus.succeeded if is_fine(value) else RunStatus.failed))
        assert len(asked) < 50
    return asked


def search(*values: str, **others: object) -> Search:
    return Search({"size": values}, **others)  # type: ignore[arg-type]


def test_whole_numbers_are_found_to_the_last_one() -> None:
    sampler = BisectSampler(search("8", "4096"))
    asked = tried(sampler, lambda size: size < 385)
    assert asked[:2] == ["8", "4096"]
    assert asked[2] == "181"  # by order of magnitude
    assert sampler.notes() == (f"size >= 385 fails, 384 is fine (of {len(asked)} values tried)",)
    assert len(asked) <= len(sampler)


def test_what_fails_below_is_found_too_and_a_range_is_two_ends() -> None:
    sampler = BisectSampler(search("1..20"))
    tried(sampler, lambda size: size > 13)
    assert sampler.notes()[0].startswith("size <= 13 fails, 14 is fine")


def test_real_numbers_are_found_to_a_hundredth() -> None:
    sampler = BisectSampler(search("0.0001", "10"))
    asked = tried(sampler, lambda size: size < 0.31)
    last = sampler.notes()[0]
    fails, fine = float(last.split()[2]), float(last.split()[4])
    assert fine < 0.31 <= fails
    assert fails / fine < 1.011
    assert len(asked) <= 13


@pytest.mark.parametrize(("is_fine", "word"), [(True, "fine"), (False, "failed")])
def test_ends_that_are_alike_have_no_boundary(*, is_fine: bool, word: str) -> None:
    sampler = BisectSampler(search("1", "9"))
    assert tried(sampler, lambda _size: is_fine) == ["1", "9"]
    assert f"are both {word}, so there is no boundary" in sampler.notes()[0]


def test_what_the_baseline_says_is_not_asked_again() -> None:
    sampler = BisectSampler(search("8", "64", baseline={"size": "8.0"}))
    assert tried(sampler, lambda size: size < 40, baseline=8.0)[0] == "64"
    assert sampler.notes()[0].startswith("size >= 40 fails, 39 is fine")


def test_it_goes_on_with_what_it_is_told() -> None:
    first = BisectSampler(search("1", "1000"))
    asked = tried(first, lambda size: size < 300)
    second = BisectSampler(search("1", "1000"))
    for text in asked:
        point = second._point(float(text))  # noqa: SLF001 - as a journal would give it back
        second.tell(point, run_of(RunStatus.succeeded if float(text) < 300 else RunStatus.failed))
    assert tried(second, lambda size: size < 300) == []
    assert second.notes() == first.notes()


def test_it_ends_at_the_count_and_says_what_is_known() -> None:
    sampler = BisectSampler(search("1", "1000000", count=4))
    assert len(tried(sampler, lambda size: size < 300)) == 4
    assert "fails" in sampler.notes()[0]
    assert "not both" in BisectSampler(search("1", "9")).notes()[0]


@pytest.mark.parametrize("values", [("1", "2", "3"), ("1",), ("a", "b"), ("1", "1.0"), ()])
def test_what_is_no_two_numbers_is_refused(values: tuple[str, ...]) -> None:
    with pytest.raises(
        InputError, match="between which two numbers is size to be halved"
    ) as caught:
        BisectSampler(search(*values))
    assert caught.value.hint == "write -p size=LOW,HIGH"


def test_one_tunable_is_halved() -> None:
    with pytest.raises(InputError, match="halves one tunable, and 2 are varied"):
        BisectSampler(Search({"a": ("1", "2"), "b": ("1", "2")}))


def test_ends_that_are_worlds_apart_are_halved_too() -> None:
    sampler = BisectSampler(search("1e-300", "1e300"))
    asked = tried(sampler, lambda size: size < 1e10)
    assert len(asked) <= len(sampler)
    assert "e+09 is fine" in sampler.notes()[0] or "e+10 fails" in sampler.notes()[0]

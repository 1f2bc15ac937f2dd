"""Which tunable mattered, which way, and whether two hang together."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Mapping, Sequence

import pytest

from sandbox.comparing import Evaluation, compare
from sandbox.domain import Run
from sandbox.samplers import evaluate
from tests.support.made_runs import make_run

SPREAD = 0.01


def runs_of(points: Sequence[Mapping[str, str]], value: object, base: int = 4) -> list[Run]:
    """The baseline repeated, and each point once, with noise; `value` is a function of a point."""
    assert callable(value)
    chance = random.Random(3)
    runs = [
        make_run({}, {"loss": value({}) + chance.gauss(0, SPREAD)}, repeat=at) for at in range(base)
    ]
    return runs + [
        make_run(point, {"loss": value(point) + chance.gauss(0, SPREAD)}) for point in points
    ]


def test_one_at_a_time_the_widest_reach_matters_most() -> None:
    points = [{"lr": text} for text in ("0.1", "0.2", "0.4")]
    points += [{"width": text} for text in ("8", "16")] + [{"unused": "1"}]

    def value(point: Mapping[str, str]) -> float:
        return float(point.get("lr", "0.05")) - float(point.get("width", "4")) / 100

    first, second, third = compare(runs_of(points, value)).importances
    assert (first.tunable, first.direction, first.best, first.method) == (
        "lr",
        "up",
        None,
        "contrast",
    )
    assert (second.tunable, second.direction, second.best) == ("width", "down", "16")
    assert first.share > second.share > third.share
    assert sum(one.share for one in (first, second, third)) == pytest.approx(1.0)
    assert [one.is_noise for one in (first, second, third)] == [False, False, True]


def crossed(value: object) -> list[Run]:
    names = ("a", "b")
    levels = (("1", "2", "3"), ("1", "2"))
    points = [dict(zip(names, one, strict=True)) for one in itertools.product(*levels)]
    return runs_of(points, value)


def test_of_a_grid_without_interaction_each_acts_by_itself() -> None:
    found = compare(crossed(lambda one: float(one.get("a", 2)) + 2 * float(one.get("b", 1))))
    assert [one.tunable for one in found.importances] == ["b", "a"]
    assert found.importances[0].best == "1"
    only = found.interactions[0]
    assert only.p_value is not None
    assert only.p_value > 0.05
    assert "each by itself" in only.text


def test_a_product_is_an_interaction_and_is_told_in_words() -> None:
    found = compare(crossed(lambda one: float(one.get("a", 0)) * (float(one.get("b", 1)) - 1)))
    only = found.interactions[0]
    assert sorted(only.tunables) == ["a", "b"]
    assert only.p_value is not None
    assert only.p_value < 0.01
    # y = a (b - 1): a has mean 1, b has 2, the rest is 1/3 … by the sums of squares 3 : 6 : 1.
    assert only.share == pytest.approx(1 / 8.25 * 1, abs=0.1)
    assert "hang together" in only.text


def test_an_interaction_is_told_of_the_one_whose_effect_varies_most() -> None:
    def loss(one: dict[str, str]) -> float:  # b matters where a is 1, a matters everywhere
        return float(one.get("a", 2)) + (20 * float(one["b"]) if one.get("a") == "1" else 0)

    assert " b changes loss by 20 with a=1, by 0" in compare(crossed(loss)).interactions[0].text


def test_a_combination_that_is_the_code_itself_is_the_baselines() -> None:
    """The sampler leaves it out, and the block is whole all the same."""
    points = [{"a": "1", "b": "2"}, {"a": "2", "b": "1"}, {"a": "2", "b": "2"}]
    found = compare(runs_of(points, lambda one: 2.0 if one == points[2] else 1.0))
    assert found.interactions[0].p_value is not None
    assert found.interactions[0].p_value < 0.05


def patched(*sets: str, **others: str) -> list[dict[str, str]]:
    return [{**others, "patch": one} for one in sets]


def test_patches_that_were_tried_together_may_hang_together() -> None:
    """One halves the loss, the other does so only where the first is there too."""

    def loss(one: Mapping[str, str]) -> float:
        has = one.get("patch", "").split(" + ")
        return 1 - 0.5 * ("a.diff" in has) - 0.3 * ({"a.diff", "b.diff"} <= set(has))

    only = compare(runs_of(patched("a.diff", "b.diff", "a.diff + b.diff"), loss)).interactions[0]
    assert only.tunables == ("a.diff", "b.diff")
    assert only.p_value is not None
    assert only.p_value < 0.05
    assert re.fullmatch(
        r"a.diff and b.diff hang together: b.diff changes loss by 0\.\d+ with a.diff, "
        r"by 0\.0\d+ without a.diff",
        only.text,
    )


def test_of_three_patches_each_two_are_asked_beside_the_values_of_a_tunable() -> None:
    sets = ["a", "b", "c", "a + b", "a + c", "b + c", "a + b + c"]
    points = [{"lr": "1"}, {"lr": "2"}, *patched(*sets, lr="1"), *patched(*sets, lr="2")]
    found = compare(
        runs_of(points, lambda one: float(one.get("lr", "1")) + len(one.get("patch", "")))
    )
    pairs = {one.tunables for one in found.interactions}
    assert {("a", "b"), ("a", "c"), ("b", "c")} <= pairs


def test_a_patch_whose_name_looks_like_two_is_one() -> None:
    found = compare(runs_of(patched("a + b", "c"), lambda one: float(len(one))))
    assert found.interactions == ()


def test_without_repeats_an_interaction_is_shown_with_a_reserve() -> None:
    runs = crossed(lambda one: float(one.get("a", 0)) * float(one.get("b", 0)))
    alone = [run for run in runs if not run.repeat]
    only = compare(alone).interactions[0]
    assert only.p_value is None
    assert "luck was not measured" in only.text


def scattered(count: int) -> list[Run]:
    chance = random.Random(0)
    points = [
        {
            "lr": f"{10 ** chance.uniform(-4, 0):.5g}",
            "width": str(chance.randint(1, 64)),
            "kind": chance.choice(["x", "y"]),
        }
        for _ in range(count)
    ]
    return runs_of(points, lambda one: float(one.get("lr", 0)) + 0.5 * (one.get("kind") == "x"))


@pytest.mark.slow
@pytest.mark.parametrize(("count", "method"), [(60, "fanova"), (600, "ped-anova")])
def test_of_scattered_points_a_model_is_asked(count: int, method: str) -> None:
    found = compare(
        scattered(count), evaluate=lambda points, values: Evaluation(*evaluate(points, values))
    )
    by_name = {one.tunable: one for one in found.importances}
    assert {one.method for one in found.importances} == {method}
    assert found.importances[-1].tunable == "width"
    assert by_name["width"].is_noise
    assert not by_name["kind"].is_noise
    assert by_name["kind"].best == "y"
    assert by_name["lr"].direction == "up"
    assert by_name["kind"].direction is None
    assert sum(one.share for one in found.importances) == pytest.approx(1.0)


def test_few_scattered_points_ask_no_model() -> None:
    def refuse(_points: Sequence[Mapping[str, str]], _values: Sequence[float]) -> Evaluation:
        raise AssertionError

    found = compare(scattered(10), evaluate=refuse)
    assert found.importances == ()
    assert "too few runs to tell tunables apart: 10 of 20" in found.notes


def test_of_a_grid_with_a_bystander_only_what_acts_has_a_share() -> None:
    found = compare(crossed(lambda one: float(one.get("a", 2))))
    first, second = found.importances
    assert (first.tunable, first.is_noise) == ("a", False)
    assert (second.is_noise, second.share < 0.01) == (True, True)
    assert not any("too few" in note for note in found.notes)


def test_one_at_a_time_and_some_crossed_a_bystander_has_no_share() -> None:
    """Crossed with what acts, it would seem to act as well."""
    points = [{"a": "1"}, {"a": "2"}, {"b": "1"}, {"b": "2"}]
    points += [{"a": "2", "b": "1"}, {"a": "2", "b": "2"}]
    first, second = compare(runs_of(points, lambda one: float(one.get("a", 0)))).importances
    assert (first.tunable, first.is_noise) == ("a", False)
    assert (second.tunable, second.is_noise, second.share < 0.01) == ("b", True, True)


def test_combinations_that_do_not_tell_tunables_apart_say_so() -> None:
    """The values of one go with those of the other."""
    points = [{"a": text, "b": text} for text in ("1", "2", "3")]
    found = compare(runs_of(points, lambda one: float(one.get("a", 0))))
    assert found.importances == ()
    assert "too few runs to tell tunables apart: 3 of 20" in found.notes


def test_what_changes_nothing_matters_to_nothing() -> None:
    runs = [make_run({}, {"loss": 1.0}), make_run({"a": "1"}, {"loss": 1.0})]
    assert [one.is_noise for one in compare(runs).importances] == [True]


def test_huge_values_have_shares_too() -> None:
    runs = [make_run({}, {"loss": 1e308}), make_run({"a": "1"}, {"loss": -1e308})]
    assert compare(runs).importances[0].share == pytest.approx(1.0)

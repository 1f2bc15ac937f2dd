"""What is called an effect, and what luck."""

from __future__ import annotations

import itertools
import json
import math
import random

import pytest
from scipy import stats

from benchmarks import luck
from sandbox.comparing import (
    Comparison,
    Effect,
    compare,
    sentences,
    table,
    to_csv,
    to_json,
    to_markdown,
)
from sandbox.domain import Run, RunStatus
from tests.support.made_runs import make_run

BASE = [0.50, 0.52, 0.51]


def repeated(tweaks: dict[str, str], values: list[float], metric: str = "loss") -> list[Run]:
    return [make_run(tweaks, {metric: value}, repeat=at) for at, value in enumerate(values)]


def of(found: Comparison, tweak: str, metric: str = "loss") -> Effect:
    return next(one for one in found.effects if (one.tweak, one.metric) == (tweak, metric))


def test_a_single_run_is_judged_by_the_baselines_spread() -> None:
    found = compare([*repeated({}, BASE), make_run({"lr": "1"}, {"loss": 0.40})])
    noise = found.noise["loss"]
    assert (noise.spread, noise.degrees, noise.source) == (pytest.approx(0.01), 2, "baseline")
    reach = stats.t.ppf(0.975, 2) * 0.01 * math.sqrt(4 / 3)
    assert noise.band == pytest.approx((0.51 - reach, 0.51 + reach))
    effect = of(found, "lr=1")
    assert effect.interval == pytest.approx((-0.11 - reach, -0.11 + reach), rel=0.01)
    assert effect.verdict == "better"
    assert effect.p_value is not None
    assert effect.p_value < 0.05
    assert effect.repeats_needed is None


def test_a_difference_within_the_noise_is_luck_and_says_how_many_repeats_would_tell() -> None:
    found = compare([*repeated({}, BASE), make_run({"lr": "1"}, {"loss": 0.50})])
    effect = of(found, "lr=1")
    assert effect.verdict == "luck"
    assert effect.repeats_needed == 17  # one spread: Cohen's table


def test_an_interval_leaves_out_zero_just_where_the_verdict_is_not_luck() -> None:
    chance = random.Random(5)
    for design in luck.DESIGNS:
        for effect in compare(luck.sweep(design, chance, 6.0)).effects:
            assert effect.interval is not None
            low, high = effect.interval
            assert (effect.verdict in {"luck", "same"}) is (low <= 0 <= high)


def test_the_more_is_tried_the_more_it_takes() -> None:
    few, many = (
        compare(
            [
                *repeated({}, BASE),
                *(make_run({"lr": str(at)}, {"loss": 0.45}) for at in range(count)),
            ]
        )
        for count in (1, 50)
    )
    assert of(few, "lr=0").verdict == "better"
    assert of(many, "lr=0").verdict == "luck"


def test_spreads_of_all_repeated_variants_are_taken_together() -> None:
    runs = [*repeated({}, BASE), *repeated({"lr": "1"}, [0.40, 0.42, 0.41])]
    noise = compare(runs).noise["loss"]
    assert (noise.degrees, noise.source) == (4, "pooled")
    assert noise.spread == pytest.approx(0.01)


def test_a_variant_that_is_far_more_unsteady_is_judged_by_its_own_spread() -> None:
    wild = repeated({"lr": "9"}, [0.1, 0.9, 5.0])
    calm = repeated({"lr": "1"}, [0.30, 0.32, 0.31])
    found = compare([*repeated({}, BASE), *wild, *calm])
    assert found.noise["loss"].source == "baseline"
    assert of(found, "lr=1").verdict == "better"
    assert of(found, "lr=9").verdict == "luck"
    expected = stats.ttest_ind([0.30, 0.32, 0.31], BASE, equal_var=False).pvalue * 2
    assert of(found, "lr=1").p_value == pytest.approx(expected)


def test_repeats_of_variants_do_where_the_baseline_has_none() -> None:
    runs = [make_run({}, {"loss": 0.5}), *repeated({"lr": "1"}, [0.30, 0.32, 0.31])]
    found = compare(runs)
    assert of(found, "lr=1").verdict == "better"
    assert found.noise["loss"].source == "pooled"


def test_repeats_that_are_all_the_same_make_every_difference_count() -> None:
    for same, other in ((0.5123456, 0.5123455), (120.0, 119.0)):
        found = compare([*repeated({}, [same] * 3), make_run({"lr": "1"}, {"loss": other})])
        effect = of(found, "lr=1")
        assert (effect.verdict, effect.p_value) == ("better", 0.0)
        assert effect.interval == (effect.difference, effect.difference)


def test_repeats_that_rounding_made_the_same_are_no_certainty() -> None:
    """Of numbers told to a hundredth, three times 0.90 is no surprise, nor 0.91 after it."""
    found = compare([*repeated({}, [0.9] * 3), make_run({"lr": "1"}, {"loss": 0.91})])
    assert found.noise["loss"].spread == pytest.approx(0.01 / math.sqrt(12))
    assert of(found, "lr=1").verdict == "luck"
    base = next(row for row in found.rows if row.is_baseline)
    assert base.metrics["loss"].spread == 0.0  # shown as it was
    calm, other = repeated({"lr": "1"}, [0.91] * 3), repeated({"lr": "2"}, [0.9, 0.91, 0.9])
    assert compare([*repeated({}, [0.9] * 3), *calm, *other]).noise["loss"].source == "pooled"


def test_whole_numbers_that_were_not_always_the_same_have_steps_of_one() -> None:
    runs = [*repeated({}, [5.0] * 3), *repeated({"lr": "1"}, [6.0] * 3)]
    assert of(compare(runs), "lr=1").verdict == "worse"
    unsteady = [*runs, *repeated({"lr": "2"}, [5.0, 6.0, 5.0])]
    assert compare(unsteady).noise["loss"].spread > 1 / math.sqrt(12)


def shares(tweaks: dict[str, str], counts: list[int], of: float = 360.0) -> list[Run]:
    return repeated(tweaks, [count / of for count in counts], "accuracy")


@pytest.mark.parametrize("unit", [1.0, 100.0])
def test_an_example_more_or_less_of_a_test_set_is_no_certainty(unit: float) -> None:
    """Six that changed, all to one side, are what a coin gives in one of 32 throws."""
    runs = [
        *shares({}, [335] * 3, 360 / unit),
        *shares({"lr": "1"}, [337], 360 / unit),
        *shares({"lr": "2"}, [325], 360 / unit),
    ]
    found = compare(runs)
    assert found.noise["accuracy"].step == pytest.approx(unit / 360)
    near, far = of(found, "lr=1", "accuracy"), of(found, "lr=2", "accuracy")
    assert (near.verdict, near.p_value, near.repeats_needed) == ("luck", 0.5, None)
    assert (far.verdict, far.p_value) == ("worse", pytest.approx(2 * 2.0**-9))
    assert far.interval is not None
    assert far.interval[1] < 0
    told = sentences(found)["What was luck"]
    assert told[0].startswith(
        "accuracy was the same in every repeat; its values count at least 360 examples"
    )
    json.dumps(to_json(found), allow_nan=False)


@pytest.mark.parametrize(("metric", "ends"), [("val_accuracy", 1.0), ("ratio", None)])
def test_the_band_of_an_accuracy_ends_at_all(metric: str, ends: float | None) -> None:
    found = compare(
        [*repeated({}, [0.991, 0.987, 0.983], metric), make_run({"a": "1"}, {metric: 0.5})]
    )
    low, high = found.noise[metric].band
    assert low < 0.983
    assert (high == ends) if ends else high > 1


def test_examples_are_counted_where_all_percentages_are_below_one() -> None:
    """An error of 0.83 % is 25 of 3,000, and no share of 30."""
    runs = [
        *repeated({}, [100 * 25 / 3000] * 3, "error"),
        *(
            run
            for count in (26, 41, 53, 77, 89)
            for run in repeated({"lr": str(count)}, [100 * count / 3000], "error")
        ),
    ]
    found = compare(runs)
    assert found.noise["error"].examples == 3000
    assert "its values count at least 3000 examples" in sentences(found)["What was luck"][0]


def test_a_share_in_single_precision_is_one_too() -> None:
    import numpy as np

    single = [float(np.float32(count) / np.float32(360)) for count in (335, 336)]
    runs = [*repeated({}, single[:1] * 3, "acc"), *repeated({"lr": "1"}, single[1:], "acc")]
    assert compare(runs).noise["acc"].step == pytest.approx(1 / 360)


def test_shares_that_were_printed_with_few_digits_are_some_where_there_are_enough() -> None:
    """0.9989 and 0.9978 are steps of one in 898, which four digits alone would not say."""
    counts = [897, 896, 870, 866, 698, 105, 894, 869]
    runs = [*repeated({}, [0.9989] * 3, "train_accuracy")]
    runs += [
        make_run({"c": str(at)}, {"train_accuracy": round(count / 898, 4)})
        for at, count in enumerate(counts)
    ]
    found = compare(runs)
    assert found.noise["train_accuracy"].step == pytest.approx(1 / 898)
    assert of(found, "c=1", "train_accuracy").verdict == "luck"
    assert of(found, "c=2", "train_accuracy").verdict == "worse"
    hundredths = [make_run({"c": str(at)}, {"acc": at / 100}) for at in range(50, 90)]
    plain = compare([*repeated({}, [0.9] * 3, "acc"), *hundredths])
    assert plain.noise["acc"].step is None  # of two digits all are parts of a hundred


def test_numbers_that_are_no_shares_are_none() -> None:
    chance = random.Random(3)
    for _ in range(50):
        same, other = chance.random(), chance.random()
        runs = [*repeated({}, [same] * 3, "acc"), *repeated({"lr": "1"}, [other], "acc")]
        assert compare(runs).noise["acc"].step is None
    thirds = [*repeated({}, [1 / 3] * 3, "acc"), *repeated({"lr": "1"}, [2 / 3], "acc")]
    assert compare(thirds).noise["acc"].step is None  # nobody tests with three examples
    losses = [*repeated({}, [335 / 360] * 3), *repeated({"lr": "1"}, [336 / 360])]
    assert of(compare(losses), "lr=1").verdict == "worse"


def test_repeats_that_lie_further_apart_than_those_of_all_count_as_they_are() -> None:
    """By a spread for all alone, the first would be no luck."""
    unsteady = [0.545, 0.575, 0.515]
    calm = [
        repeated({"lr": str(at)}, [0.51 - each, 0.51, 0.51 + each])
        for at, each in enumerate((0.01, 0.011, 0.009, 0.01), 2)
    ]
    runs = [*repeated({}, BASE), *repeated({"lr": "1"}, unsteady), *itertools.chain(*calm)]
    found = compare(runs)
    noise = found.noise["loss"]
    assert noise.source == "pooled"
    low, high = of(found, "lr=1").interval or (0.0, 0.0)
    narrow_low, narrow_high = of(found, "lr=2").interval or (0.0, 0.0)
    own, shared = 0.03, noise.spread
    wider = math.hypot(own, shared) / math.hypot(shared, shared)
    assert (high - low) / (narrow_high - narrow_low) == pytest.approx(wider)


def test_without_repeats_luck_is_not_measured() -> None:
    found = compare([make_run({}, {"loss": 0.5}), make_run({"lr": "1"}, {"loss": 0.4})])
    assert found.noise == {}
    assert (of(found, "lr=1").verdict, of(found, "lr=1").interval) == ("unmeasured", None)


@pytest.mark.parametrize(
    "values", [[1e308, -1e308, 1e308], [1e-320, 2e-320, 3e-320], [math.nan, 0.5, math.inf]]
)
def test_numbers_at_the_ends_of_float_give_valid_json(values: list[float]) -> None:
    runs = [*repeated({}, values), *repeated({"lr": "1"}, values[::-1])]
    json.dumps(to_json(compare(runs)), allow_nan=False)


@pytest.mark.parametrize(
    "runs",
    [
        [],
        [make_run({}, {"loss": 1.0})],
        [make_run({}, status=RunStatus.failed, cause="x")] * 3,
        repeated({}, [1.0, 1.0, 1.0]),
        [*repeated({}, [0.0, 0.0]), make_run({"a": "1"}, {"loss": 0.0})],
        [make_run({"a": str(at)}, {f"m{at}": 1.0}) for at in range(5)],
        [make_run({"a": "1"}, {"loss": math.nan}), *repeated({}, [math.nan] * 3)],
        [*repeated({"=\u202eodd,\n": "\x1b[1m"}, [1.0, 2.0]), *repeated({}, [1.0, 2.0])],
        [
            *(make_run({}, {f"m{at}": at * r for at in range(500)}, repeat=r) for r in range(3)),
            make_run({"a": "1"}, {f"m{at}": 1.0 for at in range(500)}),
        ],
    ],
)
def test_whatever_the_runs_are_there_is_a_valid_comparison(runs: list[Run]) -> None:
    found = compare(runs)
    json.dumps(to_json(found), allow_nan=False)
    for text in (to_markdown(found), to_csv(found), *table(found).notes):
        assert "\x1b" not in text
        assert "\u202e" not in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "design", [one for one in luck.DESIGNS if one.keeps], ids=lambda one: one.name
)
def test_false_alarms_are_one_in_twenty_at_most(design: luck.Design) -> None:
    """With 300 sweeps, one in twenty is at most 8.3 % in 99.5 of 100 tries; `make statistics`
    has a thousand.
    """
    times = 100 if design.variants > 50 else 300
    allowed = luck.MOST_ALARMS + 2.6 * math.sqrt(luck.MOST_ALARMS * 0.95 / times)
    assert luck.false_alarms(design, times) <= allowed


def test_large_effects_are_found() -> None:
    repeated_thrice = luck.DESIGNS[5]
    assert luck.power(repeated_thrice, 8.0, 20) >= 0.9

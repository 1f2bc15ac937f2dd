from __future__ import annotations

import dataclasses
import json
import math

import pytest

from sandbox.comparing import Comparison, compare, to_json
from sandbox.domain import RunStatus
from tests.support.made_runs import make_run


def sweep() -> Comparison:
    return compare(
        [
            make_run({}, {"test_loss": 0.5, "train_loss": 0.4}),
            make_run({"lr": "0.1", "data": "a"}, {"test_loss": 0.3, "train_loss": 0.2}),
            make_run({"lr": "0.2", "data": "a"}, {"test_loss": 0.7, "train_loss": 0.1}),
        ]
    )


def test_differences_are_taken_to_the_run_without_tweaks() -> None:
    found = sweep()
    assert found.baseline is not None
    assert found.baseline.name == "baseline"
    best = found.rows[0]
    assert best.differences == pytest.approx({"test_loss": -0.2, "train_loss": -0.2})


def test_rows_are_sorted_best_first_by_the_direction_of_the_main_metric() -> None:
    assert [row.metrics["test_loss"].mean for row in sweep().rows] == [0.3, 0.5, 0.7]
    runs = [make_run({"a": str(n)}, {"accuracy": n / 10}) for n in (3, 1, 2)]
    assert [row.metrics["accuracy"].mean for row in compare(runs).rows] == [0.3, 0.2, 0.1]


def test_the_test_set_counts_before_the_training_set() -> None:
    assert sweep().main == "test_loss"
    assert sweep().metrics[0] == "test_loss"


def test_a_given_direction_counts_before_the_name_and_is_told() -> None:
    runs = [make_run({"a": "1"}, {"x": 1.0, "loss": 2.0}), make_run({}, {"x": 3.0, "loss": 1.0})]
    found = compare(runs, directions={"x": "max"})
    assert found.main == "x"
    assert (found.better["x"].way, found.better["x"].source) == ("max", "given")
    assert (found.better["loss"].way, found.better["loss"].source) == ("min", "name")
    assert any("sorted by x, higher is better (as given)" in note for note in found.notes)


def test_an_unknown_direction_is_said_and_rows_are_sorted_by_name() -> None:
    found = compare([make_run({"b": "1"}, {"zeta": 1.0}), make_run({"a": "1"}, {"zeta": 2.0})])
    assert found.main is None
    assert [row.name for row in found.rows] == ["a=1", "b=1"]
    assert any("nothing tells" in note for note in found.notes)
    assert all(effect.verdict == "changed" for effect in found.effects)


def test_only_tweaks_that_differ_are_columns() -> None:
    same = [make_run({"lr": value, "seed": "1"}, {"loss": 1.0}) for value in ("1", "2")]
    assert compare(same).columns == ("lr",)
    assert compare([*same, make_run({}, {"loss": 1.0})]).columns == ("lr", "seed")


def test_repeats_of_a_variant_are_one_row_with_mean_spread_and_count() -> None:
    runs = [make_run({"a": "1"}, {"loss": value}, repeat=at) for at, value in enumerate([1, 2, 3])]
    row = compare(runs).rows[0]
    summary = row.metrics["loss"]
    assert (summary.mean, summary.spread, summary.count) == (2.0, 1.0, 3)
    assert len(row.runs) == 3


def test_a_single_run_has_no_spread() -> None:
    assert sweep().rows[0].metrics["test_loss"].spread is None


@pytest.mark.parametrize(("value", "verdict"), [(0.1, "better"), (0.9, "worse"), (0.5, "same")])
def test_verdicts_follow_the_direction(value: float, verdict: str) -> None:
    runs = [make_run({}, {"loss": 0.5}, repeat=at) for at in range(5)]
    found = compare([*runs, make_run({"a": "1"}, {"loss": value})])
    assert [effect.verdict for effect in found.effects] == [verdict]


def test_without_a_baseline_no_difference_is_made_up() -> None:
    found = compare([make_run({"a": "1"}, {"loss": 1.0}), make_run({"a": "2"}, {"loss": 2.0})])
    assert found.baseline is None
    assert found.effects == ()
    assert any("no baseline" in note for note in found.notes)


def test_a_failed_baseline_gives_no_differences() -> None:
    base = make_run({}, {"loss": 9.0}, status=RunStatus.failed, cause="ValueError: x")
    found = compare([base, make_run({"a": "1"}, {"loss": 1.0})])
    assert found.effects == ()
    assert found.baseline is not None
    assert any("the baseline failed" in note for note in found.notes)


def test_a_baseline_that_was_stopped_is_told_as_that() -> None:
    base = make_run({}, {"loss": 9.0}, status=RunStatus.cancelled)
    notes = compare([base, make_run({"a": "1"}, {"loss": 1.0})]).notes
    assert "the baseline has no result (cancelled): differences are not shown" in notes


def test_failures_are_grouped_by_cause_whatever_the_address() -> None:
    runs = [
        make_run({"a": str(n)}, status=RunStatus.failed, cause=f"ValueError: <x at 0x7f{n}>")
        for n in range(3)
    ]
    found = compare([*runs, make_run({"a": "9"}, status=RunStatus.out_of_memory)])
    assert [failure.runs for failure in found.failures] == [("a=0", "a=1", "a=2"), ("a=9",)]
    assert found.failures[0].cause == "failed: ValueError: <x at 0x…>"
    assert found.failures[1].cause == "out of memory"


def test_a_time_limit_with_metrics_is_a_result_and_without_a_failure() -> None:
    with_metrics = make_run({"a": "1"}, {"loss": 1.0}, status=RunStatus.timed_out, cause="60 s")
    without = make_run({"a": "2"}, status=RunStatus.timed_out, cause="60 s")
    found = compare([make_run({}, {"loss": 2.0}), with_metrics, without])
    assert [failure.runs for failure in found.failures] == [("a=2",)]
    assert found.rows[0].name == "a=1"


def test_a_failed_repeat_does_not_spoil_the_mean_but_is_told() -> None:
    runs = [
        make_run({"a": "1"}, {"loss": 1.0}, repeat=0),
        make_run({"a": "1"}, {"loss": 99.0}, repeat=1, status=RunStatus.failed, cause="boom"),
    ]
    row = compare(runs).rows[0]
    assert row.metrics["loss"].mean == 1.0
    assert row.status == "failed 1/2"


def test_metrics_of_a_failed_run_are_not_ranked_above_results() -> None:
    bad = make_run({"a": "1"}, {"loss": 0.0}, status=RunStatus.diverged, cause="nan")
    assert [row.name for row in compare([bad, make_run({}, {"loss": 2.0})]).rows][-1] == "a=1"


def test_different_metrics_per_run_are_all_there_the_most_common_first() -> None:
    runs = [
        make_run({}, {"f1": 0.5}),
        make_run({"a": "1"}, {"f1": 0.4, "auc": 0.9}),
        make_run({"a": "2"}, {"score": 3.0}),
    ]
    found = compare(runs)
    assert found.metrics == ("f1", "auc", "score")
    assert found.rows[-1].metrics.keys() == {"score"}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_metric_that_is_not_finite_counts_as_not_measured(value: float) -> None:
    found = compare([make_run({}, {"loss": value}), make_run({"a": "1"}, {"loss": 1.0})])
    assert found.effects == ()
    json.dumps(to_json(found), allow_nan=False)


def test_numbers_near_the_largest_float_do_not_break_it() -> None:
    runs = [
        make_run({"a": "1"}, {"loss": sign * 1.7e308}, repeat=n)
        for n, sign in enumerate([1, -1, 1])
    ]
    json.dumps(to_json(compare([make_run({}, {"loss": -1.7e308}), *runs])), allow_nan=False)


def test_no_runs_are_a_valid_comparison() -> None:
    found = compare([])
    assert found.rows == found.effects == found.failures == found.metrics == ()
    assert to_json(found)["baseline"] is None


def test_only_failed_runs_are_a_valid_comparison_without_a_best() -> None:
    found = compare([make_run({"a": "1"}, status=RunStatus.failed, cause="boom")])
    assert found.main is None
    assert found.effects == ()


def test_a_constant_metric_is_the_same_everywhere() -> None:
    found = compare([make_run({}, {"loss": 1.0}), make_run({"a": "1"}, {"loss": 1.0})])
    assert [effect.verdict for effect in found.effects] == ["same"]


def test_json_has_the_shape_that_programs_rely_on() -> None:
    shape = to_json(sweep())
    assert {"baseline", "effects", "failures"} <= shape.keys()
    effects = shape["effects"]
    assert isinstance(effects, list)
    assert effects[0] == {
        "tweak": "lr=0.1 data=a",
        "metric": "test_loss",
        "difference": pytest.approx(-0.2),
        "interval": None,
        "verdict": "unmeasured",
        "p_value": None,
        "repeats_needed": None,
    }
    failed = to_json(compare([make_run({"a": "1"}, status=RunStatus.lost, cause="gone")]))
    assert failed["failures"] == [{"cause": "lost: gone", "runs": ["a=1"], "boundary": None}]
    json.dumps(shape, allow_nan=False)


def test_many_runs_are_all_there() -> None:
    runs = [make_run({"a": str(n)}, {"loss": float(n), "acc": 1.0}) for n in range(3000)]
    assert len(compare([make_run({}, {"loss": 5.5, "acc": 1.0}), *runs]).effects) == 6000


def test_the_same_variant_and_repeat_once_more_is_no_further_repeat() -> None:
    """As when two sweeps with the same seeds are compared together."""
    old, new = (
        dataclasses.replace(make_run({}, {"loss": loss}), started_at=at)
        for at, loss in ((1.0, 0.5), (2.0, 0.7))
    )
    other = make_run({"a": "1"}, {"loss": 0.1})
    found = compare([new, old, make_run({}, {"loss": 0.8}, repeat=1), other])
    base = next(row for row in found.rows if row.is_baseline)
    assert (base.metrics["loss"].mean, base.metrics["loss"].count) == (0.75, 2)
    assert any("one was left out" in note for note in found.notes)
    assert not any("left out" in note for note in compare([new, other]).notes)

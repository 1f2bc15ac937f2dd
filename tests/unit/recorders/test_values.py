from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace

from sandbox.domain import Run, Scalar, Sweep, Tweak
from sandbox.recorders.descriptions import describe_run, describe_sweep
from sandbox.recorders.values import (
    TAG_LIMIT,
    RunValues,
    batches,
    run_values,
    sweep_tags,
    to_tag,
    without_best,
)

MakeRun = Callable[..., Run]


def steps(values: RunValues, key: str) -> list[int]:
    return [point.step for point in values.points if point.key == key]


def test_scalars_without_a_step_are_numbered_by_occurrence(sweep: Sweep, make_run: MakeRun) -> None:
    scalars = (Scalar("a", 1.0), Scalar("b", 1.0), Scalar("a", 2.0))
    values = run_values(sweep, make_run(scalars=scalars, metrics={}, shared_s=2.0))
    assert steps(values, "a") == [0, 1]
    assert steps(values, "b") == [0]
    assert json.loads(values.tags["sandbox.unstepped"]) == ["a", "b"]


def test_a_last_word_without_a_step_stands_behind_the_curve(
    sweep: Sweep, make_run: MakeRun
) -> None:
    scalars = (Scalar("loss", 3.0, 500), Scalar("loss", 2.0))
    assert steps(run_values(sweep, make_run(scalars=scalars, metrics={})), "loss") == [500, 501]


def test_parts_of_epochs_become_thousandths_and_that_is_told(
    sweep: Sweep, make_run: MakeRun
) -> None:
    scalars = (Scalar("loss", 3.0, 1), Scalar("loss", 2.0, 1.25))
    values = run_values(sweep, make_run(scalars=scalars, metrics={}, shared_s=2.0))
    assert steps(values, "loss") == [1000, 1250]
    assert any("1/1000" in note for note in values.notes)


def test_steps_out_of_range_are_numbered_and_told(sweep: Sweep, make_run: MakeRun) -> None:
    told = (2**63, 1e30, math.nan, math.inf, -5)
    scalars = tuple(Scalar("loss", 1.0, step) for step in told)
    values = run_values(sweep, make_run(scalars=scalars, metrics={}, shared_s=2.0))
    assert steps(values, "loss") == [0, 1, 2, 3, -5]
    assert any("4 steps out of range" in note for note in values.notes)


def test_infinity_is_kept_as_nan_and_told_but_nan_is_just_kept(
    sweep: Sweep, make_run: MakeRun
) -> None:
    scalars = (Scalar("loss", math.inf, 0), Scalar("loss", math.nan, 1))
    values = run_values(sweep, make_run(scalars=scalars, metrics={}, shared_s=2.0))
    assert [math.isnan(point.value) for point in values.points[:2]] == [True, True]
    assert any("1 times infinity" in note for note in values.notes)
    assert [sign for _, _, sign in json.loads(values.tags["sandbox.infinite"])] == ["inf"]


def test_numbers_stay_exact_to_the_bit(sweep: Sweep, make_run: MakeRun) -> None:
    exact = (1.7976931348623157e308, 5e-324, 0.1, 1 / 3)
    scalars = tuple(Scalar("a", value, step) for step, value in enumerate(exact))
    values = run_values(sweep, make_run(scalars=scalars, metrics={}, shared_s=2.0))
    assert tuple(point.value for point in values.points[:4]) == exact


def test_points_are_in_order_and_the_same_each_time(sweep: Sweep, make_run: MakeRun) -> None:
    scalars = tuple(Scalar("a", 1.0, 0) for _ in range(5000))
    first = run_values(sweep, make_run(scalars=scalars, metrics={}, elapsed_s=0.1))
    times = [point.at for point in first.points if point.key == "a"]
    assert times == sorted(set(times))
    assert first == run_values(sweep, make_run(scalars=scalars, metrics={}, elapsed_s=0.1))


def test_a_last_value_that_mlflow_would_not_show_is_kept_beside(
    sweep: Sweep, make_run: MakeRun
) -> None:
    scalars = (Scalar("loss", 1.0, 10), Scalar("loss", 0.25, 0), Scalar("acc", 1.0, 0))
    values = run_values(sweep, make_run(scalars=scalars, metrics={"loss": 0.25, "acc": 1.0}))
    assert json.loads(values.tags["sandbox.metrics"]) == {"loss": 0.25}


def test_resources_stand_under_a_prefix_that_no_metric_can_take(
    sweep: Sweep, make_run: MakeRun
) -> None:
    scalars = (Scalar("system/cpu_s", 666.0, 0),)
    values = run_values(sweep, make_run(scalars=scalars, metrics={}, shared_s=2.0))
    ours = {point.key: point.value for point in values.points if point.key.startswith("system/")}
    assert ours == {
        "system/elapsed_s": 6.5,
        "system/shared_s": 2.0,
        "system/cpu_s": 6.25,
        "system/peak_memory_bytes": 300_000_000.0,
    }


def test_a_tweak_that_was_not_passed_is_a_parameter_too(sweep: Sweep, make_run: MakeRun) -> None:
    tweaks = (Tweak("Adam.lr", "1e-3", "t.py:Adam.lr"), Tweak("patch", "wide.patch"))
    values = run_values(sweep, make_run(tweaks=tweaks, parameters={"seed": "1"}))
    expected = {"Adam.lr": "1e-3", "patch": "wide.patch", "seed": "1"}
    assert values.parameters == expected
    assert values.tags["sandbox.patch"] == "wide.patch"


def test_names_and_values_that_do_not_fit_are_changed_and_told(
    sweep: Sweep, make_run: MakeRun
) -> None:
    odd = {"n" * 5000: "1", "\U0001f680": "2", "long": "v" * 7000, "mlflow.runName": "evil"}
    values = run_values(sweep, make_run(parameters=odd, tweaks=()))
    assert len(values.parameters) == 4
    assert len(values.parameters["long"]) == 6000
    told = " ".join(values.notes)
    assert "5000 characters shortened" in told
    assert "7000 characters cut to 6000" in told
    assert ":u1F680:" in told


def test_studied_code_sets_no_tag_of_mlflow(sweep: Sweep, make_run: MakeRun) -> None:
    evil = make_run(parameters={"mlflow.user": "evil"}, metrics={"mlflow.runName": 1.0})
    plain = run_values(sweep, make_run(parameters={}, metrics={}))
    ours = {k: v for k, v in run_values(sweep, evil).tags.items() if k.startswith("mlflow.")}
    assert ours == {k: v for k, v in plain.tags.items() if k.startswith("mlflow.")}


def test_calls_keep_to_mlflows_limits_and_leave_nothing_out(
    sweep: Sweep, make_run: MakeRun
) -> None:
    scalars = tuple(Scalar("l" * 240, float(n), n) for n in range(2500))
    parameters = {f"p{n}": "я" * 6000 for n in range(130)}
    values = run_values(sweep, make_run(scalars=scalars, parameters=parameters, tweaks=()))
    calls = list(batches(values))
    assert [point for call in calls for point in call.points] == list(values.points)
    assert dict(pair for call in calls for pair in call.parameters) == values.parameters
    for call in calls:
        assert len(call.parameters) <= 100
        assert len(call.parameters) + len(call.points) <= 1000
        assert len(json.dumps(call.parameters)) < 1_000_000


def test_a_run_of_nothing_is_one_call(sweep: Sweep, make_run: MakeRun) -> None:
    empty = make_run(scalars=(), parameters={}, tweaks=(), metrics={})
    assert len(list(batches(run_values(sweep, empty)))) == 1


def test_json_in_tags_can_be_read_however_much_there_is() -> None:
    assert json.loads(to_tag(["x" * 100] * 1000))
    assert json.loads(to_tag({str(n): "x" * 100 for n in range(1000)}))
    assert len(to_tag(["x" * 100] * 1000)) <= TAG_LIMIT


def test_no_credential_of_an_address_becomes_a_tag(sweep: Sweep) -> None:

    url = "https://me:secret@example.org/x"
    leaky = replace(sweep, repo=url, command=f"sandbox sweep {url}")
    assert "secret" not in json.dumps(sweep_tags(leaky)) + describe_sweep(leaky)


def test_a_description_says_what_was_changed_and_how_it_ended(
    sweep: Sweep, make_run: MakeRun
) -> None:
    from sandbox.domain import RunStatus

    run = make_run(1, status=RunStatus.out_of_memory, cause="used <b>4 GiB</b>")
    text = describe_run(sweep, run, ["a note"])
    assert "- lr: **0.1**" in text
    assert "**Out of memory** after 6.5 s: used &lt;b&gt;4 GiB&lt;/b&gt;" in text
    assert text.index("test\\_loss") < text.index("- loss")
    assert "- a note" in text


def test_a_baseline_is_called_so(sweep: Sweep, make_run: MakeRun) -> None:
    assert "The baseline" in describe_run(sweep, make_run(tweaks=(), name="baseline"), [])


def test_a_description_has_the_diff_as_it_is_and_says_where_the_notebook_is(
    sweep: Sweep, make_run: MakeRun
) -> None:
    patch = "-a = 1\n+a = `2` <b>\x1b[2J\n ```\n <!-- end notes -->\n"
    text = describe_run(sweep, make_run(1), [], patch=patch, files=["notebook.html", "log.txt"])
    fence = text[text.index("````diff") : text.rindex("````") + 4]
    assert fence.splitlines() == [
        "````diff", "-a = 1", "+a = `2` <b>\ufffd[2J", " ```", " <!--\xa0end notes -->", "````",
    ]  # fmt: skip
    assert "**Artifacts**, `notebook.html`" in text
    assert "ipynb" not in text


def test_a_long_diff_is_cut_at_a_line_and_the_whole_of_it_named(
    sweep: Sweep, make_run: MakeRun
) -> None:
    text = describe_run(sweep, make_run(1), [], patch="+line of a diff\n" * 500)
    assert len(text) < 3500
    assert text.count("````") in {0, 2}
    assert "\n+line of a diff\n```\n" in text
    assert "`tweak.patch`" in text


# ---------------------------------------------------------------- best values


def best_of(sweep: Sweep, run: Run) -> dict[str, float]:
    points = run_values(sweep, run).points
    return {one.key: one.value for one in points if one.key.startswith("best_")}


def curve(name: str, *values: float) -> list[Scalar]:
    return [Scalar(name, value, step) for step, value in enumerate(values)]


def test_the_best_value_stands_beside_a_curve_whose_direction_is_known(
    sweep: Sweep, make_run: MakeRun
) -> None:
    scalars = [
        *curve("test_loss", 3.0, math.nan, 1.0, 2.0),
        *curve("accuracy", 0.1, 0.9, math.inf, 0.5),
        *curve("frobs", 1.0, 2.0),
        *curve("once_loss", 1.0),
        *curve("dead_loss", math.nan, math.nan),
    ]
    run = make_run(0, scalars=tuple(scalars), metrics={})
    assert best_of(sweep, run) == {"best_test_loss": 1.0, "best_accuracy": 0.9}
    asked = replace(sweep, directions={"frobs": "max", "test_loss": "max"})
    assert best_of(asked, run) == {
        "best_test_loss": 3.0,
        "best_frobs": 2.0,
        "best_accuracy": 0.9,
    }


def test_a_best_value_of_the_codes_own_is_left_as_it_is(sweep: Sweep, make_run: MakeRun) -> None:
    scalars = (*curve("loss", 2.0, 1.0, 3.0), *curve("best_loss", 7.0), *curve("best_x", 8.0))
    values = run_values(sweep, make_run(0, scalars=scalars, metrics={}))
    shown = {one.key: one.value for one in values.points}
    assert shown["best_loss"] == 7.0
    assert without_best(values.tags, shown) == shown
    scalars = (*curve("loss", 2.0, 1.0, 3.0), *curve("best_x", 8.0))
    values = run_values(sweep, make_run(0, scalars=scalars, metrics={}))
    shown = {one.key: one.value for one in values.points}
    assert shown["best_loss"] == 1.0
    assert set(shown) - set(without_best(values.tags, shown)) == {"best_loss"}


def test_of_very_many_curves_few_get_a_best_value(sweep: Sweep, make_run: MakeRun) -> None:
    many = [one for n in range(500) for one in curve(f"loss_{n}", 1.0, 2.0)]
    assert len(best_of(sweep, make_run(0, scalars=tuple(many), metrics={}))) == 20
    own = [one for n in range(900) for one in curve(f"best_of_{n}", 1.0)]
    run = make_run(0, scalars=(*many, *own), metrics={})
    values = run_values(sweep, run)
    assert not {one.key for one in values.points} & {f"best_loss_{n}" for n in range(500)}
    assert "sandbox.own_best" not in values.tags

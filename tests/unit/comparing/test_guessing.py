from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from sandbox.comparing import (
    Guess,
    Judged,
    calibrate,
    calibration_line,
    compare,
    guess_lines,
    judge,
    judged_from_json,
    judged_to_json,
    parse_guess,
    read_guess,
)
from sandbox.comparing.model import Comparison, Importance
from sandbox.domain import RunStatus
from sandbox.errors import InputError
from tests.support.made_runs import make_run

VALUES = {"lr": ("0.1", "0.2"), "type": ("mlp", "up"), "tweak:dropout": ("on",)}


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("lr: up, big", Guess("lr", "up", "big")),
        ("  lr:DOWN ,  Small ", Guess("lr", "down", "small")),
        ("lr: 0.2, none", Guess("lr", "0.2", "none")),
        ("type: up, medium", Guess("type", "up", "medium")),
        ("tweak:dropout: on, big", Guess("tweak:dropout", "on", "big")),
    ],
)
def test_a_guess_is_read_and_reads_back(text: str, guess: Guess) -> None:
    assert parse_guess(text, VALUES) == guess
    assert read_guess(str(guess)) == guess


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "not NAME: WAY, SIZE", "--guess"),
        ("lr up big", "not NAME", "--guess"),
        ("lr: up", "not NAME", "--guess"),
        (": up, big", "not NAME", "--guess"),
        ("lr: , big", "not NAME", "--guess"),
        ("lrr: up, big", "'lrr', which is not varied", "did you mean 'lr'"),
        ("zzzz: up, big", "not varied", "varied are: lr"),
        ("lr: upp, big", "does not say which way lr is better", "did you mean 'up'"),
        ("lr: 7, big", "does not say which way", "one of: up, down, 0.1, 0.2"),
        ("lr: up, bigg", "no size of a guess is called 'bigg'", "did you mean 'big'"),
        ("lr: up, 7 %", "no size of a guess is called '7 %'", "none, small, medium, big"),
    ],
)
def test_a_guess_that_cannot_be_one_is_refused_with_what_can(
    text: str, message: str, hint: str
) -> None:
    with pytest.raises(InputError) as error:
        parse_guess(text, VALUES)
    assert message in error.value.message
    assert hint in str(error.value.hint)


def grid(*, by: str = "loss", scale: float = 1.0) -> Comparison:
    """lr moves the loss from 1 to 0.5, width by 2 %; both are lower for more of it."""
    runs = [
        make_run(
            {"lr": lr, "width": width},
            {by: scale * (a + b)},
        )
        for lr, a in (("0.1", 0.75), ("0.2", 0.5))
        for width, b in (("8", 0.02), ("16", 0.01))
    ]
    base = replace(make_run({}, {by: scale * 1.0}), parameters={"lr": "0.05", "width": "4"})
    return compare([base, *runs])


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("lr: up, big", (True, True, True)),
        ("lr: down, small", (True, False, False)),
        ("lr: 0.2, big", (True, True, True)),
        ("lr: 0.1, big", (True, False, True)),
        ("width: up, big", (False, True, True)),
        ("nosuch: up, big", (False, None, None)),
    ],
)
def test_a_guess_is_held_against_what_was_shown(
    text: str, right: tuple[bool | None, bool | None, bool | None]
) -> None:
    judged = judge(read_guess(text), grid())
    assert (judged.tunable, judged.way, judged.size) == right
    assert judged.shown is not None
    assert judged.shown.tunable == "lr"


def test_what_was_varied_alone_is_told_from_its_own_variants() -> None:
    base = replace(make_run({}, {"loss": 1.0}), parameters={"lr": "0.1", "width": "8"})
    runs = [
        make_run({"lr": "0.2"}, {"loss": 0.1}),
        make_run({"lr": "0.3"}, {"loss": 0.2}),
        make_run({"width": "16"}, {"loss": 0.95}),
    ]
    judged = judge(read_guess("width: up, medium"), compare([base, *runs]))
    assert (judged.tunable, judged.way, judged.size) == (False, True, True)


def test_up_means_that_larger_is_better_whichever_way_the_metric_goes() -> None:
    shown = judge(read_guess("lr: up, big"), grid(by="accuracy")).shown
    assert shown is not None
    assert shown.way == "down", "more of it gave less accuracy"


def test_a_metric_whose_direction_nothing_tells_has_no_better_way() -> None:
    judged = judge(read_guess("lr: up, big"), grid(by="frobs"))
    assert judged.way is None
    assert judged.tunable is None


def test_importances_count_where_there_are_any() -> None:
    told = replace(
        grid(),
        importances=(
            Importance("width", "loss", 0.7, "fanova", "down", "16"),
            Importance("lr", "loss", 0.3, "fanova", "mixed", "0.2", is_noise=True),
        ),
    )
    assert judge(read_guess("width: up, big"), told).tunable is True
    assert judge(read_guess("lr: up, none"), told).size is True, "luck is no size"
    luck = replace(told, importances=tuple(replace(one, is_noise=True) for one in told.importances))
    assert judge(read_guess("width: up, none"), luck).tunable is None, "then none is right"


@pytest.mark.parametrize(
    "runs",
    [
        [],
        [make_run({}, {"loss": 1.0})],
        [make_run({"lr": "1"}, {"loss": 1.0})],
        [make_run({}, status=RunStatus.failed), make_run({"lr": "1"}, status=RunStatus.failed)],
        [make_run({}, {"loss": math.nan}), make_run({"lr": "1"}, {"loss": math.inf})],
        [make_run({}, {"a": 1.0}), make_run({"lr": "1"}, {"b": 1.0})],
    ],
)
def test_a_sweep_that_tells_nothing_counts_for_nothing(runs: list[object]) -> None:
    judged = judge(read_guess("lr: up, big"), compare(runs))  # type: ignore[arg-type]
    assert (judged.tunable, judged.way) in {(None, None), (False, None)}
    assert calibrate([judged]).way == (0, 0)
    assert guess_lines(judged)


def test_a_constant_metric_is_moved_by_nothing() -> None:
    runs = [make_run({}, {"loss": 1.0}), make_run({"lr": "1"}, {"loss": 1.0})]
    judged = judge(read_guess("lr: up, none"), compare(runs))
    assert (judged.tunable, judged.way, judged.size) == (None, None, True)


def test_a_baseline_of_nothing_is_moved_much_by_anything() -> None:
    runs = [make_run({}, {"loss": 0.0}), make_run({"lr": "1"}, {"loss": 1e-9})]
    assert judge(read_guess("lr: up, big"), compare(runs)).size is True


def test_a_judged_guess_survives_json() -> None:
    for text in ("lr: up, big", "nosuch: up, big"):
        judged = judge(read_guess(text), grid())
        assert judged_from_json(json.loads(json.dumps(judged_to_json(judged)))) == judged
    nothing = Judged(Guess("a", "up", "big"), None)
    assert judged_from_json(judged_to_json(nothing)) == nothing
    with pytest.raises((KeyError, TypeError)):
        judged_from_json({"tunable": "a", "way": "up", "size": "big", "shown": 1, "right": 2})


def test_calibration_counts_what_could_be_told() -> None:
    guess = Guess("lr", "up", "big")
    found = calibrate(
        [
            Judged(guess, None, tunable=True, way=False),
            Judged(guess, None, tunable=False, size=True),
            Judged(guess, None),
        ]
    )
    assert (found.tunable, found.way, found.size) == ((1, 2), (0, 1), (1, 1))
    line = calibration_line(found)
    assert line == (
        "right in all guesses so far: which tunable 1 of 2, which way 0 of 1, how far 1 of 1"
    )
    assert calibration_line(calibrate([])) == ""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "lr: up, big",
            (
                "shown: lr moved loss most, by more than 10 % (big); larger values were better",
                "right: which tunable, which way, how far",
            ),
        ),
        (
            "width: down, big",
            (
                "shown: lr moved loss most, by more than 10 % (big); larger values were better",
                "right: how far; wrong: which tunable, which way",
            ),
        ),
    ],
)
def test_the_result_is_told_beside_the_guess_in_plain_words(
    text: str, lines: tuple[str, ...]
) -> None:
    assert guess_lines(judge(read_guess(text), grid())) == (f"guessed: {text}", *lines)


def test_what_the_sweep_leaves_open_is_said_to_be_so() -> None:
    runs = [make_run({}, {"loss": 1.0}), make_run({"lr": "1"}, {"loss": 1.0})]
    judged = judge(read_guess("lr: up, none"), compare(runs))
    assert guess_lines(judged)[1:] == (
        "shown: no tunable moved loss, or no more than luck does",
        "right: how far; left open by the sweep: which tunable, which way",
    )
    nothing = judge(read_guess("lr: up, big"), compare([]))
    assert guess_lines(nothing)[1:] == ("the sweep has no result to hold the guess against",)

"""What is suggested next can be typed as it is."""

from __future__ import annotations

import dataclasses
import shlex

import pytest

from sandbox.comparing import Asked, Suggestion, compare, kept_words, suggest, with_parameters
from sandbox.comparing.model import Importance
from sandbox.comparing.suggesting import beyond
from sandbox.domain import Run, Tweak
from sandbox.tunables import is_seed
from tests.support.made_runs import make_run

ASKED = Asked("makemore", "train.py", ("--engine", "local"), ("--data", "a b"))


def named(run: Run) -> Run:
    """With tunables, as runs of ours have."""
    tweaks = tuple(dataclasses.replace(one, tunable=f"train.py:{one.name}") for one in run.tweaks)
    return dataclasses.replace(run, tweaks=tweaks)


def base(count: int = 3) -> list[Run]:
    values = [0.50, 0.52, 0.51, 0.505][:count]
    return [make_run({}, {"loss": value}, repeat=at) for at, value in enumerate(values)]


def suggested(runs: list[Run], asked: Asked = ASKED) -> tuple[Suggestion, ...]:
    return suggest(compare([named(run) for run in runs]), asked)


def test_past_the_edge_where_the_best_was() -> None:
    values = {"0.001": 0.4, "0.01": 0.2, "0.1": 0.01}
    first = suggested([*base(), *(make_run({"lr": k}, {"loss": v}) for k, v in values.items())])[0]
    assert shlex.split(first.command) == [
        *("sandbox", "sweep", "makemore", "train.py", "--engine", "local"),
        *("-p", "lr=1,10", "--", "--data", "a b"),
    ]
    assert "go further" in first.reason


def test_what_was_better_in_one_run_is_run_again_to_see_whether_that_was_luck() -> None:
    once = [make_run({"lr": value}, {"loss": loss}) for value, loss in (("1", 0.01), ("2", 0.5))]
    told = [one for one in suggested([*base(), *once]) if "lucky" in one.reason]
    assert [one.reason for one in told] == [
        "lr=1 was better in one run: three show whether that run was a lucky one"
    ]
    assert "-p lr=1 --repeats 3" in told[0].command
    steady = [make_run({"lr": "1"}, {"loss": 0.01 * at}, repeat=at) for at in (1, 2, 3)]
    assert not any("lucky one" in one.reason for one in suggested([*base(), *steady]))


@pytest.mark.parametrize(
    ("value", "tried", "further"),
    [
        ("0.1", ["0.001", "0.01", "0.1"], ("1", "10")),
        ("0.001", ["0.001", "0.01", "0.1"], ("0.0001", "1e-05")),
        ("30", ["10", "20", "30"], ("40", "50")),
        ("64", ["16", "32", "64"], ("128", "256")),
        ("0.01", ["0.001", "0.01", "0.1"], ()),
        ("1", ["1", "2", "3"], ()),
        ("x", ["x", "y", "z"], ()),
        ("2", ["1", "2"], ()),
    ],
)
def test_further_values_follow_the_spacing_and_make_sense(
    value: str, tried: list[str], further: tuple[str, ...]
) -> None:
    assert beyond(value, tried) == further


@pytest.mark.parametrize(
    ("name", "further"),
    [
        ("dropout", ()),
        ("model.dropProb", ()),
        ("p", ()),
        ("l1_ratio", ()),
        ("lr", ("1.1", "1.3")),
        ("steps", ("1.1", "1.3")),
    ],
)
def test_by_its_name_a_share_stays_below_one(name: str, further: tuple[str, ...]) -> None:
    assert beyond("0.9", ["0.5", "0.7", "0.9"], name) == further


def test_two_that_each_helped_are_crossed() -> None:
    runs = [*base(), make_run({"lr": "0.1"}, {"loss": 0.1}), make_run({"wd": "2"}, {"loss": 0.2})]
    crossed = next(one for one in suggested(runs) if "together" in one.reason)
    assert "-p lr=0.1 -p wd=2" in crossed.command


def test_what_may_be_luck_is_repeated() -> None:
    runs = [*base(), make_run({"lr": "0.1"}, {"loss": 0.49})]
    first = suggested(runs)[0]
    assert "--repeats" in first.command
    assert "lucky" in first.reason
    alone = suggested([*base(1), make_run({"lr": "0.1"}, {"loss": 0.1})])
    assert alone[0].command.endswith("-p lr=0.1 --repeats 3 -- --data 'a b'")


def test_a_card_is_suggested_by_its_concept_three_at_most() -> None:
    asked = dataclasses.replace(ASKED, card=lambda name: f"about-{name}")
    runs = [*base(), *(make_run({name: "1"}, {"loss": 0.1}) for name in "abcdef")]
    found = suggested(runs, asked)
    assert len(found) == 3
    assert found[-1].command.startswith("sandbox explain about-")


def test_tweaks_of_code_have_their_own_option_and_patches_none() -> None:
    code = dataclasses.replace(ASKED, code_tweaks=frozenset({"swap"}))
    run = make_run({"swap": "SGD"}, {"loss": 0.1})
    assert "--tweak swap=SGD" in suggested([*base(1), run], code)[0].command
    patched = dataclasses.replace(run, tweaks=(Tweak("patch", "a.diff"),))
    assert suggest(compare([*base(1), patched]), ASKED) == ()


def test_nothing_is_suggested_of_nothing() -> None:
    assert suggest(compare([]), ASKED) == ()


def test_of_a_command_what_holds_for_every_run_is_kept() -> None:
    typed = "sandbox sweep x train.py --engine local --limit=5m -m -p lr=1 --jobs 2 -- --data 'a b'"
    assert kept_words(typed) == (("--engine", "local", "--limit=5m", "-m"), ("--data", "a b"))
    assert kept_words("unbalanced '") == ((), ())


def test_parameters_of_others_become_tweaks_against_the_first() -> None:
    runs = [
        dataclasses.replace(
            make_run({}, {"loss": loss}), variant=str(at), parameters={"lr": lr, "data": "x"}
        )
        for at, (lr, loss) in enumerate([("0.1", 0.5), ("0.2", 0.4), ("0.1", 0.51)])
    ]
    found = compare(with_parameters(runs))
    assert found.columns == ("lr",)
    assert [(row.name, len(row.runs)) for row in found.rows] == [("lr=0.2", 1), ("baseline", 2)]
    ours = [make_run({"a": "1"}), make_run({})]
    assert with_parameters(ours) == tuple(ours)


def test_runs_of_others_that_differ_in_seeds_only_are_repeats() -> None:
    runs = [
        dataclasses.replace(
            make_run({}, {"loss": loss}), variant=str(at), parameters={"lr": lr, "seed": str(at)}
        )
        for at, (lr, loss) in enumerate([("0.1", 0.5), ("0.2", 0.4), ("0.1", 0.51)])
    ]
    found = compare(with_parameters(runs, is_seed))
    assert found.columns == ("lr",)
    assert [(row.name, len(row.runs)) for row in found.rows] == [("lr=0.2", 1), ("baseline", 2)]
    alone = compare(with_parameters([runs[0], runs[2]], is_seed))
    assert [len(row.runs) for row in alone.rows] == [2]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("seed", True),
        ("model.seed", True),
        ("random_state", True),
        ("lr", False),
        ("epochs", False),
    ],
)
def test_seeds_are_told_by_their_names(name: str, *, told: bool) -> None:
    assert is_seed(name) is told


def test_what_moved_next_to_nothing_is_not_said_to_matter() -> None:
    asked = dataclasses.replace(ASKED, card=lambda name: f"about-{name}")
    runs = [*base(), make_run({"a": "1"}, {"loss": 0.5}), make_run({"b": "1"}, {"loss": 0.99})]
    shares = (Importance("a", "loss", 0.99, "contrast"), Importance("b", "loss", 0.01, "contrast"))
    found = dataclasses.replace(compare(runs), importances=shares)
    reasons = [one.reason for one in suggest(found, asked) if "explain" in one.command]
    assert reasons == [
        "a mattered: read what it does and why",
        "b was varied: read what it does and why",
    ]

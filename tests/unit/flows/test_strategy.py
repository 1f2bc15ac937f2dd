"""What the words of a strategy mean."""

from __future__ import annotations

import pytest

from sandbox.domain import RunStatus
from sandbox.errors import InputError
from sandbox.flows.questions.strategy import Budget, find_goals, judged_by, parse_budget, unmeasured
from sandbox.flows.requests import Strategy
from tests.support.made_runs import make_run


@pytest.mark.parametrize(
    ("words", "budget"),
    [
        ((), Budget()),
        (("10m",), Budget(seconds=600)),
        (("200runs",), Budget(runs=200)),
        (("1 run",), Budget(runs=1)),
        (("1h30m", "5 variants"), Budget(5400, 5)),
        (("10m,20runs",), Budget(600, 20)),
    ],
)
def test_a_budget_is_a_time_a_count_or_both(words: tuple[str, ...], budget: Budget) -> None:
    assert parse_budget(words) == budget


@pytest.mark.parametrize("word", ["runs", "0runs", "-1runs", "many", "1.5runs", "", "10x"])
def test_what_is_no_budget_is_refused(word: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_budget((word,))
    assert "200runs" in str(caught.value.hint)


def test_goals_are_told_by_the_user_then_the_recipe_then_the_name() -> None:
    known = {"speed": "max", "loss": "max"}
    assert find_goals(known, ("loss:min", "speed", "accuracy")) == {
        "loss": "min",
        "speed": "max",
        "accuracy": "max",
    }
    with pytest.raises(InputError, match="is more or less of height better"):
        find_goals({}, ("height",))
    with pytest.raises(InputError):
        find_goals({}, ("loss:down",))


def test_without_a_goal_the_first_known_metric_decides() -> None:
    known = {"accuracy": "max", "train_accuracy": "max"}
    assert judged_by(Strategy(), known) == {"accuracy": "max"}
    assert judged_by(Strategy(goals=("train_accuracy", "loss")), known) == {
        "train_accuracy": "max",
        "loss": "min",
    }


def test_a_goal_that_no_run_measured_is_told() -> None:
    runs = [make_run(metrics={"accuracy": 0.5}), make_run({"lr": "1"}, status=RunStatus.failed)]
    (near,) = unmeasured(Strategy(goals=("acuracy:max", "accuracy:max")), runs)
    assert near.startswith("no run has a metric called acuracy")
    assert near.endswith("did you mean accuracy")
    (far,) = unmeasured(Strategy(goals=("height:max",)), runs)
    assert far.endswith("they have accuracy")
    assert unmeasured(Strategy(goals=("height:max",)), runs[1:]) == ()

"""What the words of a strategy mean."""

from __future__ import annotations

import pytest

from sandbox.errors import InputError
from sandbox.flows.strategy import Budget, find_goals, parse_budget


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

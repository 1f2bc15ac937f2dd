from __future__ import annotations

import math

import pytest

from sandbox.domain import Scalar
from sandbox.metrics import best_values, diverged, last_values, metric_direction

NAN = math.nan


def curve(*values: float, name: str = "loss") -> list[Scalar]:
    return [Scalar(name, value, step) for step, value in enumerate(values, start=10)]


def test_the_last_finite_value_counts() -> None:
    found = last_values([*curve(3.0, 2.0, NAN), *curve(0.5, name="acc")])
    assert found == {"loss": 2.0, "acc": 0.5}


def test_best_values_follow_the_directions_given() -> None:
    scalars = [*curve(3.0, 1.0, 2.0, NAN), *curve(0.5, 0.9, 0.7, name="acc"), *curve(1, name="x")]
    assert best_values(scalars, {"loss": "min", "acc": "max"}) == {"loss": 1.0, "acc": 0.9}


def test_divergence_names_the_metric_and_its_first_step() -> None:
    assert diverged(curve(3.0, 2.0, NAN, NAN)) == "loss became nan at step 12"
    assert diverged(curve(math.inf)) == "loss became inf at step 10"
    assert diverged([Scalar("loss", -math.inf)]) == "loss became -inf"
    assert diverged([Scalar("loss", NAN, 1.25)]) == "loss became nan at step 1.25"


def test_a_metric_that_recovers_has_not_diverged() -> None:
    assert diverged(curve(3.0, NAN, 2.0)) is None
    assert diverged([]) is None


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("train_loss", "min"),
        ("test_error", "min"),
        ("initial_cost", "min"),
        ("perplexity", "min"),
        ("rmse", "min"),
        ("valLoss", "min"),
        ("binary_logloss", "min"),
        ("val_acc", "max"),
        ("acc@1", "max"),
        ("macro_avg_f1-score", "max"),
        ("rollout/ep_rew_mean", "max"),
        ("r2", "max"),
        ("roc_auc", "max"),
        ("reward_loss", "min"),
        ("neg_mean_squared_error", "max"),
        ("negative_log_likelihood", "min"),
        ("log_likelihood", "max"),
        ("learning_rate", None),
        ("grad_norm", None),
        ("value", None),
        ("", None),
    ],
)
def test_the_direction_is_told_from_the_name_or_not_at_all(
    name: str, direction: str | None
) -> None:
    assert metric_direction(name) == direction

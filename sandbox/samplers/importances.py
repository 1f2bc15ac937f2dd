"""How much each tunable of scattered points mattered, by Optuna's evaluators; a pure function."""

from __future__ import annotations

import datetime as dt
import math
import random
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.samplers.ranges import to_number
from sandbox.samplers.studies import open_study

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

_MOST_FOR_FOREST = 500
_MOST = 2000
"""More points are drawn from: what they say of shares does not hang on each of them."""
_LOG_FROM = 100
_TREES = 16
_DEPTH = 6
"""Deeper ones take minutes for hundreds of points, and say the same."""
_SHADOW = "shadow of "


class Importances(NamedTuple):
    """What an evaluator says.

    Attributes:
        method: `fanova`, or `ped-anova` where there are too many points for a forest.
        shares: 0 … 1, together 1.
        floor: the largest share of values that were shuffled, so that they cannot matter.
    """

    method: str
    shares: dict[str, float]
    floor: float


def evaluate(
    points: Sequence[Mapping[str, str]], values: Sequence[float], *, seed: int = 0
) -> Importances:
    """Shares of the variance of the values that each tunable alone explains.

    Each tunable has a shuffled copy beside it: what is no more important than the best of these is
    none.

    Source: Hutter 2014, An efficient approach for assessing hyperparameter importance (fANOVA);
    Watanabe 2023, PED-ANOVA; Kursa 2010, Feature selection with the Boruta package (shadows).

    Args:
        points: all of the same names.
    """
    from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator

    points, values = _drawn(points, values, seed)
    columns = {name: [point[name] for point in points] for name in points[0]}
    shadows = _shuffled(columns, seed)
    is_small = len(points) <= _MOST_FOR_FOREST
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evaluator: Any = (
            FanovaImportanceEvaluator(n_trees=_TREES, max_depth=_DEPTH, seed=seed)
            if is_small
            else PedAnovaImportanceEvaluator()
        )
        found = dict(evaluator.evaluate(_study({**columns, **shadows}, values, seed)))
    own = {name: _finite(found.get(name, 0.0)) for name in columns}
    total = math.fsum(own.values())
    floor = max((_finite(found.get(name, 0.0)) for name in shadows), default=0.0)
    return Importances(
        "fanova" if is_small else "ped-anova",
        {name: share / total if total else 1 / len(own) for name, share in own.items()},
        floor / total if total else 1.0,
    )


def _drawn(
    points: Sequence[Mapping[str, str]], values: Sequence[float], seed: int
) -> tuple[Sequence[Mapping[str, str]], Sequence[float]]:
    if len(points) <= _MOST:
        return points, values
    chance = random.Random(seed)  # noqa: S311 - draws, no secrets
    places = sorted(chance.sample(range(len(points)), _MOST))
    return [points[at] for at in places], [values[at] for at in places]


def _shuffled(columns: Mapping[str, Sequence[str]], seed: int) -> dict[str, list[str]]:
    chance = random.Random(seed)  # noqa: S311 - shuffles, no secrets
    return {
        f"{_SHADOW}{name}": chance.sample(list(column), len(column))
        for name, column in columns.items()
    }


def _study(columns: Mapping[str, Sequence[str]], values: Sequence[float], seed: int) -> Any:
    """Trials are held as they are: `add_trials` copies each with all its spaces, for seconds."""
    import optuna
    from optuna.trial import FrozenTrial, TrialState

    spaces = {name: _space(column) for name, column in columns.items()}
    moment = dt.datetime.now(tz=dt.UTC)
    trials = [
        FrozenTrial(
            number=at,
            trial_id=at,
            state=TrialState.COMPLETE,
            value=value,
            datetime_start=moment,
            datetime_complete=moment,
            params={name: _value(columns[name][at], spaces[name]) for name in columns},
            distributions=spaces,
            user_attrs={},
            system_attrs={},
            intermediate_values={},
        )
        for at, value in enumerate(values)
    ]

    class Told(optuna.Study):
        def get_trials(self, *_args: object, **_options: object) -> list[FrozenTrial]:
            return trials

    storage = optuna.storages.InMemoryStorage()
    name = open_study(["max"], optuna.samplers.RandomSampler(seed=seed), storage=storage).study_name
    return Told(name, storage)


def _space(column: Sequence[str]) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    numbers = [to_number(text) for text in column]
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers) or len(set(known)) < 2:
        return CategoricalDistribution(tuple(dict.fromkeys(column)))
    low, high = min(known), max(known)
    return FloatDistribution(low, high, log=low > 0 and high / low >= _LOG_FROM)


def _value(text: str, space: BaseDistribution) -> str | float:
    from optuna.distributions import CategoricalDistribution

    return text if isinstance(space, CategoricalDistribution) else float(text)


def _finite(share: float) -> float:
    return float(share) if math.isfinite(share) and share > 0 else 0.0

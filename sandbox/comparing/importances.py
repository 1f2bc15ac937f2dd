"""How much each tunable mattered, and which way."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sandbox.comparing.chances import LEVEL, f_beyond, spearman
from sandbox.comparing.designs import (
    Level,
    Point,
    adjusted_levels,
    is_one_at_a_time,
    levels_of,
    plain_points,
    to_order,
)
from sandbox.comparing.model import Importance, Noise

ENOUGH = 20
"""Variants from which on a model of all of them together is worth asking."""


_MANY = 6
_LEAST_SHARE = 0.02
"""One shuffled copy alone is a floor that hangs on luck itself."""


@dataclass(frozen=True)
class Evaluation:
    """What a model of all variants says.

    Attributes:
        shares: tunable → 0 … 1, together 1.
        floor: what a tunable that does nothing gets.
    """

    method: str
    shares: Mapping[str, float]
    floor: float


Evaluate = Callable[[Sequence[Mapping[str, str]], Sequence[float]], Evaluation]


def measure_importances(
    points: Sequence[Point],
    columns: Sequence[str],
    metric: tuple[str, str | None],
    noise: Noise | None,
    evaluate: Evaluate | None = None,
    *,
    idle: Collection[str] = (),
) -> tuple[Importance, ...]:
    """The largest share first; none where nothing was varied or measured.

    Where each value was tried alone, or each with each, means of the values say it all: their
    variance is the tunable's share. Of points scattered by chance a model is asked, and of few of
    them nothing is said: `too_few` tells so.

    Args:
        metric: name, and which way is better.
        evaluate: None = there is no model at hand.
        idle: tunables none of whose values, tried alone, did more than luck.
    """
    name, way = metric
    full = _full(points, columns)
    plain = plain_points(points, columns)
    are_alone = plain is not None and is_one_at_a_time(plain)
    levels = {column: levels_of(plain or points, column) for column in columns}
    if plain is not None and not are_alone:
        levels = adjusted_levels(plain, columns)
    levels = {column: found for column, found in levels.items() if len(found) > 1}
    if not levels:
        return ()
    if plain is not None and (len(plain) == len(points) or evaluate is None or len(full) < ENOUGH):
        found = _by_contrast(levels, name, noise)
        if are_alone:
            # As the values themselves were judged: no test of the whole may say otherwise.
            found = [replace(one, is_noise=one.tunable in idle) for one in found]
        # A slope over many values is seen where none of them alone stands out.
        steady = {column for column, each in levels.items() if _is_steady(each, len(levels))}
        found = [replace(one, is_noise=one.is_noise and one.tunable not in steady) for one in found]
    elif evaluate is not None and len(full) >= ENOUGH:
        if plain is not None:
            levels = {column: levels_of(points, column) for column in levels}
        found = _by_model(full, levels, name, evaluate)
    else:
        return ()
    best = {column: best_of(each, way) for column, each in levels.items()}
    ranked = sorted(found, key=lambda one: (-one.share, one.tunable))
    return tuple(replace(one, best=best[one.tunable]) for one in ranked)


def too_few(points: Sequence[Point], columns: Sequence[str]) -> str | None:
    """That so many scattered points do not tell tunables apart; None where they do."""
    count = len(_full(points, columns))
    varied = any(len(levels_of(points, column)) > 1 for column in columns)
    if not varied or count >= ENOUGH or plain_points(points, columns) is not None:
        return None
    return f"too few runs to tell tunables apart: {count} of {ENOUGH}"


def _full(points: Sequence[Point], columns: Sequence[str]) -> list[Point]:
    return [one for one in points if all(column in one.levels for column in columns)]


def _by_contrast(
    levels: Mapping[str, Sequence[Level]], metric: str, noise: Noise | None
) -> list[Importance]:
    sizes = {name: _variance([one.mean for one in each]) for name, each in levels.items()}
    shares = _shares(sizes)
    chances = {name: _chance(each, noise) for name, each in levels.items()}
    idle = _not_told_apart(chances) if noise else frozenset()
    idle |= {name for name, size in sizes.items() if not size}
    return [
        Importance(
            name, metric, shares[name], "contrast", _direction(each, noise), None, name in idle
        )
        for name, each in levels.items()
    ]


def _by_model(
    points: Sequence[Point],
    levels: Mapping[str, Sequence[Level]],
    metric: str,
    evaluate: Evaluate,
) -> list[Importance]:
    values = [one.mean for one in points]
    told = evaluate([{name: one.levels[name] for name in levels} for one in points], values)
    return [
        Importance(
            name,
            metric,
            told.shares.get(name, 0.0),
            told.method,
            _association([to_order(one.levels[name]) for one in points], values),
            None,
            told.shares.get(name, 0.0) <= max(told.floor, _LEAST_SHARE),
        )
        for name in levels
    ]


def best_of(levels: Sequence[Level], way: str | None) -> str | None:
    """The value with the best mean; None = the code's own, or nobody knows what is good."""
    if way is None:
        return None
    pick = max if way == "max" else min
    return pick(levels, key=lambda one: one.mean).value


def _variance(values: Sequence[float]) -> float:
    """Of the values as they are, all alike weighted; infinite where it is no number."""
    largest = max(map(abs, values))
    if not largest:
        return 0.0
    scaled = [value / largest for value in values]
    mean = math.fsum(scaled) / len(scaled)
    variance = math.fsum((value - mean) ** 2 for value in scaled) / len(scaled)
    return math.sqrt(variance) * largest


def _shares(spreads: Mapping[str, float]) -> dict[str, float]:
    """Squares of spreads as parts of 1; nothing varied, so all alike."""
    largest = max(spreads.values())
    if not largest:
        return dict.fromkeys(spreads, 1 / len(spreads))
    squares = {name: (spread / largest) ** 2 for name, spread in spreads.items()}
    return {name: square / math.fsum(squares.values()) for name, square in squares.items()}


def _chance(levels: Sequence[Level], noise: Noise | None) -> float:
    """Probability that luck alone drives the values' means so far apart (one-way ANOVA).

    Source: Fisher 1925, Statistical methods for research workers, chapter 7.
    """
    if noise is None:
        return 0.0
    total = sum(one.count for one in levels)
    mean = math.fsum(one.mean * (one.count / total) for one in levels)
    if not noise.spread:
        return 0.0 if any(one.mean != mean for one in levels) else 1.0
    units = [math.sqrt(one.count) * ((one.mean - mean) / noise.spread) for one in levels]
    between = len(levels) - 1
    size = min(math.hypot(*units), 1e150)
    return f_beyond(size**2 / between, between, noise.degrees)


def _not_told_apart(chances: Mapping[str, float]) -> frozenset[str]:
    """Holm's procedure: which are no larger than luck, all of them judged together."""
    left, idle = len(chances), False
    found = []
    for name, chance in sorted(chances.items(), key=lambda item: item[1]):
        idle = idle or chance * left > LEVEL
        left -= 1
        found += [name] if idle else []
    return frozenset(found)


def _direction(levels: Sequence[Level], noise: Noise | None) -> str | None:
    """Of few values, whether all steps go one way; of more, whether their ranks do.

    Steps that are smaller than the noise count for neither way.
    """
    known = sorted((at, one.mean) for one in levels if (at := to_order(one.value)) is not None)
    if len(known) < 2 or len(known) < sum(one.value is not None for one in levels):
        return None
    if len(known) >= _MANY:
        return _association([at for at, _ in known], [mean for _, mean in known])
    steps = [after - before for (_, before), (_, after) in itertools.pairwise(known)]
    least = noise.spread if noise else 0.0
    ways = {step > 0 for step in steps if abs(step) > least}
    if len(ways) != 1:
        return "mixed"
    return "up" if ways.pop() else "down"


def _is_steady(levels: Sequence[Level], judged: int) -> bool:
    """Whether ranks of values and means go together, where so many tunables are judged."""
    known = [(at, one.mean) for one in levels if (at := to_order(one.value)) is not None]
    if len(known) < _MANY:
        return False
    places, means = zip(*known, strict=True)
    return spearman(places, means)[1] * judged <= LEVEL


def _association(places: Sequence[float | None], values: Sequence[float]) -> str | None:
    known = [one for one in places if one is not None]
    if len(known) < len(places) or len(set(known)) < 2:
        return None
    correlation, chance = spearman(known, values)
    if chance > LEVEL:
        return "mixed"
    return "up" if correlation > 0 else "down"

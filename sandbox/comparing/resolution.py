"""How finely a metric was told: what is rounded, or counted, looks steadier than it is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from sandbox.comparing.model import Noise, Row, Summary
from sandbox.directions import parts

_LONG = 6
"""Digits from which on equal numbers are no work of rounding."""

_SHARES = frozenset(
    ("acc", "accuracy", "top1", "top5", "precision", "recall", "error", "err", "match", "score")
)
"""Words of names that may be a share of the examples of a test set."""

_BOUNDED = frozenset(
    ("acc", "accuracy", "top1", "top5", "precision", "recall", "f1", "auc", "auroc", "iou", "dice")
)
"""Words of names of what is between nothing and all of something."""

_FEWEST, _MOST = 10, 60_000
"""Examples that a test set has."""

_TOLERANCES = (1e-14, 6e-8)
"""Of a division in double precision, and in single."""

_ENOUGH = 30
_CHANCE = 1e-3
"""That numbers which are no shares look like some."""


def with_resolution(rows: Sequence[Row], metrics: Iterable[str]) -> list[Row]:
    """No spread below that of rounding alone, for judging what is luck; not to be shown.

    Where every repeat came out the same, and numbers are whole, long, or shares of a test set,
    chance has no part in it, and the spread is none.

    Source: Sheppard 1898, On the calculation of the most probable values of frequency-constants:
    rounding to steps of h adds a spread of h / √12.
    """
    floors = {name: _floor(name, rows) for name in metrics}
    return [replace(row, metrics=_raised(row.metrics, floors)) for row in rows]


def with_steps(noise: Mapping[str, Noise], rows: Sequence[Row]) -> dict[str, Noise]:
    """With what one example counts, of metrics that are shares of a test set.

    The band of an accuracy ends where it does.
    """
    return {name: _with_step(one, _values(name, rows)) for name, one in noise.items()}


def _with_step(noise: Noise, values: Sequence[float]) -> Noise:
    share = _share(noise.metric, values)
    found = noise if share is None else replace(noise, **share._asdict())
    whole = _whole(values)
    if whole is None or not _BOUNDED.intersection(parts(noise.metric)):
        return found
    low, high = found.band
    return replace(found, band=(max(low, 0.0), min(high, whole)))


def _whole(values: Sequence[float]) -> float | None:
    """What all of something is: 1, or 100 where percentages are told; None = something else."""
    if not values or min(values) < 0 or max(values) > 100:
        return None
    return 1.0 if max(values) <= 1 else 100.0


def _raised(metrics: Mapping[str, Summary], floors: Mapping[str, float]) -> dict[str, Summary]:
    return {
        name: one if one.spread is None else replace(one, spread=max(one.spread, floors[name]))
        for name, one in metrics.items()
    }


def _floor(metric: str, rows: Sequence[Row]) -> float:
    spreads = [row.metrics[metric].spread for row in rows if metric in row.metrics]
    known = [spread for spread in spreads if spread is not None]
    if not known:
        return 0.0
    values = _values(metric, rows)
    (places, digits), share = _finest(values), _share(metric, values)
    if not any(known) and (not places or digits >= _LONG or share is not None):
        return 0.0
    return max(float(f"1e-{places}"), share.step if share else 0.0) / math.sqrt(12)


def _values(metric: str, rows: Sequence[Row]) -> list[float]:
    found = (run.metrics[metric] for row in rows for run in row.runs if metric in run.metrics)
    return list({value: None for value in found if math.isfinite(value)})


def _finest(values: Iterable[float]) -> tuple[int, int]:
    """The most places behind the point, and the most digits, that any of them has."""
    told = [_digits(value) for value in values]
    return max(places for places, _ in told), max(digits for _, digits in told)


def _digits(value: float) -> tuple[int, int]:
    """Behind the point, and all that count: (2, 3) of 9.31, (0, 1) of 3000."""
    mantissa, _, power = repr(float(value)).lstrip("-").partition("e")
    whole, _, rest = mantissa.partition(".")
    rest = rest.rstrip("0")
    digits = (whole + rest).strip("0")
    return max(0, len(rest) - int(power or 0)), len(digits)


# ---------------------------------------------------------------- shares of a test set


class _Share(NamedTuple):
    """Of so many examples, of which one more or less moves it by a step."""

    step: float
    examples: int


def _share(metric: str, values: Sequence[float]) -> _Share | None:
    """A step of 1 / 360 of 335 / 360 and 336 / 360.

    None where the values, or the name, do not say that it is such a share.
    """
    whole = _whole(values)
    if whole is None or not _SHARES.intersection(parts(metric)):
        return None
    shares = [value for value in values if value not in {0.0, whole}][:_ENOUGH]
    if not shares:
        return None
    printed = float(f"1e-{_finest(shares)[0]}") / 2
    tolerances = [one for one in _TOLERANCES if one * whole > printed] or [printed / whole]
    found = (_examples([one / whole for one in shares], tolerance) for tolerance in tolerances)
    return next((_Share(whole / many, many) for many in found if many is not None), None)


def _examples(shares: Sequence[float], tolerance: float) -> int | None:
    """The smallest number of which all these are parts, where that is no coincidence.

    Of few values it may be a part of the true one, so that one example looks like several.
    """
    import numpy as np

    many = np.arange(2.0, min(_MOST, 0.5 / tolerance))
    for share in shares:
        counted = share * many
        many = many[abs(counted - np.rint(counted)) <= many * tolerance]
    if not many.size:
        return None
    least = float(many[0])
    chance = least * (2 * least * tolerance) ** len(shares)  # that any number looks like one
    return int(least) if least >= _FEWEST and chance < _CHANCE else None

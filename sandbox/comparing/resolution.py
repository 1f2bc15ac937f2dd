"""How finely a metric was told: what is rounded looks steadier than it is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sandbox.comparing.model import Row, Summary

_LONG = 6
"""Digits from which on equal numbers are no work of rounding."""


def with_resolution(rows: Sequence[Row], metrics: Iterable[str]) -> list[Row]:
    """No spread below that of rounding alone, for judging what is luck; not to be shown.

    Where every repeat came out the same, and numbers are whole or long, chance has no part in it,
    and the spread is none.

    Source: Sheppard 1898, On the calculation of the most probable values of frequency-constants:
    rounding to steps of h adds a spread of h / √12.
    """
    floors = {name: _floor(name, rows) for name in metrics}
    return [replace(row, metrics=_raised(row.metrics, floors)) for row in rows]


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
    values = [run.metrics[metric] for row in rows for run in row.runs if metric in run.metrics]
    told = [_digits(value) for value in values if math.isfinite(value)]
    places = max(places for places, _ in told)
    is_exact = not places or max(digits for _, digits in told) >= _LONG
    return 0.0 if is_exact and not any(known) else float(f"1e-{places}") / math.sqrt(12)


def _digits(value: float) -> tuple[int, int]:
    """Behind the point, and all that count: (2, 3) of 9.31, (0, 1) of 3000."""
    mantissa, _, power = repr(float(value)).lstrip("-").partition("e")
    whole, _, rest = mantissa.partition(".")
    rest = rest.rstrip("0")
    digits = (whole + rest).strip("0")
    return max(0, len(rest) - int(power or 0)), len(digits)

"""What a run's scalars come to: last and best values, divergence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from sandbox.domain import Scalar


def last_values(scalars: Iterable[Scalar]) -> dict[str, float]:
    """Last finite value by name, names in the order of their first."""
    return {one.name: one.value for one in scalars if math.isfinite(one.value)}


def best_values(scalars: Iterable[Scalar], directions: Mapping[str, str]) -> dict[str, float]:
    """Best finite value by name, for names whose direction (`min`, `max`) is given."""
    best: dict[str, float] = {}
    choose = {"min": min, "max": max}
    for one in scalars:
        better = choose.get(directions.get(one.name, ""))
        if better is not None and math.isfinite(one.value):
            best[one.name] = better(best.get(one.name, one.value), one.value)
    return best


def diverged(scalars: Iterable[Scalar]) -> str | None:
    """Cause in one line when a metric's last value is not finite, else None.

    Of several such metrics the one that left first is named, with the step from which on it was
    never finite again.
    """
    since: dict[str, Scalar] = {}
    for one in scalars:
        if math.isfinite(one.value):
            since.pop(one.name, None)
        else:
            since.setdefault(one.name, one)
    first = next(iter(since.values()), None)
    if first is None:
        return None
    at = "" if first.step is None else f" at step {first.step:g}"
    return f"{first.name} became {first.value}{at}"

"""Metrics over their steps: where they were best, where they ended, and whether they still move."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from sandbox.comparing.model import Better, Comparison, Curve
from sandbox.domain import Run, Scalar

MOST_CURVES = 2000
_MOST_METRICS = 12
_LEAST_FOR_TREND = 12
_MOST_FOR_TREND = 60
_CONFIDENCE = 0.95


def curves_of(
    runs: Sequence[Run], metrics: Sequence[str], better: Mapping[str, Better]
) -> tuple[Curve, ...]:
    """Of every run that has scalars, each metric with at least two values.

    Args:
        metrics: in the order of their weight; the first dozen that have curves are given.
    """
    found: dict[str, list[Curve]] = {}
    for run in runs:
        for name, scalars in _by_name(run.scalars).items():
            if len(scalars) > 1:
                way = better[name].way if name in better else None
                found.setdefault(name, []).append(_curve(run, name, scalars, way))
    order = [*(name for name in metrics if name in found), *(set(found) - set(metrics))]
    chosen = sorted(order[:_MOST_METRICS], key=order.index)
    return tuple(curve for name in chosen for curve in found[name])[:MOST_CURVES]


def curves_of_rows(comparison: Comparison) -> tuple[str | None, tuple[Curve, ...]]:
    """The weightiest metric that has curves, and its curves in the order of the rows."""
    present = {one.metric for one in comparison.curves}
    metric = next((name for name in comparison.metrics if name in present), None)
    order = {row.variant: place for place, row in enumerate(comparison.rows)}
    found = [one for one in comparison.curves if one.metric == metric]
    return metric, tuple(sorted(found, key=lambda one: order.get(one.variant, len(order))))


def _by_name(scalars: Iterable[Scalar]) -> dict[str, list[Scalar]]:
    found: dict[str, list[Scalar]] = {}
    for one in scalars:
        found.setdefault(one.name, []).append(one)
    return found


def _curve(run: Run, metric: str, scalars: Sequence[Scalar], way: str | None) -> Curve:
    steps, values = _ordered(scalars)
    finite = [(step, value) for step, value in zip(steps, values, strict=True) if _is_finite(value)]
    best_step, best = None, None
    if finite and way is not None:
        pick = max if way == "max" else min
        best_step, best = pick(finite, key=lambda one: one[1])
    name = f"{run.name} #{run.repeat + 1}" if run.repeat else run.name
    return Curve(
        name,
        run.variant,
        metric,
        steps,
        values,
        best,
        best_step,
        finite[-1][1] if finite else None,
        trend_of(finite, way),
    )


def _ordered(scalars: Sequence[Scalar]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """By their steps; where one has none, in the order in which they were printed."""
    if any(one.step is None for one in scalars):
        return tuple(map(float, range(len(scalars)))), tuple(one.value for one in scalars)
    ordered = sorted(scalars, key=lambda one: one.step or 0.0)
    return tuple(float(one.step or 0.0) for one in ordered), tuple(one.value for one in ordered)


def _is_finite(value: float) -> bool:
    return math.isfinite(value)


def trend_of(points: Sequence[tuple[float, float]], way: str | None) -> str | None:
    """Of the last third: `improving`, `flat` or `worsening`; None = too short, no direction.

    The median of the slopes between all two points, which single leaps do not move.

    Source: Sen 1968, Estimates of the regression coefficient based on Kendall's tau.
    """
    last = points[-(len(points) // 3) :] if points else points
    if way is None or len(points) < _LEAST_FOR_TREND:
        return None
    thinned = last[:: max(1, math.ceil(len(last) / _MOST_FOR_TREND))]
    if len({step for step, _ in thinned}) < 2:
        return None
    from scipy.stats import theilslopes

    steps, values = zip(*thinned, strict=True)
    slope = theilslopes(values, steps, alpha=_CONFIDENCE)
    if slope.low_slope <= 0 <= slope.high_slope:
        return "flat"
    return "improving" if bool(slope.slope > 0) is (way == "max") else "worsening"

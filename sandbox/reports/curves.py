"""Learning curves of several runs over one another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sandbox.comparing import Comparison
from sandbox.comparing.model import Curve
from sandbox.foreign import visible
from sandbox.reports.palettes import IN_PAGE, Palette
from sandbox.reports.plots import POINTED, Plot, labels, plain_style, short

MOST_CURVES = 60
"""Of one metric: the baseline, and the best variants."""
MOST_POINTS = 120
MOST_METRICS = 4

_TOLD = "datum.run + ': ' + format(datum.value, '.4') + ' at step ' + datum.step"


def curves_plot(comparison: Comparison, *, palette: Palette = IN_PAGE) -> Plot | None:
    """Of the main metric first, others to be chosen; None = no run told of several steps."""
    metrics = metrics_with_curves(comparison)
    if not metrics:
        return None
    names = labels(metrics)
    rows = [
        _line(curve, line, _role(comparison, curve), name)
        for metric, name in zip(metrics, names, strict=True)
        for line, curve in enumerate(reversed(curves_of(comparison, metric)))  # the best on top
    ]
    count = len(curves_of(comparison, metrics[0]))
    described = (
        f"{visible(metrics[0])} of {count} runs over their steps, in one plot: the baseline, the"
        " best variant, and the others. Their ends are in the table below."
    )
    return Plot("curves", described, _spec(rows, names[0], palette), choices=metrics)


def metrics_with_curves(comparison: Comparison) -> tuple[str, ...]:
    """In the comparison's own order."""
    present = {curve.metric for curve in comparison.curves if len(curve.steps) > 1}
    return tuple(name for name in comparison.metrics if name in present)[:MOST_METRICS]


def curves_of(comparison: Comparison, metric: str) -> list[Curve]:
    """Of one metric, in the order of the rows, the baseline's first."""
    order = {row.variant: place for place, row in enumerate(comparison.rows)}
    baseline = comparison.baseline.variant if comparison.baseline else None
    found = [one for one in comparison.curves if one.metric == metric and len(one.steps) > 1]
    found.sort(key=lambda one: (one.variant != baseline, order.get(one.variant, len(order))))
    return found[:MOST_CURVES]


def _role(comparison: Comparison, curve: Curve) -> str:
    if comparison.baseline and curve.variant == comparison.baseline.variant:
        return "baseline"
    first = next((row for row in comparison.rows if not row.is_baseline), None)
    is_best = comparison.main is not None and first is not None and first.variant == curve.variant
    return "best" if is_best else "other"


def _line(curve: Curve, line: int, role: str, metric: str) -> dict[str, Any]:
    """Points as two lists, which the plot takes apart: rows would be ten times as long."""
    places = [at for at in thinned(curve.values, MOST_POINTS) if math.isfinite(curve.steps[at])]
    return {
        "metric": metric,
        "line": line,
        "role": role,
        "run": short(curve.run),
        "step": [curve.steps[at] for at in places],
        "value": [_drawn(curve.values[at]) for at in places],
    }


def _drawn(value: float) -> float | None:
    """To six digits, which is more than can be seen; the table has them all."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def thinned(values: Sequence[float], most: int) -> list[int]:
    """Places that show the same line: of each stretch its lowest and its highest, and the ends."""
    if len(values) <= most:
        return list(range(len(values)))
    kept = {0, len(values) - 1}
    stretches = most // 2 - 1
    for number in range(stretches):
        places = range(number * len(values) // stretches, (number + 1) * len(values) // stretches)
        finite = [at for at in places if math.isfinite(values[at])]
        kept.update(pick(finite or places, key=values.__getitem__) for pick in (min, max))
    return sorted(kept)


def _spec(rows: list[dict[str, Any]], first: str, palette: Palette) -> dict[str, Any]:
    return {
        **plain_style(palette),
        "params": [{"name": "metric", "value": first}],
        "width": 640,
        "height": 280,
        "data": {"values": rows},
        "transform": [
            {"filter": "datum.metric == metric"},
            {"flatten": ["step", "value"]},
            {"calculate": _TOLD, "as": "told"},
        ],
        "layer": [
            {
                "params": [POINTED],
                "mark": {"type": "line", "strokeCap": "round"},
                "encoding": {
                    **_places(),
                    "detail": {"field": "line", "type": "nominal"},
                    "color": _colour(rows, palette),
                    "strokeWidth": _unless_pointed(5, others=1.5, these=2.5),
                    "opacity": _unless_pointed(1, others=0.45, these=1),
                    "tooltip": {"field": "told", "type": "nominal"},
                },
            }
        ],
    }


def _places() -> dict[str, Any]:
    across = {"title": "step", "grid": False, "tickCount": 5}
    return {
        "x": {
            "field": "step",
            "type": "quantitative",
            "axis": across,
            "scale": {"zero": False, "nice": False},
        },
        "y": {
            "field": "value",
            "type": "quantitative",
            "axis": {"title": None, "tickCount": 5},
            "scale": {"zero": False},
        },
    }


def _colour(rows: list[dict[str, Any]], palette: Palette) -> dict[str, Any]:
    present = {row["role"] for row in rows}
    every = {"best": palette.best, "baseline": palette.baseline, "other": palette.other}
    colours = {role: colour for role, colour in every.items() if role in present}
    return {
        "field": "role",
        "type": "nominal",
        "scale": {"domain": list(colours), "range": list(colours.values())},
        "legend": {"title": None, "orient": "top", "symbolType": "stroke"},
    }


def _unless_pointed(pointed: float, *, others: float, these: float) -> dict[str, Any]:
    return {
        "condition": [
            {"param": "pointed", "empty": False, "value": pointed},
            {"test": "datum.role == 'other'", "value": others},
        ],
        "value": these,
    }

"""The plot of effects: each variant's difference to the baseline with what is known of its luck."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sandbox.comparing import Comparison, Effect
from sandbox.comparing.texts import to_difference
from sandbox.comparing.words import BETTER, VERDICTS, verdict_of
from sandbox.foreign import visible
from sandbox.reports.palettes import ALONE, IN_PAGE, Palette
from sandbox.reports.plots import Plot, labels, plain_style, short

MOST_EFFECTS = 40
"""Of one metric: the largest ones; the table has all."""
MOST_METRICS = 8
MOST_ALONE = 20

_SHAPES = {
    "better": "circle",
    "worse": "diamond",
    "changed": "square",
    "unmeasured": "triangle-up",
    "luck": "cross",
    "same": "cross",
}
_ROW_PX = 24


def effects_plot(comparison: Comparison, *, palette: Palette = IN_PAGE) -> Plot | None:
    """Of the main metric first, others to be chosen; None = there is no effect to be seen."""
    metrics = shown_metrics(comparison)
    if not metrics:
        return None
    names = list(zip(metrics, labels(metrics), strict=True))
    rows = [
        row
        for metric, name in names
        for row in _rows(strongest(comparison, metric, MOST_EFFECTS), name)
    ]
    bands = [band for metric, name in names for band in _bands(comparison, metric, name)]
    described = _description(comparison, metrics[0])
    spec = _spec(rows, bands, first=names[0][1], palette=palette)
    return Plot("effects", described, spec, choices=metrics)


def shown_metrics(comparison: Comparison) -> tuple[str, ...]:
    """Metrics that have effects, in the comparison's own order."""
    present = {effect.metric for effect in comparison.effects if math.isfinite(effect.difference)}
    return tuple(name for name in comparison.metrics if name in present)[:MOST_METRICS]


def strongest(comparison: Comparison, metric: str, most: int) -> list[Effect]:
    """The largest differences of a metric, the best of them first."""
    found = [
        effect
        for effect in comparison.effects
        if effect.metric == metric and math.isfinite(effect.difference)
    ]
    found = sorted(found, key=lambda effect: -abs(effect.difference))[:most]
    lower = comparison.better[metric].way == "min"
    return sorted(found, key=lambda effect: effect.difference if lower else -effect.difference)


def effects_svg(comparison: Comparison) -> str | None:
    """The main metric's effects as an SVG that stands alone; None = there is none.

    Args:
        comparison: the twenty largest effects of it are drawn, so that it stays below 60 kB.
    """
    from sandbox.reports.drawing import draw

    metrics = shown_metrics(comparison)
    if not metrics:
        return None
    name = short(metrics[0])
    rows = _rows(strongest(comparison, metrics[0], MOST_ALONE), name)
    spec = _spec(rows, _bands(comparison, metrics[0], name), first=name, palette=ALONE)
    spec["title"] = {"text": _title(comparison, metrics[0]), "anchor": "start", "fontSize": 13}
    return draw(spec)


def _title(comparison: Comparison, metric: str) -> str:
    way = comparison.better[metric].way
    return f"{short(metric)}, {BETTER[way]}" if way else short(metric)


# ---------------------------------------------------------------- data


def _rows(effects: Sequence[Effect], metric: str) -> list[dict[str, Any]]:
    """One for each; the metric by its label, as everywhere in what is drawn."""
    tweaks = labels([effect.tweak for effect in effects])
    return [
        {
            "metric": metric,
            "tweak": tweaks[place],
            "place": place,
            "difference": effect.difference,
            **_ends(effect),
            "verdict": VERDICTS.get(effect.verdict, effect.verdict),
            "told": _told(effect),
        }
        for place, effect in enumerate(effects)
    ]


def _ends(effect: Effect) -> dict[str, float | None]:
    """Of the interval, where both can be drawn."""
    low, high = effect.interval or (math.nan, math.nan)
    is_known = math.isfinite(low) and math.isfinite(high)
    return {"low": low, "high": high} if is_known else {"low": None, "high": None}


def _told(effect: Effect) -> str:
    """What a pointer over it is told."""
    parts = [
        f"{visible(effect.tweak)}: {to_difference(effect.difference)} {visible(effect.metric)}"
    ]
    if effect.interval:
        low, high = map(to_difference, effect.interval)
        parts.append(f"between {low} and {high} (95 %)")
    return "; ".join([*parts, verdict_of(effect)])


def _bands(comparison: Comparison, metric: str, name: str) -> list[dict[str, Any]]:
    noise = comparison.noise.get(metric)
    if noise is None:
        return []
    low, high = (end - noise.mean for end in noise.band)
    is_known = math.isfinite(low) and math.isfinite(high)
    return [{"metric": name, "low": low, "high": high}] if is_known else []


def _description(comparison: Comparison, metric: str) -> str:
    found = strongest(comparison, metric, MOST_EFFECTS)
    ends = [found[0], found[-1]] if len(found) > 1 else found
    told = "; ".join(f"{visible(one.tweak)} {to_difference(one.difference)}" for one in ends)
    return (
        f"Difference of each variant to the baseline in {visible(metric)}, a point each with its"
        f" interval where it was measured. From the best to the worst: {told}."
    )


# ---------------------------------------------------------------- drawing


def _spec(
    rows: list[dict[str, Any]], bands: list[dict[str, Any]], *, first: str, palette: Palette
) -> dict[str, Any]:
    chosen = {"filter": "datum.metric == metric"}
    return {
        **plain_style(palette),
        "params": [{"name": "metric", "value": first}],
        "width": 640,
        "height": _ROW_PX * max(Counter(row["metric"] for row in rows).values()),
        "layer": [
            {"data": {"values": bands}, "transform": [chosen], **_band_mark(palette)},
            {"data": {"values": [{}]}, **_zero_mark(palette)},
            {
                "data": {"values": rows},
                "transform": [chosen],
                "encoding": {"y": _names_axis(palette)},
                "layer": [_interval_mark(), _point_mark(rows, palette)],
            },
        ],
    }


def _names_axis(palette: Palette) -> dict[str, Any]:
    axis = {"title": None, "labelLimit": 260, "grid": True, "gridColor": palette.grid}
    axis |= {"ticks": False, "labelPadding": 10, "labelColor": palette.ink}
    return {"field": "tweak", "type": "nominal", "sort": {"field": "place"}, "axis": axis}


def _band_mark(palette: Palette) -> dict[str, Any]:
    return {
        "mark": {"type": "rect", "color": palette.band, "opacity": 1},
        "encoding": {
            "x": {"field": "low", "type": "quantitative"},
            "x2": {"field": "high"},
        },
    }


def _zero_mark(palette: Palette) -> dict[str, Any]:
    return {
        "mark": {"type": "rule", "color": palette.dim, "strokeDash": [3, 3]},
        "encoding": {"x": {"datum": 0}},
    }


def _interval_mark() -> dict[str, Any]:
    return {
        "transform": [{"filter": "isValid(datum.low)"}],
        "mark": {"type": "rule", "strokeWidth": 2, "strokeCap": "round"},
        "encoding": {
            "x": {"field": "low", "type": "quantitative"},
            "x2": {"field": "high"},
            "color": {"field": "verdict", "type": "nominal"},
        },
    }


def _point_mark(rows: list[dict[str, Any]], palette: Palette) -> dict[str, Any]:
    present = {row["verdict"] for row in rows}
    kinds = [kind for kind in _SHAPES if VERDICTS.get(kind, kind) in present]
    words = [VERDICTS.get(kind, kind) for kind in kinds]
    legend = {"title": None, "orient": "top", "direction": "horizontal", "symbolSize": 90}
    return {
        "mark": {"type": "point", "size": 90, "filled": True, "opacity": 1},
        "encoding": {
            "x": {
                "field": "difference",
                "type": "quantitative",
                "axis": {"title": "difference to the baseline", "tickCount": 7},
            },
            "color": {
                "field": "verdict",
                "type": "nominal",
                "legend": legend,
                "scale": {"domain": words, "range": [palette.verdicts[kind] for kind in kinds]},
            },
            "shape": {
                "field": "verdict",
                "type": "nominal",
                "scale": {"domain": words, "range": [_SHAPES[kind] for kind in kinds]},
            },
            "tooltip": {"field": "told", "type": "nominal"},
        },
    }

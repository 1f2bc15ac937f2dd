"""Parallel coordinates: an axis per tunable and one for the metric, a line per variant."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.comparing import Comparison, Row, parameters
from sandbox.comparing.texts import read_number, to_number
from sandbox.foreign import visible
from sandbox.reports.palettes import IN_PAGE, Palette
from sandbox.reports.plots import POINTED, Plot, plain_style, short

MOST_AXES = 9
MOST_LINES = 300
AS_WRITTEN = "as it is"
"""Stands for the value of a tunable that a variant left alone and nothing tells."""

_EACH_VALUE = 8  # so many values of an axis are each given a place; of more, the number decides
_WIDE = 100.0  # a range of that ratio is drawn by orders of magnitude


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
        heights: where each line crosses it, 0 … 1 from below; None = it has no value there.
        marks: (height, text) of values that are written beside it.
    """

    name: str
    heights: tuple[float | None, ...]
    texts: tuple[str, ...]
    marks: tuple[tuple[float, str], ...]


def parallel_plot(comparison: Comparison, *, palette: Palette = IN_PAGE) -> Plot | None:
    """None = fewer than two variants, or nothing that differs."""
    rows = [row for row in comparison.rows if row.is_measured][:MOST_LINES]
    main = comparison.main or next(iter(comparison.metrics), None)
    columns = comparison.columns[:MOST_AXES]
    if len(rows) < 2 or not columns or main is None:
        return None
    axes = [_tunable_axis(name, rows) for name in columns]
    axes.append(_metric_axis(main, rows))
    lower = bool(comparison.better) and comparison.better[main].way == "min"
    merits = [None if h is None else 1 - h if lower else h for h in axes[-1].heights]
    spec = _spec(rows, axes, merits, palette)
    described = (
        f"Each line is one of {len(rows)} variants: it crosses an axis for each of"
        f" {', '.join(visible(name) for name in columns)} at the value that it had, and ends at its"
        f" {visible(main)}. Blue lines did best, orange ones worst."
    )
    return Plot("parallel", described, spec)


def value_of(row: Row, name: str) -> str:
    """What a variant had for a tunable: tried, passed, or what the code has."""
    return parameters.value_of(row, name) or AS_WRITTEN


def by_size(values: Sequence[str]) -> list[str]:
    """Each once, numbers by size and before words, what the code has first.

    Of several ways to write one number there is the first: 1.0 and 1 are one value.
    """
    known: dict[object, str] = {}
    for text in values:
        known.setdefault(_same(text), text)
    return sorted(known.values(), key=_size)


def places_of(order: Sequence[str], values: Sequence[str]) -> list[int]:
    """Where each value stands in what `by_size` gave."""
    known = {_same(text): place for place, text in enumerate(order)}
    return [known[_same(text)] for text in values]


def _same(text: str) -> object:
    number = read_number(text)
    return text if number is None else number


def _size(text: str) -> tuple[int, float, str]:
    if text == AS_WRITTEN:
        return 0, 0.0, text
    number = read_number(text)
    return (2, 0.0, text) if number is None else (1, number, text)


# ---------------------------------------------------------------- axes


def _tunable_axis(name: str, rows: Sequence[Row]) -> Axis:
    texts = tuple(value_of(row, name) for row in rows)
    numbers = [read_number(text) for text in texts]
    known = [number for number in numbers if number is not None]
    if len(known) == len(texts) and len(set(known)) > _EACH_VALUE:
        return _scaled(name, numbers, texts)
    order = by_size(texts)
    heights = tuple(_place(at, len(order)) for at in places_of(order, texts))
    every = max(1, math.ceil(len(order) / 12))
    marks = [(_place(at, len(order)), short(text)) for at, text in enumerate(order)]
    return Axis(short(name), heights, texts, tuple(marks[::every]))


def _metric_axis(name: str, rows: Sequence[Row]) -> Axis:
    found = [row.metrics.get(name) for row in rows]
    values = [summary.mean if summary else None for summary in found]
    texts = tuple("none" if value is None else to_number(value) for value in values)
    return _scaled(name, values, texts, may_be_wide=False)


def _scaled(
    name: str,
    values: Sequence[float | None],
    texts: tuple[str, ...],
    *,
    may_be_wide: bool = True,
) -> Axis:
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    is_wide = may_be_wide and low > 0 and high / low >= _WIDE

    def height(value: float) -> float:
        if low / 2 == high / 2:  # equal, or apart by the smallest number that there is
            return 0.5
        if is_wide:
            return (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
        return (value / 2 - low / 2) / (high / 2 - low / 2)  # halves: the range may overflow

    marks = tuple((height(value), to_number(value)) for value in dict.fromkeys((low, high)))
    heights = tuple(None if value is None else height(value) for value in values)
    return Axis(short(name), heights, texts, marks if known else ())


def _place(at: int, count: int) -> float:
    return at / (count - 1) if count > 1 else 0.5


# ---------------------------------------------------------------- drawing


def _spec(
    rows: Sequence[Row], axes: Sequence[Axis], merits: Sequence[float | None], palette: Palette
) -> dict[str, Any]:
    points = list(_points(rows, axes, merits))
    marks = [
        {"axis": place, "height": height, "text": text}
        for place, axis in enumerate(axes)
        for height, text in axis.marks
    ]
    names = {"values": [{"axis": place, "name": axis.name} for place, axis in enumerate(axes)]}
    return {
        **plain_style(palette),
        "width": 640,
        "height": 260,
        "encoding": {"x": _across(len(axes))},
        "layer": [
            {"data": names, **_rule(palette)},
            {"data": {"values": points}, **_lines()},
            {"data": {"values": marks}, **_written(palette)},
            {"data": names, **_head(palette)},
        ],
    }


def _points(
    rows: Sequence[Row], axes: Sequence[Axis], merits: Sequence[float | None]
) -> Iterator[dict[str, Any]]:
    for place in reversed(range(len(rows))):  # the best ones last, so on top
        told = "; ".join(f"{axis.name} {short(axis.texts[place])}" for axis in axes)
        for across, axis in enumerate(axes):
            height = axis.heights[place]
            if height is not None:
                yield {
                    "line": place,
                    "axis": across,
                    "height": round(height, 4),
                    "merit": merits[place],
                    "told": told,
                }


def _across(count: int) -> dict[str, Any]:
    scale = {"domain": [-0.35, count - 0.75], "nice": False, "zero": False}
    return {"field": "axis", "type": "quantitative", "axis": None, "scale": scale}


def _upwards(**what: object) -> dict[str, Any]:
    scale = {"domain": [-0.04, 1.14], "nice": False}
    return {"type": "quantitative", "axis": None, "scale": scale, **what}


def _rule(palette: Palette) -> dict[str, Any]:
    return {
        "mark": {"type": "rule", "color": palette.grid, "strokeWidth": 2},
        "encoding": {"y": _upwards(datum=0), "y2": {"datum": 1}},
    }


def _lines() -> dict[str, Any]:
    merit = {
        "field": "merit",
        "type": "quantitative",
        "scale": {"domain": [0, 1], "range": list(IN_PAGE.scale), "interpolate": "rgb"},
        "legend": None,
    }
    pointed = {"param": "pointed", "empty": False}
    return {
        "params": [POINTED],
        "mark": {"type": "line", "interpolate": "monotone", "strokeCap": "round"},
        "encoding": {
            "y": _upwards(field="height"),
            "detail": {"field": "line", "type": "nominal"},
            "color": merit,
            "strokeWidth": {"condition": {**pointed, "value": 5}, "value": 2},
            "opacity": {"condition": {**pointed, "value": 1}, "value": 0.7},
            "tooltip": {"field": "told", "type": "nominal"},
        },
    }


def _written(palette: Palette) -> dict[str, Any]:
    """Twice: first as a rim in the ground's colour, since lines run below it."""
    mark = {"type": "text", "align": "right", "dx": -7, "fontSize": 11, "limit": 110}
    rim = {"stroke": palette.rim, "strokeWidth": 4, "strokeJoin": "round"}
    return {
        "encoding": {"y": _upwards(field="height"), "text": {"field": "text"}},
        "layer": [{"mark": {**mark, **rim}}, {"mark": {**mark, "color": palette.ink}}],
    }


def _head(palette: Palette) -> dict[str, Any]:
    mark = {"type": "text", "fontWeight": "bold", "fontSize": 12, "color": palette.ink}
    return {
        "mark": {**mark, "limit": 150},
        "encoding": {"y": _upwards(datum=1.1), "text": {"field": "name"}},
    }

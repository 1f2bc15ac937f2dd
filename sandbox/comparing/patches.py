"""Patches that were tried together, each as if it were a tunable: on or off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sandbox.comparing.designs import Point
from sandbox.comparing.model import Row

JOINED = " + "
"""Between the names of patches that one variant has, which are one value."""

ON, OFF = "with it", "without it"


def patch_points(
    rows: Sequence[Row], points: Sequence[Point]
) -> tuple[tuple[Point, ...], tuple[str, ...]]:
    """The points by patch, and the patches' names; none where none were tried together."""
    tweaks = (tweak for row in rows for tweak in row.runs[0].tweaks)
    columns = dict.fromkeys(tweak.name for tweak in tweaks if tweak.tunable is None)
    for column in columns:
        values = {one.levels[column] for one in points if column in one.levels}
        parts = {value: _parts(value, values) for value in values}
        if any(len(each) > 1 for each in parts.values()):
            names = tuple(sorted({name for each in parts.values() for name in each}))
            return _balanced(points, column, parts, names), names
    return (), ()


def _parts(value: str, values: Iterable[str]) -> tuple[str, ...]:
    """Each of them was tried alone too, else it is a name that looks like several."""
    parts = tuple(value.split(JOINED))
    return parts if set(parts) <= set(values) else (value,)


def _balanced(
    points: Sequence[Point], column: str, parts: Mapping[str, Sequence[str]], names: Sequence[str]
) -> tuple[Point, ...]:
    """Among other values of other tunables only those beside which every combination was tried."""
    groups: dict[tuple[tuple[str, str], ...], dict[str, Point]] = {}
    for one in points:
        others = {name: value for name, value in one.levels.items() if name != column}
        has = parts.get(one.levels.get(column, ""), ())
        levels = {name: ON if name in has else OFF for name in names}
        group = groups.setdefault(tuple(sorted(others.items())), {})
        group[str(sorted(has))] = replace(one, levels=levels)
    most = max(map(len, groups.values()), default=0)
    full = (group for group in groups.values() if len(group) == most)
    return tuple(point for group in full for point in group.values())

"""What was varied how: levels of a tunable with what they came to, alone or crossed with others."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.comparing.model import Row
from sandbox.comparing.texts import read_number

if TYPE_CHECKING:
    from sandbox.comparing.chances import Array

_WORDS = {"true": 1.0, "on": 1.0, "yes": 1.0, "false": 0.0, "off": 0.0, "no": 0.0}


_COVERED = 0.7
_MOST_LEVELS = 500


@dataclass(frozen=True)
class Point:
    """One variant that measured the metric.

    Attributes:
        levels: tweaked tunable → value.
        count: runs that `mean` is of.
    """

    levels: Mapping[str, str]
    mean: float
    count: int


@dataclass(frozen=True)
class Level:
    """All that has one value of one tunable; `value` None = the code's own."""

    value: str | None
    mean: float
    count: int


def points_of(rows: Iterable[Row], metric: str) -> tuple[Point, ...]:
    """Variants that came to an end with this metric, the baseline among them."""
    return tuple(
        Point(row.tweaks, row.metrics[metric].mean, row.metrics[metric].count)
        for row in rows
        if row.is_measured and metric in row.metrics
    )


def is_one_at_a_time(points: Iterable[Point]) -> bool:
    """Whether every variant changes one tunable only."""
    return all(len(point.levels) < 2 for point in points)


def is_crossed(points: Sequence[Point], columns: Sequence[str]) -> bool:
    """Whether values of each were tried with those of the others, few combinations left out.

    Left out is what failed, or makes no sense.
    """
    full = [one for one in points if len(one.levels) == len(columns)]
    values = [{one.levels[name] for one in full} for name in columns]
    wanted = math.prod(map(len, values))
    others = [one for one in points if one.levels and len(one.levels) < len(columns)]
    return bool(full) and not others and len(full) >= _COVERED * wanted


def plain_points(points: Sequence[Point], columns: Sequence[str]) -> Sequence[Point] | None:
    """Those of which means of values speak for each tunable by itself; None = there are none such.

    All of a sweep one at a time, or crossed; of both together those that change nothing else, if
    every tunable was tried so.
    """
    if is_one_at_a_time(points):
        return points
    if len(columns) > 1 and is_crossed(points, columns) and _is_told_apart(points, columns):
        return points
    alone = [one for one in points if len(one.levels) < 2]
    tried = {name for one in alone for name in one.levels}
    has_base = any(not one.levels for one in alone)
    return alone if has_base and tried == set(columns) else None


def _is_told_apart(points: Sequence[Point], columns: Sequence[str]) -> bool:
    """Whether each value's effect follows from the combinations that are there."""
    import numpy as np

    full = [one for one in points if len(one.levels) == len(columns)]
    found = {name: _by_value(full, name) for name in columns}
    many = sum(map(len, found.values()))
    if many > _MOST_LEVELS:
        return False
    counts, _ = _normal_equations(full, found, np.zeros(len(full)))
    return int(np.linalg.matrix_rank(counts, hermitian=True)) == 1 + many - len(columns)


def _normal_equations(
    points: Sequence[Point], levels: Mapping[str, Sequence[Level]], means: Array
) -> tuple[Array, Array]:
    """X'X and X'y of a design with ones, and a column for each value of each tunable.

    Counts how many points have two values both: of 10,000 points the design itself is far larger.
    """
    import numpy as np

    start, places = 1, [np.zeros(len(points), dtype=int)]
    for name, each in levels.items():
        at = {one.value: start + number for number, one in enumerate(each)}
        places.append(np.array([at[one.levels[name]] for one in points]))
        start += len(each)
    counts, sums = np.zeros((start, start)), np.zeros(start)
    for one in places:
        np.add.at(sums, one, means)
        for other in places:
            np.add.at(counts, (one, other), 1.0)
    return counts, sums


def levels_of(points: Sequence[Point], name: str) -> tuple[Level, ...]:
    """By variants that change nothing else, where there are two values so; else by all with it."""
    alone = [one for one in points if not one.levels or list(one.levels) == [name]]
    if sum(bool(one.levels) for one in alone) and any(not one.levels for one in alone):
        crossed = [one for one in points if name in one.levels and len(one.levels) > 1]
        if not crossed:
            return _grouped(alone, lambda one: one.levels.get(name))
    return _by_value([one for one in points if name in one.levels], name)


def adjusted_levels(
    points: Sequence[Point], columns: Sequence[str]
) -> dict[str, tuple[Level, ...]]:
    """Of crossed tunables: means as if every combination were there, by least squares.

    Of a whole grid these are the means as they are.

    Source: Yates 1934, The analysis of multiple classifications with unequal numbers.
    """
    import numpy as np

    full = [one for one in points if len(one.levels) == len(columns)]
    found = {name: _by_value(full, name) for name in columns}
    largest = max(abs(one.mean) for one in full) or 1.0
    means = np.array([one.mean / largest for one in full])
    effects = np.linalg.lstsq(*_normal_equations(full, found, means), rcond=None)[0]
    mean = _mean(one.mean for one in full)
    start, adjusted = 1, {}
    for name in columns:
        own = effects[start : start + len(found[name])]
        start += len(found[name])
        own = (own - own.mean()) * largest
        adjusted[name] = tuple(
            Level(one.value, mean + float(effect), one.count)
            for one, effect in zip(found[name], own, strict=True)
        )
    return adjusted


def _by_value(points: Sequence[Point], name: str) -> tuple[Level, ...]:
    return _grouped(points, lambda one: one.levels[name])


def _grouped(points: Iterable[Point], key: Callable[[Point], str | None]) -> tuple[Level, ...]:
    groups: dict[str | None, list[Point]] = {}
    for one in points:
        groups.setdefault(key(one), []).append(one)
    return tuple(
        Level(value, _mean(one.mean for one in group), sum(one.count for one in group))
        for value, group in groups.items()
    )


def _mean(values: Iterable[float]) -> float:
    """That of huge numbers is a number too."""
    found = list(values)
    if len(found) == 1:
        return found[0]
    return math.fsum(value / len(found) for value in found)


@dataclass(frozen=True)
class Block:
    """Two tunables of which every value was tried with every one of the other.

    Attributes:
        means: by (value of the first, value of the second).
        count: runs to a cell, the harmonic mean where they differ.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    means: Mapping[tuple[str, str], float]
    count: float


def block_of(points: Sequence[Point], first: str, second: str) -> Block | None:
    """None where they were not crossed, or in one value of one of them only.

    A single combination that is missing is the code as it is: the baseline has it.
    """
    cells: dict[tuple[str, str], list[Point]] = {}
    both = [one for one in points if first in one.levels and second in one.levels]
    rows = tuple(dict.fromkeys(one.levels[first] for one in both))
    columns = tuple(dict.fromkeys(one.levels[second] for one in both))
    if len(rows) < 2 or len(columns) < 2 or len(both) < len(rows) * len(columns) - 1:
        return None
    for one in both:
        cells.setdefault((one.levels[first], one.levels[second]), []).append(one)
    if len(cells) < len(rows) * len(columns) - 1:
        return None
    missing = [cell for cell in itertools.product(rows, columns) if cell not in cells]
    base = [one for one in points if not one.levels]
    if len(missing) == 1 and base:
        cells[missing[0]] = base
    elif missing:
        return None
    means = {cell: _mean(one.mean for one in group) for cell, group in cells.items()}
    counts = [sum(one.count for one in group) for group in cells.values()]
    return Block(rows, columns, means, len(counts) / sum(1 / count for count in counts))


def to_order(text: str | None) -> float | None:
    """A number, or 0 and 1 of what is off and on; None = it has no place in an order."""
    if text is None:
        return None
    if text.strip().lower() in _WORDS:
        return _WORDS[text.strip().lower()]
    return read_number(text)

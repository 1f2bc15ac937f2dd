"""Whether the effect of one tunable hangs on the value of another."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sandbox.comparing.chances import LEVEL, f_beyond
from sandbox.comparing.designs import Block, Point, block_of
from sandbox.comparing.model import Interaction, Noise
from sandbox.comparing.patches import OFF, ON
from sandbox.comparing.texts import to_number

_MOST_CROSSED = 8


def measure_interactions(
    designs: Sequence[tuple[Sequence[Point], Sequence[str]]], metric: str, noise: Noise | None
) -> tuple[Interaction, ...]:
    """Of every two tunables that were crossed; of many those that are named first.

    All are judged together, those of every design.

    A two-way analysis of variance on the means of the cells, against the spread of repeats.

    Source: Fisher 1925, Statistical methods for research workers, chapters 7 and 8;
    unweighted means as in Winer 1971, Statistical principles in experimental design, chapter 6.
    """
    found = []
    for points, names in designs:
        for pair in itertools.combinations(names[:_MOST_CROSSED], 2):
            block = block_of(points, *pair)
            if block is not None:
                found.append((_measured(pair, metric, block, noise), block))
    told = _judged_together([one for one, _ in found])
    worded = [
        replace(one, text=_text(one, block)) for one, (_, block) in zip(told, found, strict=True)
    ]
    return tuple(sorted(worded, key=lambda one: -one.share))


def _measured(pair: tuple[str, str], metric: str, block: Block, noise: Noise | None) -> Interaction:
    largest = max(map(abs, block.means.values())) or 1.0
    cells = {cell: mean / largest for cell, mean in block.means.items()}
    by_row = {row: _mean([cells[row, one] for one in block.columns]) for row in block.rows}
    by_column = {one: _mean([cells[row, one] for row in block.rows]) for one in block.columns}
    mean = _mean(list(by_row.values()))
    rest = math.fsum(
        (value - by_row[row] - by_column[column] + mean) ** 2
        for (row, column), value in cells.items()
    )
    total = math.fsum((value - mean) ** 2 for value in cells.values())
    differ = len(set(block.means.values())) > 1  # else all that is left is rounding
    share = min(max(rest / total, 0.0), 1.0) if total and differ else 0.0
    degrees = (len(block.rows) - 1) * (len(block.columns) - 1)
    chance = None
    if noise is not None and noise.spread:
        size = min(block.count * rest * min(largest / noise.spread, 1e140) ** 2, 1e280)
        chance = f_beyond(size / degrees, degrees, noise.degrees)
    elif noise is not None:
        chance = 0.0 if share > 1e-12 else 1.0
    return Interaction(pair, metric, share, chance, "")


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _judged_together(found: Sequence[Interaction]) -> list[Interaction]:
    """Chances adjusted for their number (Holm)."""
    raised, left = 0.0, len(found)
    chances: dict[tuple[str, str], float] = {}
    for one in sorted(found, key=lambda one: one.p_value or 0.0):
        raised = max(raised, min(1.0, (one.p_value or 0.0) * left))
        chances[one.tunables] = raised
        left -= 1
    return [
        one if one.p_value is None else replace(one, p_value=chances[one.tunables]) for one in found
    ]


def _text(one: Interaction, block: Block) -> str:
    first, second = one.tunables
    if one.p_value is not None and one.p_value > LEVEL:
        return f"{first} and {second} act each by itself, as far as luck lets one see"
    if one.share < 0.01:
        return f"{first} and {second} act each by itself"
    unsure = "" if one.p_value is not None else " (luck was not measured)"
    # Told of the one whose effect varies most with the other.
    (least, few), (most, many), changing, other = max(
        _extremes(one.tunables, block),
        key=lambda told: 1 - told[0][0] / told[1][0],
        default=((0.0, ""), (0.0, ""), first, second),
    )
    return (
        f"{first} and {second} hang together: {changing} changes {one.metric} by "
        f"{to_number(most, 3)} {_beside(other, many)}, by {to_number(least, 3)} "
        f"{_beside(other, few)}{unsure}"
    )


def _beside(name: str, value: str) -> str:
    """`with lr=0.1`, or `without fix.diff` of a patch."""
    if value in {ON, OFF}:
        return f"with {name}" if value == ON else f"without {name}"
    return f"with {name}={value}"


_Extreme = tuple[float, str]


def _extremes(
    names: tuple[str, str], block: Block
) -> Iterator[tuple[_Extreme, _Extreme, str, str]]:
    """For each as the one that changes the metric: where it does least, and where it does most."""
    first, second = names
    by_column = [
        (_reach([block.means[row, column] for row in block.rows]), column)
        for column in block.columns
    ]
    by_row = [
        (_reach([block.means[row, column] for column in block.columns]), row) for row in block.rows
    ]
    for reaches, changing, other in ((by_column, first, second), (by_row, second, first)):
        if max(reaches)[0] > 0:
            yield min(reaches), max(reaches), changing, other


def _reach(values: Sequence[float]) -> float:
    return max(values) - min(values)

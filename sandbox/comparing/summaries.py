"""A Comparison in a few lines of words: what mattered, what was luck, what broke, what next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.comparing.model import Comparison, Failure, Importance
from sandbox.comparing.texts import to_number

LUCK_SIGN = "≈"
"""In a table, behind a difference that is indistinguishable from luck."""

MOST_NAMES = 5
_MOST_TUNABLES = 3
_MOST_INTERACTIONS = 3


def summary_lines(comparison: Comparison) -> tuple[str, ...]:
    """One line each, without what a table says already."""
    return (
        *_mattered(comparison),
        *_noise(comparison),
        *_luck(comparison),
        *_interactions(comparison),
        *map(failure_line, comparison.failures),
        *_next(comparison),
    )


def _mattered(comparison: Comparison) -> Iterator[str]:
    real = [one for one in comparison.importances if not one.is_noise]
    idle = [one.tunable for one in comparison.importances if one.is_noise]
    if len(comparison.importances) > 1 and real:
        shown = ", ".join(map(_share, real[:_MOST_TUNABLES]))
        more = f", {len(real) - _MOST_TUNABLES} more" if len(real) > _MOST_TUNABLES else ""
        yield f"what mattered to {comparison.main}: {shown}{more} (by {real[0].method})"
    if idle:
        yield f"no more than luck: {names_of(idle)}"


def _share(one: Importance) -> str:
    ways = {"up": "more raises it", "down": "more lowers it", "mixed": "up and down"}
    said = [ways[one.direction]] if one.direction in ways else []
    said += [f"best {one.best}"] if one.best is not None else []
    return f"{one.tunable} {one.share:.0%}" + (f" ({', '.join(said)})" if said else "")


def _noise(comparison: Comparison) -> Iterator[str]:
    noise = comparison.noise.get(comparison.main or "")
    if noise is None:
        return
    if not noise.spread:
        yield f"noise: {noise.metric} was the same in every repeat, so every difference counts"
        return
    low, high = (to_number(end, 3) for end in noise.band)
    whose = "the baseline's repeats" if noise.source == "baseline" else "all repeats together"
    yield (
        f"noise: {noise.metric} of the baseline lies between {low} and {high}, "
        f"95 times of 100 (by {whose})"
    )


def _luck(comparison: Comparison) -> Iterator[str]:
    found = [
        one for one in comparison.effects if one.verdict == "luck" and one.metric == comparison.main
    ]
    if not found:
        return
    many = "1 difference" if len(found) == 1 else f"{len(found)} differences"
    needed = [one for one in found if one.repeats_needed is not None]
    line = f"{LUCK_SIGN} indistinguishable from luck: {many} of {comparison.main}"
    if needed:
        first = min(needed, key=lambda one: one.repeats_needed or 0)
        line += f"; --repeats {first.repeats_needed} would settle {first.tweak}"
    yield line


def _interactions(comparison: Comparison) -> Iterator[str]:
    for one in comparison.interactions[:_MOST_INTERACTIONS]:
        yield one.text


def failure_line(failure: Failure) -> str:
    """How many, why, where it begins, and which."""
    where = f", where {failure.boundary}" if failure.boundary else ""
    return f"{len(failure.runs)}x {failure.cause}{where} ({names_of(failure.runs)})"


def names_of(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = f", … {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _next(comparison: Comparison) -> Iterator[str]:
    for one in comparison.suggestions:
        yield f"next: {one.command}  # {one.reason}"

"""Which metric counts most, which way it is better, and in what order things are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sandbox.comparing.model import Better, Comparison, Effect, Row
from sandbox.directions import metric_direction, parts

# Between metrics that equally many runs have, the one of the set that was not trained on.
_SETS = {"test": 0, "val": 1, "valid": 1, "validation": 1, "dev": 1, "eval": 1}
_TRAIN = frozenset(("train", "training"))
_PLAIN = 2


def better_of(name: str, directions: Mapping[str, str]) -> Better:
    """What was given counts; else the name; else nothing, which is said."""
    if directions.get(name) in {"min", "max"}:
        return Better(directions[name], "given")
    way = metric_direction(name)
    return Better(way, "name" if way else "unknown")


def choose_main(
    rows: Sequence[Row], better: Mapping[str, Better], directions: Mapping[str, str]
) -> str | None:
    """The metric to sort by: the first given one, else the best known; None = none is known."""
    counts = _counts(rows)
    given = (name for name in directions if counts[name] and better[name].way)
    known = [name for name in counts if better[name].way is not None]
    ranked = sorted(known, key=lambda name: (-counts[name], _set_rank(name)))
    return next(given, ranked[0] if ranked else None)


def order_metrics(
    rows: Iterable[Row], better: Mapping[str, Better], main: str | None
) -> tuple[str, ...]:
    """Main metric first, then by how many variants have it, then those with a direction."""
    counts = _counts(rows)

    def rank(name: str) -> tuple[bool, int, bool]:
        return (name != main, -counts[name], better[name].way is None)

    return tuple(sorted(better, key=rank))


def sort_rows(rows: Sequence[Row], main: str | None, better: Mapping[str, Better]) -> list[Row]:
    """Best first; without the main metric last; without any in the order of names."""
    sign = -1 if main is not None and better[main].way == "max" else 1

    def rank(row: Row) -> tuple[bool, bool, float, str]:
        summary = row.metrics.get(main) if main is not None else None
        ranked = summary is not None and row.is_measured
        value = sign * summary.mean if summary is not None and ranked else 0.0
        return (not row.is_measured, not ranked, value, row.name)

    return sorted(rows, key=rank)


def first_rows(rows: Sequence[Row], most: int | None) -> Sequence[Row]:
    """So many of them, and the baseline wherever it stands; None = all."""
    if most is None or len(rows) <= most:
        return rows
    return [*rows[:most], *(row for row in rows[most:] if row.is_baseline)]


def ranked_rows(comparison: Comparison) -> list[Row]:
    """Those that may be held against each other by the main metric, best first."""
    return [row for row in comparison.rows if row.is_measured and comparison.main in row.metrics]


def best_row(comparison: Comparison) -> Row | None:
    """The variant with the best main metric; None where nothing tells."""
    return next(iter(ranked_rows(comparison)), None)


def main_effects(comparison: Comparison) -> dict[str, Effect]:
    """Of the main metric, by `Row.variant`."""
    return {one.variant: one for one in comparison.effects if one.metric == comparison.main}


def _counts(rows: Iterable[Row]) -> Counter[str]:
    return Counter(name for row in rows if row.is_measured for name in row.metrics)


def _set_rank(name: str) -> int:
    found = parts(name)
    if _TRAIN.intersection(found):
        return _PLAIN + 1
    return min((_SETS[part] for part in found if part in _SETS), default=_PLAIN)

"""How far one and the same variant lies apart from run to run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from sandbox.comparing.chances import LEVEL, bartlett, t_quantile
from sandbox.comparing.model import Noise, Row, Summary

BASELINE, POOLED = "baseline", "pooled"

_UNEQUAL = 0.1
"""Below this chance, spreads of variants are taken to be different ones."""


def measure_noise(
    base: Row | None, rows: Sequence[Row], metrics: Iterable[str]
) -> dict[str, Noise]:
    """By metric, where a variant was repeated; nothing without a baseline that was measured.

    Spreads of all repeated variants are taken together, which makes a better estimate of few
    repeats, unless they are too different; then the baseline's own counts.
    """
    if base is None or not base.is_measured:
        return {}
    repeated = [row for row in rows if row.is_measured and len(row.runs) > 1]
    found = {name: _noise(name, base, repeated) for name in metrics}
    return {name: noise for name, noise in found.items() if noise is not None}


def _noise(metric: str, base: Row, repeated: Sequence[Row]) -> Noise | None:
    own = base.metrics.get(metric)
    if own is None:
        return None
    groups = [row.metrics[metric] for row in repeated if _has_spread(row.metrics, metric)]
    if not groups:
        return None
    if own.spread is not None and (len(groups) == 1 or not are_alike(groups)):
        return _of(metric, own, own.spread, own.count - 1, BASELINE)
    if not are_alike(groups):
        return None
    degrees = sum(one.count - 1 for one in groups)
    return _of(metric, own, pooled_spread(groups), degrees, POOLED)


def _has_spread(metrics: Mapping[str, Summary], name: str) -> bool:
    return name in metrics and metrics[name].spread is not None


def are_alike(groups: Sequence[Summary]) -> bool:
    """Whether their spreads may well be one and the same."""
    spreads = [one.spread or 0.0 for one in groups]
    return bartlett(spreads, [one.count - 1 for one in groups]) >= _UNEQUAL


def pooled_spread(groups: Sequence[Summary]) -> float:
    """Of groups with means of their own and one spread."""
    degrees = sum(one.count - 1 for one in groups)
    largest = max((one.spread or 0.0 for one in groups), default=0.0)
    if not largest:
        return 0.0
    # In units of the largest: squares of what is near the largest float are no numbers.
    squares = sum((one.count - 1) * ((one.spread or 0.0) / largest) ** 2 for one in groups)
    return largest * math.sqrt(squares / degrees)


def _of(metric: str, own: Summary, spread: float, degrees: int, source: str) -> Noise | None:
    """The band is a prediction interval (Hahn 1991, Statistical Intervals, chapter 4)."""
    reach = float(t_quantile(degrees, LEVEL)) * spread * math.sqrt(1 + 1 / own.count)
    band = (own.mean - reach, own.mean + reach)
    if not all(map(math.isfinite, band)):
        return None
    return Noise(metric, spread, own.mean, degrees, band, source)

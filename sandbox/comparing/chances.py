"""Probabilities of differences: arrays in, arrays out, with SciPy's distributions.

`scipy.special` and not `scipy.stats`, which takes seconds to import: `sandbox compare` has one.
Tests hold each function against its namesake in `scipy.stats`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

LEVEL = 0.05
"""Of all comparisons of one metric together, how many sweeps without any effect show one."""

POWER = 0.8
"""Of true effects, how many the repeats that are asked for would show."""

MOST_REPEATS = 100_000
"""A difference that needs more is none that anyone could see."""

_NODES = 48
_GRID = ((0.05, 0.5, 12), (0.5, 12.0, 80), (12.0, 1e5, 40))
_EXACT = 200


def t_two_sided(t: Array, degrees: Array | float) -> Array:
    """Probability that luck alone gives a Student's t at least as far from 0."""
    from scipy.special import stdtr

    result: Array = 2 * stdtr(degrees, -abs(t))
    return result


def t_quantile(degrees: Array | float, level: Array | float) -> Any:
    """Student's t that is exceeded, on either side, with the probability `level`."""
    from scipy.special import stdtrit

    return -stdtrit(degrees, level / 2)


def f_beyond(f: float, between: int, within: int) -> float:
    """Probability that luck alone gives an F at least as large."""
    from scipy.special import fdtrc

    return float(fdtrc(between, within, f))


def bartlett(spreads: Sequence[float], degrees: Sequence[int]) -> float:
    """Probability that groups of one and the same variance differ as much in theirs.

    Source: Bartlett 1937, Properties of sufficiency and statistical tests.
    """
    from scipy.special import chdtrc

    if len(spreads) < 2:
        return 1.0
    if not all(spreads):
        return 1.0 if not any(spreads) else 0.0
    total, groups, largest = sum(degrees), len(spreads), max(spreads)
    # In units of the largest: squares of what is near the ends of float are no numbers.
    ratios = [spread / largest for spread in spreads]
    if not all(ratios):  # so far apart that the smallest of them is nothing
        return 0.0
    pooled = sum(n * r * r for n, r in zip(degrees, ratios, strict=True)) / total
    logs = sum(2 * n * math.log(r) for n, r in zip(degrees, ratios, strict=True))
    correction = 1 + (sum(1 / n for n in degrees) - 1 / total) / (3 * (groups - 1))
    return float(chdtrc(groups - 1, (total * math.log(pooled) - logs) / correction))


def welch(spreads: Array, counts: Array, other: tuple[float, int]) -> tuple[Array, Array]:
    """Standard errors of differences of means, and their degrees of freedom.

    Source: Welch 1947, The generalization of "Student's" problem.
    """
    # In units of the largest: squares of what is near the ends of float are no numbers.
    largest = max(float(spreads.max(initial=0.0)), other[0]) or 1.0
    ours, theirs = (spreads / largest) ** 2 / counts, (other[0] / largest) ** 2 / other[1]
    degrees = (ours + theirs) ** 2 / (ours**2 / (counts - 1) + theirs**2 / (other[1] - 1))
    return (ours + theirs) ** 0.5 * largest, degrees


def holm(chances: Array) -> tuple[Array, Array]:
    """Probabilities adjusted for their number, and the level at which each is judged.

    An interval at that level leaves out 0 exactly where the adjusted probability is below `LEVEL`.

    Source: Holm 1979, A simple sequentially rejective multiple test procedure.
    """
    import numpy as np

    order = np.argsort(chances, kind="stable")
    left = len(chances) - np.arange(len(chances))
    raised = np.minimum(1.0, np.maximum.accumulate(chances[order] * left))
    stopped = int(np.argmax(raised > LEVEL)) if (raised > LEVEL).any() else len(chances) - 1
    adjusted, levels = np.empty_like(chances), np.empty_like(chances)
    adjusted[order] = raised
    levels[order] = LEVEL / np.maximum(left, left[stopped])
    return adjusted, levels


def spearman(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """Rank correlation, and the probability that luck alone gives one as far from 0.

    Source: Spearman 1904, The proof and measurement of association between two things.
    """
    import numpy as np

    if len(one) < 3 or len(set(one)) < 2 or len(set(other)) < 2:
        return 0.0, 1.0
    found = float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])
    degrees = len(one) - 2
    t = found * math.sqrt(degrees / max(1 - found**2, 1e-12))
    return found, float(t_two_sided(np.array([t]), float(degrees))[0])


def _ranks(values: Sequence[float]) -> Array:
    """Equal ones share the mean of theirs."""
    import numpy as np

    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    result: Array = (last - (counts - 1) / 2)[places]
    return result


# ---------------------------------------------------------------- many against one


class Dunnett:
    """Several means against one, with a spread that they have in common.

    The differences share the baseline and the spread, so they err together; who knows how, needs
    less of a difference than who counts each as a chance of its own. The probability is Dunnett's
    integral over both, for which `scipy.stats.dunnett` draws random numbers: minutes for a hundred
    variants.

    Source: Dunnett 1955, A multiple comparison procedure for comparing several treatments with a
    control; the integral as in Hochberg 1987, Multiple comparison procedures, appendix 2.
    """

    def __init__(self, counts: Sequence[int], base: int, degrees: int) -> None:
        sizes: dict[int, int] = {}
        for count in counts:
            sizes[count] = sizes.get(count, 0) + 1
        self._at, self._logs = _table(tuple(sorted(sizes.items())), base, degrees)

    def adjusted(self, t: Array) -> Array:
        """Probability that luck alone gives any difference at least as far from 0."""
        import numpy as np

        found = np.interp(np.log(np.maximum(abs(t), self._lowest)), self._at, self._logs)
        result: Array = np.minimum(1.0, np.exp(found))
        return result

    @property
    def critical(self) -> float:
        """The t at which that is `LEVEL`."""
        import numpy as np

        return float(np.exp(np.interp(-math.log(LEVEL), -self._logs, self._at)))

    @property
    def _lowest(self) -> float:
        return float(math.exp(self._at[0]))


@lru_cache(maxsize=512)
def _table(sizes: tuple[tuple[int, int], ...], base: int, degrees: int) -> tuple[Array, Array]:
    """Logarithms of t, rising, and of the probability that the largest of all lies beyond."""
    import numpy as np
    from scipy.special import chdtri, ndtr

    tail = 1e-10
    ends = np.log(np.sqrt(chdtri(degrees, np.array([1 - tail, tail])) / degrees))
    x = np.linspace(float(ends[0]), float(ends[1]), _NODES)
    log_density = degrees * x - degrees * np.exp(2 * x) / 2
    of_spread = np.exp(log_density - log_density.max())
    z = np.linspace(-7.5, 7.5, _NODES)
    of_base = np.exp(-z * z / 2)
    weights = np.outer(of_spread / of_spread.sum(), of_base / of_base.sum())
    parts = [np.geomspace(low, high, many) for low, high, many in _GRID]
    at: Array = np.log(np.unique(np.concatenate(parts)))
    reach = np.exp(at)[:, None, None] * np.exp(x)[None, :, None]
    inside = np.zeros(())
    for count, many in sizes:
        shared = math.sqrt(count / (count + base))
        own, moved = math.sqrt(1 - shared**2), shared * z[None, None, :]
        beyond = ndtr((-reach + moved) / own) + ndtr((-reach - moved) / own)
        inside = inside + many * np.log1p(-np.minimum(beyond, 1 - 1e-16))
    outside = -np.expm1(inside)
    chances = (outside * weights[None]).sum(axis=(1, 2))
    # Where the grid has grown too coarse for what is left, as many chances as there are variants.
    total = sum(many for _, many in sizes)
    bound = total * t_two_sided(np.exp(at), float(degrees))
    chances = np.clip(np.minimum(chances, bound), 1e-300, 1.0)
    return at, np.log(np.minimum.accumulate(chances))


# ---------------------------------------------------------------- how many would do


def repeats_needed(sizes: Array, comparisons: int) -> Array:
    """Repeats of each of two, so that a true difference of that size is seen with `POWER`.

    Args:
        sizes: differences in units of the spread, above 0.
        comparisons: how many are judged together.

    Source: Cohen 1988, Statistical power analysis, chapter 2, with the noncentral t distribution.
    """
    import numpy as np
    from scipy.special import ndtri

    seen, level = _seen_with(comparisons), LEVEL / comparisons
    # Beyond a few hundred the t is normal to four digits.
    many = np.ceil(2 * ((ndtri(1 - level / 2) + ndtri(POWER)) / sizes) ** 2)
    few = np.searchsorted(-seen, -sizes) + 2.0
    return np.where(sizes >= seen[-1], few, np.clip(many, _EXACT, MOST_REPEATS))


@lru_cache(maxsize=64)
def _seen_with(comparisons: int) -> Array:
    """Differences, in units of the spread, that 2, 3, … repeats of each are enough for; falling."""
    import numpy as np
    from scipy.special import nctdtrinc

    repeats = np.arange(2.0, _EXACT)
    degrees = 2 * (repeats - 1)
    shift = nctdtrinc(degrees, 1 - POWER, t_quantile(degrees, LEVEL / comparisons))
    result: Array = np.minimum.accumulate(shift / np.sqrt(repeats / 2))
    return result

"""What each variant changed in each metric, and whether luck would do as well."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.comparing.chances import LEVEL
from sandbox.comparing.model import Better, Effect, Noise, Row, Summary
from sandbox.comparing.noise import BASELINE

if TYPE_CHECKING:
    from sandbox.comparing.chances import Array

LUCK, UNMEASURED = "luck", "unmeasured"


def measure_effects(
    base: Row | None,
    rows: Sequence[Row],
    noise: Mapping[str, Noise],
    better: Mapping[str, Better],
) -> tuple[Effect, ...]:
    """One for each variant and metric of which a difference is known, in the order of the rows.

    All comparisons of one metric are judged together: of a hundred sweeps in which nothing
    mattered, five at most call anything of that metric an effect.
    """
    found: dict[tuple[int, str], Effect] = {}
    for metric in dict.fromkeys(name for row in rows for name in row.differences):
        places = [at for at, row in enumerate(rows) if metric in row.differences]
        compared = [rows[at] for at in places]
        judged = _judge(metric, base, compared, noise.get(metric), better[metric].way)
        found.update({(at, metric): effect for at, effect in zip(places, judged, strict=True)})
    return tuple(found[at, name] for at, row in enumerate(rows) for name in row.differences)


@dataclass(frozen=True)
class _Judgement:
    """Arrays, one item to a comparison.

    Attributes:
        reach: half of the interval; leaves out 0 where `chances` are below the level.
        spread: that decides how many repeats would do.
    """

    reach: Array
    chances: Array
    spread: float


def _judge(
    metric: str, base: Row | None, rows: Sequence[Row], noise: Noise | None, way: str | None
) -> Iterable[Effect]:
    differences = [row.differences[metric] for row in rows]
    if noise is None or base is None:
        for row, value in zip(rows, differences, strict=True):
            told = UNMEASURED if value else verdict_of(value, way)
            yield Effect(row.name, metric, value, None, told, variant=row.variant)
        return
    own, summaries = base.metrics[metric], [row.metrics[metric] for row in rows]
    judged = _judgement(differences, summaries, own, noise)
    needed = _needed(differences, judged)
    for at, (row, value) in enumerate(zip(rows, differences, strict=True)):
        chance, reach = float(judged.chances[at]), float(judged.reach[at])
        is_luck, interval = chance > LEVEL and value != 0, _interval(value, reach)
        yield Effect(
            row.name,
            metric,
            value,
            interval,
            LUCK if is_luck else verdict_of(value, way) if interval or not value else UNMEASURED,
            chance,
            needed[at] if is_luck else None,
            row.variant,
        )


def _interval(value: float, reach: float) -> tuple[float, float] | None:
    """None where its ends are no numbers."""
    ends = (value - reach, value + reach)
    return ends if all(map(math.isfinite, ends)) else None


def verdict_of(difference: float, way: str | None) -> str:
    """Of a difference that is none of luck."""
    if difference == 0:
        return "same"
    if way is None:
        return "changed"
    return "better" if (difference > 0) is (way == "max") else "worse"


def _judgement(
    differences: Sequence[float], summaries: Sequence[Summary], own: Summary, noise: Noise
) -> _Judgement:
    import numpy as np

    values = np.array(differences)
    if noise.spread == 0 and not any(one.spread for one in summaries):
        return _exact(values, noise.step)
    if noise.source == BASELINE and any(one.spread is not None for one in summaries):
        return _unequal(values, summaries, own, noise)
    return _together(values, summaries, own, noise)


def _exact(values: Array, step: float | None) -> _Judgement:
    """Of repeats that were all the same to the last digit: no run was lucky.

    Examples that were tested may have been: of a share of them it takes so many that changed, and
    all to one side, as no coin gives (the sign test, at its best for the variant; Holm).

    Source: McNemar 1947, Note on the sampling error of the difference between correlated
    proportions.
    """
    import numpy as np

    from sandbox.comparing.chances import holm

    if step is None:
        return _Judgement(np.zeros(len(values)), np.where(values == 0, 1.0, 0.0), 0.0)
    changed = np.rint(abs(values) / step)
    chances, levels = holm(np.minimum(1.0, 2.0 ** (1 - changed)))
    return _Judgement((1 - np.log2(levels)) * step, chances, 0.0)


def _together(
    values: Array, summaries: Sequence[Summary], own: Summary, noise: Noise
) -> _Judgement:
    """With one spread for all, by Dunnett's test.

    Whose repeats lie further apart than those of all together, is judged by its own: a few that are
    unsteady are not always seen by a test of spreads.
    """
    import numpy as np

    from sandbox.comparing.chances import Dunnett

    counts = [one.count for one in summaries]
    test = Dunnett(counts, own.count, noise.degrees)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        spreads = np.array([max(one.spread or 0.0, noise.spread) for one in summaries])
        # A root at a time: squares of what is near the ends of float are no numbers.
        errors = np.hypot(spreads / np.sqrt(counts), noise.spread / math.sqrt(own.count))
        t = np.nan_to_num(values / errors, nan=0.0)
        return _Judgement(test.critical * errors, test.adjusted(t), noise.spread)


def _unequal(values: Array, summaries: Sequence[Summary], own: Summary, noise: Noise) -> _Judgement:
    """With a spread for each: Welch's test; a single run is judged by the baseline's spread."""
    import numpy as np

    from sandbox.comparing.chances import holm, t_quantile, t_two_sided, welch

    counts = np.array([one.count for one in summaries], dtype=float)
    spreads = np.array([one.spread or 0.0 for one in summaries])
    single = counts < 2
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        errors, degrees = welch(spreads, np.where(single, 2.0, counts), (noise.spread, own.count))
        errors = np.where(single, noise.spread * np.sqrt(1 + 1 / own.count), errors)
        degrees = np.where(single, own.count - 1.0, degrees)
        degrees = np.maximum(np.nan_to_num(degrees, nan=1.0), 1.0)
        t = np.nan_to_num(values / errors, nan=0.0)
        chances, levels = holm(t_two_sided(t, degrees))
        return _Judgement(t_quantile(degrees, levels) * errors, chances, _typical(spreads, noise))


def _typical(spreads: Array, noise: Noise) -> float:
    import numpy as np

    return max(noise.spread, float(np.median(spreads)))


def _needed(differences: Sequence[float], judged: _Judgement) -> list[int | None]:
    """Repeats that would settle each; None = it is no question of repeats."""
    import numpy as np

    from sandbox.comparing.chances import MOST_REPEATS, repeats_needed

    if not judged.spread:
        return [None] * len(differences)
    wanted = (judged.chances > LEVEL) & (np.array(differences) != 0)
    needed = np.zeros(len(differences))
    with np.errstate(over="ignore"):
        sizes = abs(np.array(differences)[wanted]) / judged.spread
    needed[wanted] = repeats_needed(np.clip(sizes, 1e-9, 1e6), len(differences))
    return [int(one) if 0 < one < MOST_REPEATS else None for one in needed]

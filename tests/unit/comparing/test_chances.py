"""Probabilities are those of SciPy's own tests, which take seconds to import."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from sandbox.comparing.chances import (
    LEVEL,
    Dunnett,
    bartlett,
    f_beyond,
    holm,
    repeats_needed,
    spearman,
    t_quantile,
    t_two_sided,
    welch,
)


def drawn(*sizes: int, seed: int = 1, shift: float = 0.0) -> list[list[float]]:
    chance = random.Random(seed)
    return [[chance.gauss(shift * (at == 0), 1.0) for _ in range(n)] for at, n in enumerate(sizes)]


def pooled(groups: Sequence[Sequence[float]]) -> tuple[float, int]:
    squares = sum((len(one) - 1) * np.var(one, ddof=1) for one in groups if len(one) > 1)
    degrees = sum(len(one) - 1 for one in groups)
    return float(np.sqrt(squares / degrees)), degrees


@pytest.mark.parametrize("sizes", [(3, 3, 3, 3), (1, 1, 1, 1, 3), (2, 2, 2, 5), (3, 1, 4, 2)])
def test_dunnett_is_scipys(sizes: tuple[int, ...]) -> None:
    *groups, base = drawn(*sizes, shift=2.5)
    spread, degrees = pooled([*groups, base])
    counts = [len(one) for one in groups]
    t = np.array(
        [
            (np.mean(one) - np.mean(base)) / (spread * np.sqrt(1 / len(one) + 1 / len(base)))
            for one in groups
        ]
    )
    ours, theirs = Dunnett(counts, len(base), degrees), stats.dunnett(*groups, control=base, rng=0)
    assert t == pytest.approx(theirs.statistic)
    assert ours.adjusted(t) == pytest.approx(theirs.pvalue, abs=3e-3)
    interval = theirs.confidence_interval(1 - LEVEL)
    reach = (interval.high - interval.low) / 2 / (theirs.statistic * 0 + spread)
    errors = [np.sqrt(1 / one + 1 / len(base)) for one in counts]
    assert ours.critical * np.array(errors) == pytest.approx(reach, rel=0.02)


def test_dunnett_against_one_is_students() -> None:
    test = Dunnett([3], 3, 4)
    assert test.critical == pytest.approx(stats.t.ppf(0.975, 4), rel=2e-3)
    assert test.adjusted(np.array([2.0]))[0] == pytest.approx(2 * stats.t.sf(2.0, 4), rel=2e-2)


def test_dunnetts_table_of_1964() -> None:
    """Two-sided 5 % points of equal groups, by degrees of freedom and their number."""
    for degrees, groups, point in ((5, 2, 3.03), (10, 5, 3.00), (20, 9, 2.95), (60, 3, 2.41)):
        size = degrees // (groups + 1) + 1
        found = Dunnett([size] * groups, size, degrees).critical
        assert found == pytest.approx(point, abs=0.02)


def test_of_thousands_it_is_between_one_and_each_for_itself() -> None:
    many = Dunnett([1] * 9999, 3, 2).critical
    assert stats.t.ppf(0.975, 2) < many < stats.t.ppf(1 - 0.025 / 9999, 2)


def test_students_t_and_fishers_f_are_scipys() -> None:
    t = np.array([-3.0, 0.0, 1.5])
    assert t_two_sided(t, 4) == pytest.approx(2 * stats.t.sf(abs(t), 4))
    assert t_quantile(4, 0.05) == pytest.approx(stats.t.ppf(0.975, 4))
    assert f_beyond(4.0, 2, 6) == pytest.approx(stats.f.sf(4.0, 2, 6))


def test_bartlett_is_scipys_and_knows_constants() -> None:
    groups = [[2 * value for value in drawn(4)[0]], *drawn(4, 5, seed=2)]
    spreads = [float(np.std(one, ddof=1)) for one in groups]
    degrees = [len(one) - 1 for one in groups]
    assert bartlett(spreads, degrees) == pytest.approx(stats.bartlett(*groups).pvalue)
    assert bartlett([0.0, 0.0], [2, 2]) == 1.0
    assert bartlett([0.0, 1.0], [2, 2]) == 0.0
    assert bartlett([1.0], [2]) == 1.0


def test_welch_is_scipys() -> None:
    one, other = [[3 * value for value in drawn(4)[0]], drawn(6, seed=2)[0]]
    errors, degrees = welch(
        np.array([np.std(one, ddof=1)]), np.array([4.0]), (float(np.std(other, ddof=1)), 6)
    )
    theirs = stats.ttest_ind(one, other, equal_var=False)
    t = (np.mean(one) - np.mean(other)) / errors
    assert t[0] == pytest.approx(theirs.statistic)
    assert t_two_sided(t, degrees)[0] == pytest.approx(theirs.pvalue)


def test_holm_is_that_of_his_paper_and_levels_agree() -> None:
    """The example of R's p.adjust: 0.01, 0.02, 0.03, 0.04 become 0.04, 0.06, 0.06, 0.06."""
    adjusted, _ = holm(np.array([0.03, 0.01, 0.04, 0.02]))
    assert adjusted == pytest.approx([0.06, 0.04, 0.06, 0.06])
    chances = np.array([0.001, 0.2, 0.02, 0.03])
    adjusted, levels = holm(chances)
    assert ((chances <= levels) == (adjusted <= LEVEL)).all()


@pytest.mark.parametrize(("size", "repeats"), [(2.0, 6), (1.0, 17), (0.5, 64), (0.2, 394)])
def test_repeats_are_those_of_cohens_table(size: float, repeats: int) -> None:
    """Power 0.80 at 0.05, two-sided: 17, 64 and 393 to a group (Cohen 1988, table 2.4.1)."""
    assert repeats_needed(np.array([size]), 1)[0] == pytest.approx(repeats, abs=1)


def test_spearman_is_scipys_with_ties_too() -> None:
    one, other = [1.0, 2.0, 2.0, 4.0, 5.0, 9.0], [2.0, 1.0, 4.0, 4.0, 7.0, 6.0]
    theirs = stats.spearmanr(one, other)
    assert spearman(one, other) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert spearman([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]) == (0.0, 1.0)


def test_more_comparisons_need_more_repeats() -> None:
    few, many = (repeats_needed(np.array([1.0]), count)[0] for count in (1, 20))
    assert many > few

"""What a comparison consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.domain import Run


@dataclass(frozen=True)
class Better:
    """Which way a metric is better.

    Attributes:
        way: `min`, `max`, or None = nothing tells.
        source: who says so: `given`, `name`, or `unknown`.
    """

    way: str | None
    source: str


@dataclass(frozen=True)
class Summary:
    """One metric over the repeats of one variant.

    Attributes:
        spread: sample standard deviation; None below two repeats.
        count: repeats that have this metric.
    """

    mean: float
    spread: float | None
    count: int


@dataclass(frozen=True)
class Row:
    """One variant with all of its repeats.

    Attributes:
        name: its tweaks that differ within the comparison, or `baseline`.
        tweaks: the value of each column that this variant changes.
        status: of all repeats if they agree, else the worst and how many (`failed 1/3`).
        is_measured: its metrics may be compared: it came to an end, or to its time limit.
        differences: mean minus the baseline's mean, by metric; not for the baseline itself.
    """

    variant: str
    name: str
    tweaks: Mapping[str, str]
    runs: tuple[Run, ...]
    status: str
    cause: str | None
    is_measured: bool
    metrics: Mapping[str, Summary] = field(default_factory=dict)
    differences: Mapping[str, float] = field(default_factory=dict)
    is_baseline: bool = False


@dataclass(frozen=True)
class Noise:
    """How far one metric of one and the same variant lies apart from run to run.

    Attributes:
        spread: sample standard deviation over repeats, in the metric's unit.
        mean: of the baseline.
        degrees: of freedom that `spread` was estimated with.
        band: within it a single further run of the baseline lies 95 times of a hundred.
        source: whose repeats these are: `baseline`, or `pooled` = of all variants.
        step: what one example of a test set moves it by, where it is a share of so many; None = it
            is none, as far as its values tell.
        examples: how many these are.
    """

    metric: str
    spread: float
    mean: float
    degrees: int
    band: tuple[float, float]
    source: str
    step: float | None = None
    examples: int | None = None


@dataclass(frozen=True)
class Effect:
    """What one variant's tweaks changed in one metric.

    Attributes:
        difference: mean minus the baseline's mean.
        interval: of the difference, at 95 %; None = not measured.
        verdict: `better`, `worse`, `same`, or `changed` where nothing tells which way is better;
            `luck` where the difference is indistinguishable from it; `unmeasured` where nothing was
            repeated, so that it may be luck or not.
        p_value: adjusted for all comparisons of that metric; None = not measured.
        repeats_needed: of variant and baseline each, to settle a verdict of `luck`; None = settled,
            or not measured.
        variant: of its row; names may be the same on two commits.
    """

    tweak: str
    metric: str
    difference: float
    interval: tuple[float, float] | None
    verdict: str
    p_value: float | None = None
    repeats_needed: int | None = None
    variant: str = ""


@dataclass(frozen=True)
class Importance:
    """How much one tunable mattered to the main metric.

    Attributes:
        share: 0 … 1, of all tunables of the sweep together 1; nan never.
        method: `fanova`, `ped-anova` or `contrast`.
        direction: `up`: larger values gave larger metrics; `down`; `mixed`; None = no order.
        best: the value with the best mean of the metric, as text; None = no direction is known.
        is_noise: no larger than what luck alone gives.
    """

    tunable: str
    metric: str
    share: float
    method: str
    direction: str | None = None
    best: str | None = None
    is_noise: bool = False


@dataclass(frozen=True)
class Interaction:
    """Two tunables that were crossed: whether one's effect hangs on the other's value.

    Attributes:
        share: 0 … 1, of the metric's variance over the crossed variants.
        p_value: None = not measured.
        text: what it means, in one line.
    """

    tunables: tuple[str, str]
    metric: str
    share: float
    p_value: float | None
    text: str


@dataclass(frozen=True)
class Failure:
    """Runs that ended alike without a result.

    Attributes:
        runs: their names.
        boundary: where in the tunables' space it starts (`batch-size >= 384`); None = not known.
    """

    cause: str
    runs: tuple[str, ...]
    boundary: str | None = None


@dataclass(frozen=True)
class Suggestion:
    """What to try next.

    Attributes:
        command: to be typed as it is.
        reason: one line.
    """

    command: str
    reason: str


@dataclass(frozen=True)
class Curve:
    """One metric of one run over its steps.

    Attributes:
        steps, values: shape (n,), in the order of the steps; values may be nan or infinite.
        best, best_step: by the metric's direction; None = no direction is known.
        last: the last finite value; None = there is none.
        trend: of the last third: `improving`, `flat`, `worsening`; None = too short, no direction.
    """

    run: str
    variant: str
    metric: str
    steps: tuple[float, ...]
    values: tuple[float, ...]
    best: float | None = None
    best_step: float | None = None
    last: float | None = None
    trend: str | None = None


@dataclass(frozen=True)
class Comparison:
    """What the runs of a sweep have shown.

    Attributes:
        baseline: first run without tweaks that came to an end, else the first without tweaks.
        columns: names of the tweaks in which variants differ.
        metrics: the main one first, then those that most variants have.
        main: the metric by which rows are sorted; None = by name.
        better: direction and its source for each metric.
        rows: best first, those without the main metric last.
        noise: by metric, where it was measured.
        importances: of the main metric, the largest share first.
        curves: of the main metric and others with several steps; empty unless Runs had scalars.
        notes: what the reader should know, one line each.
    """

    baseline: Run | None
    columns: tuple[str, ...]
    metrics: tuple[str, ...]
    main: str | None
    better: Mapping[str, Better]
    rows: tuple[Row, ...]
    effects: tuple[Effect, ...]
    failures: tuple[Failure, ...]
    notes: tuple[str, ...] = ()
    noise: Mapping[str, Noise] = field(default_factory=dict)
    importances: tuple[Importance, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    curves: tuple[Curve, ...] = ()

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
class Effect:
    """What one variant's tweaks changed in one metric.

    Attributes:
        difference: mean minus the baseline's mean.
        interval: of the difference; None = not measured.
        verdict: `better`, `worse`, `same`, or `changed` where nothing tells which way is better.
    """

    tweak: str
    metric: str
    difference: float
    interval: tuple[float, float] | None
    verdict: str


@dataclass(frozen=True)
class Failure:
    """Runs that ended alike without a result.

    Attributes:
        runs: their names.
        boundary: where in the tunables' space it starts; None = not measured.
    """

    cause: str
    runs: tuple[str, ...]
    boundary: str | None = None


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

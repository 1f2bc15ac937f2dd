"""From Runs to a Comparison."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sandbox.comparing.curves import curves_of
from sandbox.comparing.designs import points_of
from sandbox.comparing.effects import measure_effects
from sandbox.comparing.failures import group_failures
from sandbox.comparing.importances import Evaluate, measure_importances, too_few
from sandbox.comparing.interactions import measure_interactions
from sandbox.comparing.model import Better, Comparison, Row, Summary
from sandbox.comparing.noise import measure_noise
from sandbox.comparing.patches import patch_points
from sandbox.comparing.ranking import better_of, choose_main, order_metrics, sort_rows
from sandbox.comparing.resolution import with_resolution, with_steps
from sandbox.comparing.words import way_of
from sandbox.domain import Run, RunStatus

_MEASURED = frozenset((RunStatus.succeeded, RunStatus.timed_out))


def compare(
    runs: Sequence[Run],
    *,
    directions: Mapping[str, str] | None = None,
    evaluate: Evaluate | None = None,
) -> Comparison:
    """What the runs show against their baseline, repeats of a variant taken together.

    Any runs give a valid comparison: none, only failed ones, without a baseline, each with metrics
    of its own. Values that are not finite count as not measured. `docs/comparing.md` says by which
    methods.

    Args:
        runs: of one sweep, or of several of one repository.
        directions: metric → `min` or `max`; the first of them that was measured is the main
            metric. Other directions are told from the metrics' names.
        evaluate: a model of scattered points, see `measure_importances`.
    """
    given, runs = len(runs), _newest(runs)
    groups = _by_variant(runs)
    columns = _columns(groups)
    rows = [_to_row(group, columns) for group in groups]
    base = _find_baseline(rows)
    rows = [_against(row, base) for row in rows]
    base = next((row for row in rows if row.is_baseline), None)
    better = {name: better_of(name, directions or {}) for name in _metric_names(rows)}
    main = choose_main(rows, better, directions or {})
    judged = with_resolution(rows, better)
    judged_base = next((row for row in judged if row.is_baseline), None)
    noise = with_steps(measure_noise(judged_base, judged, better), rows)
    effects = measure_effects(judged_base, judged, noise, better)
    names = order_metrics(rows, better, main)
    found = Comparison(
        baseline=base.runs[0] if base else None,
        columns=columns,
        metrics=names,
        main=main,
        better=better,
        rows=tuple(sort_rows(rows, main, better)),
        effects=effects,
        failures=group_failures(runs, columns),
        notes=(*_notes(rows, base, main, better), *_twice(given - len(runs))),
        noise=noise,
        curves=curves_of(runs, names, better),
    )
    return _with_tunables(found, evaluate)


def _with_tunables(found: Comparison, evaluate: Evaluate | None) -> Comparison:
    """What the tunables did to the main metric."""
    if found.main is None:
        return found
    points, noise = points_of(found.rows, found.main), found.noise.get(found.main)
    metric = (found.main, found.better[found.main].way)
    idle = _idle(found)
    importances = measure_importances(points, found.columns, metric, noise, evaluate, idle=idle)
    names = [one.tunable for one in importances] or found.columns
    few = too_few(points, found.columns)
    designs = [(points, names), patch_points(found.rows, points)]
    return replace(
        found,
        importances=importances,
        interactions=measure_interactions(designs, found.main, noise),
        notes=(*found.notes, *([few] if few else [])),
    )


# ---------------------------------------------------------------- rows


def _newest(runs: Sequence[Run]) -> list[Run]:
    """One of each variant and repeat: the same seed once more is no further repeat."""
    found = {run.key: run for run in sorted(runs, key=lambda run: run.started_at)}
    kept = {id(run) for run in found.values()}
    return [run for run in runs if id(run) in kept]


def _by_variant(runs: Iterable[Run]) -> list[tuple[Run, ...]]:
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.variant, []).append(run)
    return [tuple(sorted(group, key=lambda run: run.repeat)) for group in groups.values()]


def _tweaks(run: Run) -> dict[str, str]:
    return {tweak.name: tweak.value for tweak in run.tweaks}


def _columns(groups: Sequence[tuple[Run, ...]]) -> tuple[str, ...]:
    """Tweaks that not every variant has with the same value, in the order of their first."""
    variants = [_tweaks(group[0]) for group in groups]
    values: dict[str, Counter[str]] = {}
    for tweaks in variants:
        for name, value in tweaks.items():
            values.setdefault(name, Counter())[value] += 1
    return tuple(name for name, counts in values.items() if max(counts.values()) < len(variants))


def _to_row(group: tuple[Run, ...], columns: Sequence[str]) -> Row:
    ended = [run for run in group if run.status in _MEASURED]
    tweaks = {name: value for name, value in _tweaks(group[0]).items() if name in set(columns)}
    worst = next((run for run in group if run.status not in _MEASURED), group[0])
    return Row(
        variant=group[0].variant,
        name=" ".join(f"{name}={value}" for name, value in tweaks.items()) or _plain_name(group[0]),
        tweaks=tweaks,
        runs=group,
        status=_status(group, worst),
        cause=worst.cause,
        is_measured=bool(ended),
        metrics=_summaries(ended or group),
    )


def _plain_name(run: Run) -> str:
    return " ".join(f"{tweak.name}={tweak.value}" for tweak in run.tweaks) or "baseline"


def _status(group: Sequence[Run], worst: Run) -> str:
    count = sum(run.status == worst.status for run in group)
    return str(worst.status) if count == len(group) else f"{worst.status} {count}/{len(group)}"


def _summaries(runs: Sequence[Run]) -> dict[str, Summary]:
    values: dict[str, list[float]] = {}
    for run in runs:
        for name, value in run.metrics.items():
            if math.isfinite(value):
                values.setdefault(name, []).append(value)
    return {name: _summary(found) for name, found in values.items()}


def _summary(values: Sequence[float]) -> Summary:
    if len(values) == 1:
        return Summary(values[0], None, 1)
    try:
        return Summary(statistics.fmean(values), statistics.stdev(values), len(values))
    except OverflowError:  # near the largest float; a spread of that means nothing
        return Summary(math.fsum(value / len(values) for value in values), None, len(values))


def _metric_names(rows: Iterable[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in rows for name in row.metrics))


# ---------------------------------------------------------------- against the baseline


def _find_baseline(rows: Sequence[Row]) -> Row | None:
    """The variant without tweaks; of several the first that came to an end."""
    plain = [row for row in rows if not row.runs[0].tweaks]
    return next((row for row in plain if row.is_measured), plain[0] if plain else None)


def _against(row: Row, base: Row | None) -> Row:
    if base is None:
        return row
    if row is base:
        return replace(row, is_baseline=True)
    if not (row.is_measured and base.is_measured):
        return row
    differences = {
        name: summary.mean - base.metrics[name].mean
        for name, summary in row.metrics.items()
        if name in base.metrics
    }
    finite = {name: value for name, value in differences.items() if math.isfinite(value)}
    return replace(row, differences=finite)


def _idle(found: Comparison) -> frozenset[str]:
    """Tunables none of whose values, tried alone, did more to the main metric than luck, or any."""
    still = {"luck", "same"}
    moved = {
        one.variant
        for one in found.effects
        if one.metric == found.main and one.verdict not in still
    }
    alone = (row for row in found.rows if row.variant in moved and len(row.tweaks) == 1)
    active = {name for row in alone for name in row.tweaks}
    return frozenset(found.columns) - active


def _twice(count: int) -> Iterable[str]:
    if count:
        again = "one was" if count == 1 else f"{count} were"
        yield f"of runs of the same variant and repeat the newest counts: {again} left out"


def _notes(
    rows: Sequence[Row],
    base: Row | None,
    main: str | None,
    better: Mapping[str, Better],
) -> Iterable[str]:
    if not rows:
        yield "there is no run to compare"
        return
    if base is None:
        yield "no baseline among the runs: differences are not shown"
    elif not base.is_measured:
        status = base.status.replace("_", " ")
        how = status if status == "failed" else f"has no result ({status})"
        yield f"the baseline {how}: differences are not shown"
    if main is not None:
        yield f"sorted by {main}, {way_of(better[main])}"
    elif better:
        yield f"sorted by name: nothing tells which way {', '.join(list(better)[:3])} is better"

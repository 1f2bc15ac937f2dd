"""How each run stands among the others, by `Run.key`."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.comparing.model import Comparison, Effect, Row
from sandbox.comparing.ranking import main_effects, ranked_rows
from sandbox.comparing.texts import to_difference, to_summary
from sandbox.comparing.words import verdict_of
from sandbox.foreign import visible

_BASELINE = "baseline"


def verdicts(comparison: Comparison) -> dict[str, str]:
    """`Run.key` → `baseline`, the verdict on the main metric, or the status of what has none."""
    effects = main_effects(comparison)
    return {
        run.key: _verdict(row, effects) or str(run.status)
        for row in comparison.rows
        for run in row.runs
    }


def _verdict(row: Row, effects: Mapping[str, Effect]) -> str | None:
    if not row.is_measured:
        return None
    if row.is_baseline:
        return _BASELINE
    return effects[row.variant].verdict if row.variant in effects else None


def ranks(comparison: Comparison) -> dict[str, int]:
    """`Run.key` → place of its variant by the main metric, 1 = the best; of those that have one."""
    ranked = enumerate(ranked_rows(comparison), 1)
    return {run.key: place for place, row in ranked for run in row.runs}


def against_baseline(comparison: Comparison) -> dict[str, str]:
    """`Run.key` → how its variant compares with the baseline, one line; best first."""
    effects = main_effects(comparison)
    lines = {row.variant: visible(_against(row, comparison, effects)) for row in comparison.rows}
    told = {run.key: lines[row.variant] for row in comparison.rows for run in row.runs}
    return {key: line for key, line in told.items() if line}


def _against(row: Row, comparison: Comparison, effects: Mapping[str, Effect]) -> str:
    main = comparison.main
    if row.is_baseline:
        return "this is the baseline, which the others are compared with"
    if not row.is_measured:
        return f"not compared, it {row.status}"
    effect = effects.get(row.variant)
    if main is None or effect is None or comparison.baseline is None:
        return ""
    own = row.metrics[main]
    told = f"{main} {to_summary(own)}, {to_difference(effect.difference, own.mean)}"
    if effect.interval is not None:
        low, high = map(to_difference, effect.interval)
        told += f" (95 %: {low} … {high})"
    return f"{told} against the baseline: {verdict_of(effect)}"

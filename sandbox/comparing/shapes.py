"""A Comparison as JSON, in the shape that programs rely on (DESIGN 7)."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sandbox.comparing.model import (
    Comparison,
    Curve,
    Effect,
    Failure,
    Importance,
    Interaction,
    Noise,
    Row,
    Suggestion,
    Summary,
)


def to_json(comparison: Comparison) -> dict[str, object]:
    """Plain values only; every number is finite, what was not measured is None."""
    base = comparison.baseline
    return {
        "baseline": _baseline(comparison) if base else None,
        "effects": [_effect(one) for one in comparison.effects],
        "failures": [_failure(one) for one in comparison.failures],
        "columns": list(comparison.columns),
        "metrics": [
            {
                "name": name,
                "direction": comparison.better[name].way,
                "direction_source": comparison.better[name].source,
                "is_main": name == comparison.main,
            }
            for name in comparison.metrics
        ],
        "rows": [_row(one) for one in comparison.rows],
        "noise": [_noise(one) for one in comparison.noise.values()],
        "importances": [_importance(one) for one in comparison.importances],
        "interactions": [_interaction(one) for one in comparison.interactions],
        "suggestions": [_suggestion(one) for one in comparison.suggestions],
        "curves": [_curve(one) for one in comparison.curves],
        "notes": list(comparison.notes),
    }


def _baseline(comparison: Comparison) -> dict[str, object]:
    row = next(one for one in comparison.rows if one.is_baseline)
    return _row(row)


def _effect(one: Effect) -> dict[str, object]:
    return {
        "tweak": one.tweak,
        "metric": one.metric,
        "difference": one.difference,
        "interval": list(one.interval) if one.interval else None,
        "verdict": one.verdict,
        "p_value": one.p_value,
        "repeats_needed": one.repeats_needed,
    }


def _noise(one: Noise) -> dict[str, object]:
    return {
        "metric": one.metric,
        "spread": one.spread,
        "mean": one.mean,
        "degrees": one.degrees,
        "band": list(one.band),
        "source": one.source,
        "step": one.step,
    }


def _importance(one: Importance) -> dict[str, object]:
    return {
        "tunable": one.tunable,
        "metric": one.metric,
        "share": one.share,
        "method": one.method,
        "direction": one.direction,
        "best": one.best,
        "is_noise": one.is_noise,
    }


def _interaction(one: Interaction) -> dict[str, object]:
    return {
        "tunables": list(one.tunables),
        "metric": one.metric,
        "share": one.share,
        "p_value": one.p_value,
        "text": one.text,
    }


def _suggestion(one: Suggestion) -> dict[str, object]:
    return {"command": one.command, "reason": one.reason}


def _curve(one: Curve) -> dict[str, object]:
    """Values that are not finite are None, at their steps."""
    return {
        "run": one.run,
        "variant": one.variant,
        "metric": one.metric,
        "steps": _finite(one.steps),
        "values": _finite(one.values),
        "best": one.best,
        "best_step": one.best_step,
        "last": one.last,
        "trend": one.trend,
    }


def _finite(values: Iterable[float]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values]


def _failure(one: Failure) -> dict[str, object]:
    return {"cause": one.cause, "runs": list(one.runs), "boundary": one.boundary}


def _row(row: Row) -> dict[str, object]:
    return {
        "variant": row.variant,
        "name": row.name,
        "is_baseline": row.is_baseline,
        "status": row.status,
        "cause": row.cause,
        "tweaks": dict(row.tweaks),
        "metrics": {name: _summary(summary) for name, summary in row.metrics.items()},
        "differences": dict(row.differences),
        "run_ids": [run.run_id for run in row.runs],
        "elapsed_s": [run.elapsed_s for run in row.runs],
    }


def _summary(summary: Summary) -> dict[str, object]:
    return {"mean": summary.mean, "spread": summary.spread, "count": summary.count}

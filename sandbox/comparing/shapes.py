"""A Comparison as JSON, in the shape that programs rely on (DESIGN 7)."""

from __future__ import annotations

from sandbox.comparing.model import Comparison, Effect, Failure, Row, Summary


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
    }


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

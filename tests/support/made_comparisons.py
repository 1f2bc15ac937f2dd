"""Comparisons for tests of what shows them, with every part of one filled."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from sandbox.comparing import Comparison, Effect, compare
from sandbox.comparing.model import Curve, Importance, Interaction, Noise, Suggestion
from sandbox.domain import Run, RunStatus
from tests.support.made_runs import make_run

_RATES = ("0.1", "0.01", "0.001", "1.0")


def made_comparison(*, variants: int = 12, repeats: int = 2, steps: int = 20) -> Comparison:
    """Two tunables crossed, one run that failed, noise and curves; the same in each call."""
    chance = random.Random(7)
    runs = list(_runs(variants, repeats, chance))
    found = compare(runs, directions={"accuracy": "max"})
    return replace(
        found,
        effects=tuple(_judged(effect) for effect in found.effects),
        noise={"accuracy": Noise("accuracy", 0.01, 0.8, 2, (0.78, 0.82), "baseline")},
        importances=(
            Importance("lr", "accuracy", 0.8125, "fanova", "up", "1.0"),
            Importance("depth", "accuracy", 0.1875, "fanova", "down", "2", is_noise=True),
        ),
        interactions=(
            Interaction(("lr", "depth"), "accuracy", 0.1, 0.02, "lr matters more at depth 2"),
        ),
        failures=tuple(replace(one, boundary="lr >= 10") for one in found.failures),
        suggestions=(Suggestion("sandbox sweep digits -p lr=3", "the edge of the range was best"),),
        curves=tuple(_curve(row.runs[0], steps, chance) for row in found.rows if row.is_measured),
    )


def _runs(variants: int, repeats: int, chance: random.Random) -> Iterator[Run]:
    for place in range(variants):
        tweaks = {"lr": _RATES[place % 4], "depth": str(2 + place // 4)} if place else {}
        for repeat in range(repeats):
            metrics = {
                "accuracy": 0.8 + 0.02 * (place % 4) - 0.001 * (place // 4) + chance.gauss(0, 0.01),
                "loss": 0.5 + chance.gauss(0, 0.02),
            }
            run = make_run(tweaks, metrics, repeat=repeat)
            yield replace(run, run_id=f"{place:016x}{repeat:016x}")
    yield make_run({"lr": "10"}, status=RunStatus.failed, cause="OverflowError: train.py:12")


def _judged(effect: Effect) -> Effect:
    is_luck = abs(effect.difference) < 0.015
    return replace(
        effect,
        interval=(effect.difference - 0.015, effect.difference + 0.015),
        verdict="luck" if is_luck else effect.verdict,
        p_value=0.4 if is_luck else 0.003,
        repeats_needed=12 if is_luck else None,
    )


def _curve(run: Run, count: int, chance: random.Random) -> Curve:
    steps = tuple(float(step) for step in range(count))
    values = tuple(0.8 - 0.5 / (1 + step) + chance.gauss(0, 0.01) for step in steps)
    best = max(range(count), key=values.__getitem__)
    return Curve(
        run.name,
        run.variant,
        "accuracy",
        steps,
        values,
        best=values[best],
        best_step=steps[best],
        last=values[-1],
        trend="improving",
    )

"""What runs were given; of those that others recorded it stands in for tweaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sandbox.comparing.model import Row
from sandbox.domain import Run, Tweak, digest


def value_of(row: Row, name: str) -> str | None:
    """What a variant had for a tunable: tried, else passed; None = nothing tells."""
    return row.tweaks.get(name) or row.runs[0].parameters.get(name) or None


def with_parameters(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Parameters in which runs differ become their tweaks, where no run has any of ours.

    The first of the runs is the baseline. Runs of equal parameters are repeats of one variant.
    """
    if any(run.tweaks for run in runs) or len({run.variant for run in runs}) < 2:
        return tuple(runs)
    names = dict.fromkeys(name for run in runs for name in run.parameters)
    differing = [name for name in names if len({run.parameters.get(name) for run in runs}) > 1]
    if not differing:
        return tuple(runs)
    first, counts, found = runs[0], dict[str, int](), []
    for run in runs:
        tweaks = tuple(
            Tweak(name, run.parameters.get(name, "(none)"))
            for name in differing
            if run.parameters.get(name) != first.parameters.get(name)
        )
        variant = digest([[one.name, one.value] for one in tweaks])[:16]
        repeat = counts[variant] = counts.get(variant, -1) + 1
        found.append(replace(run, variant=variant, tweaks=tweaks, repeat=repeat))
    return tuple(found)

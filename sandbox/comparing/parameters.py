"""What runs were given; of those that others recorded it stands in for tweaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sandbox.comparing.model import Row
from sandbox.domain import Run, Tweak, digest


def value_of(row: Row, name: str) -> str | None:
    """What a variant had for a tunable: tried, else passed; None = nothing tells."""
    return row.tweaks.get(name) or row.runs[0].parameters.get(name) or None


def _no_seed(_name: str) -> bool:
    return False


def with_parameters(
    runs: Sequence[Run], is_seed: Callable[[str], bool] = _no_seed
) -> tuple[Run, ...]:
    """Parameters in which runs differ become their tweaks, where no run has any of ours.

    The first of the runs is the baseline. Runs of equal parameters are repeats of one variant.

    Args:
        is_seed: of a parameter's name; runs that differ in seeds only are repeats as well.
    """
    if any(run.tweaks for run in runs) or len({run.variant for run in runs}) < 2:
        return tuple(runs)
    names = dict.fromkeys(name for run in runs for name in run.parameters)
    varied = [name for name in names if len({run.parameters.get(name) for run in runs}) > 1]
    if not varied:
        return tuple(runs)
    differing = [name for name in varied if not is_seed(name)]
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

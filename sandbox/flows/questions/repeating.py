"""How often variants and the baseline are run, and where repeats get other random numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sandbox import tunables
from sandbox.domain import Entry, Tunable
from sandbox.flows.requests import Request

SEED = "seed"
"""The concept of tunables from which random numbers start."""

BASELINE_REPEATS = 3
"""Of the baseline, unless told: the fewest that say more of its spread than that there is one."""

BISECT = "bisect"
"""The sampler that looks for where runs begin to fail, to which luck does not matter."""

_MANY_RUNS = 10
"""A budget of fewer has none to spare for repeats of the baseline."""


def find_seeds(found: Sequence[Tunable], varied: Iterable[Tunable]) -> tuple[Tunable, ...]:
    """Seeds that are whole numbers, or flags without one; those that are varied anyway are left.

    So are those in a value that is varied as a whole, a dict for example.
    """
    varied = tuple(varied)
    taken = {one.qualified_name for one in varied}
    return tuple(
        one
        for one in found
        if one.concept == SEED
        and one.qualified_name not in taken
        and not any(tunables.is_within(one, outer) for outer in varied)
        and (_whole(one.value) is not None or (one.flag and one.value in {None, "None"}))
    )


def _whole(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def baseline_wanted(request: Request) -> int:
    """How often the baseline is to be run, where there is a seed to vary or it was asked for."""
    if request.baseline_repeats is not None:
        return max(request.repeats, request.baseline_repeats)
    is_bisected = request.strategy.sampler == BISECT
    is_varied = bool(request.tweaks or request.patches) and not is_bisected
    return max(request.repeats, BASELINE_REPEATS if is_varied else 1)


def baseline_extra(request: Request, seeds: Sequence[Tunable], most: int | None) -> int:
    """Runs of the baseline beyond the repeats that every variant has.

    Args:
        most: runs to be had altogether; None = no end. A few are not spent on the baseline, unless
            that was asked for.
    """
    asked = request.baseline_repeats is not None
    if not asked and (not seeds or (most is not None and most < _MANY_RUNS)):
        return 0
    return baseline_wanted(request) - request.repeats


def seeds_notes(request: Request, seeds: Sequence[Tunable], entry: Entry) -> tuple[str, ...]:
    """What repeats vary, or that they vary nothing, in a line."""
    extra, names = baseline_wanted(request), ", ".join(dict.fromkeys(one.name for one in seeds))
    if request.repeats > 1 or (request.baseline_repeats or 1) > 1:
        if not seeds:
            unseeded = "its repeats differ by what it draws unseeded"
            return (f"no seed that repeats could vary is found in {entry.path}: {unseeded}",)
        return (f"repeats vary the seed: {names}",)
    if not seeds or extra == 1:
        return ()
    why = "so that luck can be told from effects (--baseline-repeats 1: once)"
    return (f"the baseline is run {extra} times, with other seeds ({names}), {why}",)


def seed_value(seed: Tunable, repeat: int) -> str:
    """What a repeat has in the place of the code's own seed."""
    return str((_whole(seed.value) or 0) + repeat)

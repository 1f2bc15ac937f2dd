"""The stories end to end (open, build, run, sweep, compare); they join rooms, and do no more."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.flows import (
        building,
        cleaning,
        comparing,
        demonstrating,
        diary,
        examining,
        exporting,
        finding,
        forking,
        guessing,
        lending,
        noting,
        opening,
        planning,
        publishing,
        reading,
        recording,
        recovering,
        reporting,
        requests,
        retrieving,
        surveying,
        sweeping,
        tweaking,
        viewing,
    )

__all__ = [
    "building",
    "cleaning",
    "comparing",
    "demonstrating",
    "diary",
    "examining",
    "exporting",
    "finding",
    "forking",
    "guessing",
    "lending",
    "noting",
    "opening",
    "planning",
    "publishing",
    "reading",
    "recording",
    "recovering",
    "reporting",
    "requests",
    "retrieving",
    "surveying",
    "sweeping",
    "tweaking",
    "viewing",
]


def __getattr__(name: str) -> object:
    """A story is imported when it is told: each needs rooms of its own."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")

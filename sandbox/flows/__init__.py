"""The stories end to end (open, build, run, sweep, compare); they join rooms, and do no more.

A room of stories imports from those above it only: repositories, environments, questions, results,
sweeps; what the home needs stands beside questions. `context` and `requests` are values for all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.flows import requests
    from sandbox.flows.environments import asking, building, exporting, reading, surveying
    from sandbox.flows.home import cleaning, examining
    from sandbox.flows.questions import planning, scanning, tweaking
    from sandbox.flows.repositories import finding, forking, opening
    from sandbox.flows.results import (
        comparing,
        diary,
        guessing,
        noting,
        publishing,
        recording,
        recovering,
        reporting,
        retrieving,
        viewing,
    )
    from sandbox.flows.sweeps import demonstrating, lending, sweeping

_ROOMS = {
    "repositories": "finding forking opening",
    "environments": "asking building exporting reading surveying",
    "questions": "planning scanning tweaking",
    "results": "comparing diary guessing noting publishing recording recovering reporting"
    " retrieving viewing",
    "sweeps": "demonstrating lending sweeping",
    "home": "cleaning examining",
}
_PLACES = {story: room for room, stories in _ROOMS.items() for story in stories.split()}

__all__ = [
    "asking",
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
    "scanning",
    "surveying",
    "sweeping",
    "tweaking",
    "viewing",
]


def __getattr__(name: str) -> object:
    """A story is imported when it is told: each needs rooms of its own."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = f".{_PLACES[name]}" if name in _PLACES else ""
    return import_module(f"{__name__}{room}.{name}")

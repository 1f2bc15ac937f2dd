"""Whoever makes wheels in tests: one wish after the other."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.environments import MadeWheel, MakeWheels, NotMade, Wish


def one_by_one(make: Callable[[Wish], MadeWheel | NotMade]) -> MakeWheels:
    """A `MakeWheels` that asks for each wish alone, in their order."""
    return lambda wishes: [make(wish) for wish in wishes]

"""Generators of random numbers across a copy: those that were seeded go on, the others start anew.

A fresh process would have had fresh ones; a copy of one would repeat those of every other copy.
"""

from __future__ import annotations

import functools
import random
import secrets
import sys
from typing import Any, Iterable

_DELIBERATE = 2**40
"""PyTorch's seeds from the system's entropy are larger: 53 bits of it."""

_drawn: set[int] = set()
"""What NumPy took from the system's entropy: it asks `secrets` for it."""

_seeded: list[str] = []
"""The last one who seeded Python's own generator; empty where nobody did."""


def watch() -> None:
    """Notices from now on when somebody seeds Python's own generator."""
    for name in ("seed", "setstate"):
        setattr(random, name, _noticing(getattr(random, name)))
    draw = secrets.randbits

    @functools.wraps(draw)
    def randbits(k: int) -> int:
        value = draw(k)
        _drawn.add(value)
        return value

    secrets.randbits = randbits


def _noticing(function: Any) -> Any:
    @functools.wraps(function)
    def seed(*arguments: Any, **named: Any) -> Any:
        given = bool(arguments or named) and arguments != (None,)
        _seeded[:] = [function.__name__] if given else []
        return function(*arguments, **named)

    return seed


def keep() -> Any:
    """Before the copy is made: what Python forgets in every copy."""
    return random.getstate() if _seeded else None


def renew(kept: Any, names: Iterable[object]) -> None:
    """In the copy.

    Args:
        kept: what `keep` gave.
        names: values among which generators of the studied code's own may be.
    """
    if kept is not None:
        random._inst.setstate(kept)  # noqa: SLF001 - what its functions are methods of
    _renew_numpy(names)
    _renew_torch()


def _renew_numpy(names: Iterable[object]) -> None:
    module = sys.modules.get("numpy.random")
    generator_type = getattr(module, "Generator", None)
    if module is None or generator_type is None:  # older ones do not tell whether they were seeded
        return
    legacy: Any = module.mtrand._rand  # noqa: SLF001 - what its functions are methods of
    bits = legacy._bit_generator  # noqa: SLF001 - it alone tells
    if getattr(bits, "_seed_seq", None) is not None:
        bits.state = type(bits)().state
    for value in names:
        if type(value) is generator_type:
            _renew_generator(value)


def _renew_generator(generator: Any) -> None:
    bits = generator.bit_generator
    sequence: Any = getattr(bits, "seed_seq", None) or getattr(bits, "_seed_seq", None)
    entropy = getattr(sequence, "entropy", None)
    if entropy in _drawn and not sequence.spawn_key:
        bits.state = type(bits)().state


def _renew_torch() -> None:
    torch = sys.modules.get("torch")
    initial_seed = getattr(torch, "initial_seed", None)
    if torch is not None and initial_seed is not None and initial_seed() > _DELIBERATE:
        torch.seed()

"""Bounds that gave way to what gave way later itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sandbox.environments.resolving.asking import Resolver
from sandbox.environments.resolving.attempt import Attempt
from sandbox.environments.resolving.freshness import ages_others
from sandbox.environments.resolving.requirements import admits, is_fixed, name_of
from sandbox.environments.resolving.uv import Conflict, Locked


def restore(
    attempt: Attempt, locked: list[Locked], before: Sequence[str], resolver: Resolver
) -> tuple[Attempt, list[Locked]]:
    """Those that imports and remedies speak for hold after all, where nothing is older by it.

    uv names several things that cannot be together, and the first to give way need not have been
    the one to blame.

    Args:
        before: constraints, as they were before anything gave way.
    """
    for text in dict.fromkeys(before):
        if is_fixed(text) or text in attempt.constraints:
            continue
        asked = replace(attempt, constraints=(*attempt.constraints, text))
        if _holds(text, locked):
            attempt = asked
            continue
        answer = resolver.ask(asked)
        if isinstance(answer, Conflict) or not _holds(text, answer):
            continue  # what the site has settled stays as it is, and a marker may not hold
        if not ages_others(asked, locked, answer, but=name_of(text)):
            line = f"{text} is kept all the same: what stood in its way gave way, too"
            attempt, locked = asked.telling(line), answer
    return attempt, locked


def _holds(text: str, locked: Sequence[Locked]) -> bool:
    return all(admits(text, one.version) for one in locked if one.name == name_of(text))

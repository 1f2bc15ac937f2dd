"""Bounds that gave way to what gave way later itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from packaging.version import Version

from sandbox.environments.resolving.asking import Resolver
from sandbox.environments.resolving.attempt import Attempt
from sandbox.environments.resolving.freshness import ages_others, how_stale
from sandbox.environments.resolving.requirements import admits, is_fixed, name_of
from sandbox.environments.resolving.uv import Conflict, Locked


def restore(
    attempt: Attempt, locked: list[Locked], before: Sequence[str], resolver: Resolver
) -> tuple[Attempt, list[Locked]]:
    """Those that imports and remedies speak for hold after all, where nothing else suffers.

    uv names several things that cannot be together, and the first to give way need not have been
    the one to blame. But uv also goes far back to meet a bound: a release of years before it is no
    gain, nor is one of what is only needed by others.

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
        if not _goes_back(text, asked, locked, answer, resolver):
            line = f"{text} is kept all the same: what stood in its way gave way, too"
            attempt, locked = asked.telling(line), answer
    return attempt, locked


def _goes_back(
    text: str,
    asked: Attempt,
    before: Sequence[Locked],
    after: Sequence[Locked],
    resolver: Resolver,
) -> bool:
    """Whether what is wanted is older by it, or anything by a major version, or itself by years."""
    name = name_of(text)
    versions = {one.name: one.version for one in after}
    majors = {one.name: Version(one.version).major for one in before if one.name != name}
    return (
        ages_others(asked, before, after, but=name)
        or any(Version(versions[one]).major < majors[one] for one in majors.keys() & versions)
        or how_stale(text, asked, versions, resolver.catalogue) is not None
    )


def _holds(text: str, locked: Sequence[Locked]) -> bool:
    return all(admits(text, one.version) for one in locked if one.name == name_of(text))

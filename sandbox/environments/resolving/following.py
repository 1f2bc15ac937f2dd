"""Packages at git repositories, where they are asked for: made first, and settled by that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from packaging.requirements import Requirement

from sandbox.domain import Dropped
from sandbox.environments.resolving.asking import Resolver
from sandbox.environments.resolving.attempt import Attempt
from sandbox.environments.resolving.requirements import applies, name_of
from sandbox.environments.resolving.sourcing import MadeWheel, NotMade


def follow(attempt: Attempt, texts: Iterable[str], resolver: Resolver) -> Attempt:
    """The attempt with what each of them is; what cannot be made is told, an index may have it.

    Args:
        texts: `name @ git+https://…`; a name that was guessed gives way to the wheel's own.
    """
    for text in texts:
        if not applies(Requirement(text), attempt.python, resolver.machine):
            continue
        made = resolver.offers.fetch(text, attempt.python, attempt.as_of)
        attempt = _told(attempt, text, made)
        if isinstance(made, MadeWheel):
            attempt = _with(attempt, name_of(text), made)
    return resolver.on(attempt, attempt.python)


def _told(attempt: Attempt, text: str, made: MadeWheel | NotMade) -> Attempt:
    if isinstance(made, MadeWheel):
        attempt = attempt.telling(f"{made.name} {made.version} is built from {made.origin}")
        for note in made.notes:
            attempt = attempt.telling(f"{made.name}: {note}")
        return attempt
    wanted = Requirement(text)
    why = f"cannot be had from {wanted.url}: {made.why}"
    if wanted.name in map(name_of, attempt.wanted):
        return attempt.telling(f"{wanted.name} {why}; it is taken from the index")
    gone = Dropped(wanted.name, why)
    dropped = replace(attempt, dropped=(*attempt.dropped, gone))
    return dropped.telling(f"{wanted.name} {why}; it is left out")


def _with(attempt: Attempt, asked: str, made: MadeWheel) -> Attempt:
    """A name that was guessed is not asked of an index besides."""
    attempt = attempt.giving_way_to(made.name, made.version)
    kept = [text for text in attempt.wanted if name_of(text) != asked or asked == made.name]
    own = [] if made.name in map(name_of, kept) else [made.name]
    return replace(attempt, wanted=(*kept, *own))

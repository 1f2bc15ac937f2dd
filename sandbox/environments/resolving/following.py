"""Packages at git repositories, where they are asked for: made first, and settled by that."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from packaging.requirements import Requirement

from sandbox.domain import Dropped, Requirements
from sandbox.environments.resolving.asking import Resolver
from sandbox.environments.resolving.attempt import Attempt
from sandbox.environments.resolving.offering import Offers
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


def without_unfit(requirements: Requirements, offers: Offers, why: str) -> Requirements | None:
    """Without the git repositories that keep everything else from fitting together.

    Args:
        why: what does not fit; where it names none of their packages it may be any of them.

    Returns:
        None = there are none.
    """
    named = {name for name in offers.settled if re.search(rf"\b{re.escape(name)}\b", why)}
    unfit = {offers.settled[name]: name for name in named or offers.settled}
    if not unfit:
        return None
    told = (
        f"{name} of {Requirement(text).url} is left to the index: {why}"
        for text, name in unfit.items()
    )
    return replace(
        requirements,
        git=tuple(text for text in requirements.git if text not in unfit),
        decisions=(*requirements.decisions, *told),
    )


def _told(attempt: Attempt, text: str, made: MadeWheel | NotMade) -> Attempt:
    if isinstance(made, MadeWheel):
        attempt = attempt.telling(f"{made.name} {made.version} is built from {made.origin}")
        unknown = "its version would be made of its history; what others ask of that does not count"
        for note in (*made.notes, *([unknown] if made.is_of_any_version else [])):
            attempt = attempt.telling(f"{made.name}: {note}")
        return attempt
    wanted = Requirement(text)
    why = f"cannot be had from {wanted.url}: {made.why}"
    if wanted.name in map(name_of, attempt.wanted):
        otherwise = "it is taken from the index, where it may be another's"
        return attempt.telling(f"{wanted.name} {why}; {otherwise}")
    gone = Dropped(wanted.name, why)
    dropped = replace(attempt, dropped=(*attempt.dropped, gone))
    return dropped.telling(f"{wanted.name} {why}; it is left out")


def _with(attempt: Attempt, asked: str, made: MadeWheel) -> Attempt:
    """A name that was guessed is not asked of an index besides."""
    attempt = attempt.giving_way_to(made.name, made.version)
    kept = [text for text in attempt.wanted if name_of(text) != asked or asked == made.name]
    own = [] if made.name in map(name_of, kept) else [made.name]
    return replace(attempt, wanted=(*kept, *own))

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
from sandbox.environments.resolving.sourcing import MadeWheel, NotMade, Wish


def follow(attempt: Attempt, texts: Iterable[str], resolver: Resolver) -> Attempt:
    """The attempt with what each of them is; what cannot be made is told, an index may have it.

    Args:
        texts: `name @ git+https://…`; a name that was guessed gives way to the wheel's own.
    """
    asked = [text for text in texts if applies(Requirement(text), attempt.python, resolver.machine)]
    wishes = [Wish(text, attempt.python, attempt.as_of) for text in asked]
    resolver.offers.ahead(wishes)
    for wish in wishes:
        attempt = _fetched(attempt, wish, resolver)
    return resolver.on(attempt, attempt.python)


def follow_again(attempt: Attempt, resolver: Resolver) -> Attempt:
    """For another Python: a wheel that was made for one of them alone is made for this one, too."""
    fitting, settled = resolver.made_for(attempt.python), resolver.offers.settled
    unfit = [wish for name, wish in settled.items() if name not in fitting]
    wishes = [replace(wish, python=attempt.python) for wish in unfit]
    resolver.offers.ahead(wishes)
    for wish in wishes:
        attempt = _fetched(attempt, wish, resolver)
    return resolver.on(attempt, attempt.python)


def _fetched(attempt: Attempt, wish: Wish, resolver: Resolver) -> Attempt:
    made = resolver.offers.fetch(wish)
    attempt = _told(attempt, wish.requirement, made)
    if isinstance(made, MadeWheel):
        attempt = _with(attempt, name_of(wish.requirement), made)
    return attempt


def without_unfit(requirements: Requirements, offers: Offers, why: str) -> Requirements | None:
    """Without the git repositories that keep everything else from fitting together.

    Args:
        why: what does not fit; where it names none of their packages it may be any of them.

    Returns:
        None = there are none.
    """
    named = {name for name in offers.settled if re.search(rf"\b{re.escape(name)}\b", why)}
    unfit = {offers.settled[name].requirement: name for name in named or offers.settled}
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

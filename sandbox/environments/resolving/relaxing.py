"""What to give up next when packages do not fit together; pure, one step at a time.

The order: names the index does not know; the date, for pins newer than it; pins, one by one;
packages no wheel exists for; the date, first to the Python's own era, then for the one package that
is in the way, then to today; another Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sandbox.domain import Dropped
from sandbox.environments.resolving.eras import settled_on

_UNKNOWN = re.compile(r"(?:Because|and) ([\w.-]+) was not found in the package registry")
_TOO_NEW = re.compile(r"`([\w.-]+)` was filtered by `exclude-newer`")
_WORD = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class Attempt:
    """What is asked of the resolver next.

    Attributes:
        wanted: PEP 508 lines of the repository.
        own: distributions whose version the site's own builds decide.
        pythons: those to turn to when this one offers no way.
    """

    wanted: tuple[str, ...]
    python: str
    as_of: str | None = None
    own: frozenset[str] = frozenset()
    pythons: tuple[str, ...] = ()
    dateless: frozenset[str] = frozenset()
    dropped: tuple[Dropped, ...] = ()
    decisions: tuple[str, ...] = ()

    def telling(self, line: str) -> Attempt:
        return replace(self, decisions=(*self.decisions, line))

    def without(self, name: str, why: str) -> Attempt:
        wanted = tuple(text for text in self.wanted if name_of(text) != name)
        return replace(self, wanted=wanted, dropped=(*self.dropped, Dropped(name, why)))

    def loosened(self, name: str, why: str) -> Attempt:
        before = next(text for text in self.wanted if name_of(text) == name)
        wanted = tuple(loose(text) if name_of(text) == name else text for text in self.wanted)
        return replace(self, wanted=wanted).telling(f"{before} relaxed to any {name}: {why}")


def name_of(text: str) -> str:
    """Canonical name of a requirement's distribution."""
    return str(canonicalize_name(Requirement(text).name))


def is_pinned(text: str) -> bool:
    """Whether newer versions are shut out; a lower bound alone does no harm."""
    return any(one.operator not in {">", ">=", "!="} for one in Requirement(text).specifier)


def is_bounded(text: str) -> bool:
    """Whether it speaks of versions at all."""
    return bool(Requirement(text).specifier)


def loose(text: str) -> str:
    """The same requirement, any version."""
    requirement = Requirement(text)
    requirement.specifier &= ""
    return str(requirement).replace(str(requirement.specifier), "", 1)


def relax(
    attempt: Attempt, conflict: str, *, refuse: Callable[[str], str | None]
) -> Attempt | None:
    """The next attempt; None = there is nothing left to give up.

    Args:
        attempt: what was asked.
        conflict: uv's explanation.
        refuse: why no version of a distribution installs on the attempt's Python, today; None =
            one does.
    """
    why = reason(conflict)
    named = blamed(attempt, conflict)
    return (
        _drop_unknown(attempt, conflict, named)
        or _lift_for_newer_pins(attempt, conflict)
        or _loosen(attempt, named, why, is_pinned)
        or _drop_without_wheels(attempt, named, refuse)
        or _settled_date(attempt, why)
        or _lift_for_one(attempt, named, why)
        or _lift(attempt, why)
        or _next_python(attempt, why)
        or _loosen(attempt, named, why, is_bounded)
        or _drop_first(attempt, named, why)
    )


def reason(conflict: str) -> str:
    """The first statement of uv's explanation, on one line."""
    text = " ".join(conflict.split())
    _, _, after = text.partition("Because ")
    first = (after or text).split(", we can conclude")[0].split(" And because")[0]
    first = re.sub(r" and you require .*$", "", first)
    return first if len(first) <= 240 else first[:239] + "…"


def blamed(attempt: Attempt, conflict: str) -> list[str]:
    """Packages of the repository that the explanation names, in its order."""
    roots = {name_of(text) for text in attempt.wanted} - attempt.own
    words = (str(canonicalize_name(word.rstrip("."))) for word in _WORD.findall(conflict))
    return [word for word in dict.fromkeys(words) if word in roots]


def _drop_unknown(attempt: Attempt, conflict: str, blamed: Sequence[str]) -> Attempt | None:
    match = _UNKNOWN.search(conflict)
    if match is None:
        return None
    unknown = str(canonicalize_name(match[1]))
    if unknown in blamed:
        return attempt.without(unknown, "the package index has no such package")
    if not blamed:
        return None
    return attempt.without(blamed[0], f"it needs {unknown}, which the package index does not have")


def _lift_for_newer_pins(attempt: Attempt, conflict: str) -> Attempt | None:
    pinned = {name_of(text) for text in attempt.wanted if is_pinned(text)}
    for name in map(str, map(canonicalize_name, _TOO_NEW.findall(conflict))):
        if name in pinned and name not in attempt.dateless:
            lifted = replace(attempt, dateless=attempt.dateless | {name})
            return lifted.telling(f"{name}: the date does not hold for it, its pin is newer")
    return None


def _loosen(
    attempt: Attempt, blamed: Iterable[str], why: str, is_tight: Callable[[str], bool]
) -> Attempt | None:
    pinned = {name_of(text) for text in attempt.wanted if is_tight(text)}
    name = next((name for name in blamed if name in pinned), None)
    return attempt.loosened(name, why) if name else None


def _drop_without_wheels(
    attempt: Attempt, blamed: Iterable[str], refuse: Callable[[str], str | None]
) -> Attempt | None:
    for name in blamed:
        why = refuse(name)
        if why is not None:
            plain = f"no version has a wheel for Python {attempt.python}"
            return attempt.without(name, plain if "wheels" in why else why)
    return None


def _settled_date(attempt: Attempt, why: str) -> Attempt | None:
    later = settled_on(attempt.python, attempt.as_of) if attempt.as_of else None
    if later is None:
        return None
    line = f"the date {attempt.as_of} is moved to {later}, when packages had settled on Python"
    return replace(attempt, as_of=later).telling(f"{line} {attempt.python}: {why}")


def _lift_for_one(attempt: Attempt, blamed: Iterable[str], why: str) -> Attempt | None:
    name = next((name for name in blamed if name not in attempt.dateless), None)
    if name is None or attempt.as_of is None:
        return None
    lifted = replace(attempt, dateless=attempt.dateless | {name})
    return lifted.telling(f"{name}: the date does not hold for it: {why}")


def _lift(attempt: Attempt, why: str) -> Attempt | None:
    if attempt.as_of is None:
        return None
    lifted = replace(attempt, as_of=None, dateless=frozenset())
    return lifted.telling(f"the date {attempt.as_of} is lifted, today's versions are used: {why}")


def _next_python(attempt: Attempt, why: str) -> Attempt | None:
    if not attempt.pythons:
        return None
    following, *others = attempt.pythons
    moved = replace(attempt, python=following, pythons=tuple(others))
    return moved.telling(f"Python {following} instead of {attempt.python}: {why}")


def _drop_first(attempt: Attempt, blamed: Sequence[str], why: str) -> Attempt | None:
    return attempt.without(blamed[0], why) if blamed else None

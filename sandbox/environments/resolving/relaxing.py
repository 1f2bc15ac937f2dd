"""What to give up next when packages do not fit together; pure, one step at a time.

The order: names the index does not know; what lock files and imports say of versions; the date, for
what is newer than it; what has no wheel is offered to be built from source (first of all where
nothing is said of its version), or is of the day when its first wheel came;
extras that cannot be had; pins, one by one; another release from source; packages that fit nowhere;
the date, to the Python's own era, then for the one package that is in the way; a newer Python; the
date as a whole; bounds; packages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from sandbox.environments.resolving.attempt import NO_SUCH_PACKAGE, Attempt
from sandbox.environments.resolving.eras import settled_on
from sandbox.environments.resolving.offering import Offers
from sandbox.environments.resolving.requirements import (
    is_bounded,
    is_fixed,
    is_pinned,
    name_of,
    without_extra,
)
from sandbox.environments.resolving.twins import HEAVY, take_twin

_UNKNOWN = re.compile(r"(?:Because|and) ([\w.-]+) was not found in the package registry")
_TOO_NEW = re.compile(r"`([\w.-]+)` was filtered by `exclude-newer`")
_NO_WHEEL = re.compile(
    r"(?:Because|and|all versions of) ([\w.-]+)(\S*) ha(?:s|ve) no (?:usable )?wheels"
)
_WHEELS_NEEDED = re.compile(r"Wheels are required for `([\w.-]+)`")
_NO_VERSION = re.compile(
    r"there (?:is|are) no versions? of ([\w.-]+)|only ([\w.-]+?)[<>=!~]\S* is available"
)
_EXTRA = re.compile(r"([\w.-]+)\[([\w.-]+)\]\S* depends? on ([A-Za-z0-9][\w.-]*)")
_WORD = re.compile(r"[A-Za-z0-9][\w.-]*")
_LONG = 200
_PATIENCE = 20  # steps, after which more than one thing at a time is given up
_SHOWN = 5  # names in one line
_FEW = 10  # steps, after which all versions of lock files are given up together


@dataclass(frozen=True)
class Ways:
    """What relaxing may ask of others.

    Attributes:
        refuse: why no version of a distribution installs on the attempt's Python, today; None =
            one does.
        offers: builds wheels from source.
        has_wheel: whether a wheel that is not newer than a date meets a requirement.
        first_date: when the first wheel for the Python came that meets a requirement, after a date.
        needed: what the newest release that meets a requirement, of a date, needs of another.
        foresee: called before anything is built: what will be wanting next is built with it.
    """

    refuse: Callable[[str], str | None]
    offers: Offers
    has_wheel: Callable[[str, str | None], bool]
    first_date: Callable[[str, str], str | None]
    needed: Callable[[str, str, str | None], str | None] = lambda _text, _name, _until: None
    foresee: Callable[[Attempt, str], None] = lambda _attempt, _conflict: None


def relax(attempt: Attempt, conflict: str, ways: Ways, *, step: int = 0) -> Attempt | None:
    """The next attempt; None = there is nothing left to give up.

    Args:
        attempt: what was asked.
        conflict: uv's explanation.
        step: how many came before; many of them make it less choosy.
    """
    why = reason(conflict)
    named = blamed(attempt, conflict)
    if step >= _PATIENCE:
        return _give_way(attempt, named, why)
    return (
        _drop_unknown(attempt, conflict, named)
        or _build_unconstrained(attempt, conflict, ways)
        or _give_up_constraints(attempt, conflict, why, all_pins=step >= _FEW)
        or build_next(attempt, conflict, ways)
        or _date_wheels(attempt, conflict, ways)
        or _free_newer(attempt, conflict)
        or _drop_extra(attempt, conflict, why + _unbuilt(conflict, ways.offers))
        or _loosen(attempt, _unmet(conflict, named), why, is_bounded)
        or _loosen(attempt, named, why + _unbuilt(conflict, ways.offers), is_pinned)
        or _make_another(attempt, named, why, ways)
        or _drop_without_wheels(attempt, conflict, named, ways)
        or _settled_date(attempt, why)
        or _drop_unbuildable(attempt, conflict, named, ways)
        or _lift_for_one(attempt, named, why)
        or _next_python(attempt, why)
        or _lift(attempt, why)
        or _loosen(attempt, named, why, is_bounded)
        or _drop_first(attempt, named, why + _unbuilt(conflict, ways.offers))
    )


def reason(conflict: str) -> str:
    """The first statement of uv's explanation, on one line."""
    text = " ".join(conflict.split())
    for name in _WHEELS_NEEDED.findall(text):
        needed = re.search(rf"([\w.-]+)\S* depends? on {re.escape(name)}", text)
        if needed:
            return f"{needed[1]} needs {name}, of which no wheel fits"
    _, _, after = text.partition("Because ")
    first = (after or text).split(", we can conclude")[0].split(" And because")[0]
    first = re.sub(r" and you require .*$", "", first)
    first = re.sub(
        r"(only) the following (versions of \S+ are available):.*$", r"\1 some \2", first
    )
    first = re.sub(r"all of: ([\w.-]+?)[<>=!~]\S+(?: \1[<>=!~]\S+)+", r"many versions of \1", first)
    return first if len(first) <= _LONG else first[: _LONG - 1] + "…"


def blamed(attempt: Attempt, conflict: str) -> list[str]:
    """Packages of the repository that the explanation names, in its order."""
    roots = {name_of(text) for text in attempt.wanted} - attempt.own
    conflict = conflict.partition("\nhint:")[0]
    words = (str(canonicalize_name(word.rstrip("."))) for word in _WORD.findall(conflict))
    return [word for word in dict.fromkeys(words) if word in roots]


def _drop_unknown(attempt: Attempt, conflict: str, blamed: Sequence[str]) -> Attempt | None:
    match = _UNKNOWN.search(conflict)
    if match is None:
        return None
    unknown = str(canonicalize_name(match[1]))
    if unknown in blamed:
        return attempt.without(unknown, NO_SUCH_PACKAGE)
    if not blamed:
        return None
    return attempt.without(blamed[0], f"it needs {unknown}, which the package index does not have")


def _build_unconstrained(attempt: Attempt, conflict: str, ways: Ways) -> Attempt | None:
    """Where all that is wanting is a wheel of what no constraint pins: none has to go."""
    wanting = {name for name, _ in without_wheels(conflict)}
    pinned = {name_of(text) for text in attempt.constraints if is_fixed(text)}
    return None if wanting & pinned else build_next(attempt, conflict, ways)


def _give_up_constraints(
    attempt: Attempt, conflict: str, why: str, *, all_pins: bool
) -> Attempt | None:
    """Those that are in the way; of these what lock files say first, then what imports speak for.

    Args:
        all_pins: whether so many have been in the way that the others are not worth keeping.
    """
    words = _words(conflict)
    named = [text for text in attempt.constraints if name_of(text) in words]
    pins = [text for text in named if is_fixed(text)]
    if pins and all_pins:
        pins = [text for text in attempt.constraints if is_fixed(text)]
    given = pins or named
    if not given:
        return None
    kept = tuple(text for text in attempt.constraints if text not in given)
    return replace(attempt, constraints=kept).telling(_told_constraints(given, why))


def _told_constraints(given: Sequence[str], why: str) -> str:
    names = list(dict.fromkeys(map(name_of, given)))
    shown = ", ".join(names[:_SHOWN]) + (
        f" and {len(names) - _SHOWN} more" if names[_SHOWN:] else ""
    )
    return f"what lock files or imports say of {shown} is given up: {why}"


def _free_newer(attempt: Attempt, conflict: str) -> Attempt | None:
    """Pins that are newer than the date, and what these and the site's own builds need."""
    roots = {name_of(text) for text in attempt.wanted}
    pinned = {name_of(text) for text in attempt.wanted if is_pinned(text)}
    free = (attempt.own | attempt.dates.keys()) & _words(conflict)
    before = attempt
    for name in dict.fromkeys(map(str, map(canonicalize_name, _TOO_NEW.findall(conflict)))):
        if name in pinned and attempt.date_of(name):
            line = f"{name}: the date does not hold for it, its pin is newer"
            attempt = attempt.dating(name, None).telling(line)
        elif name not in roots and free - {name} and attempt.date_of(name):
            attempt = _as_new_as(attempt, name, free - {name}, reason(conflict))
    return attempt if attempt is not before else None


def _as_new_as(attempt: Attempt, name: str, others: Iterable[str], why: str) -> Attempt:
    """What is needed by what is newer than the date may be of the same day, else of today."""
    dates = {attempt.date_of(other) if other not in attempt.own else None for other in others}
    day = None if None in dates else max(filter(None, dates))
    known = attempt.date_of(name) or ""
    if day is None or day <= known:
        line = f"{name}: the date does not hold for it, what needs it is newer: {why}"
        return attempt.dating(name, None).telling(line)
    return attempt.dating(name, day).telling(f"{name} is of {day}, as what needs it is: {why}")


def _words(conflict: str) -> set[str]:
    """Every name in the explanation, its hints left aside."""
    text = conflict.partition("\nhint:")[0]
    return {str(canonicalize_name(word.rstrip("."))) for word in _WORD.findall(text)}


def build_next(attempt: Attempt, conflict: str, ways: Ways) -> Attempt | None:
    """A twin for what has no wheel, else it is built from source, also when only others need it.

    First that of which no version has one: others may be named only for want of it.
    """
    ways.foresee(attempt, conflict)
    named = sorted(
        without_wheels(conflict), key=lambda one: ways.has_wheel(one[0], attempt.date_of(one[0]))
    )
    for name, needed in named:
        text = attempt.limited(needed)
        if name not in attempt.own and not ways.has_wheel(text, attempt.date_of(name)):
            following = take_twin(attempt, text, ways.has_wheel)
            following = following or _built(attempt, text, conflict, ways)
            if following is not None:
                return following
    return None


def _built(attempt: Attempt, text: str, conflict: str, ways: Ways) -> Attempt | None:
    """With a wheel made from source, where that does not take a compiler too long."""
    name = name_of(text)
    if name in HEAVY and ways.has_wheel(name, None):
        return None
    wanted = _as_needed(attempt, conflict, name, ways) or text
    made = ways.offers(attempt.limited(wanted), attempt.python, attempt.date_of(name))
    if made is None:
        return None
    return attempt.telling(f"{name} {made.version} is built from source: no wheel of it fits")


def _as_needed(attempt: Attempt, conflict: str, name: str, ways: Ways) -> str | None:
    """As the newest release of what is wanted needs it: uv's words are of many releases at once."""
    named = blamed(attempt, conflict)
    roots = [text for text in attempt.wanted if name_of(text) in named and name_of(text) != name]
    needed = (ways.needed(text, name, attempt.date_of(name_of(text))) for text in roots)
    return next(filter(None, needed), None)


def _date_wheels(attempt: Attempt, conflict: str, ways: Ways) -> Attempt | None:
    """What had no wheel then is of the day when its first wheel came."""
    before = attempt
    for name, text in without_wheels(conflict):
        until = attempt.date_of(name)
        late = until and name not in attempt.own and not ways.has_wheel(text, until)
        first = ways.first_date(text, until) if until and late else None
        if first is not None and name in attempt.dates:
            attempt = attempt.dating(name, None)
        elif first is not None:
            line = f"{name} is of {first}, when its first wheel for Python {attempt.python} came"
            attempt = attempt.dating(name, first).telling(f"{line}{ways.offers.why_not(name)}")
    return attempt if attempt is not before else None


def _drop_extra(attempt: Attempt, conflict: str, why: str) -> Attempt | None:
    """An extra that cannot be installed, rather than the package that has it."""
    missing = {name for name, _ in without_wheels(conflict)}
    for root, part, needed in _EXTRA.findall(" ".join(conflict.split())):
        if str(canonicalize_name(needed)) not in missing:
            continue
        name, extra = str(canonicalize_name(root)), str(canonicalize_name(part))
        text = next((one for one in attempt.wanted if name_of(one) == name), None)
        other = without_extra(text, extra) if text else text
        if text and other and other != text:
            wanted = tuple(other if one == text else one for one in attempt.wanted)
            line = f"the extra {extra} of {name} is left out: {why}"
            return replace(attempt, wanted=wanted).telling(line)
    return None


def without_wheels(conflict: str) -> Iterator[tuple[str, str]]:
    """Distributions of which uv has not found every wheel it wanted, and what is needed of them."""
    text = " ".join(conflict.split())
    versions = {str(canonicalize_name(name)): spec for name, spec in _NO_WHEEL.findall(text)}
    hinted = (str(canonicalize_name(name)) for name in _WHEELS_NEEDED.findall(text))
    for name in dict.fromkeys((*versions, *hinted)):
        needed = re.search(
            rf"depends? on {re.escape(name)}([<>=!~][^\s,]*(?:,[<>=!~][^\s,]*)*)", text
        )
        wanted = f"{name}{needed[1] if needed else versions.get(name, '')}".rstrip(".,")
        try:
            yield name, str(Requirement(wanted))
        except InvalidRequirement:
            yield name, name


def _unbuilt(conflict: str, offers: Offers) -> str:
    """What came of building those from source, for the end of a line."""
    return next(filter(None, (offers.why_not(name) for name, _ in without_wheels(conflict))), "")


def _unmet(conflict: str, named: Sequence[str]) -> list[str]:
    """Of the blamed those that ask for a version which is not there, whatever the others ask."""
    text = " ".join(conflict.split())
    found = {str(canonicalize_name(one or other)) for one, other in _NO_VERSION.findall(text)}
    direct = {name for name in found if f"you require {name}" in text.lower()}
    return [name for name in named if name in direct]


def _loosen(
    attempt: Attempt, blamed: Iterable[str], why: str, is_tight: Callable[[str], bool]
) -> Attempt | None:
    pinned = {name_of(text) for text in attempt.wanted if is_tight(text)}
    name = next((name for name in blamed if name in pinned), None)
    return attempt.loosened(name, why) if name else None


def _make_another(attempt: Attempt, blamed: Iterable[str], why: str, ways: Ways) -> Attempt | None:
    """Another release from source, where the one that was made needs what cannot be had."""
    made = ways.offers.made
    for text in attempt.wanted:
        name = name_of(text)
        if name not in blamed or name not in made or is_bounded(text):
            continue
        before = made[name].version
        wanted = attempt.limited(text)
        other = ways.offers.another(wanted, attempt.python, attempt.date_of(name))
        if other is not None:
            line = f"{name} {other.version} is built from source instead of {before}: {why}"
            return attempt.telling(line)
    return None


def _drop_without_wheels(
    attempt: Attempt, conflict: str, blamed: Iterable[str], ways: Ways
) -> Attempt | None:
    for name in blamed:
        why = ways.refuse(name)
        if why is not None:
            none = re.match(rf"(all versions of )?{re.escape(name)}\S* ha(s|ve) no", why)
            plain = f"no version has a wheel for Python {attempt.python}"
            return attempt.without(name, (plain if none else why) + _unbuilt(conflict, ways.offers))
    return None


def _drop_unbuildable(
    attempt: Attempt, conflict: str, named: Sequence[str], ways: Ways
) -> Attempt | None:
    """What is free of the date and still needs what never had a wheel; no other's date helps it."""
    free = [name for name in named if name in attempt.dates and not attempt.dates[name]]
    roots = {name_of(text) for text in attempt.wanted}
    needed = [text for name, text in without_wheels(conflict) if name not in roots]
    never = [text for text in needed if not ways.has_wheel(text, None)]
    if attempt.as_of is None or not free or not never:
        return None
    return attempt.without(free[0], reason(conflict) + _unbuilt(conflict, ways.offers))


def _settled_date(attempt: Attempt, why: str) -> Attempt | None:
    later = settled_on(attempt.python, attempt.as_of) if attempt.as_of else None
    if later is None:
        return None
    line = f"the date {attempt.as_of} is moved to {later}, when packages had settled on Python"
    return replace(attempt, as_of=later).telling(f"{line} {attempt.python}: {why}")


def _lift_for_one(attempt: Attempt, blamed: Iterable[str], why: str) -> Attempt | None:
    name = next((name for name in blamed if attempt.date_of(name)), None)
    if name is None:
        return None
    return attempt.dating(name, None).telling(f"{name}: the date does not hold for it: {why}")


def _lift(attempt: Attempt, why: str) -> Attempt | None:
    if attempt.as_of is None:
        return None
    lifted = replace(attempt, as_of=None, dates={})
    return lifted.telling(f"the date {attempt.as_of} is lifted, today's versions are used: {why}")


def _next_python(attempt: Attempt, why: str) -> Attempt | None:
    if not attempt.pythons:
        return None
    following, *others = attempt.pythons
    moved = replace(attempt, python=following, pythons=tuple(others))
    return moved.telling(f"Python {following} instead of {attempt.python}: {why}")


def _drop_first(attempt: Attempt, blamed: Sequence[str], why: str) -> Attempt | None:
    return attempt.without(blamed[0], why) if blamed else None


def _give_way(attempt: Attempt, named: Sequence[str], why: str) -> Attempt | None:
    """So much is in each other's way that one thing at a time would take for ever."""
    if attempt.constraints:
        return replace(attempt, constraints=()).telling(_told_constraints(attempt.constraints, why))
    if attempt.as_of is not None:
        return _lift(attempt, why)
    pinned = [text for text in attempt.wanted if is_pinned(text) and name_of(text) in named]
    for text in pinned:
        attempt = attempt.loosened(name_of(text), why)
    return attempt if pinned else _drop_first(attempt, named, why)

"""What must be given up as far as the indexes' pages tell, before uv is asked; pure.

A requirement that no file can meet is loosened or dropped at once, so that no other gives way to
it. What has no wheel but an sdist is offered first, all of it together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from sandbox.environments.resolving.attempt import NO_SUCH_PACKAGE, Attempt
from sandbox.environments.resolving.catalogue import Catalogue
from sandbox.environments.resolving.eras import released_by, settled_on
from sandbox.environments.resolving.offering import Offers
from sandbox.environments.resolving.requirements import (
    admits,
    applies,
    is_bounded,
    loose,
    name_of,
    pinned_version,
    plain,
    with_versions,
)
from sandbox.environments.resolving.twins import HEAVY, take_twin

_NEAR = timedelta(days=365)  # a wheel of the next year is nearer than an sdist of the day


def prepare(attempt: Attempt, catalogue: Catalogue, offers: Offers) -> Attempt:
    """The attempt without what cannot be met; told line by line."""
    attempt = _settle_date(attempt, catalogue)
    attempt = _without_contradictions(attempt, catalogue)
    attempt = _without_void_pins(attempt)
    attempt = _with_twins(attempt, catalogue)
    dry = offers.dry()
    _prepare_each(attempt, catalogue, dry)
    offers.ahead(dry.answers)
    return _prepare_each(attempt, catalogue, offers)


def _prepare_each(attempt: Attempt, catalogue: Catalogue, offers: Offers) -> Attempt:
    """What is asked for one of them never depends on what came of another."""
    for text in attempt.wanted:
        if _is_open(attempt, text, catalogue):
            attempt = _prepare_one(attempt, text, catalogue, offers)
    return attempt


def free_needs(
    attempt: Attempt, needs: Iterable[str], catalogue: Catalogue
) -> tuple[Attempt, list[str]]:
    """What the site's own build needs may be newer than the date, as little as possible.

    That is the first release that those who ask for it besides can have, too.
    """
    freed = []
    for requirement in map(Requirement, needs):
        name = name_of(str(requirement))
        until = attempt.date_of(name)
        known = applies(requirement, attempt.python, catalogue.machine) and name in catalogue.pages
        if known and until and not catalogue.wheels(requirement, attempt.python, until):
            both = _asked_besides(requirement, attempt)
            suits = both if catalogue.wheels(both, attempt.python) else requirement
            first = catalogue.first_date(suits, attempt.python, until)
            attempt = attempt.dating(name, first)
            freed.append(name)
    return attempt, freed


def _asked_besides(requirement: Requirement, attempt: Attempt) -> Requirement:
    """With the bounds that what is wanted has for the same distribution."""
    name = name_of(str(requirement))
    others = [Requirement(text) for text in attempt.wanted if name_of(text) == name]
    bounds = (requirement, *others)
    return Requirement(name + ",".join(str(one.specifier) for one in bounds if one.specifier))


def _is_open(attempt: Attempt, text: str, catalogue: Catalogue) -> bool:
    name = name_of(text)
    known = name in catalogue.pages and name not in attempt.own
    return known and applies(Requirement(text), attempt.python, catalogue.machine)


def _settle_date(attempt: Attempt, catalogue: Catalogue) -> Attempt:
    """Lifted where no index tells dates; moved where the Python is younger than the code."""
    if attempt.as_of is None:
        return attempt
    if not catalogue.is_dated:
        line = f"the date {attempt.as_of} is lifted: the package index tells no dates"
        return replace(attempt, as_of=None).telling(line)
    later = settled_on(attempt.python, attempt.as_of)
    if later and not released_by(attempt.python, attempt.as_of):
        line = (
            f"the date {attempt.as_of} is moved to {later}: Python {attempt.python} came after it"
        )
        return replace(attempt, as_of=later).telling(line)
    late = [text for text in attempt.wanted if later and _is_late(attempt, text, later, catalogue)]
    if not late:
        return attempt
    more = f" and {len(late) - 1} more have" if len(late) > 1 else " has"
    line = (
        f"the date {attempt.as_of} is moved to {later}, when packages had settled on Python "
        f"{attempt.python}: {name_of(late[0])}{more} no older wheel for it"
    )
    return replace(attempt, as_of=later).telling(line)


def _is_late(attempt: Attempt, text: str, later: str, catalogue: Catalogue) -> bool:
    if not _is_open(attempt, text, catalogue):
        return False
    requirement, python = Requirement(text), attempt.python
    if not catalogue.wheels(requirement, python):
        requirement = Requirement(loose(text))
    early = catalogue.wheels(requirement, python, attempt.as_of)
    return not early and bool(catalogue.wheels(requirement, python, later))


def _without_contradictions(attempt: Attempt, catalogue: Catalogue) -> Attempt:
    """Of several lines about one distribution that no version meets together the first holds."""
    first: dict[str, Requirement] = {}
    for text in attempt.wanted:
        if not _is_open(attempt, text, catalogue):
            continue
        one = Requirement(text)
        both = Requirement(str(first.setdefault(name_of(text), one)))
        both.specifier &= one.specifier
        if catalogue.files(one) and catalogue.files(first[name_of(text)]):
            if catalogue.files(both):
                first[name_of(text)] = both
            else:
                wanted = tuple(other for other in attempt.wanted if other != text)
                line = f"{text} left out: it contradicts {first[name_of(text)]}"
                attempt = replace(attempt, wanted=wanted).telling(line)
    return attempt


def _without_void_pins(attempt: Attempt) -> Attempt:
    """Less what lock files of other folders pin to versions that are not asked for."""
    asked: dict[str, list[str]] = {}
    for text in attempt.wanted:
        asked.setdefault(name_of(text), []).append(text)
    void = [
        text
        for text in attempt.constraints
        if (pin := pinned_version(text))
        and any(not admits(one, pin) for one in asked.get(name_of(text), ()))
    ]
    if not void:
        return attempt
    kept = tuple(text for text in attempt.constraints if text not in void)
    names = ", ".join(dict.fromkeys(map(name_of, void)))
    line = f"of lock files left out, for other versions are asked for: {names}"
    return replace(attempt, constraints=kept).telling(line)


def _with_twins(attempt: Attempt, catalogue: Catalogue) -> Attempt:
    """Before anything is compiled of which another has wheels."""

    def has_wheel(text: str, until: str | None) -> bool:
        return bool(catalogue.wheels(Requirement(text), attempt.python, until))

    for text in attempt.wanted:
        until = attempt.date_of(name_of(text))
        if _is_open(attempt, text, catalogue) and not has_wheel(plain(text), until):
            attempt = take_twin(attempt, text, has_wheel) or attempt
    return attempt


def _prepare_one(attempt: Attempt, text: str, catalogue: Catalogue, offers: Offers) -> Attempt:
    name, requirement = name_of(text), Requirement(text)
    if catalogue.lacks(name):
        return attempt.without(name, NO_SUCH_PACKAGE)
    if not catalogue.files(requirement):
        return _without_version(attempt, text, catalogue, offers)
    withdrawn = catalogue.withdrawn(requirement)
    if withdrawn is not None:
        attempt = attempt.telling(_tell_withdrawn(text, withdrawn))
    if not catalogue.wheels(requirement, attempt.python):
        return _without_wheel(attempt, text, catalogue, offers)
    until = attempt.date_of(name)
    if until and not catalogue.wheels(requirement, attempt.python, until):
        return _after_date(attempt, text, catalogue, offers)
    return _with_late_bound(attempt, text, catalogue)


def _with_late_bound(attempt: Attempt, text: str, catalogue: Catalogue) -> Attempt:
    """What imports and remedies ask for may have come after the date: then its first release."""
    name, until = name_of(text), attempt.date_of(name_of(text))
    limited = Requirement(attempt.limited(text))
    lower = [one for one in limited.specifier if one.operator in {">", ">="}]
    if until is None or not lower or any(one.is_of(until) for one in catalogue.files(limited)):
        return attempt
    first = catalogue.first_date(limited, attempt.python, until)
    if first is None:
        return attempt
    line = f"{limited} is newer than {until}: the date does not hold for it"
    return attempt.dating(name, first).telling(line)


def _tell_withdrawn(text: str, why: str) -> str:
    said = " ".join(why.split())[:160]
    return f"{text} was withdrawn by its authors{f' ({said})' if said else ''}, but it is pinned"


def _without_version(attempt: Attempt, text: str, catalogue: Catalogue, offers: Offers) -> Attempt:
    name, newest = name_of(text), catalogue.newest(name_of(text))
    if newest is None:
        return attempt.without(name, "all of its versions were withdrawn by its authors")
    if not is_bounded(text):
        return attempt.without(name, "the package index has no file of it that can be used")
    attempt = attempt.loosened(name, f"there is no such version, the newest is {newest}")
    return _prepare_one(attempt, loose(text), catalogue, offers)


def _without_wheel(attempt: Attempt, text: str, catalogue: Catalogue, offers: Offers) -> Attempt:
    """What was mended in the same series, else built from source, else another version.

    What takes long to build is not built where another version has a wheel.
    """
    name, python = name_of(text), attempt.python
    other = catalogue.nearest(Requirement(text), python)
    spared = _is_mended(Requirement(text), other) or (name in HEAVY and other is not None)
    if catalogue.sdists(Requirement(text)) and not spared:
        made = _offered(attempt, text, offers)
        if made is not None:
            return made
    if other is not None:
        why = f"it has no wheel for Python {python}{offers.why_not(name)}"
        attempt = attempt.changed(text, other, why)
        return _dated(attempt, with_versions(text, other), catalogue)
    made_later = _of_today(attempt, text, offers)
    return made_later or attempt.without(
        name, f"no version has a wheel for Python {python}{offers.why_not(name)}"
    )


def _of_today(attempt: Attempt, text: str, offers: Offers) -> Attempt | None:
    """What is compiled against the site's own build may have to be as new as that is."""
    name = name_of(text)
    if not attempt.own & {name_of(other) for other in attempt.wanted}:
        return None
    made = offers.later(loose(text), attempt.python)
    if made is None:
        return None
    why = "what is of the date does not build beside the site's own builds"
    if is_bounded(text):
        attempt = attempt.loosened(name, why)
    return attempt.telling(f"{name} {made.version} is built from source: {why}")


def _is_mended(pinned: Requirement, other: str | None) -> bool:
    """0.23.4 for 0.23.1: a wheel at once rather than ten minutes of a compiler."""
    exact = [one.version for one in pinned.specifier if one.operator == "=="]
    series = {Version(one.version).release[:2] for one in SpecifierSet(other or "")}
    asked = {Version(version).release[:2] for version in exact if "*" not in version}
    return bool(series) and series == asked


def _dated(attempt: Attempt, text: str, catalogue: Catalogue) -> Attempt:
    """A version that was chosen because it is the nearest may be newer than the date."""
    name, requirement, python = name_of(text), Requirement(text), attempt.python
    until = attempt.date_of(name)
    if until is None or catalogue.wheels(requirement, python, until):
        return attempt
    return attempt.dating(name, catalogue.first_date(requirement, python, until))


def _offered(attempt: Attempt, text: str, offers: Offers) -> Attempt | None:
    name = name_of(text)
    made = offers(attempt.limited(text), attempt.python, attempt.date_of(name))
    if made is None:
        return None
    line = f"{name} {made.version} is built from source: it has no wheel for Python"
    return attempt.telling(f"{line} {attempt.python}")


def _after_date(attempt: Attempt, text: str, catalogue: Catalogue, offers: Offers) -> Attempt:
    """Its wheels are newer than the date: that of the first one holds for it."""
    name, requirement = name_of(text), Requirement(text)
    until = attempt.date_of(name) or ""
    first = catalogue.first_date(requirement, attempt.python, until)
    if first is None:
        line = f"{name}: the date does not hold for it, the package index does not tell its dates"
        return attempt.dating(name, None).telling(line)
    if not any(file.is_of(until) for file in catalogue.files(requirement)):
        attempt = attempt.dating(name, first)
        if is_bounded(text):
            return attempt.telling(f"{text} is newer than {until}: the date does not hold for it")
        return attempt.telling(f"{name} is of {first}, its first version came after {until}")
    if _days_between(until, first) > _NEAR and catalogue.sdists(requirement) and name not in HEAVY:
        made = _offered(attempt, text, offers)
        if made is not None:
            return made
    line = f"{name} is of {first}, when its first wheel for Python {attempt.python} came"
    return attempt.dating(name, first).telling(f"{line}{offers.why_not(name)}")


def _days_between(first: str, second: str) -> timedelta:
    return date.fromisoformat(second) - date.fromisoformat(first)

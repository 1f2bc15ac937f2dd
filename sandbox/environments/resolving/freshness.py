"""Releases of years before the date, which uv takes where newer ones need what has no wheel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from packaging.requirements import Requirement
from packaging.version import Version

from sandbox.environments.resolving.asking import Resolver
from sandbox.environments.resolving.attempt import Attempt
from sandbox.environments.resolving.catalogue import Catalogue, File
from sandbox.environments.resolving.relaxing import build_next
from sandbox.environments.resolving.requirements import applies, is_pinned, name_of
from sandbox.environments.resolving.uv import Conflict, Locked

_STALE = timedelta(days=540)  # older than the newest that could be had at the date
_BUILDS = 12  # packages that are made from source for the sake of one newer release


@dataclass(frozen=True)
class Stale:
    """A distribution that nobody asked to be so old, and the version it could have."""

    name: str
    version: str
    newest: str

    @property
    def bound(self) -> str:
        return f"{self.name}>={self.newest}"


def freshen(
    attempt: Attempt, locked: list[Locked], resolver: Resolver
) -> tuple[Attempt, list[Locked]]:
    """Newer releases where they can be had, if need be with packages made from source."""
    catalogue = resolver.catalogue
    versions = {package.name: package.version for package in locked}
    for one in find_stale(attempt, versions, catalogue):
        bound = replace(attempt, constraints=(*attempt.constraints, one.bound))
        better = with_builds(bound, resolver)
        if better is None or ages_others(attempt, locked, better[1]):
            line = f"{one.name} {one.version} is old: {one.newest} cannot be had with the others"
            attempt = attempt.telling(line)
        else:
            attempt, locked = better
    return attempt, locked


def ages_others(
    attempt: Attempt, before: Sequence[Locked], after: Sequence[Locked], *, but: str = ""
) -> bool:
    """Whether something else that is wanted is older by it: it may just not say what it needs."""
    wanted = {name_of(text) for text in attempt.wanted} - {but}
    versions = {one.name: Version(one.version) for one in before if one.name in wanted}
    return any(Version(one.version) < versions.get(one.name, Version("0")) for one in after)


def find_stale(
    attempt: Attempt, versions: Mapping[str, str], catalogue: Catalogue
) -> Iterator[Stale]:
    """Of what is wanted without a pin, that which is far older than it need be."""
    for text in dict.fromkeys(attempt.wanted):
        stale = None if is_pinned(text) else how_stale(text, attempt, versions, catalogue)
        if stale is not None:
            yield stale


def how_stale(
    text: str, attempt: Attempt, versions: Mapping[str, str], catalogue: Catalogue
) -> Stale | None:
    """Of one requirement, beside what it admits; None = it is not stale, or nothing is known."""
    name, requirement = name_of(text), Requirement(text)
    known = name in versions and name in catalogue.pages and name not in attempt.own
    if not known or not applies(requirement, attempt.python, catalogue.machine):
        return None
    newest = _newest(catalogue.wheels(requirement, attempt.python, attempt.date_of(name)))
    if newest and _is_older(Version(versions[name]), newest, catalogue.pages[name]):
        return Stale(name, versions[name], str(newest.version))
    return None


def _newest(files: Sequence[File]) -> File | None:
    final = [file for file in files if not file.version.is_prerelease]
    return max(final or files, key=lambda file: file.version, default=None)


def _is_older(version: Version, newest: File, files: Sequence[File]) -> bool:
    """By when they came, for version numbers tell nothing of time."""
    dates = [file.uploaded for file in files if file.version == version and file.uploaded]
    if not dates or not newest.uploaded or newest.version <= version:
        return False
    return date.fromisoformat(newest.uploaded) - date.fromisoformat(min(dates)) > _STALE


def with_builds(attempt: Attempt, resolver: Resolver) -> tuple[Attempt, list[Locked]] | None:
    """What fits together with wheels made here; None = it cannot be had all the same."""
    for _ in range(_BUILDS):
        answer = resolver.ask(attempt)
        if not isinstance(answer, Conflict):
            return attempt, answer
        following = build_next(attempt, answer.text, resolver.ways(attempt.python))
        if following is None:
            return None
        attempt = resolver.on(following, following.python)
    return None

"""Which sdist a wish is met by: pure functions over what the indexes list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from sandbox.environments.resolving.sourcing import Wish

ENDINGS = (".tar.gz", ".tgz", ".zip", ".tar.bz2")
"""What PyPI ever took; xz is not among them, and its reader has no limit of memory."""


@dataclass(frozen=True)
class Sdist:
    """An sdist as an index lists it.

    Attributes:
        name: canonical.
        url: may hold credentials, so never to be printed or recorded.
        sha256: as the index says; None = not known before the file is read.
        uploaded: ISO 8601 with offset; None = the index does not say.
        requires_python: PEP 440 specifier, None = nothing said.
        origin, folder: of a git repository's commit: its address; where the package lies in it. Its
            name and version are guesses, then.
        notes: what is to be told of it, one line each.
    """

    name: str
    version: str
    filename: str
    url: str = field(repr=False)
    sha256: str | None = None
    uploaded: str | None = None
    requires_python: str | None = None
    yanked: bool = False
    origin: str | None = None
    folder: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_local(self) -> bool:
        return self.url.startswith("file:")

    @property
    def day(self) -> date | None:
        return datetime.fromisoformat(self.uploaded).date() if self.uploaded else None


def wanted(wish: Wish) -> Requirement | str:
    """The wish's requirement, or why it cannot be met by any index."""
    try:
        requirement = Requirement(wish.requirement)
    except InvalidRequirement:
        return "is not a requirement"
    return "names an address, which is not followed" if requirement.url else requirement


def choose(sdists: Sequence[Sdist], requirement: Requirement, wish: Wish) -> Sdist | str:
    """The best version that fits, or why there is none: what the last one standing failed by."""
    left = [one for one in sdists if one.filename.endswith(ENDINGS)]
    if not left:
        return "no index has an sdist of it"
    for keeps, why in _sieves(left, requirement, wish):
        kept = [one for one in left if keeps(one)]
        if not kept:
            return why(max(left, key=_rank))
        left = kept
    return max(left, key=_rank)


Sieve = tuple[Callable[[Sdist], bool], Callable[[Sdist], str]]


def _sieves(sdists: Sequence[Sdist], requirement: Requirement, wish: Wish) -> tuple[Sieve, ...]:
    versions = frozenset(requirement.specifier.filter({one.version for one in sdists}))
    pinned = any(one.operator in {"==", "==="} for one in requirement.specifier)
    return (
        (
            lambda one: wish.sha256 is None or one.sha256 in {None, wish.sha256},
            lambda _: "no sdist has the hash that the lock names",
        ),
        (
            lambda one: one.version in versions,
            lambda best: f"no sdist fits {requirement.specifier} (there is {best.version})",
        ),
        (
            lambda one: wish.sha256 is not None or _is_of_time(one, wish.as_of),
            lambda _: f"no sdist of {wish.as_of} or before",
        ),
        (
            lambda one: pinned or not one.yanked,
            lambda best: f"{best.version} was withdrawn by its authors",
        ),
        (
            lambda one: admits(one.requires_python, wish.python),
            lambda best: needs_python(best.requires_python),
        ),
    )


def admits(requires_python: str | None, python: str) -> bool:
    """Whether a late patch release of that Python will do; what cannot be read forbids nothing."""
    try:
        return requires_python is None or SpecifierSet(requires_python).contains(f"{python}.99")
    except InvalidSpecifier:
        return True


def needs_python(requires_python: str | None) -> str:
    """The reason's wording, where the index or the archive itself says so."""
    return f"needs Python {requires_python}"


def _is_of_time(sdist: Sdist, as_of: str | None) -> bool:
    """A folder of this machine gives no dates: what its owner put there is meant to be used."""
    if as_of is None:
        return True
    return sdist.is_local if sdist.day is None else sdist.day <= date.fromisoformat(as_of[:10])


def _rank(sdist: Sdist) -> tuple[Version, bool, bool]:
    return Version(sdist.version), sdist.sha256 is not None, sdist.filename.endswith(".tar.gz")

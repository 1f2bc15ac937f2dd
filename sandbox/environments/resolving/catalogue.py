"""What package indexes offer of the distributions in question; pure. Hints only: uv decides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier
from packaging.tags import parse_tag
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from sandbox.environments.resolving.eras import allowed
from sandbox.environments.resolving.indexes import supported_tags

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

_WHEEL = re.compile(r"[^-]+-(?P<version>[^-]+)(?:-[0-9][^-]*)?-(?P<tag>[^-]+-[^-]+-[^-]+)\.whl")
_SDIST = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)(?:\.tar\.gz|\.zip|\.tar\.bz2|\.tgz)")


@dataclass(frozen=True)
class File:
    """A wheel or an sdist of one distribution.

    Attributes:
        tag: `cp37-cp37m-manylinux1_x86_64`; empty = an sdist.
        uploaded: ISO date; None = the index does not tell.
        yanked: why it was withdrawn, empty where no reason stands; None = it was not.
        requires_python: as the index says; None = it does not.
        url: where it lies, with the credentials of the index's own host, so never to be printed.
    """

    version: Version
    tag: str = ""
    uploaded: str | None = None
    yanked: str | None = None
    requires_python: str | None = None
    url: str | None = field(default=None, repr=False)

    def fits(self, python: str, machine: str) -> bool:
        """Whether it is a wheel that installs there."""
        return (
            bool(self.tag)
            and _suits(self.tag, python, machine)
            and _admits(self.requires_python or "", python)
        )

    def is_of(self, until: str | None) -> bool:
        """Whether uv takes it where nothing newer than that date is wanted."""
        return until is None or (self.uploaded is not None and self.uploaded <= until)


@dataclass(frozen=True)
class Catalogue:
    """Files by canonical name; a name without any is on no index, one that is missing is unknown.

    Attributes:
        pages: names may be added; what is there stays as it is, for answers are remembered.
        machine: `x86_64` or `aarch64`.
    """

    pages: Mapping[str, tuple[File, ...]]
    machine: str
    _admitted: dict[tuple[str, str], tuple[File, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _installable: dict[tuple[str, str, str], tuple[File, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def lacks(self, name: str) -> bool:
        """Whether no index has it."""
        return name in self.pages and not self.pages[name]

    def files(self, requirement: Requirement) -> tuple[File, ...]:
        """Those that the requirement admits; withdrawn ones only for an exact pin."""
        name, specifier = str(canonicalize_name(requirement.name)), requirement.specifier
        if name not in self.pages:
            return ()
        key = (name, str(specifier))
        if key not in self._admitted:
            self._admitted[key] = _within(self.pages[name], specifier)
        return self._admitted[key]

    def wheels(self, requirement: Requirement, python: str, until: str | None = None) -> list[File]:
        """Those of the files that install on that Python, and are not newer than the date."""
        files = self.files(requirement)
        key = (str(canonicalize_name(requirement.name)), str(requirement.specifier), python)
        if files and key not in self._installable:
            fitting = (file for file in files if file.fits(python, self.machine))
            self._installable[key] = tuple(fitting)
        return [file for file in self._installable.get(key, ()) if file.is_of(until)]

    def first_date(self, requirement: Requirement, python: str, after: str) -> str | None:
        """When the first version newer than that date came that installs there."""
        dates = (file.uploaded for file in self.wheels(requirement, python))
        return min((date for date in dates if date and date > after), default=None)

    def sdists(self, requirement: Requirement) -> list[File]:
        return [file for file in self.files(requirement) if not file.tag]

    def nearest(self, requirement: Requirement, python: str) -> str | None:
        """Versions close to those admitted, with a wheel for that Python, as a specifier.

        The next newer release and what was mended in it, else the last older one.
        """
        admitted = {file.version for file in self.files(requirement)}
        every = Requirement(requirement.name)
        usable = sorted({file.version for file in self.wheels(every, python)})
        newer = [version for version in usable if admitted and version > max(admitted)]
        if newer:
            return _series(newer[0])
        return f"=={usable[-1]}" if usable else None

    def newest(self, name: str) -> Version | None:
        versions = {file.version for file in self.pages.get(name, ()) if file.yanked is None}
        final = {version for version in versions if not version.is_prerelease}
        return max(final or versions, default=None)

    def is_stable(self, requirement: Requirement) -> bool:
        """Whether there are final releases and the requirement asks for no other."""
        files = self.pages.get(str(canonicalize_name(requirement.name)), ())
        final = any(not file.version.is_prerelease for file in files)
        return final and not any(one.prereleases for one in requirement.specifier)

    def withdrawn(self, requirement: Requirement) -> str | None:
        """The authors' reason, where every file that a pin admits was withdrawn."""
        files = self.files(requirement)
        reasons = [file.yanked for file in files if file.yanked is not None]
        return reasons[0] if files and len(reasons) == len(files) else None

    @property
    def is_dated(self) -> bool:
        """Whether any index tells when its files came; True where nothing is known."""
        files = [file for page in self.pages.values() for file in page]
        return not files or any(file.uploaded for file in files)


def _within(files: Iterable[File], specifier: SpecifierSet) -> tuple[File, ...]:
    exact = is_exact(specifier)
    known = [file for file in files if exact or file.yanked is None]
    versions = set(specifier.filter({file.version for file in known}))
    return tuple(file for file in known if file.version in versions)


def is_exact(specifier: SpecifierSet) -> bool:
    """Whether it names one version."""
    return any(one.operator in {"==", "==="} and not one.version.endswith("*") for one in specifier)


def _series(version: Version) -> str:
    """The version and what was mended in it."""
    return f"~={version.public}" if len(version.release) > 1 else f"=={version.public}"


def read_file(name: str, filename: str, **facts: str | None) -> File | None:
    """What a file's name says; None = it is neither wheel nor sdist of that distribution.

    Args:
        facts: `uploaded`, `yanked`, `requires_python`, `url`.
    """
    match = _WHEEL.fullmatch(filename)
    if match is None:
        match = _SDIST.fullmatch(filename)
        if match is None or canonicalize_name(match["name"]) != name:
            return None
    try:
        version = _version(match["version"])
    except InvalidVersion:
        return None
    return File(version, match.groupdict().get("tag", ""), **facts)


def join(pages: Iterable[Mapping[str, tuple[File, ...]]]) -> dict[str, tuple[File, ...]]:
    """What several indexes have together."""
    joined: dict[str, tuple[File, ...]] = {}
    for page in pages:
        for name, files in page.items():
            joined[name] = (*joined.get(name, ()), *files)
    return joined


@lru_cache(maxsize=4096)
def _version(text: str) -> Version:
    return Version(text)


@lru_cache(maxsize=4096)
def _suits(tag: str, python: str, machine: str) -> bool:
    """Not where the tag is none, as `3.9-none-any`: no installer takes such a wheel."""
    try:
        return not parse_tag(tag).isdisjoint(supported_tags(python, machine))
    except ValueError:
        return False


@lru_cache(maxsize=4096)
def _admits(specifier: str, python: str) -> bool:
    try:
        return bool(allowed([python], specifier))
    except InvalidSpecifier:
        return True

"""Questions to a single PEP 508 line; pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from sandbox.environments.resolving.catalogue import is_exact

if TYPE_CHECKING:
    from packaging.version import Version


@lru_cache(maxsize=8192)
def name_of(text: str) -> str:
    """Canonical name of a requirement's distribution."""
    return str(canonicalize_name(Requirement(text).name))


def is_pinned(text: str) -> bool:
    """Whether newer versions are shut out; a lower bound alone does no harm."""
    return any(one.operator not in {">", ">=", "!="} for one in Requirement(text).specifier)


def is_bounded(text: str) -> bool:
    """Whether it speaks of versions at all."""
    return bool(Requirement(text).specifier)


def is_fixed(text: str) -> bool:
    """Whether it names one version."""
    return is_exact(Requirement(text).specifier)


def pinned_version(text: str) -> str | None:
    """The one version that it names; None = it names none."""
    clauses = (one for one in Requirement(text).specifier if is_exact(SpecifierSet(str(one))))
    return next((one.version for one in clauses), None)


def loose(text: str) -> str:
    """The same requirement, any version."""
    return with_versions(text, "")


def with_versions(text: str, specifier: str) -> str:
    """The same requirement, with another specifier."""
    requirement = Requirement(text)
    requirement.specifier = SpecifierSet(specifier)
    return str(requirement)


def without_extra(text: str, extra: str) -> str:
    """The same requirement, less one of its extras."""
    requirement = Requirement(text)
    kept = {one for one in requirement.extras if canonicalize_name(one) != extra}
    requirement.extras = kept
    return str(requirement)


def plain(text: str) -> str:
    """Name and versions only, without extras and marker."""
    requirement = Requirement(text)
    return f"{requirement.name}{requirement.specifier}"


def admits(text: str, version: Version | str) -> bool:
    """Whether the version meets it."""
    return Requirement(text).specifier.contains(version, prereleases=True)


def applies(requirement: Requirement, python: str, machine: str, extra: str = "") -> bool:
    """Whether its marker holds in a container of that Python; one without sense never does."""
    if requirement.marker is None:
        return True
    facts = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": machine,
        "os_name": "posix",
        "extra": extra,
    }
    try:
        return requirement.marker.evaluate(facts)
    except (UndefinedComparison, UndefinedEnvironmentName):
        return False

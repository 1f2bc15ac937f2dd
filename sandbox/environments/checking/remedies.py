"""What may cure an import that failed: pure functions over values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from sandbox.domain import Dropped, Environment, Requirements
from sandbox.environments.addresses import ANOTHERS
from sandbox.environments.checking import known
from sandbox.environments.checking.cases import Case
from sandbox.environments.checking.failures import Failure, read_failure
from sandbox.environments.checking.libraries import debian_package, of_debian
from sandbox.environments.checking.met import GONE
from sandbox.environments.code.elsewhere import needs_of
from sandbox.environments.code.names import (
    distribution_of,
    is_distribution,
    is_known,
    is_standard,
    offers,
    why_not_on_an_index,
)
from sandbox.environments.resolving.requirements import admits, pinned_version

_PIP_INSTALL = re.compile(
    r"pip3? install (?:-U |--upgrade )?[\"'`]?([A-Za-z0-9][\w.-]*[A-Za-z0-9])"
)
_NO_WHEEL = re.compile(r"wheel for Python|needs \S+, of which no wheel fits")
NOTHING_LEARNED: Mapping[str, str] = {}
_REMOVED = {**known.REMOVED, **GONE}
_FOREIGN = re.compile(r"invalid ELF header|file too short|wrong ELF class")


@dataclass(frozen=True)
class Remedy:
    """One thing to try; without any change it only tells why nothing helps.

    Attributes:
        told: one line: what failed, why, and what is tried.
        packages: PEP 508 requirements to add.
        constraints: PEP 508 bounds for what is installed.
        system_packages: Debian package names to add.
        python: PEP 440 specifier.
        as_of: ISO date that versions should be of.
        from_index: distributions that are not to be the site's own builds; gigabytes, so the last
            that is tried.
        is_guess: from a general rule, not from a known cause; worth trying when nothing else is.
    """

    told: str
    packages: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    system_packages: tuple[str, ...] = ()
    python: str | None = None
    as_of: str | None = None
    from_index: tuple[str, ...] = ()
    is_guess: bool = False

    def __bool__(self) -> bool:
        return self.changes != Remedy("").changes

    @property
    def changes(self) -> tuple[object, ...]:
        """What tells two Remedies apart."""
        return (
            self.packages, self.constraints, self.system_packages, self.python, self.as_of,
            self.from_index,
        )  # fmt: skip


def remedies(
    failed: Sequence[Dropped],
    environment: Environment,
    requirements: Requirements,
    learned: Mapping[str, str] = NOTHING_LEARNED,
) -> tuple[Remedy, ...]:
    """What may cure the imports that failed, each Remedy once, guesses last.

    Args:
        failed: names as they were tried, with the line that `try_imports` told.
        environment: the one in which they failed.
        requirements: what it was resolved from.
        learned: dotted name of what is lost → bounds of the releases that have it.
    """
    installed = {str(canonicalize_name(name)): v for name, v in environment.packages.items()}
    found: dict[tuple[object, ...], Remedy] = {}
    for one in failed:
        failure = read_failure(one.name, one.why)
        case = Case(failure, environment, requirements, installed, learned)
        for remedy in (_remedy(case), _newer(case), _without_own_builds(case)):
            if remedy is not None:
                found.setdefault(remedy.changes if remedy else (remedy.told,), remedy)
    return tuple(sorted(found.values(), key=lambda one: one.is_guess))


def _remedy(case: Case) -> Remedy | None:
    failure = case.failure
    if failure.libraries:
        return _for_libraries(failure)
    words = _known(case)
    if words:
        return change(case, words)
    found = _missing(case) or _suggested(case)
    gone = _stumbling(failure)
    if found or gone:
        return found or change(case, gone or "")
    return _outdated(case) or _drifted(case) or _behind(case) or _of_older_python(case)


def _for_libraries(failure: Failure) -> Remedy:
    libraries = of_debian(failure.libraries)
    if not libraries:
        library = failure.libraries[0]
        told = (
            f"{failure.name}: {library} comes with NVIDIA's CUDA or builds for it, not with Debian"
        )
        return Remedy(told)
    packages = tuple(dict.fromkeys(debian_package(library) for library in libraries))
    more = f" and {len(libraries) - 1} more libraries" if libraries[1:] else ""
    told = f"{failure.name}: {libraries[0]}{more} missing; trying of Debian {', '.join(packages)}"
    return Remedy(told, system_packages=packages)


def _known(case: Case) -> str | None:
    """The change that is known for what went wrong, or was learned of what releases hold."""
    return known_change(case.failure) or case.learned.get(case.failure.lost or "")


def known_change(failure: Failure) -> str | None:
    """In the words of the tables."""
    return _said(f"{failure.kind}: {failure.message}") or _listed(failure.lost)


def _stumbling(failure: Failure) -> str | None:
    """For a name that is gone, where the package itself stumbles over it and says nothing."""
    module, _, name = failure.name.partition(":")
    own = failure.blamed and str(canonicalize_name(failure.blamed)) in offers(
        distribution_of(module)
    )
    return _listed(f"{module}.{name}") if name and own and failure.lost is None else None


def _said(message: str) -> str | None:
    """The change that is known for what the message says."""
    for pattern, words in known.SAID:
        found = re.search(pattern, message)
        if found:
            return words.format(*found.groups())
    return None


def _listed(lost: str | None) -> str | None:
    """The change that is known for what was removed, or not there yet; longest prefix first."""
    parts = lost.split(".") if lost else []
    for count in range(len(parts), 0, -1):
        prefix = ".".join(parts[:count])
        if prefix in _REMOVED or prefix in known.ADDED:
            return _REMOVED.get(prefix) or known.ADDED[prefix]
    return None


def _missing(case: Case) -> Remedy | None:
    """A module whose distribution is not installed."""
    lost = case.failure.lost
    if lost is None or "No module named" not in case.failure.message:
        return None
    return _with_module(case, lost)


def _behind(case: Case) -> Remedy | None:
    """A package that says in its own words that a module is not there, as extras are asked for."""
    lost = case.failure.behind
    guess = _with_module(case, lost) if lost and case.failure.blamed else None
    return guess and replace(guess, is_guess=True)


def _with_module(case: Case, lost: str) -> Remedy | None:
    """What offers it, unless it is there, or was left out on purpose."""
    if lost.partition(".")[0] in case.requirements.compiled:
        return None
    if is_standard(lost) or needs_of(lost) or why_not_on_an_index(lost) or lost in known.LOCAL:
        return None
    distribution = distribution_of(lost)
    dropped = case.environment.dropped
    if not is_distribution(distribution) or distribution in ANOTHERS:
        return None
    if any(_offers(one, lost) for one in dropped):
        return None
    if case.version(distribution) is not None:
        return None
    return change(case, f"+{distribution}")


def _suggested(case: Case) -> Remedy | None:
    """Where the message says what to install."""
    found = _PIP_INSTALL.search(case.failure.message)
    if not found:
        return None
    name = str(canonicalize_name(found[1]))
    wanted = is_distribution(name) and case.version(name) is None
    return change(case, f"+{name}") if wanted else None


def _outdated(case: Case) -> Remedy | None:
    """A pin that is older than what the code itself imports by name: a newer release is tried."""
    lost, blamed = case.failure.lost, case.failure.blamed
    if lost is None or "." not in lost or is_standard(lost) or blamed is not None:
        return None
    name = distribution_of(lost)
    version = case.version(name)
    if version is None or not case.is_pinned(name):
        return None
    guess = change(case, f"{name}>{Version(version).public}")
    return guess and replace(guess, is_guess=True)


def _newer(case: Case) -> Remedy | None:
    """For a package that is older than this Python, a newer release.

    It stumbles over a word that is reserved now (`async`, 3.7), or over what Python's own library
    has no more (`inspect.getargspec`, 3.11), as opposed to not yet, or in a package of its own; it
    says what is known of older Pythons only (`mutable default`, 3.11); or it wants a library that
    Debian may have no more either (`libgfortran.so.3`).
    """
    blamed, lost = str(canonicalize_name(case.failure.blamed or "")), case.failure.lost
    version, words = case.version(blamed), _known(case) or ""
    is_gone = words.startswith("python<") or (not words and lost is not None and is_standard(lost))
    is_old = is_gone or case.failure.kind == "SyntaxError" or of_debian(case.failure.libraries)
    if version is None or not is_old or case.goes_with_own(blamed):
        return None
    guess = change(case, f"{blamed}>{Version(version).public}")
    return guess and replace(guess, is_guess=True)


def _drifted(case: Case) -> Remedy | None:
    """The general rule: what is lost went with a major version, so the one before it is tried.

    What is pinned did not drift, so then it is the other side that did: the one whose file broke;
    that one is also the first to be tried where the former has been limited already.
    """
    lost, blamed = case.failure.lost, case.failure.blamed
    if lost is None or "." not in lost or is_standard(lost):
        return None
    sides = [distribution_of(lost), str(canonicalize_name(blamed)) if blamed else ""]
    if sides[0] == sides[1]:
        return None  # it broke within itself
    for name in sorted(sides, key=case.is_limited):
        version = case.version(name)
        if version and not case.is_pinned(name) and not case.goes_with_own(name):
            bound = before_major(version)
            words = _held(case, name) or (f"{name}<{bound}" if bound else "")
            guess = change(case, words)
            return guess and replace(guess, is_guess=True)
    return None


def _held(case: Case, name: str) -> str | None:
    """The pin that gave way for want of a wheel of what it needs, and Pythons that have one."""
    pin = case.displaced(name)
    version = pin and pinned_version(pin)
    pythons = (
        python
        for bound, python in known.LAST_PYTHON.items()
        if version and bound.startswith(f"{name}<") and admits(bound, version)
    )
    python = next(pythons, None)
    return f"{pin} {python}" if python and not _holds(case, python) else None


def _of_older_python(case: Case) -> Remedy | None:
    """What was left out for want of a wheel may have one for an older Python."""
    lost, asked = case.failure.lost or "", case.requirements.python or ""
    own = any("+" in version for version in case.installed.values())
    if own or "<" in asked or not _is_without_wheel(case, lost):
        return None  # the site's own builds decide on the Python; one other is tried, no more
    guess = change(case, f"python<{case.environment.python}")
    return guess and replace(guess, is_guess=True)


def _is_without_wheel(case: Case, lost: str) -> bool:
    """Left out, or made from an sdist that holds what was compiled for another system."""
    dropped = [one for one in case.environment.dropped if _NO_WHEEL.search(one.why)]
    foreign = _FOREIGN.search(case.failure.message)
    made = str(canonicalize_name(case.failure.blamed or "")) in case.environment.from_source
    return bool(foreign and made) or any(lost and _offers(one, lost) for one in dropped)


def before_major(version: str) -> str | None:
    """`2` for 2.3.1, `0.4` for 0.4.2; None where there is nothing before it."""
    try:
        read = Version(version)
    except InvalidVersion:
        return None
    if read.major:
        return str(read.major) if read.major > 1 or read.minor or read.micro else None
    return f"0.{read.minor}" if read.minor else None


def _without_own_builds(case: Case) -> Remedy | None:
    """What another Python has, or another PyTorch, where the site's own builds stand in the way."""
    own = tuple(sorted(name for name, version in case.installed.items() if "+" in version))
    if not own or case.requirements.from_index or not _stand_in_the_way(case, own):
        return None
    bounds = tuple(f"{name}{known.LIGHT[name]}" for name in own if name in known.LIGHT)
    python = ",".join(known.LAST_PYTHON[one].removeprefix("python") for one in bounds)
    told = (
        f"{case.failure.name}: {case.failure.message[:160]}; trying {', '.join(own)} from the "
        "package index instead of the site's own build: large, and of no use where nothing needs it"
    )
    return Remedy(told, constraints=bounds, python=python or None, from_index=own, is_guess=True)


def _stand_in_the_way(case: Case, own: Sequence[str]) -> bool:
    failure = case.failure
    python, asked = case.environment.python, case.requirements.python
    lost = failure.lost or failure.name.partition(":")[0]
    words = (_known(case) or _stumbling(failure) or "").split()
    words += [known.LAST_PYTHON[word] for word in words if word in known.LAST_PYTHON]
    bounds = [Requirement(word) for word in words if word[0] not in "+@" and ":" not in word]
    pythons = [bound.specifier for bound in bounds if bound.name == "python"]
    pythons += [SpecifierSet(asked)] if asked else []
    other_python = not all(one.contains(f"{python}.9") for one in pythons)
    return (
        other_python
        or distribution_of(lost) in {*own, *known.BOUND_TO_TORCH}
        or any(bound.name in own for bound in bounds)
        or _held(case, distribution_of(lost)) is not None
        or _is_without_wheel(case, lost)
    )


def _offers(dropped: Dropped, module: str) -> bool:
    """Whether it is what offers the module: `gym-retro` for `retro`, no stranger's `retro`."""
    top = str(canonicalize_name(module.partition(".")[0]))
    listed = dropped.name in offers(distribution_of(module))
    return listed or (not is_known(module) and top in dropped.name.split("-"))


def change(case: Case, words: str) -> Remedy | None:
    """Words of `known` as a Remedy; None where all of it holds already."""
    parts = [word for word in words.split() if not _holds(case, word)]
    if not [part for part in parts if not part.startswith("@")]:
        return None
    last = [known.LAST_PYTHON[part] for part in parts if part in known.LAST_PYTHON]
    parts += [word for word in dict.fromkeys(last) if not _holds(case, word)]
    bounds = [part for part in parts if part[0] not in "@+" and not part.startswith("apt:")]
    pythons = [part.removeprefix("python") for part in bounds if re.match(r"python[<>=~]", part)]
    dates = [part[1:] for part in parts if part.startswith("@")]
    remedy = Remedy(
        "",
        packages=tuple(part[1:] for part in parts if part.startswith("+")),
        constraints=tuple(part for part in bounds if not re.match(r"python[<>=~]", part)),
        system_packages=tuple(part[4:] for part in parts if part.startswith("apt:")),
        python=",".join(pythons) or None,
        as_of=dates[0] if dates else None,
    )
    return replace(remedy, told=_told(case.failure, remedy))


def _holds(case: Case, word: str) -> bool:
    """Whether the Environment is so already, and trying it would change nothing."""
    if word.startswith("apt:"):
        return word[4:] in case.environment.system_packages
    if word.startswith("+"):
        return case.version(str(canonicalize_name(word[1:]))) is not None
    if word.startswith("@"):
        pinned = any("==" in text for text in case.requirements.packages)
        return pinned or (case.requirements.as_of or "9999") <= word[1:]
    bound = Requirement(word)
    if bound.name == "python":
        return bound.specifier.contains(f"{case.environment.python}.9")
    version = case.version(str(canonicalize_name(bound.name)))
    return version is not None and bound.specifier.contains(version, prereleases=True)


def _told(failure: Failure, remedy: Remedy) -> str:
    python = f"Python {remedy.python}" if remedy.python else ""
    date = f"packages of {remedy.as_of}" if remedy.as_of else ""
    system = [f"the Debian package {name}" for name in remedy.system_packages]
    tried = [*remedy.packages, *remedy.constraints, python, date, *system]
    why = failure.message[:160]
    return f"{failure.name}: {why}; trying {', '.join(filter(None, tried))}"

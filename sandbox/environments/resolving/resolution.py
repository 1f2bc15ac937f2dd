"""From Requirements to a lock, by asking uv and relaxing step by step; each step is told."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from sandbox.domain import Dropped, Environment, PackageIndexes, Requirements
from sandbox.environments.resolving.eras import allowed, of_era
from sandbox.environments.resolving.indexes import Wheel, own_builds
from sandbox.environments.resolving.relaxing import (
    Attempt,
    blamed,
    is_pinned,
    loose,
    name_of,
    reason,
    relax,
)
from sandbox.environments.resolving.uv import Conflict, Locked, Query, compile_lock
from sandbox.errors import BuildError

if TYPE_CHECKING:
    from packaging.version import Version

_STEPS = 60  # attempts at most; each gives up something, so few repositories need ten


@dataclass(frozen=True)
class _Resolver:
    """Asks uv, with what stays the same over all attempts."""

    indexes: PackageIndexes
    cache: Path
    own: tuple[Wheel, ...]
    machine: str

    def builds(self, python: str) -> dict[str, Wheel]:
        """The site's newest own build of each distribution for that Python."""
        fitting = [wheel for wheel in self.own if wheel.fits(python, self.machine)]
        return {wheel.name: wheel for wheel in sorted(fitting, key=lambda wheel: wheel.version)}

    def on(self, attempt: Attempt, python: str) -> Attempt:
        return replace(attempt, python=python, own=frozenset(self.builds(python)))

    def ask(self, attempt: Attempt, *, alone: bool = False) -> list[Locked] | Conflict:
        pins = [f"{name}=={wheel.version}" for name, wheel in self.builds(attempt.python).items()]
        query = Query(
            attempt.wanted,
            (*self.indexes.constraints, *pins),
            attempt.python,
            attempt.as_of,
            attempt.dateless | attempt.own,
            self.machine,
            alone,
        )
        return compile_lock(query, indexes=self.indexes, cache=self.cache)

    def refuse(self, python: str, name: str) -> str | None:
        """Why no version of it installs, today; None = one does, or it is not its own fault."""
        answer = self.ask(Attempt((name,), python))
        why = reason(answer.text) if isinstance(answer, Conflict) else ""
        return why if name in why else None


def resolve(
    requirements: Requirements,
    *,
    indexes: PackageIndexes,
    pythons: Sequence[str],
    extra: Sequence[str] = (),
    cache: Path,
) -> Environment:
    """Find versions that fit together, of the asked date where possible.

    Args:
        requirements: what the repository needs.
        indexes: where packages come from; wheels in find-links folders are the site's own builds
            and win over any index, pin and date.
        pythons: `X.Y` for which a base image can be had.
        extra: packages the product needs inside; they never change what the repository gets.
        cache: folder for uv's cache on this machine.

    Raises:
        BuildError: nothing fits, whatever is given up.
        NetworkError: an index does not answer.
    """
    resolver = _Resolver(indexes, cache, own_builds(indexes), platform.machine())
    attempt = _first_attempt(requirements, pythons, resolver)
    attempt, locked = _climb(attempt, resolver)
    attempt = _without_needless(attempt, requirements, locked)
    attempt, locked = _without_cuda(attempt, locked, resolver, pythons)
    told, locked = _with_extra(attempt, locked, extra, resolver)
    return Environment(
        python=attempt.python,
        lock="\n".join(sorted(package.line for package in locked)),
        system_packages=requirements.system_packages,
        decisions=(*requirements.decisions, *attempt.decisions, *told),
        dropped=attempt.dropped,
    )


def _first_attempt(
    requirements: Requirements, pythons: Sequence[str], resolver: _Resolver
) -> Attempt:
    if not pythons:
        raise BuildError("no Python at all has a base image", hint="see why with: sandbox doctor")
    names = {name_of(text) for text in requirements.packages}
    choice, lines = _choose_pythons(requirements, pythons, names, resolver)
    python, *others = of_era(choice, requirements.as_of)
    lines.append(f"Python {python}: {_why_python(requirements)}")
    attempt = Attempt(
        requirements.packages,
        python,
        requirements.as_of,
        frozenset(resolver.builds(python)),
        tuple(others),
        decisions=tuple(lines),
    )
    return _prefer_own_builds(attempt, names, resolver.builds(python))


def _why_python(requirements: Requirements) -> str:
    said = f"asked for {requirements.python}" if requirements.python else "no version is asked for"
    return f"{said}, the code is of {requirements.as_of}" if requirements.as_of else said


def _choose_pythons(
    requirements: Requirements, pythons: Sequence[str], names: set[str], resolver: _Resolver
) -> tuple[list[str], list[str]]:
    """Pythons to try, and what is told of the choice: own builds decide, then the specifier."""
    fitting = allowed(pythons, requirements.python)
    lines = []
    if not fitting:
        offered = ", ".join(pythons)
        lines.append(f"Python {requirements.python} is set aside: only {offered} can be had")
    choice = fitting or list(pythons)
    for name in sorted(names & {wheel.name for wheel in resolver.own}):
        built = [python for python in pythons if name in resolver.builds(python)]
        if built and not set(built) & set(choice):
            lines.append(
                f"Python {requirements.python} is set aside: the site's own build of {name} "
                f"is for {', '.join(built)}"
            )
        choice = [p for p in choice if p in built] or built or choice
    return choice, lines


def _prefer_own_builds(attempt: Attempt, names: set[str], builds: Mapping[str, Wheel]) -> Attempt:
    """Where the site has built a distribution itself, pins and the date give way to it."""
    for name in sorted(names & builds.keys()):
        version = builds[name].version
        pins = [text for text in attempt.wanted if name_of(text) == name]
        lifted = f"; the date {attempt.as_of} is lifted, for it needs newer packages"
        told = f"{name} {version} from find-links, the site's own build"
        attempt = attempt.telling(told + (lifted if attempt.as_of else ""))
        for pin in (pin for pin in pins if not _admits(pin, version)):
            attempt = attempt.telling(f"{pin} gives way to it")
        wanted = tuple(loose(t) if name_of(t) == name else t for t in attempt.wanted)
        attempt = replace(attempt, wanted=wanted, as_of=None)
    return attempt


def _admits(pin: str, version: Version | str) -> bool:
    return Requirement(pin).specifier.contains(version, prereleases=True)


def _climb(attempt: Attempt, resolver: _Resolver) -> tuple[Attempt, list[Locked]]:
    """Relax until uv finds an answer."""
    conflict = ""
    attempt = _suit_pins(attempt, resolver)
    for _ in range(_STEPS):
        answer = resolver.ask(attempt) if attempt.wanted else []
        if not isinstance(answer, Conflict):
            return attempt, answer
        conflict = answer.text
        following = relax(attempt, conflict, refuse=partial(resolver.refuse, attempt.python))
        if following is None:
            break
        attempt = resolver.on(following, following.python)
    raise BuildError(
        f"no versions fit together: {reason(conflict)}",
        hint="write a recipe that names the packages: sandbox recipe show makemore",
        tried=list(attempt.decisions),
        packages=list(attempt.wanted),
    )


def _suit_pins(attempt: Attempt, resolver: _Resolver) -> Attempt:
    """Pins tell their era better than the commit's date: the Python with wheels for most of them.

    Where several are equal the era decides.
    """
    pins = tuple(text for text in attempt.wanted if is_pinned(text))
    pythons = (attempt.python, *attempt.pythons)
    if not pins or len(pythons) == 1 or not isinstance(resolver.ask(attempt), Conflict):
        return attempt
    lost = {
        python: _count_lost(replace(attempt, wanted=pins), python, resolver) for python in pythons
    }
    best = min(pythons, key=lost.__getitem__)
    if best == attempt.python:
        return attempt
    line = (
        f"Python {best} instead of {attempt.python}: more of the pinned versions have wheels for it"
    )
    others = tuple(python for python in pythons if python != best)
    return replace(resolver.on(attempt, best), pythons=others).telling(line)


def _count_lost(attempt: Attempt, python: str, resolver: _Resolver) -> int:
    """How many of the wanted have no wheel for that Python, what they need left aside."""
    attempt, lost = resolver.on(attempt, python), 0
    while attempt.wanted:
        answer = resolver.ask(attempt, alone=True)
        if not isinstance(answer, Conflict):
            break
        named = blamed(attempt, answer.text) or [name_of(attempt.wanted[0])]
        attempt, lost = attempt.without(named[0], ""), lost + 1
    return lost


def _without_needless(
    attempt: Attempt, requirements: Requirements, locked: Sequence[Locked]
) -> Attempt:
    """Pins that were loosened and hold all the same are no relaxation, so they are not told."""
    versions = {package.name: package.version for package in locked}
    kept = [
        f"{text} relaxed to any "
        for text in requirements.packages
        if name_of(text) in versions and _admits(text, versions[name_of(text)])
    ]
    told = [line for line in attempt.decisions if not line.startswith(tuple(kept))]
    return replace(attempt, decisions=tuple(told))


def is_for_cuda(name: str) -> bool:
    """Libraries of NVIDIA's, of no use without a GPU, and gigabytes large."""
    return name.startswith(("nvidia-", "cuda-")) or name == "triton"


def _without_cuda(
    attempt: Attempt, locked: list[Locked], resolver: _Resolver, pythons: Sequence[str]
) -> tuple[Attempt, list[Locked]]:
    """No Session is given a GPU, so CUDA libraries are left out where nothing breaks by it."""
    cuda = [package.name for package in locked if is_for_cuda(package.name)]
    if not cuda:
        return attempt, locked
    linked = {p.name for p in locked if p.name == "torch"} - attempt.own
    better = [p for p in pythons if linked & resolver.builds(p).keys()]
    if better:
        line = f"Python {better[0]} instead of {attempt.python}: the site's own CPU build of torch"
        moved = resolver.on(attempt, better[0]).telling(line)
        return _climb(replace(moved, as_of=None), resolver)
    if linked:
        line = f"torch of the index brings {len(cuda)} CUDA packages, gigabytes without use here"
        return attempt.telling(line), locked
    dropped = tuple(Dropped(name, "for GPUs only, and Sessions have none") for name in cuda)
    kept = [package for package in locked if package.name not in cuda]
    return replace(attempt, dropped=(*attempt.dropped, *dropped)), kept


def _with_extra(
    attempt: Attempt, locked: list[Locked], extra: Sequence[str], resolver: _Resolver
) -> tuple[list[str], list[Locked]]:
    """Add what the product needs beside what the repository got, or leave it out."""
    have = {package.name for package in locked}
    missing = [text for text in extra if name_of(text) not in have]
    if not missing:
        return [], locked
    pins = tuple(f"{package.name}=={package.version}" for package in locked)
    dates = dict.fromkeys([attempt.as_of, None])
    for as_of in dates:
        base = Attempt(
            (*pins, *missing), attempt.python, as_of, attempt.own, dateless=frozenset(have)
        )
        answer = resolver.ask(base)
        if not isinstance(answer, Conflict):
            return [], [p for p in answer if p.name in have or not is_for_cuda(p.name)]
    return [f"{', '.join(missing)} left out: does not fit beside the repository's packages"], locked

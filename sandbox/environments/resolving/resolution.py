"""From Requirements to a lock, by asking uv and relaxing step by step; each step is told."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from packaging.requirements import Requirement

from sandbox.domain import Dropped, Environment, PackageIndexes, Requirements
from sandbox.environments.resolving.asking import Resolver
from sandbox.environments.resolving.attempt import Attempt
from sandbox.environments.resolving.catalogue import Catalogue
from sandbox.environments.resolving.choosing import Choice, choose_pythons
from sandbox.environments.resolving.following import follow, follow_again, without_unfit
from sandbox.environments.resolving.freshness import freshen, with_builds
from sandbox.environments.resolving.offering import Offers
from sandbox.environments.resolving.preparing import free_needs, prepare
from sandbox.environments.resolving.relaxing import reason, relax
from sandbox.environments.resolving.requirements import admits, applies, loose, name_of
from sandbox.environments.resolving.restoring import restore
from sandbox.environments.resolving.sourcing import MakeWheels
from sandbox.environments.resolving.torch import cpu_builds_answer
from sandbox.environments.resolving.twins import twins_of
from sandbox.environments.resolving.unspoken import Limit, unspoken
from sandbox.environments.resolving.uv import Conflict, Locked
from sandbox.errors import BuildError, NetworkError

_STEPS = 40  # attempts at most; each gives up something, so few repositories need ten
_ROUNDS = 6  # of looking for what old releases do not say; what gives way may be old itself
_OTHER_PYTHONS = 2  # that are turned to when the chosen one offers no way

Answer = tuple[Attempt, list[Locked]]


def _ignore(_python: str) -> None:
    """For callers who do not listen."""


def resolve(  # noqa: PLR0913 - each is a thing of its own, and all but one are keywords
    requirements: Requirements,
    *,
    indexes: PackageIndexes,
    pythons: Sequence[str],
    extra: Sequence[str] = (),
    cache: Path,
    make_wheels: MakeWheels | None = None,
    accelerator: str = "cpu",
    on_python: Callable[[str], None] = _ignore,
) -> Environment:
    """Find versions that fit together, of the asked date where possible.

    Args:
        requirements: what the repository needs.
        indexes: where packages come from; wheels in find-links folders are the site's own builds
            and win over any index, pin and date.
        pythons: `X.Y` for which a base image can be had.
        extra: packages the product needs inside; they never change what the repository gets.
        cache: folder for uv's cache on this machine.
        make_wheels: builds what has no wheel, before it is given up; None = nothing is built.
        accelerator: `cpu` or `cuda`.
        on_python: told which Python is tried first, while the versions are still to be found.

    Raises:
        BuildError: nothing fits, whatever is given up.
        NetworkError: an index does not answer.
    """
    offers = Offers(make_wheels)
    try:
        return _resolved(
            requirements,
            indexes,
            pythons,
            extra,
            cache,
            offers,
            accelerator=accelerator,
            on_python=on_python,
        )
    except BuildError as error:
        others = without_unfit(requirements, offers, error.message)
        if others is None:
            raise
        return resolve(
            others,
            indexes=indexes,
            pythons=pythons,
            extra=extra,
            cache=cache,
            make_wheels=make_wheels,
            accelerator=accelerator,
            on_python=on_python,
        )


def _resolved(  # noqa: PLR0913, PLR0917 - as above
    requirements: Requirements,
    indexes: PackageIndexes,
    pythons: Sequence[str],
    extra: Sequence[str],
    cache: Path,
    offers: Offers,
    *,
    accelerator: str,
    on_python: Callable[[str], None],
) -> Environment:
    resolver = Resolver.of(
        indexes,
        cache,
        platform.machine(),
        offers,
        accelerator=accelerator,
        from_index=requirements.from_index,
        overrides=requirements.overrides,
    )
    first = _first_attempt(requirements, pythons, resolver, on_python)
    attempt, locked = _climb(first, resolver)
    attempt, locked = restore(attempt, locked, first.constraints, resolver)
    attempt, locked = freshen(attempt, locked, resolver)
    attempt, locked = _with_unspoken(attempt, locked, requirements, resolver)
    attempt = _without_needless(attempt, requirements, locked)
    if accelerator == "cpu":
        attempt, locked = _without_cuda(attempt, locked, resolver)
    told, locked = _with_extra(attempt, locked, extra, resolver)
    return Environment(
        python=attempt.python,
        lock="\n".join(sorted(package.line for package in locked)),
        system_packages=requirements.system_packages,
        accelerator=accelerator,
        decisions=(*requirements.decisions, *attempt.decisions, *told),
        dropped=tuple(replace(one, log=offers.log_of(one)) for one in attempt.dropped),
        wheel_bytes=sum(package.wheel_bytes for package in locked),
    )


def _first_attempt(
    requirements: Requirements,
    pythons: Sequence[str],
    resolver: Resolver,
    on_python: Callable[[str], None],
) -> Attempt:
    """The question as the repository asks it, less what the indexes' pages rule out."""
    if not pythons:
        raise BuildError("no Python at all has a base image", hint="see why with: sandbox doctor")
    names = {name_of(text) for text in requirements.packages}
    others = _needs_of_own(names, resolver, pythons) | twins_of(names)
    catalogue = resolver.read_catalogue(names | others)
    choice = _choose(requirements, pythons, names, catalogue, resolver)
    on_python(choice.pythons[0])
    attempt = resolver.on(
        Attempt(
            requirements.packages,
            choice.pythons[0],
            requirements.as_of,
            requirements.constraints,
            pythons=choice.pythons[1 : 1 + _OTHER_PYTHONS],
            decisions=choice.decisions,
        ),
        choice.pythons[0],
    )
    attempt = follow(attempt, requirements.git, resolver)
    attempt = prepare(_with_companions(attempt, resolver), catalogue, resolver.offers)
    return _prefer_own_builds(attempt, names, catalogue, resolver)


def _needs_of_own(names: set[str], resolver: Resolver, pythons: Sequence[str]) -> set[str]:
    builds = (resolver.builds(python) for python in pythons)
    wheels = {wheel for each in builds for name, wheel in each.items() if name in names}
    return {name_of(text) for wheel in wheels for text in resolver.needs(wheel)}


def _choose(
    requirements: Requirements,
    pythons: Sequence[str],
    names: set[str],
    catalogue: Catalogue,
    resolver: Resolver,
) -> Choice:
    builds = {python: resolver.builds(python) for python in pythons}
    own = {name for each in builds.values() for name in each} & names
    built = {name: frozenset(p for p in pythons if name in builds[p]) for name in own}
    return choose_pythons(requirements, pythons, catalogue, built)


def _with_companions(attempt: Attempt, resolver: Resolver) -> Attempt:
    """What is compiled against another torch gives way to a version that imports, or is left."""
    names = {name_of(text) for text in attempt.wanted if _applies(text, attempt, resolver)}
    for name, which in sorted(resolver.companions(attempt.python).items()):
        if name in names and which is None:
            why = "its builds on the package index need CUDA, none imports beside a CPU torch"
            attempt = attempt.without(name, why)
        elif name in names and which is not None:
            line = f"{name} {which.version}: {which.note}"
            attempt = attempt.giving_way_to(name, which.version).telling(line)
    return attempt


def _applies(text: str, attempt: Attempt, resolver: Resolver) -> bool:
    return applies(Requirement(text), attempt.python, resolver.machine)


def _prefer_own_builds(
    attempt: Attempt, names: set[str], catalogue: Catalogue, resolver: Resolver
) -> Attempt:
    """Where the site has built a distribution itself, pins and the date give way to it."""
    builds = resolver.builds(attempt.python)
    for name in sorted(names & builds.keys()):
        wheel = builds[name]
        attempt, freed = free_needs(attempt, resolver.needs(wheel), catalogue)
        told = f"{name} {wheel.version} from find-links, the site's own build"
        if freed:
            told += f"; it needs newer {', '.join(freed)} than of {attempt.as_of}"
        attempt = attempt.telling(told).giving_way_to(name, str(wheel.version))
    return attempt


def _climb(attempt: Attempt, resolver: Resolver) -> Answer:
    """Relax until uv finds an answer."""
    conflict = ""
    for step in range(_STEPS):
        answer = resolver.ask(attempt)
        if not isinstance(answer, Conflict):
            return attempt, answer
        conflict = answer.text
        following = relax(attempt, conflict, resolver.ways(attempt.python), step=step)
        if following is None:
            break
        moved = following.python != attempt.python
        attempt = resolver.on(following, following.python)
        attempt = follow_again(attempt, resolver) if moved else attempt
    raise BuildError(
        f"no versions fit together: {reason(conflict)}",
        hint="write a recipe that names the packages: sandbox recipe show makemore",
        tried=list(attempt.decisions),
        packages=list(attempt.wanted),
    )


def _with_unspoken(
    attempt: Attempt, locked: list[Locked], requirements: Requirements, resolver: Resolver
) -> Answer:
    """Newer packages give way where old ones are known to break beside them."""
    refused: set[Limit] = set()
    for _ in range(_ROUNDS):
        known = unspoken({package.name: package.version for package in locked})
        limits = [one for one in known if one.needs not in attempt.own and one not in refused]
        if not limits:
            break
        better = _limited(attempt, limits, requirements, resolver)
        if better is None:  # one that cannot be kept keeps no other from it
            limits = [one for one in limits if one.needs == limits[0].needs]
            better = _limited(attempt, limits, requirements, resolver)
        done = "is used" if better else "cannot be had, so it may not work"
        told = [f"{one.needs}{one.limit} for {one.name} {done}: {one.why}" for one in limits]
        if better is None:
            refused.update(limits)
        else:
            attempt, locked = better
        attempt = replace(attempt, decisions=(*attempt.decisions, *told))
    return attempt, locked


def _limited(
    attempt: Attempt, limits: Sequence[Limit], requirements: Requirements, resolver: Resolver
) -> Answer | None:
    """Within the limits; to them gives way what lock files say, what stands for a pin, the date.

    Old releases are not always as old as they say: some were withdrawn, and came back later.
    """
    lines = tuple(dict.fromkeys(f"{one.needs}{one.limit}" for one in limits))
    asked = replace(attempt, constraints=(*attempt.constraints, *lines))
    answer = resolver.ask(asked)
    if not isinstance(answer, Conflict):
        return asked, answer
    free = {one.needs for one in limits}
    others = tuple(text for text in attempt.constraints if name_of(text) not in free)
    wanted = tuple(
        loose(text) if name_of(text) in free and text not in requirements.packages else text
        for text in attempt.wanted
    )
    freed = replace(attempt, wanted=wanted, constraints=(*others, *lines))
    undated = replace(freed, dates={**freed.dates, **dict.fromkeys(free)})
    return with_builds(freed, resolver) or with_builds(undated, resolver)


def _without_needless(
    attempt: Attempt, requirements: Requirements, locked: Sequence[Locked]
) -> Attempt:
    """Pins that were loosened and hold all the same are no relaxation, so they are not told."""
    versions = {package.name: package.version for package in locked}
    kept = [
        f"{text} relaxed to any "
        for text in requirements.packages
        if name_of(text) in versions and admits(text, versions[name_of(text)])
    ]
    told = [line for line in attempt.decisions if not line.startswith(tuple(kept))]
    return replace(attempt, decisions=tuple(told))


def is_for_cuda(name: str) -> bool:
    """Libraries of NVIDIA's, of no use without a GPU, and gigabytes large.

    Not `pynvml`, a few kilobytes that many import to ask whether there is a GPU.
    """
    if name.startswith("nvidia-ml-py"):
        return False
    return name.startswith(("nvidia-", "cuda-")) or name == "triton"


def _without_cuda(attempt: Attempt, locked: list[Locked], resolver: Resolver) -> Answer:
    """Without a GPU CUDA libraries are left out where nothing breaks by it.

    Code that imports triton itself asks for it: it imports without a GPU.
    """
    asked = {name_of(text) for text in attempt.wanted} & {"triton"}
    cuda = [package.name for package in locked if is_for_cuda(package.name)]
    cuda = [name for name in cuda if name not in asked]
    linked = [package for package in locked if package.name == "torch" not in attempt.own]
    if linked:
        return _with_cpu_torch(attempt, locked, linked[0], resolver)
    if not cuda:
        return attempt, locked
    dropped = tuple(Dropped(name, "for GPUs only, and no GPU is asked for") for name in cuda)
    kept = [package for package in locked if package.name not in cuda]
    return replace(attempt, dropped=(*attempt.dropped, *dropped)), kept


def _with_cpu_torch(
    attempt: Attempt, locked: list[Locked], torch: Locked, resolver: Resolver
) -> Answer:
    """The site's own build on another Python, else PyTorch's CPU builds, else gigabytes, told."""
    pythons = {python for wheel in resolver.own for python in attempt.pythons}
    better = [p for p in sorted(pythons) if "torch" in resolver.builds(p)]
    if better:
        line = f"Python {better[0]} instead of {attempt.python}: the site's own CPU build of torch"
        moved = resolver.on(attempt, better[0]).telling(line)
        return _climb(follow_again(moved, resolver), resolver)
    if cpu_builds_answer(resolver.cache, certificate=resolver.indexes.certificate):
        answer = _ask_for_cpu_torch(attempt, torch, resolver)
        if not isinstance(answer, Conflict):
            return attempt.telling("torch and what goes with it are PyTorch's CPU builds"), answer
    line = (
        f"torch {torch.version} of the package index is built for CUDA: expect gigabytes to be "
        "downloaded and stored, of no use without a GPU"
    )
    return attempt.telling(line), locked


def _ask_for_cpu_torch(
    attempt: Attempt, torch: Locked, resolver: Resolver
) -> list[Locked] | Conflict:
    """The version that was found, from an index that tells no dates."""
    free = dict.fromkeys(("torch", "torchvision", "torchaudio", "torchtext"))
    pins = (*attempt.constraints, f"torch=={torch.version}")
    asked = replace(attempt, constraints=pins, dates={**attempt.dates, **free})
    try:
        return resolver.ask(asked, cpu_torch=True)
    except NetworkError as error:
        return Conflict(str(error))


def _with_extra(
    attempt: Attempt, locked: list[Locked], extra: Sequence[str], resolver: Resolver
) -> tuple[list[str], list[Locked]]:
    """Add what the product needs beside what the repository got, or leave it out."""
    have = {package.name for package in locked}
    missing = [text for text in extra if name_of(text) not in have]
    if not missing:
        return [], locked
    pins = tuple(f"{package.name}=={package.version}" for package in locked)
    for as_of in dict.fromkeys([attempt.as_of, None]):
        dates = dict.fromkeys(have)
        base = Attempt((*pins, *missing), attempt.python, as_of, own=attempt.own, dates=dates)
        answer = resolver.ask(base)
        if not isinstance(answer, Conflict):
            return [], [p for p in answer if p.name in have or not is_for_cuda(p.name)]
    return [f"{', '.join(missing)} left out: does not fit beside the repository's packages"], locked

"""Requirements changed by Remedies: pure functions over values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from packaging.requirements import Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import canonicalize_name

from sandbox.domain import Requirements
from sandbox.environments.checking.remedies import Remedy
from sandbox.environments.resolving.requirements import name_of

_PATCHES = tuple(f"3.{minor}.{patch}" for minor in range(7, 15) for patch in (0, 9, 20))
_OPPOSITE = {">=": "<", ">": "<", "<": ">", "<=": ">"}


def apply(requirements: Requirements, cures: Iterable[Remedy]) -> Requirements:
    """The Requirements with all changes made; what was asked for gives way where it contradicts."""
    for cure in cures:
        requirements = _applied(requirements, cure)
    return requirements


def _applied(requirements: Requirements, cure: Remedy) -> Requirements:
    if not cure:
        return requirements
    packages, told = list(requirements.packages), [cure.told]
    for bound in map(Requirement, cure.constraints):
        packages = list(_bounded(packages, bound, told))
    present = {name_of(text) for text in packages}
    packages += [text for text in cure.packages if name_of(text) not in present]
    dates = [date for date in (requirements.as_of, cure.as_of) if date]
    return replace(
        requirements,
        packages=tuple(packages),
        constraints=_with(_fitting(requirements.constraints, cure.constraints), cure.constraints),
        system_packages=_with(requirements.system_packages, cure.system_packages),
        from_index=_with(requirements.from_index, cure.from_index),
        python=_narrowed(requirements.python, cure.python),
        as_of=min(dates) if dates else None,
        decisions=(*requirements.decisions, *told),
    )


def _with(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*old, *new)))


def _fitting(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Constraints that were there before, but for those that a new one rules out."""
    bounds = {canonicalize_name(one.name): one for one in map(Requirement, new)}
    kept = []
    for text in old:
        known = Requirement(text)
        bound = bounds.get(canonicalize_name(known.name))
        if bound is None or not any(_contradicts(one, bound) for one in known.specifier):
            kept.append(text)
    return kept


def _bounded(packages: Sequence[str], bound: Requirement, told: list[str]) -> Iterator[str]:
    """What was asked for, without the clauses that the bound does not admit."""
    name = canonicalize_name(bound.name)
    for text in packages:
        wanted = Requirement(text)
        if canonicalize_name(wanted.name) != name:
            yield text
            continue
        kept = [one for one in wanted.specifier if not _contradicts(one, bound)]
        if len(kept) < len(wanted.specifier):
            told.append(f"{text} gives way to {bound}")
        wanted.specifier = SpecifierSet(",".join(map(str, kept)))
        yield str(wanted)


def _contradicts(clause: Specifier, bound: Requirement) -> bool:
    """Whether a clause asks for nothing but versions that the bound rules out."""
    version = clause.version.removesuffix(".*")
    admitted = bound.specifier.contains(version, prereleases=True)
    if clause.operator in {"==", "===", "~="}:
        return not admitted
    opposite = _OPPOSITE.get(clause.operator)
    facing = [one for one in bound.specifier if opposite and one.operator[0] == opposite]
    strict = clause.operator in {"<", ">"} and any(one.version == version for one in facing)
    return bool(facing) and (strict or not admitted)


def _narrowed(old: str | None, new: str | None) -> str | None:
    """Both, where some Python suits both; else what was found out wins over what was said."""
    if not old or not new:
        return new or old
    both = SpecifierSet(old) & SpecifierSet(new)
    return str(both) if any(both.contains(python) for python in _PATCHES) else new

"""What `sandbox build` tells a person: what was found, decided, built, and whether it imports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sandbox.cli.shapes import bytes_text

if TYPE_CHECKING:
    from sandbox.api import Built, Survey
    from sandbox.domain import Dropped

SHOWN = 8
_LONGEST = 160
_LOG = 4  # lines of a build that failed


def lines(survey: Survey) -> Iterator[str]:
    """Short: long lists are folded, `--json` has them whole."""
    built = survey.built
    yield _head(built)
    chosen = f"Python {built.environment.python}:"
    pythons = [line for line in built.decisions if _is_of_python(line)]
    yield from _rows("python", sorted(pythons, key=lambda line: not line.startswith(chosen)))
    yield from _rows("packages", [_packages(built)])
    if built.system:
        yield from _rows("system", [_folded(built.system)])
    yield from _rows("own", list(built.own.told))
    if built.environment.accelerator != "cpu":
        yield from _rows("for", [built.environment.accelerator])
    others = [_short(line) for line in built.decisions if not _is_of_python(line)]
    yield from _rows("decided", _cut(others))
    dropped = [_short(f"{one.name}: {one.why}") for one in built.dropped]
    yield from _rows("left out", _cut(dropped))
    for one in built.dropped:
        yield from _rows("", [f"  {one.name}'s build: {line}" for line in one.log[-_LOG:]])
    if survey.ok:
        yield from _rows("imports", [_folded(_modules(survey.ok))])
    yield from _rows("fails", _cut(_by_reason(survey.failed)))
    elsewhere = [f"{name} needs {what}" for name, what in survey.elsewhere.items()]
    yield from _rows("not here", _cut(elsewhere))
    yield from _rows("entries", _entries(survey))


def _modules(names: Sequence[str]) -> list[str]:
    """`module:name` is more than a reader wants."""
    return list(dict.fromkeys(name.partition(":")[0] for name in names))


def _by_reason(failed: Sequence[Dropped]) -> list[str]:
    """One row for all that fails for the same reason, in a package with two dozen modules, say."""
    names: dict[str, list[str]] = {}
    for one in failed:
        names.setdefault(one.why, []).append(one.name)
    more = {why: f" and {len(found) - 1} more" if found[1:] else "" for why, found in names.items()}
    return [_short(f"{found[0]}{more[why]}: {why}") for why, found in names.items()]


def _entries(survey: Survey) -> list[str]:
    """How many find what they import; those that do not are named."""
    if len(survey.entries) < 2:
        return []
    lost = [one.path for one in survey.entries if one.failed]
    count = len(survey.entries)
    if not lost:
        return [f"all {count} find what they import"]
    return [f"{count - len(lost)} of {count} find what they import, these do not: {_folded(lost)}"]


def _head(built: Built) -> str:
    build, environment = built.build, built.environment
    took = "built before" if build.cached else f"built in {build.elapsed_s:.1f} s"
    head = f"environment {environment.id}: Python {environment.python}"
    return f"{head}, {len(environment.packages)} packages, {took}{_disk(built)}"


def _disk(built: Built) -> str:
    size, new = built.build.size_bytes, built.build.new_bytes
    if size is None or new is None:
        return ""
    if built.build.cached:
        return f", {bytes_text(size)} on disk"
    return f", {bytes_text(size)} on disk, {bytes_text(size - new)} of it shared with others"


def _is_of_python(line: str) -> bool:
    return line.startswith("Python ")


def _packages(built: Built) -> str:
    """Those that the repository asks for, with the versions they got, and where that stands."""
    environment, requirements = built.environment, built.requirements
    locked = environment.packages
    asked = [name for name in map(_name, requirements.packages) if name in locked]
    names = asked or sorted(locked)
    shown = _folded([f"{name} {locked[name]}" for name in names])
    parts = [shown or "none"]
    if requirements.sources:
        parts.append(f"from {_folded(requirements.sources)}")
    if requirements.as_of:
        parts.append(f"as of {requirements.as_of}")
    if environment.from_source:
        parts.append(f"made from source: {_folded(sorted(environment.from_source))}")
    return "; ".join(parts)


def _name(requirement: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        return str(canonicalize_name(Requirement(requirement).name))
    except InvalidRequirement:
        return requirement


def _folded(names: Sequence[str]) -> str:
    more = len(names) - SHOWN
    shown = ", ".join(names[:SHOWN])
    return f"{shown} … and {more} more" if more > 0 else shown


def _cut(rows: Sequence[str]) -> list[str]:
    more = len(rows) - SHOWN
    fold = [f"… and {more} more; all of them with --json"] if more > 1 else []
    return [*rows[: SHOWN if fold else None], *fold]


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _rows(label: str, rows: Sequence[str]) -> Iterator[str]:
    """The label before the first row only."""
    for number, row in enumerate(rows):
        yield f"  {label if number == 0 else '':<9} {row}"

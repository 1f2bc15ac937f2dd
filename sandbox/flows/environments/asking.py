"""What a user or a recipe has told a workspace of its environments, which holds from then on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import environments
from sandbox.domain import Requirements
from sandbox.errors import InputError
from sandbox.files import write_text

if TYPE_CHECKING:
    from sandbox.recipes import Recipe

ACCELERATORS = ("auto", "cpu", "cuda")
ANSWERS = ("yes", "no")
_DEBIAN = "apt:"


def told(path: Path, now: str | None, words: Sequence[str]) -> str | None:
    """What is said now, which is kept, or was said last: a run has to find what was built."""
    if now is not None:
        write_text(path, now)
        return now
    known = _read(path).strip()
    return known if known in words else None


def word(answer: bool | None) -> str | None:  # noqa: FBT001 - the one thing that is asked
    """Of `ANSWERS`; None = nothing is said."""
    return None if answer is None else ANSWERS[0] if answer else ANSWERS[1]


def packages_of(words: Sequence[str]) -> dict[str, str]:
    """What may be added, by name.

    Args:
        words: PEP 508, or `apt:NAME` for one of Debian's.

    Raises:
        InputError: one of them is neither.
    """
    return dict(map(_named, words))


def add(path: Path, words: Sequence[str]) -> None:
    """Keeps packages that are needed besides; each takes the place of an earlier one of its name.

    Raises:
        InputError: as above.
    """
    if words:
        known = packages_of(_read(path).split("\n")[:-1])
        packages = {**known, **packages_of(words)}
        write_text(path, "".join(f"{text}\n" for text in packages.values()))


def forget(path: Path) -> str:
    """Nothing is added any more; a line that tells what was, empty = nothing."""
    words = _read(path).splitlines()
    path.unlink(missing_ok=True)
    return f"what --with had added is forgotten: {', '.join(words)}" if words else ""


def with_added(found: Requirements, path: Path) -> Requirements:
    """What was added goes before what the repository says of the same name."""
    added = [text for text in _read(path).splitlines() if text]
    if not added:
        return found
    from packaging.requirements import Requirement

    packages = [text for text in added if not text.startswith(_DEBIAN)]
    names = set(map(environments.name_of, packages))
    system = [text.removeprefix(_DEBIAN) for text in added if text.startswith(_DEBIAN)]
    return dataclasses.replace(
        found,
        packages=(*_without(found.packages, names), *packages),
        constraints=_without(found.constraints, names),
        overrides=tuple(text for text in packages if Requirement(text).specifier),
        git=_without(found.git, names),
        system_packages=tuple(dict.fromkeys((*found.system_packages, *system))),
        decisions=(*found.decisions, f"added by --with: {', '.join(added)}"),
    )


def with_recipe(found: Requirements, recipe: Recipe | None) -> Requirements:
    """A recipe knows better than what was detected."""
    if recipe is None:
        return found
    decisions = list(found.decisions)
    changes: dict[str, object] = {}
    for name in ("packages", "python", "as_of"):
        value = getattr(recipe, name)
        if value:
            changes[name] = value
            shown = ", ".join(value) if isinstance(value, tuple) else value
            decisions.append(f"{name} from the recipe {recipe.name}: {shown}")
    if recipe.packages:
        changes["constraints"] = changes["git"] = ()
    return dataclasses.replace(found, decisions=tuple(decisions), **changes)  # type: ignore[arg-type]


def _without(texts: Sequence[str], names: set[str]) -> tuple[str, ...]:
    return tuple(text for text in texts if environments.name_of(text) not in names)


def _named(text: str) -> tuple[str, str]:
    """The name that it is about, and it as an index knows it."""
    from packaging.requirements import InvalidRequirement

    if text.startswith(_DEBIAN):
        if environments.SYSTEM_PACKAGE.fullmatch(text.removeprefix(_DEBIAN)):
            return text, text
    else:
        with suppress(InvalidRequirement):
            requirement = environments.parse_requirement(text)
            if requirement.url is None:
                requirement.name = environments.present_name(environments.name_of(text))
                return requirement.name, str(requirement)
    raise InputError(
        f"{text[:80]!r} is no package",
        hint="a name, with versions if need be: --with 'numpy<2'; Debian's: --with apt:ffmpeg",
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""

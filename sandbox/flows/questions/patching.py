"""Patches of a Request: read, named by their files, combined, and found again among tweaks."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sandbox import comparing
from sandbox.domain import Tweak
from sandbox.errors import InputError

PATCH = "patch"
"""The column in which patches stand."""

MOST_CROSSED = 8
"""Patches of which every combination is tried."""


def read_patches(folder: Path, paths: Sequence[str]) -> dict[str, str]:
    """By the name of the file, by the path as it was given where several have that name."""
    different = dict.fromkeys(paths)
    counts = Counter(Path(path).name for path in different)
    return {
        path if counts[Path(path).name] > 1 else Path(path).name: _read_patch(folder / path)
        for path in different
    }


def _read_patch(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise InputError(
            f"cannot read the patch {path}: {str(why).lower()}",
            hint="it has to be a unified diff, as git diff prints it",
        ) from error


def together(names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Every two or more of them, few at a time first.

    Raises:
        InputError: more than anyone waits for.
    """
    if len(names) > MOST_CROSSED:
        raise InputError(
            f"{len(names)} patches crossed are {2 ** len(names):,} combinations",
            hint=f"cross {MOST_CROSSED} of them at most, or leave out --cross",
        )
    sizes = range(2, len(names) + 1)
    return tuple(each for size in sizes for each in itertools.combinations(names, size))


def patch_tweak(patches: tuple[str, ...]) -> tuple[Tweak, ...]:
    """Patches that are applied together, as one tweak: tables have one column for them."""
    return (Tweak(PATCH, comparing.JOINED.join(patches)),) if patches else ()


def patches_of(patches: Mapping[str, str], tweaks: Iterable[Tweak]) -> tuple[str, ...]:
    """Names of the patches among tweaks; `patches` by name, as the question has them."""
    values = [one.value for one in tweaks if one.tunable is None]
    return tuple(
        name
        for value in values
        for name in ([value] if value in patches else value.split(comparing.JOINED))
    )

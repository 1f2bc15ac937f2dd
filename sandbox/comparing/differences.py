"""What two runs have other than each other, of values and of texts; pure functions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import TypeVar

V = TypeVar("V")

_PINNED = re.compile(r"^([A-Za-z0-9][\w.\-]*)\s*(?:==|@)\s*([^\s;\\]+)", re.MULTILINE)


def differing(
    left: Mapping[str, V], right: Mapping[str, V]
) -> dict[str, tuple[V | None, V | None]]:
    """Name → (of the left, of the right) where these differ; None = it has none."""
    names = [*left, *(name for name in right if name not in left)]
    pairs = {name: (left.get(name), right.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if not _same(*pair)}


def _same(one: object, other: object) -> bool:
    return one == other or (one != one and other != other)  # noqa: PLR0124 - NaN


def pinned(lock: str) -> dict[str, str]:
    """Package → version, or address, of a lock."""
    return {name.lower(): version for name, version in _PINNED.findall(lock)}


def text_difference(left: str, right: str) -> str:
    """Unified, with a line around each change; empty for equal texts."""
    lines = difflib.unified_diff(
        left.splitlines(), right.splitlines(), "left", "right", n=1, lineterm=""
    )
    return "\n".join(lines)

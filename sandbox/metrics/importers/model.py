"""What an importer gives back."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from sandbox.domain import Scalar
from sandbox.metrics.names import BARE, join

MOST_VALUES = 100_000
"""Of one file; further ones are not read."""

MOST_RECORDS = 4 * MOST_VALUES
"""Of one file, whatever is in them."""

_LONGEST_NAME = 200
_EACH = 256
_T = TypeVar("_T")


class UnreadableError(ValueError):
    """It is not what its name says, or broken; the message says in what way."""


@dataclass(frozen=True)
class Log:
    """Scalars of one training, in their order.

    Attributes:
        place: a path that is the same for all files of this training, and no other's.
        is_cut: there was more than is read of one file.
        left_out: what of it, where that is not its end.
    """

    place: str
    scalars: tuple[Scalar, ...]
    is_cut: bool = False
    left_out: str = ""


PARSING = 1 / 3
"""Of a file's time, where rows are looked through again once they are there."""


class Clock:
    """The time that there is for one file.

    Attributes:
        is_up: something was not read for it.
    """

    def __init__(self, seconds: float = math.inf) -> None:
        self._seconds = seconds
        self._start = time.monotonic()
        self.is_up = False

    def each(self, items: Iterable[_T], part: float = 1.0) -> Iterator[_T]:
        """As many as there is time for.

        Args:
            part: of the file's time; the rest is for what is done with them afterwards.
        """
        for at, one in enumerate(items):
            if at % _EACH == 0 and time.monotonic() - self._start > part * self._seconds:
                self.is_up = True
                return
            yield one


@dataclass(frozen=True)
class Importer:
    """A format.

    Attributes:
        title: what it is called in notes.
        patterns: globs of file names, `*` stands for slashes too.
        read: from a file's path and bytes, in the time that there is; empty where it holds no
            scalars, which have the names that they have in the file. Raises UnreadableError, and
            nothing else whatever the bytes are.
    """

    title: str
    patterns: tuple[str, ...]
    read: Callable[[str, bytes, Clock], tuple[Log, ...]]


def scalar(told: str, value: float, step: float | None = None, unit: str | None = None) -> Scalar:
    """A scalar under the name that was told; `plain_names` gives it the room's form of it."""
    return Scalar(told[: 4 * _LONGEST_NAME], value, step, unit)


def plain_names(told: Iterable[str]) -> dict[str, str]:
    """Told → the room's form of it; names that differ in odd characters only get a number.

    The plainest has none, in whatever order they stand: it is the same in the next run.
    """
    forms: dict[str, list[str]] = {}
    for name in sorted(set(told), key=lambda one: (one != plain_name(one), len(one), one)):
        forms.setdefault(plain_name(name), []).append(name)
    taken = set(forms)
    return {
        name: one
        for form, names in forms.items()
        for name, one in zip(names, _numbered(form, taken), strict=False)
    }


def _numbered(form: str, taken: set[str]) -> Iterator[str]:
    yield form
    number = 1
    while True:
        number += 1
        if (one := f"{form}_{number}") not in taken:
            yield one


@lru_cache(maxsize=4096)
def plain_name(told: str) -> str:
    """The room's form of a name; names that are not the same may have the same."""
    return join(told.split())[:_LONGEST_NAME] or BARE

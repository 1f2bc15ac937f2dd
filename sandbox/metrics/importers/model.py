"""What an importer gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from sandbox.domain import Scalar
from sandbox.metrics.names import BARE, join

MOST_VALUES = 100_000
"""Of one file; further ones are not read."""

MOST_RECORDS = 4 * MOST_VALUES
"""Of one file, whatever is in them."""

_LONGEST_NAME = 200


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


@dataclass(frozen=True)
class Importer:
    """A format.

    Attributes:
        title: what it is called in notes.
        patterns: globs of file names, `*` stands for slashes too.
        read: from a file's path and bytes; empty where it holds no scalars. Raises
            UnreadableError, and nothing else whatever the bytes are.
    """

    title: str
    patterns: tuple[str, ...]
    read: Callable[[str, bytes], tuple[Log, ...]]


def scalar(told: str, value: float, step: float | None = None, unit: str | None = None) -> Scalar:
    """A scalar under the room's form of the name that was told."""
    return Scalar(_name(told[: 4 * _LONGEST_NAME]), value, step, unit)


@lru_cache(maxsize=4096)
def _name(told: str) -> str:
    return join(told.split())[:_LONGEST_NAME] or BARE

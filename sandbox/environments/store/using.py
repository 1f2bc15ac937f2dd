"""Locks that many can share and one can have alone: who uses an Environment, and who removes it.

The system lets go of them when their process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Use:
    """While this lives, the Environment is not removed. A copy in another process holds nothing."""

    def __init__(self, descriptor: int | None = None) -> None:
        if descriptor is not None:
            weakref.finalize(self, os.close, descriptor)

    def __reduce__(self) -> tuple[type[Use], tuple[()]]:
        return Use, ()


def use(path: Path) -> Use:
    """Waits while it is being removed."""
    descriptor = _opened(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except BaseException:
        os.close(descriptor)
        raise
    return Use(descriptor)


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Whether nobody uses it, and nobody will until this ends."""
    descriptor = _opened(path)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

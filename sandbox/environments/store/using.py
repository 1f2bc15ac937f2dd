"""Locks that many can share and one can have alone: who uses an Environment, and who removes it.

The system lets go of them when their process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


class Use:
    """While this lives, what it uses is not removed. A copy in another process holds nothing."""

    def __init__(self, *descriptors: int) -> None:
        for one in descriptors:
            weakref.finalize(self, os.close, one)

    def __reduce__(self) -> tuple[type[Use], tuple[()]]:
        return Use, ()


def use(*paths: Path) -> Use:
    """Waits while one of them is being removed."""
    with ExitStack() as stack:
        descriptors = []
        for path in paths:
            descriptors.append(_opened(path))
            stack.callback(os.close, descriptors[-1])
            fcntl.flock(descriptors[-1], fcntl.LOCK_SH)
        stack.pop_all()
        return Use(*descriptors)


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

"""What resolving and building ask of whoever makes wheels from sdists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Wish:
    """A distribution that has no wheel which fits.

    Attributes:
        requirement: PEP 508; `name==version` when it comes from a lock.
        python: `X.Y`.
        as_of: ISO date that its files may not be newer than; None = today.
        sha256: the one sdist that will do; None = the best version's.
    """

    requirement: str
    python: str
    as_of: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class MadeWheel:
    """A wheel on this machine and the sdist it was made from."""

    wheel: Path
    version: str
    sdist_sha256: str


@dataclass(frozen=True)
class NotMade:
    """Why there is no wheel: one line, and the last lines of the build's log."""

    why: str
    log: tuple[str, ...] = ()


MakeWheel = Callable[[Wish], MadeWheel | NotMade]

"""What resolving and building ask of whoever makes wheels from sdists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import parse_wheel_filename

from sandbox.environments.addresses import GitAddress

PRETENDED = "0.1.dev0+g"
"""Begins the version of a commit whose build would ask its history for one; the commit follows."""


@dataclass(frozen=True)
class Wish:
    """A distribution that has no wheel which fits.

    Attributes:
        requirement: PEP 508; `name==version` when it comes from a lock, `name @ git+https://…` for
            what lies at a git repository, whose name may be a guess.
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
    """A wheel on this machine and the sdist it was made from.

    Attributes:
        origin: `git+https://…@commit`, where it was no index's; the hash is then that of its files.
        notes: what is to be told of that, one line each.
    """

    wheel: Path
    version: str
    sdist_sha256: str
    origin: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Canonical, as the wheel itself says."""
        return str(parse_wheel_filename(self.wheel.name)[0])

    @property
    def is_of_any_version(self) -> bool:
        """Its history, which was not fetched, would say what version it is."""
        return self.origin is not None and self.version.startswith(PRETENDED)


@dataclass(frozen=True)
class NotMade:
    """Why there is no wheel: one line, and the last lines of the build's log."""

    why: str
    log: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fetched:
    """A commit whose files are here.

    Attributes:
        commit: its full SHA.
        written_at: ISO 8601 with offset.
        notes: what is to be told of it, one line each.
        lasts: whoever asks the same again is to have the same.
    """

    commit: str
    written_at: str
    notes: tuple[str, ...] = ()
    lasts: bool = True


MakeWheels = Callable[[Sequence[Wish]], Sequence[MadeWheel | NotMade]]
"""Answers every wish, in their order; how many it makes at a time is its own affair."""

FetchGit = Callable[[GitAddress, str | None, Path], Fetched | NotMade]
"""Writes the files of a git repository, as of a day where it names a branch, to a tar file."""

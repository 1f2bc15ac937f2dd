"""What the code needs, said and resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.domain.digests import digest


@dataclass(frozen=True)
class Requirements:
    """What a repository says, or shows by its imports, that it needs.

    Attributes:
        packages, constraints: PEP 508; the latter are a lock file's, hold for whatever is
            installed, and are given up before anything that was asked for.
        python: PEP 440 specifier, None = nothing said.
        pythons: `X.Y` that the authors used or tested with; a hint, where `python` leaves a choice.
        as_of: ISO date the versions should be of, normally the commit's; None = today.
        system_packages, from_index: of Debian; distributions that are not the site's own builds.
        overrides: PEP 508, what stands in place of whatever a package asks of the same name.
        git: `name @ git+https://…`, what is to be had from there; the name may be a guess.
        compiled: top-level modules that the repository compiles itself, or that are submodules
            and were not fetched; no index is asked for them.
        sources, decisions: files the above came from, in order of precedence; one line each for
            everything guessed, mapped, ignored or left out.
    """

    packages: tuple[str, ...]
    python: str | None = None
    as_of: str | None = None
    constraints: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    system_packages: tuple[str, ...] = ()
    from_index: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    git: tuple[str, ...] = ()
    compiled: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()


FROM_SOURCE = "  # from source"
"""In a lock's line whose hash is that of an sdist, a comment to pip and uv.

Where the sdist is no index's but a commit of a git repository, its address follows.
"""


@dataclass(frozen=True)
class PackageIndexes:
    """Where packages come from; taken over from pip's own configuration unless set.

    Attributes:
        index_url, extra_index_urls: may hold credentials, so never to be printed or recorded.
        find_links: folders or URLs with wheels, the site's own builds among them.
        certificate, constraints: path of a CA bundle, None = the system's; PEP 508, hold for all.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    certificate: str | None = None
    constraints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dropped:
    """What was asked for and is not in the Environment, why, and how its build's log ended."""

    name: str
    why: str
    log: tuple[str, ...] = ()

    @classmethod
    def load(cls, fields: Mapping[str, Any]) -> Dropped:
        """From JSON, which knows no tuples; KeyError for what another version wrote."""
        return cls(fields["name"], fields["why"], tuple(fields["log"]))


@dataclass(frozen=True)
class Environment:
    """What the code needs, resolved: data only.

    Attributes:
        python: `X.Y`.
        lock: `name==version --hash=…` lines, one package each, sorted, no address of any index.
            A line with FROM_SOURCE bears the hash of an sdist, the others those of wheels.
        accelerator: `cpu` or `cuda`: what the packages were chosen for.
        decisions, dropped, wheel_bytes: how it came about, its size where known; no identity.
    """

    python: str
    lock: str
    system_packages: tuple[str, ...] = ()
    accelerator: str = "cpu"
    decisions: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    wheel_bytes: int = 0

    @property
    def id(self) -> str:
        """Digest of everything that is installed."""
        return digest(self.python, self.lock, self.system_packages, self.accelerator)[:16]

    @property
    def packages(self) -> dict[str, str]:
        """Locked versions by distribution name."""
        lines = (line.split(" ")[0] for line in self.lock.splitlines())
        return dict(line.split("==", 1) for line in lines if "==" in line)

    @property
    def from_source(self) -> frozenset[str]:
        """Distributions for which the lock names an sdist."""
        lines = self.lock.splitlines()
        return frozenset(line.split("==")[0] for line in lines if FROM_SOURCE in line)

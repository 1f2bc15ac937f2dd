"""What `sandbox.toml` can hold, and what holds where it says nothing; `checking` has the rules.

Plain values: a home without settings is read without the library that checks them.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from sandbox.domain import Limits
from sandbox.errors import InputError

KNOWN_HOSTS = ("github.com", "gitlab.com", "huggingface.co", "codeberg.org", "bitbucket.org")

LIMIT_FIELDS = {
    "timeout": "timeout_s",
    "memory": "memory_bytes",
    "disk": "disk_bytes",
    "shared_memory": "shared_memory_bytes",
    "processes": "processes",
    "cpus": "cpus",
    "output": "output_bytes",
    "images": "images",
    "models": "models_bytes",
}


@dataclass(frozen=True)
class Machine:
    """What defaults and limits are measured against."""

    memory_bytes: int
    cpus: int


@dataclass(frozen=True)
class BaseSection:
    """Base images: `{python}` in the image's name becomes `X.Y`."""

    image: str = "python:{python}-slim"
    registry: str | None = None


@dataclass(frozen=True)
class IndexesSection:
    """None = taken over from pip's configuration."""

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] | None = None
    find_links: tuple[str, ...] | None = None
    certificate: str | None = None
    constraints: tuple[str, ...] | None = None


@dataclass(frozen=True)
class LimitsSection:
    """What one run may use; None = `Limits`' own default, memory never above the machine's."""

    timeout: float | None = None
    memory: int | None = None
    disk: int | None = None
    shared_memory: int | None = None
    processes: int | None = None
    cpus: float | None = None
    output: int | None = None
    images: int | None = None
    models: int | None = None


@dataclass(frozen=True)
class GitSection:
    """Hosts that may be cloned from besides the known ones, and settings handed to git.

    `follow`: packages that a repository names by the address of another one are fetched from there.
    """

    hosts: tuple[str, ...] = ()
    config: Mapping[str, str] = field(default_factory=dict)
    follow: bool = False


@dataclass(frozen=True)
class GithubSection:
    """The token is read from the variable when needed, and never stored.

    `base_url` is of the API, `https://HOST/api/v3` for GitHub Enterprise; a token never goes over
    plain http, but to this machine itself.
    """

    base_url: str = "https://api.github.com"
    token_variable: str = "GITHUB_TOKEN"  # noqa: S105 - the variable's name


@dataclass(frozen=True)
class SettingsFile:
    """`sandbox.toml`, whole."""

    engine: str = "docker"
    jobs: int | None = None
    accelerator: str = "auto"
    tracking_uri: str | None = None
    base: BaseSection = BaseSection()
    indexes: IndexesSection = IndexesSection()
    limits: LimitsSection = LimitsSection()
    git: GitSection = field(default_factory=GitSection)
    github: GithubSection = GithubSection()


def sections() -> dict[str, Any]:
    """Section → its class."""
    whole = SettingsFile()
    found = {one.name: type(getattr(whole, one.name)) for one in fields(SettingsFile)}
    return {name: kind for name, kind in found.items() if is_dataclass(kind)}


def known_keys() -> tuple[str, ...]:
    """Every key that `sandbox.toml` knows, dotted."""
    keys: list[str] = []
    within = sections()
    for one in fields(SettingsFile):
        inner = fields(within[one.name]) if one.name in within else ()
        keys += [f"{one.name}.{each.name}" for each in inner] or [one.name]
    return tuple(keys)


def near(word: str, known: tuple[str, ...] = ()) -> str | None:
    """The known key that was probably meant, as a hint."""
    found = difflib.get_close_matches(word, known or known_keys(), n=1, cutoff=0.6)
    return f"did you mean {found[0]!r}?" if found else None


def given(section: object) -> dict[str, Any]:
    """What a section says, by its keys."""
    return {name: value for name, value in vars(section).items() if value is not None}


def as_limits(section: LimitsSection, machine: Machine) -> Limits:
    """Limits with the section's values; the memory's default gives way to a small machine.

    Raises:
        InputError: more memory or processors than the machine has.
    """
    values = {LIMIT_FIELDS[name]: value for name, value in given(section).items()}
    values.setdefault("memory_bytes", min(Limits.memory_bytes, machine.memory_bytes * 3 // 4))
    limits = Limits(**values)
    if limits.memory_bytes > machine.memory_bytes:
        asked, has = (f"{n / 2**30:.1f} GiB" for n in (limits.memory_bytes, machine.memory_bytes))
        raise InputError(f"limits.memory is {asked}: this machine has {has}", hint="give less")
    if limits.cpus > machine.cpus:
        has = f"this machine has {machine.cpus}"
        raise InputError(f"limits.cpus is {limits.cpus:g}: {has}", hint="give less")
    return limits

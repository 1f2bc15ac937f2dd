"""Settings as one frozen value that knows where each of its values came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.domain import Limits, PackageIndexes
from sandbox.settings.shape import LIMIT_FIELDS, LimitsSection, Machine, as_limits
from sandbox.settings.shape import given as given_of

_CREDENTIALS = re.compile(r"//[^/@\s]+@")


@dataclass(frozen=True)
class Setting:
    """One line for `sandbox doctor`; credentials in URLs are blanked."""

    key: str
    value: str
    origin: str


@dataclass(frozen=True)
class TakenOver:
    """Package indexes with the origin of each, by dotted key."""

    indexes: PackageIndexes
    origins: Mapping[str, str]


@dataclass(frozen=True)
class Settings:
    """What is set. Made by `load_settings`.

    Attributes:
        home: `$SANDBOX_HOME`; may not exist yet, see `open_home`.
        jobs: how many runs at a time, unless a command says otherwise.
        accelerator: `cpu`, `cuda`, or `auto` = `cuda` where the engine can hand out a GPU.
        base_image: with `{python}` for `X.Y`.
        registry: host of the image registry; None = the engine's own default.
        tracking_uri: None = the SQLite file in the home.
        git_hosts: every host that may be cloned from.
        git_config: settings for each git command, by `section.key`.
        git_follow: packages that a repository names by a git address are fetched from there.
        github_url: of GitHub's API.
        token_variable: name of the variable that holds the GitHub token, not the token.
        machine: what limits are measured against.
        notes: what was not used, one line each.
    """

    home: Path
    engine: str
    jobs: int
    accelerator: str
    base_image: str
    registry: str | None
    limits: Limits
    git_hosts: tuple[str, ...]
    git_config: Mapping[str, str]
    git_follow: bool
    github_url: str
    token_variable: str
    machine: Machine
    tracking_uri: str | None = None
    notes: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)
    take_over: Callable[[], TakenOver] = field(
        default=lambda: TakenOver(PackageIndexes(), {}), repr=False, compare=False
    )

    def load_indexes(self) -> PackageIndexes:
        """Where packages come from; asks pip at the first call (0.3 s), then remembers."""
        return self.take_over().indexes

    def origin(self, key: str) -> str:
        """Who set a value, by its dotted name in `sandbox.toml` (`limits.memory`)."""
        known = self.take_over().origins if key.startswith("indexes.") else self.origins
        return known.get(key, "default")

    @property
    def github_web(self) -> str:
        """Where people look at that GitHub, and git clones from: `https://github.com`."""
        return web_of(self.github_url)

    @property
    def github_host(self) -> str:
        return urlsplit(self.github_web).netloc

    def limits_with(self, changes: Mapping[str, object]) -> Limits:
        """The limits with some replaced, as a command line gives them.

        Args:
            changes: by their names in the file (`{"timeout": "60s", "memory": "8GiB"}`);
                values of None are left out.

        Raises:
            RecipeError, InputError: not a size or time, not positive, above the machine's memory.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        if not given:
            return self.limits
        from sandbox.settings.checking import check

        said_by = {f"limits.{name}": "the command line" for name in given}
        checked = check({"limits": given}, said_by).limits
        names = {ours: name for name, ours in LIMIT_FIELDS.items()}
        now = {names[entry.name]: getattr(self.limits, entry.name) for entry in fields(Limits)}
        section = LimitsSection(**{**now, **given_of(checked)})
        return as_limits(section, self.machine)

    def rows(self) -> tuple[Setting, ...]:
        """Every value with its origin, for `sandbox doctor`; asks pip (0.3 s)."""
        return tuple(
            Setting(key, _CREDENTIALS.sub("//***@", _text(value)), self.origin(key))
            for key, value in self._values().items()
        )

    def _values(self) -> dict[str, object]:
        plain = {
            "home": self.home,
            "engine": self.engine,
            "jobs": self.jobs,
            "accelerator": self.accelerator,
            "tracking_uri": self.tracking_uri,
            "base.image": self.base_image,
            "base.registry": self.registry,
            "git.hosts": self.git_hosts,
            "git.config": [f"{key}={value}" for key, value in self.git_config.items()],
            "git.follow": "yes" if self.git_follow else "no",
            "github.base_url": self.github_url,
            "github.token_variable": self.token_variable,
        }
        limits = {f"limits.{key}": getattr(self.limits, name) for key, name in LIMIT_FIELDS.items()}
        indexes = self.load_indexes()
        taken = {f"indexes.{entry.name}": getattr(indexes, entry.name) for entry in fields(indexes)}
        return {**plain, **limits, **taken}


def web_of(base_url: str) -> str:
    """The address of a GitHub for people, by that of its API."""
    parts = urlsplit(base_url)
    is_below = parts.path.startswith("/api/")  # as GitHub Enterprise Server has it
    return f"{parts.scheme}://{parts.netloc if is_below else parts.netloc.removeprefix('api.')}"


def _text(value: object) -> str:
    if isinstance(value, tuple | list):
        return " ".join(str(item) for item in value) or "none"
    return "none" if value is None else str(value)

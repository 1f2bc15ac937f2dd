"""One import that failed, beside what is installed and what was asked for; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.requirements import Requirement

from sandbox.domain import Environment, Requirements
from sandbox.environments.checking import known
from sandbox.environments.checking.failures import Failure
from sandbox.environments.code.names import offers
from sandbox.environments.resolving.requirements import admits, name_of


@dataclass(frozen=True)
class Case:
    """One failure, what is installed and asked for, and what was learned of releases."""

    failure: Failure
    environment: Environment
    requirements: Requirements
    installed: dict[str, str] = field(default_factory=dict)
    learned: Mapping[str, str] = field(default_factory=dict)

    def version(self, distribution: str) -> str | None:
        """The installed one, also where it came under another name that offers the same."""
        names = sorted(offers(distribution), key=lambda name: name != distribution)
        return next((self.installed[name] for name in names if name in self.installed), None)

    def is_pinned(self, distribution: str) -> bool:
        """Whether it is the version that was asked for; one that took its place is no pin."""
        version = self.installed.get(distribution)
        return any(
            name_of(text) == distribution
            and "==" in text
            and (version is None or admits(text, version))
            for text in self.requirements.packages
        )

    def is_limited(self, distribution: str) -> bool:
        """Whether a remedy, an import or a lock file has said something of its versions."""
        return any(name_of(text) == distribution for text in self.requirements.constraints)

    def displaced(self, distribution: str) -> str | None:
        """The authors' pin, where another version had to take its place."""
        version = self.installed.get(distribution)
        pins = (text for text in self.requirements.packages if name_of(text) == distribution)
        fixed = (f"{distribution}{Requirement(text).specifier}" for text in pins if "==" in text)
        return next((pin for pin in fixed if version and not admits(pin, version)), None)

    def goes_with_own(self, distribution: str) -> bool:
        """Whether it is the site's own build, or what imports beside its PyTorch, as no other."""
        own = distribution in known.BOUND_TO_TORCH and "+" in self.installed.get("torch", "")
        return own or "+" in self.installed.get(distribution, "")

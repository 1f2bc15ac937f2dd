"""What is asked of the resolver next, and what was given up on the way; a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sandbox.domain import Dropped
from sandbox.environments.resolving.requirements import (
    admits,
    is_fixed,
    loose,
    name_of,
    plain,
    with_versions,
)

NO_SUCH_PACKAGE = "the package index has no such package; a wheel in a find-links folder is taken"
"""Why something is dropped that no other versions, dates or Pythons bring."""


@dataclass(frozen=True)
class Attempt:
    """A question to uv.

    Attributes:
        wanted: PEP 508 lines of the repository.
        constraints: those of its lock files.
        own: distributions whose version is settled: the site's builds and what goes with them.
        pythons: those to turn to when this one offers no way.
        dates: of packages that have a date of their own; None = today.
        replaced: distributions that nobody is to get, for another has the same modules.
        dropped, decisions: what was given up, and why.
    """

    wanted: tuple[str, ...]
    python: str
    as_of: str | None = None
    constraints: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()
    pythons: tuple[str, ...] = ()
    dates: Mapping[str, str | None] = field(default_factory=dict)
    replaced: frozenset[str] = frozenset()
    dropped: tuple[Dropped, ...] = ()
    decisions: tuple[str, ...] = ()

    def telling(self, line: str) -> Attempt:
        return replace(self, decisions=(*self.decisions, line))

    def without(self, name: str, why: str) -> Attempt:
        wanted = tuple(text for text in self.wanted if name_of(text) != name)
        return replace(self, wanted=wanted, dropped=(*self.dropped, Dropped(name, why)))

    def loosened(self, name: str, why: str) -> Attempt:
        before = next(text for text in self.wanted if name_of(text) == name)
        changed = (loose(text) if name_of(text) == name else text for text in self.wanted)
        wanted = tuple(dict.fromkeys(changed))
        loosened = replace(self, wanted=wanted, constraints=self._unpinned(name))
        return loosened.telling(f"{before} relaxed to any {name}: {why}")

    def changed(self, text: str, specifier: str, why: str) -> Attempt:
        """Other versions for one line of the repository's."""
        other = with_versions(text, specifier)
        wanted = tuple(other if one == text else one for one in self.wanted)
        changed = replace(self, wanted=wanted, constraints=self._unpinned(name_of(text)))
        return changed.telling(f"{text} relaxed to {specifier}: {why}")

    def _unpinned(self, name: str) -> tuple[str, ...]:
        """The constraints, less the pin of what gives way: a lock file says no more than it."""
        return tuple(one for one in self.constraints if name_of(one) != name or not is_fixed(one))

    def giving_way_to(self, name: str, version: str) -> Attempt:
        """Without the pins of a distribution whose version is settled; told where they differ."""
        told = self
        for pin in (text for text in self.wanted if name_of(text) == name):
            if not admits(pin, version):
                told = told.telling(f"{pin} gives way to {name} {version}")
        wanted = (loose(text) if name_of(text) == name else text for text in self.wanted)
        return replace(told, wanted=tuple(dict.fromkeys(wanted)))

    def replacing(self, name: str, wanted: tuple[str, ...]) -> Attempt:
        """Something else in place of a distribution, for whoever needs it."""
        return replace(self, wanted=wanted, replaced=self.replaced | {name})

    def limited(self, text: str) -> str:
        """Name and versions of a requirement, within what the constraints say of it."""
        both = Requirement(plain(text))
        for one in map(Requirement, self.constraints):
            if canonicalize_name(one.name) == canonicalize_name(both.name):
                both.specifier &= one.specifier
        return str(both)

    def dating(self, name: str, date: str | None) -> Attempt:
        return replace(self, dates={**self.dates, name: date})

    def date_of(self, name: str) -> str | None:
        return self.dates.get(name, self.as_of)

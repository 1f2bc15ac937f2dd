"""The repositories that a site serves, found as GitHub finds them."""

from __future__ import annotations

from collections.abc import Iterable

from .repositories import Metadata, Repository

FIRST = 1000  # no repository's id is a place in a list by chance


class Shelf:
    """By name, whatever its capitals, and by number; in the order in which they were given."""

    def __init__(self, repositories: Iterable[Repository]) -> None:
        self.repositories = list(repositories)
        names = [one.metadata().full_name.lower() for one in self.repositories]
        self._named = dict(zip(names, self.repositories, strict=True))
        self._places = {name: place for place, name in enumerate(names)}

    def find(self, owner: str, name: str) -> Repository | None:
        return self._named.get(f"{owner}/{name}".lower())

    def number(self, metadata: Metadata) -> int:
        """A repository's id."""
        return FIRST + self._places[metadata.full_name.lower()]

    def numbered(self, number: int) -> Repository | None:
        place = number - FIRST
        return self.repositories[place] if 0 <= place < len(self.repositories) else None

"""Which entries that fail are tried together; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.domain import Entry


@dataclass(frozen=True)
class Group:
    """Entries that may have one Environment.

    Attributes:
        lost: imports that fail for any of them.
        said: the files that say what they need; those of the first where they differ.
    """

    entries: tuple[Entry, ...]
    lost: frozenset[str]
    said: tuple[str, ...] = ()

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(entry.path for entry in self.entries)

    def joined(self, other: Group) -> Group:
        return Group((*self.entries, *other.entries), self.lost | other.lost, self.said)


def group_up(
    failing: Sequence[tuple[Entry, frozenset[str]]],
    said: Callable[[Entry], tuple[str, ...]],
    most: int,
) -> tuple[Group, ...]:
    """Entries that lack the same, by the same manifest; those with most entries first.

    Args:
        failing: entries with the imports that fail for them.
        said: the files that say what an entry needs.
        most: groups; those that have most in common are put together until there are as few.
    """
    groups: dict[tuple[object, ...], Group] = {}
    for entry, lost in failing:
        key = (said(entry), lost)
        one = Group((entry,), lost, key[0])
        groups[key] = groups[key].joined(one) if key in groups else one
    found = list(groups.values())
    while len(found) > max(most, 1):
        found = _closer(found)
    return tuple(sorted(found, key=lambda group: -len(group.entries)))


def _closer(groups: Sequence[Group]) -> list[Group]:
    """With the two that have most in common as one."""
    pairs = [(one, other) for n, one in enumerate(groups) for other in groups[n + 1 :]]
    first, second = max(pairs, key=lambda pair: _likeness(*pair))
    rest = [group for group in groups if group not in (first, second)]
    return [*rest, first.joined(second)]


def _likeness(one: Group, other: Group) -> tuple[bool, float, int]:
    both = one.lost & other.lost
    share = len(both) / len(one.lost | other.lost)
    return one.said == other.said, share, -len(one.entries) - len(other.entries)

from __future__ import annotations

from sandbox.domain import Entry, EntryKind
from sandbox.flows.environments.grouping import group_up


def grouped(most: int, *failing: str, said: str = "") -> list[tuple[set[str], set[str]]]:
    """`a.py:x,y` fails for x and y; `said` names those with a manifest of their own."""
    found = []
    for text in failing:
        path, _, lost = text.partition(":")
        found.append((Entry(path, EntryKind.script), frozenset(lost.split(","))))
    groups = group_up(
        found, lambda entry: (entry.path,) if entry.path in said.split() else (), most
    )
    return [(set(group.paths), set(group.lost)) for group in groups]


def test_entries_that_lack_the_same_go_together_the_most_first() -> None:
    assert grouped(5, "a:x", "b:y", "c:y", "d:x,y") == [
        ({"b", "c"}, {"y"}),
        ({"a"}, {"x"}),
        ({"d"}, {"x", "y"}),
    ]


def test_those_with_most_in_common_are_joined_where_there_are_too_many() -> None:
    assert grouped(2, "a:x", "b:y,z", "c:y,z,w") == [
        ({"b", "c"}, {"y", "z", "w"}),
        ({"a"}, {"x"}),
    ]
    assert grouped(1, "a:x", "b:y", "c:z") == [({"a", "b", "c"}, {"x", "y", "z"})]


def test_entries_with_manifests_of_their_own_are_kept_apart_as_long_as_may_be() -> None:
    assert grouped(3, "a:x", "b:x", "c:x", said="b") == [({"a", "c"}, {"x"}), ({"b"}, {"x"})]
    assert grouped(2, "a:x,y", "b:x", "c:y,z", said="b") == [
        ({"a", "c"}, {"x", "y", "z"}),
        ({"b"}, {"x"}),
    ]

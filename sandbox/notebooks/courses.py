"""Which variants begin alike, and where they part: a tree of cells, pure functions over digests."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sandbox.domain import digest
from sandbox.notebooks.preparing import prepare
from sandbox.notebooks.running import is_run

if TYPE_CHECKING:
    from nbformat import NotebookNode

T = TypeVar("T")

_FEW = 8


@dataclass(frozen=True)
class Course:
    """What one variant runs.

    Attributes:
        root: identity of all but the cells: files, interpreter, variables, repeat. Variants of
            different roots share nothing.
        cells: digests of the sources that are run, in order.
        forks: after how many cells some other variant goes another way, ascending.
    """

    root: str
    cells: tuple[str, ...] = ()
    forks: tuple[int, ...] = ()

    def starts_with(self, root: str, cells: Sequence[str]) -> bool:
        return self.root == root and self.cells[: len(cells)] == tuple(cells)


@dataclass(frozen=True)
class Grove:
    """Courses in an order in which each is followed by those that share most with it.

    Attributes:
        courses: with their forks, in the order in which they were given.
        bundles: numbers of courses that share more than all of them do, to be run one after the
            other; each number is in one bundle, the first in the first. Early ones come from all
            over the tree.
    """

    courses: tuple[Course, ...]
    bundles: tuple[tuple[int, ...], ...]


def run_sources(notebook: NotebookNode, parameters: Mapping[str, object]) -> tuple[str, ...]:
    """The sources of the cells that papermill will have run, with these parameters, in order."""
    from papermill.parameterize import parameterize_notebook

    ready: Any = prepare(notebook)
    if parameters:
        ready.metadata["papermill"] = {}
        ready = parameterize_notebook(
            ready, dict(parameters), kernel_name="python3", language="python"
        )
    return tuple(cell.source for cell in ready.cells if is_run(cell))


def course_of(root: str, sources: Sequence[str]) -> Course:
    """A course of which it is not known yet where others part from it."""
    return Course(root, tuple(map(digest, sources)))


def plant(courses: Sequence[Course]) -> Grove:
    """Finds out where courses part, and which belong together."""
    forks: list[set[int]] = [set() for _ in courses]
    bundles: list[tuple[int, ...]] = []
    for members in _grouped(courses, range(len(courses)), None).values():
        bundles += _split(courses, members, 0, forks)
    found = (
        dataclasses.replace(course, forks=tuple(sorted(forks[number])))
        for number, course in enumerate(courses)
    )
    return Grove(tuple(found), tuple(spread(bundles)))


def spread(items: Sequence[T]) -> list[T]:
    """The first one, then the middle, then the quarters, and so on (van der Corput).

    A few are left in their order: it may be meant.
    """
    if len(items) <= _FEW:
        return list(items)
    digits = (len(items) - 1).bit_length()
    order = (int(f"{number:0{digits}b}"[::-1], 2) for number in range(2**digits))
    return [items[number] for number in order if number < len(items)]


def _split(
    courses: Sequence[Course], members: Sequence[int], at: int, forks: list[set[int]]
) -> Iterator[tuple[int, ...]]:
    """The branches of the first place at which these part; notes every place below it."""
    if len(members) == 1:
        yield tuple(members)
        return
    groups = _first_parting(courses, members, at, forks)
    for group, depth in groups:
        yield tuple(_walk(courses, group, depth, forks))


def _first_parting(
    courses: Sequence[Course], members: Sequence[int], at: int, forks: list[set[int]]
) -> list[tuple[Sequence[int], int]]:
    """Groups that go different ways, and how many cells they have gone together before."""
    while True:
        groups = _grouped(courses, members, at)
        if len(groups) > 1:
            for number in members:
                forks[number].add(at)
            return [(group, at) for group in groups.values()]
        if at >= max(len(courses[number].cells) for number in members):
            return [(members, at)]
        at += 1


def _walk(
    courses: Sequence[Course], members: Sequence[int], at: int, forks: list[set[int]]
) -> Iterator[int]:
    """Depth first; on a stack of our own, for notebooks may have a thousand cells."""
    stack: list[tuple[Sequence[int], int]] = [(members, at)]
    while stack:
        group, depth = stack.pop()
        if len(group) == 1 or depth >= max(len(courses[number].cells) for number in group):
            yield from group
        else:
            stack += reversed(spread(_first_parting(courses, group, depth, forks)))


def _grouped(
    courses: Sequence[Course], members: Sequence[int], at: int | None
) -> dict[object, list[int]]:
    """By the root, or by the cell at a place; those that end before it are a group."""
    groups: dict[object, list[int]] = {}
    for number in members:
        course = courses[number]
        key = course.root if at is None else course.cells[at : at + 1]
        groups.setdefault(key, []).append(number)
    return groups

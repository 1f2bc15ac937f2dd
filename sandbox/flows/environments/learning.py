"""From a run that failed to an Environment in which it may not: what is known to cure it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.domain import Entry
from sandbox.errors import BuildError
from sandbox.flows.context import Context
from sandbox.flows.environments.building import Built, build_workspace
from sandbox.flows.environments.lessons import (
    Lesson,
    Lessons,
    load_lessons,
    save_lessons,
    words_of,
)
from sandbox.flows.environments.locking import GIVEN, load_locks
from sandbox.flows.environments.tooling import Tooling
from sandbox.flows.repositories.opening import Opened
from sandbox.interfaces import SourceTree

if TYPE_CHECKING:
    from sandbox.environments import Raised, Remedy

_MOST = 6  # that one entry is given; each costs a run


@dataclass(frozen=True)
class Taught:
    """What a failed run led to.

    Attributes:
        built: another Environment, to run it in once more; None = nothing more is known to help.
        undone: what had been learned last did not help, and holds no more.
        known: all that holds for the entry by now, in words.
    """

    built: Built | None = None
    undone: bool = False
    known: tuple[str, ...] = ()


def learn(
    context: Context, opened: Opened, tree: SourceTree, entry: Entry, failed: tuple[Built, Raised]
) -> Taught:
    """What is known to cure the failure is tried, one thing after the other, and kept.

    It holds for this entry from then on. What led to the same failure once more is taken back.

    Args:
        failed: the Environment that it was run in, and how that ended.
    """
    return _Learner(context, opened, tree, entry).learn(*failed)


@dataclass(frozen=True)
class _Learner:
    context: Context
    opened: Opened
    tree: SourceTree
    entry: Entry

    def learn(self, built: Built, raised: Raised) -> Taught:
        if GIVEN in load_locks(self.opened.paths.environment):
            return Taught()
        kept = self._lessons.kept
        undone = bool(kept) and kept[-1].raised.is_like(raised)
        if undone:
            self.context.tell(f"{words_of(kept[-1].remedy)} does not help, so it is left")
            built = self._without(kept[-1].remedy)
        for remedy in self._fresh(built, raised):
            self.context.tell(remedy.told)
            following = self._with(Lesson(raised, remedy), built)
            if following is not None:
                known = tuple(words_of(one.remedy) for one in self._lessons.kept)
                return Taught(following, undone, known)
            self.context.tell(f"{words_of(remedy)} does not help, so it is left")
            built = self._without(remedy)
        return Taught(None, undone)

    @property
    def _lessons(self) -> Lessons:
        return load_lessons(self.opened.paths.lessons, self.entry.path)

    def _save(self, lessons: Lessons) -> None:
        save_lessons(self.opened.paths.lessons, self.entry.path, lessons)

    def _fresh(self, built: Built, raised: Raised) -> Iterator[Remedy]:
        """What is not gigabytes, and was not tried."""
        if self._is_own(raised):
            return
        tooling = Tooling(self.context, built.environment.accelerator)
        for one in tooling.find_run_remedies(raised, built.environment, built.requirements):
            lessons = self._lessons
            fits = not one.from_index and not lessons.has_tried(one)
            if fits and len(lessons.kept) < _MOST:
                yield one

    def _is_own(self, raised: Raised) -> bool:
        """Whether it lacks a module that stands among the repository's files, only elsewhere."""
        names = {part.removesuffix(".py") for path in self.tree.paths() for part in path.split("/")}
        return raised.lost_module in names

    def _with(self, lesson: Lesson, built: Built) -> Built | None:
        """None = it cannot be had, changes nothing, or breaks imports."""
        lessons = self._lessons
        self._save(Lessons((*lessons.kept, lesson), lessons.refused))
        try:
            following = self._build()
        except BuildError as error:
            self.context.tell(f"that cannot be built: {error.message}")
            return None
        is_same = following.environment.id == built.environment.id
        lost = len(following.build.imports_failed) - len(built.build.imports_failed)
        return None if is_same or lost > 0 else following

    def _without(self, remedy: Remedy) -> Built:
        self._save(self._lessons.refusing(remedy))
        return self._build()

    def _build(self) -> Built:
        return build_workspace(self.context, self.opened, self.tree, [self.entry])

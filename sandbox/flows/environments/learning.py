"""From a run that failed to an Environment in which it may not: what is known to cure it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sandbox import environments
from sandbox.domain import Entry
from sandbox.errors import BuildError, UnavailableError
from sandbox.flows.context import Context
from sandbox.flows.environments.building import Built, Wanted, build_workspace
from sandbox.flows.environments.lacking import check_nothing_needed_failed
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

MOST = 6
"""What one entry is given; each costs a run."""


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
    context: Context,
    opened: Opened,
    tree: SourceTree,
    entry: Entry,
    failed: tuple[Built, Raised],
    *,
    left: int = MOST,
) -> Taught:
    """What is known to cure the failure is tried, one thing after the other, and kept.

    It holds for this entry from then on. What led to the same failure once more is taken back,
    unless it has been seen to help.

    Args:
        failed: the Environment that it was run in, and how that ended.
        left: how often it can be run again; 0 = nothing more is tried.
    """
    return _Learner(context, opened, tree, entry).learn(*failed, left)


def settle(opened: Opened, entry: Entry, built: Built) -> None:
    """The entry ran in it, so what it was taught has helped."""
    path = opened.paths.lessons
    lessons = load_lessons(path, entry.path) if built.lessons else Lessons()
    if lessons.on_trial and lessons.kept == built.lessons:
        save_lessons(path, entry.path, replace(lessons, on_trial=False))


@dataclass(frozen=True)
class _Learner:
    context: Context
    opened: Opened
    tree: SourceTree
    entry: Entry

    def learn(self, built: Built, raised: Raised, left: int) -> Taught:
        if GIVEN in load_locks(self.opened.paths.environment):
            return Taught()
        undone = self._undo(built, raised)
        following = None
        try:
            if undone:
                built = self._build(self._lessons.kept)
            if left > 0:
                following = self._others(built) or self._following(built, raised)
        except UnavailableError as error:
            self.context.tell(f"what may help cannot be had now: {error.message}")
        known = tuple(words_of(one.remedy) for one in self._lessons.kept)
        return Taught(following, undone, known)

    def _undo(self, built: Built, raised: Raised) -> bool:
        """Whether what is on trial was there, and did not help; it is left then."""
        lessons = self._lessons
        if not lessons.on_trial or lessons.kept[-1] not in built.lessons:
            return False
        last = lessons.kept[-1]
        if not last.raised.is_like(raised):  # it led on: failures come in rows
            self._save(replace(lessons, on_trial=False))
            return False
        self._refuse(last.remedy)
        return True

    def _others(self, built: Built) -> Built | None:
        """With what another command has learned meanwhile."""
        kept = self._lessons.kept
        if set(kept) <= set(built.lessons):
            return None
        following = self._build(kept)
        return following if following.environment.id != built.environment.id else None

    def _following(self, built: Built, raised: Raised) -> Built | None:
        for remedy in self._fresh(built, raised):
            self.context.tell(remedy.told)
            following = self._with(Lesson(raised, remedy), built)
            if following is not None:
                return following
            self._refuse(remedy)
            built = self._build(self._lessons.kept)
        return None

    @property
    def _lessons(self) -> Lessons:
        return load_lessons(self.opened.paths.lessons, self.entry.path)

    def _save(self, lessons: Lessons) -> None:
        save_lessons(self.opened.paths.lessons, self.entry.path, lessons)

    def _refuse(self, remedy: Remedy) -> None:
        self.context.tell(f"{words_of(remedy)} does not help, so it is left")
        self._save(self._lessons.refusing(remedy))

    def _fresh(self, built: Built, raised: Raised) -> Iterator[Remedy]:
        """What is not gigabytes, and was not tried."""
        if self._is_own(raised) or _was_tried(raised, built):
            return
        tooling = Tooling(self.context, built.environment.accelerator)
        for one in tooling.find_run_remedies(raised, built.environment, built.requirements):
            lessons = self._lessons
            fits = not one.from_index and not lessons.has_tried(one)
            if fits and len(lessons.kept) < MOST:
                yield one

    def _is_own(self, raised: Raised) -> bool:
        """Whether it lacks a module that stands among the repository's files, only elsewhere."""
        names = {part.removesuffix(".py") for path in self.tree.paths() for part in path.split("/")}
        return raised.lost_module in names

    def _with(self, lesson: Lesson, built: Built) -> Built | None:
        """Kept when it is built, not before; None = it cannot be, changes nothing, or does harm."""
        try:
            following = self._build((*self._lessons.kept, lesson))
            check_nothing_needed_failed(following)
        except BuildError as error:
            self.context.tell(f"that cannot be built: {error.message}")
            return None
        is_same = following.environment.id == built.environment.id
        if is_same or _does_harm(following, built):
            return None
        self._save(self._lessons.trying(lesson))
        return following

    def _build(self, lessons: tuple[Lesson, ...]) -> Built:
        wanted = Wanted(lessons=lessons)
        return build_workspace(self.context, self.opened, self.tree, [self.entry], wanted=wanted)


def _was_tried(raised: Raised, built: Built) -> bool:
    """Whether an import fails for want of the same, so that all that is known was tried for it."""
    lost, *others = [
        environments.read_failure(one.name, one.why).lost
        for one in (raised.lost, *built.build.imports_failed)
    ]
    return lost is not None and lost in others


def _does_harm(following: Built, built: Built) -> bool:
    """Whether it costs imports, or packages that were there."""
    lost = len(following.build.imports_failed) - len(built.build.imports_failed)
    gone = {one.name for one in following.dropped} - {one.name for one in built.dropped}
    return lost > 0 or bool(gone)

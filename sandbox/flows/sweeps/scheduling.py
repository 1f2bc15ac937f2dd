"""Which Task a free lane runs next: the baseline first, and those together that share most."""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from sandbox import checkouts, notebooks
from sandbox.domain import EntryKind, Run, digest
from sandbox.flows.sweeps.running import Task, make_notebook, parameters

_PATIENCE_S = 1.0  # until a waiting lane looks again by itself


def with_courses(tasks: Sequence[Task]) -> tuple[list[Task], list[list[Task]]]:
    """The tasks with what they share, and the bundles in which they are best run."""
    roots: dict[tuple[str, int], str] = {}
    grove = notebooks.plant([_course(task, roots) for task in tasks])
    known = [
        dataclasses.replace(task, course=course)
        for task, course in zip(tasks, grove.courses, strict=True)
    ]
    return known, [[known[number] for number in bundle] for bundle in grove.bundles]


def _course(task: Task, roots: dict[tuple[str, int], str]) -> notebooks.Course:
    """A repeat is there to see chance at work, so it shares nothing with the others."""
    tree = task.variant.tree
    if task.variant.entry.kind is EntryKind.script:
        return notebooks.Course(digest(task.key))
    if (tree, task.repeat) not in roots:
        roots[tree, task.repeat] = digest(_rest_of(task), task.repeat)
    sources = notebooks.run_sources(make_notebook(task), parameters(task.variant))
    return notebooks.course_of(roots[tree, task.repeat], sources)


def _rest_of(task: Task) -> list[object]:
    """Identity of all files but the notebook: its cells are compared one by one."""
    entries = checkouts.GitTree(task.question.workspace, task.variant.tree).entries
    path = task.variant.entry.path
    return [(one.path, one.mode, one.sha) for one in entries if one.path != path]


def _always(_task: Task) -> bool:
    return True


class Schedule:
    """Hands out tasks to lanes; from any thread.

    A lane stays with its bundle until that is empty, then takes the next one. When there is none it
    helps the lane that has most left, as soon as repeating what those share costs less than it
    saves.

    Args:
        more: gives the next bundles, none when there are no more; asked when they are needed.
        begins: whether a task is still to be run, asked when its turn has come.
        sure: how many tasks there are at least, so that lanes open before the bundles are made.
    """

    def __init__(
        self,
        more: Callable[[], Iterable[Sequence[Task]]],
        begins: Callable[[Task], bool] = _always,
        *,
        sure: int = 0,
    ) -> None:
        self._more, self._begins, self._sure = more, begins, sure
        self._is_dry = False
        self._waiting: deque[deque[Task]] = deque()
        self._taken: dict[object, deque[Task]] = {}
        self._cost_s: dict[object, tuple[float, float]] = {}
        self._changed = threading.Condition()

    def turns(self) -> Iterator[None]:
        """One for each task that is left, at least."""
        yield from (None for _ in range(self._sure))
        while True:
            with self._changed:
                if not self._has_more():
                    return
            yield

    def take(self, lane: object) -> Task | None:
        """The next task for this lane, which may have to wait for it; None = there is none."""
        with self._changed:
            self._taken.setdefault(lane, deque())
            while lane in self._taken and self._has_more():
                own = self._taken[lane]
                if not own:
                    own = self._taken[lane] = self._next_bundle()
                    # What the last bundle cost says nothing of this one.
                    self._cost_s.pop(lane, None)
                while own:
                    task = own.popleft()
                    if self._begins(task):
                        return task
                if self._has_more() and not self._waiting:
                    self._changed.wait(_PATIENCE_S)
            return None

    def learn(self, lane: object, run: Run) -> None:
        """A task of this lane's bundle took so long, and shared so much."""
        with self._changed:
            self._cost_s[lane] = (run.elapsed_s - run.shared_s, run.shared_s)
            self._changed.notify_all()

    def leave(self, lane: object) -> None:
        """This lane takes no more; where it has anything left the sweep has been ended."""
        with self._changed:
            left = self._taken.pop(lane, None)
            if left:
                self._is_dry = True
                self._waiting.clear()
                for bundle in self._taken.values():
                    bundle.clear()
            self._changed.notify_all()

    def _has_more(self) -> bool:
        return self._fill() or any(self._taken.values())

    def _fill(self) -> bool:
        """Whether there is a bundle that no lane has."""
        if not self._waiting and not self._is_dry:
            self._waiting.extend(deque(bundle) for bundle in self._more())
            self._is_dry = not self._waiting
        return bool(self._waiting)

    def _next_bundle(self) -> deque[Task]:
        if self._fill():
            return self._waiting.popleft()
        busiest, fullest = max(self._taken.items(), key=lambda item: len(item[1]))
        own_s, shared_s = self._cost_s.get(busiest, (0.0, 0.0))
        half = len(fullest) // 2
        if half * own_s <= shared_s:
            return deque()
        return deque(reversed([fullest.pop() for _ in range(half)]))

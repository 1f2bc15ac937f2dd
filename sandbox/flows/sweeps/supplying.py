"""Points of a Sampler become Tasks, a batch at a time; what is there already is not done again."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.domain import Environment, Limits, Run, Tweak, Variant
from sandbox.flows.environments.compiling import NOTHING_OWN, OwnModules
from sandbox.flows.questions.making import make_variant
from sandbox.flows.questions.patching import patch_tweak
from sandbox.flows.questions.planning import Question, name_tweaks
from sandbox.flows.sweeps.running import Task
from sandbox.flows.sweeps.scheduling import with_courses
from sandbox.interfaces import Sampler
from sandbox.paths import SweepPaths

_BATCH = 500  # points asked at once, where the answers do not matter to the next ones

Point = tuple[Tweak, ...]


@dataclass(frozen=True)
class Mould:
    """What all Tasks of a sweep have in common.

    Attributes:
        patch_sets: patches with which each point is tried too, beside the point as it is.
        extra: runs of the baseline beyond its repeats.
        own: what the repository makes itself.
    """

    question: Question
    environment: Environment
    limits: Limits
    paths: SweepPaths
    repeats: int = 1
    patch_sets: tuple[tuple[str, ...], ...] = ()
    extra: int = 0
    own: OwnModules = NOTHING_OWN

    def repeats_of(self, point: Point) -> int:
        """How often it is run."""
        return self.repeats + (0 if point else self.extra)

    def cast(self, points: Sequence[Point]) -> list[Task]:
        """All points once, then all of them with the next seed; the baseline all at once."""
        first = [make_variant(self.question, point) for point in points]
        tasks = []
        for repeat in range(self.repeats):
            for point, base in zip(points, first, strict=True):
                tasks.append(self._task(point, base, repeat))
                if not point and not repeat:
                    # What all others are compared with is known well before a budget is used up.
                    further = range(self.repeats, self.repeats_of(point))
                    tasks += [self._task(point, base, one) for one in further]
        return tasks

    def _task(self, point: Point, base: Variant, repeat: int) -> Task:
        is_same = not repeat or not self.question.seeds
        return Task(
            base if is_same else make_variant(self.question, point, repeat=repeat),
            repeat,
            self.paths.run(f"{base.id}-{repeat}"),
            self.question,
            self.environment,
            self.limits,
            variant_id=base.id,
            own=self.own,
        )


class Supply:
    """Asks a Sampler for what to run next, and tells it what came of it; from any thread.

    Args:
        done: runs that are there already, by key; they count, and are told to the sampler.
        most: runs to be had altogether, those included; None = as many as the sampler asks.
    """

    def __init__(
        self, sampler: Sampler, mould: Mould, *, done: Mapping[str, Run], most: int | None = None
    ) -> None:
        self._sampler, self._mould = sampler, mould
        self._done, self._most = frozenset(done), most
        self._lock = threading.Lock()
        self._points: dict[str, Point] = {}
        self._told: dict[str, list[Run]] = {}
        self._baseline: list[Task] = []
        self.order: dict[str, int] = {}
        self.is_cut = False
        for run in done.values() if sampler.adapts else ():
            # It will not be asked for again.
            self.order[run.key] = len(self.order)
            self._tell(run, tuple(run.tweaks))

    def more(self) -> list[list[Task]]:
        """Bundles of what is to be run next; none = there is nothing left."""
        with self._lock:
            while points := self._ask():
                if bundles := self._bundles(points):
                    return bundles
            return []

    def tell(self, run: Run) -> None:
        """One of the tasks was run."""
        with self._lock:
            if self._sampler.adapts:
                self._tell(run, self._points.get(run.variant, tuple(run.tweaks)))

    def _ask(self) -> list[Point]:
        if self.is_cut:
            return []
        points: list[Point] = []
        size = 1 if self._sampler.adapts else _BATCH
        while len(points) < size and (asked := self._sampler.ask()) is not None:
            named = name_tweaks(self._mould.question, asked)
            points.append(named)
            points += [(*named, *patch_tweak(patches)) for patches in self._mould.patch_sets]
        return points

    def _bundles(self, points: Sequence[Point]) -> list[list[Task]]:
        cast = self._mould.cast(points)
        if not self._baseline:
            # Also one that is there already: where others part from it, they part from each other.
            self._baseline = [task for task in cast if not task.variant.tweaks]
        tasks = [task for task in cast if self._is_new(task)]
        wanted = {task.key for task in tasks if task.key not in self._done}
        beside = [task for task in self._baseline if task.key not in wanted]
        _, bundles = with_courses([*(one for one in tasks if one.key in wanted), *beside])
        kept = ([one for one in bundle if one.key in wanted] for bundle in bundles)
        return [bundle for bundle in kept if bundle]

    def _is_new(self, task: Task) -> bool:
        """Tweaks that come to the same code are one variant."""
        if task.key in self.order:
            return False
        if self._most is not None and len(self.order) >= self._most:
            self.is_cut = True
            return False
        self.order[task.key] = len(self.order)
        if self._sampler.adapts:
            self._points[task.variant_id] = task.variant.tweaks
        return True

    def _tell(self, run: Run, point: Point) -> None:
        """Once for each point, when all of its repeats are there."""
        if any(tweak.tunable is None for tweak in point):
            return
        told = self._told.setdefault(run.variant, [])
        told.append(run)
        if len(told) == self._mould.repeats_of(point):
            self._sampler.tell(point, _together(told))
            del self._told[run.variant]


def _together(runs: Sequence[Run]) -> Run:
    """One that stands for its repeats: the worst of them, with the means of what all measured."""
    worst = next((run for run in runs if run.status != "succeeded"), runs[0])
    names = set.intersection(*(set(run.metrics) for run in runs))
    means = {name: sum(run.metrics[name] for run in runs) / len(runs) for name in names}
    return dataclasses.replace(worst, metrics=means)

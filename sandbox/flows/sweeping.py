"""Many Variants: planned, executed in lanes, journalled as they finish, recorded meanwhile."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox import recorders
from sandbox.domain import Environment, Limits, Run, Sweep, Tweak, digest
from sandbox.errors import SandboxError
from sandbox.flows.building import Built, build_workspace, check_nothing_needed_failed
from sandbox.flows.context import Context
from sandbox.flows.lanes import Lane, Place
from sandbox.flows.opening import Opened, open_workspace
from sandbox.flows.planning import (
    Question,
    baseline_values,
    make_variant,
    points,
    pose,
    single_point,
)
from sandbox.flows.recording import Scribe, open_recorder, tracking_uri
from sandbox.flows.recovering import record_left_behind
from sandbox.flows.requests import (
    Event,
    Finished,
    Planned,
    Recording,
    Reported,
    Request,
    Started,
    SweepResult,
)
from sandbox.flows.running import THREADS, Task
from sandbox.flows.scheduling import Schedule, with_courses
from sandbox.flows.warming import Warmer
from sandbox.interfaces import Search, SessionSpec
from sandbox.launchers import LocalLauncher
from sandbox.samplers import GridSampler

OnEvent = Callable[[Event], None]


def _ignore(_event: Event) -> None:
    """For callers who do not watch."""


def run_sweep(context: Context, request: Request, *, on_event: OnEvent = _ignore) -> SweepResult:
    """Every combination of the request's values, the baseline first."""
    recorders.warm_up()
    opened = open_workspace(context, request.target, ref=request.ref, name=request.name)
    question = pose(context, opened, request)
    sampler = GridSampler(Search(question.values, baseline=baseline_values(question)))
    return _answer(context, opened, question, _Plan(request, points(question, sampler)), on_event)


def run_once(context: Context, request: Request, *, on_event: OnEvent = _ignore) -> SweepResult:
    """One variant, with all of the request's tweaks."""
    recorders.warm_up()
    opened = open_workspace(context, request.target, ref=request.ref, name=request.name)
    question = pose(context, opened, request)
    return _answer(context, opened, question, _Plan(request, [single_point(question)]), on_event)


@dataclass(frozen=True)
class _Plan:
    request: Request
    points: Sequence[tuple[Tweak, ...]]


def _answer(
    context: Context, opened: Opened, question: Question, plan: _Plan, on_event: OnEvent
) -> SweepResult:
    limits = _limits(context, plan.request, opened)
    left_behind = (*context.engine.reap(), *record_left_behind(context, opened.workspace))
    for line in (*question.notes, *left_behind):
        context.tell(line)
    # Variants first: a tweak that does not fit is told before minutes of building.
    variants = {one.id: one for one in (make_variant(question, tweaks) for tweaks in plan.points)}
    built = build_workspace(context, opened, question.source, [question.entry])
    for one in (*built.dropped, *built.build.imports_failed):
        context.tell(f"{one.name} is missing: {one.why}")
    check_nothing_needed_failed(built)
    count = len(variants) * plan.request.repeats
    sweep = _sweep(opened, question, plan.request, (built.environment, count))
    paths = opened.paths.sweep(sweep.id)
    tasks = [
        Task(one, repeat, paths.run(f"{one.id}-{repeat}"), question, built.environment, limits)
        for repeat in range(plan.request.repeats)
        for one in variants.values()
    ]
    tasks, bundles = with_courses(tasks)
    jobs = min(plan.request.jobs or context.settings.jobs, len(tasks))
    on_event(Planned(sweep, {task.key: _run_name(task) for task in tasks}, jobs))
    warmer = _warmer(opened, question, built) if len(tasks) > jobs else None
    place = Place(context.engine, _spec(built, sweep, limits), warmer)
    hall = _Hall(place, Schedule(bundles), on_event)
    return _record(context, hall, (sweep, paths.journal), tasks, jobs)


def _record(
    context: Context, hall: _Hall, kept: tuple[Sweep, Path], tasks: Sequence[Task], jobs: int
) -> SweepResult:
    """Runs the tasks with a Scribe at hand; says what is safe where the sweep cannot go on."""
    sweep, path = kept
    recorder = open_recorder(context, sweep.workspace)
    with recorders.Journal(path) as journal:
        scribe = Scribe(sweep, journal, recorder, lambda count: hall.on_event(Recording(count)))
        try:
            runs, status = hall.run(tasks, jobs, scribe)
        except SandboxError:
            if done := len(scribe.run_ids):
                context.tell(f"{done} finished runs are recorded: sandbox compare {sweep.id}")
            raise
    return SweepResult(
        sweep,
        tuple(dataclasses.replace(run, run_id=scribe.run_ids.get(run.key)) for run in runs),
        status,
        recorder.experiment_id,
        tracking_uri(context),
        (*common_notes(runs), *_notes(scribe.problem)),
        recorded=scribe.problem is None,
    )


def common_notes(runs: Sequence[Run]) -> tuple[str, ...]:
    """What is to be said of several runs, once."""
    counts = Counter(note for run in runs for note in dict.fromkeys(run.notes))
    return tuple(
        f"{count} of {len(runs)} runs: {note}" for note, count in counts.items() if count > 1
    )


def _notes(problem: SandboxError | None) -> tuple[str, ...]:
    if problem is None:
        return ()
    return (f"not recorded: {problem.message}; kept in the journal, record it with: sandbox clean",)


def _run_name(task: Task) -> str:
    return f"{task.variant.name} #{task.repeat + 1}" if task.repeat else task.variant.name


def _limits(context: Context, request: Request, opened: Opened) -> Limits:
    recipe = opened.recipe
    from_recipe = {"timeout": f"{recipe.timeout_s}s"} if recipe and recipe.timeout_s else {}
    return context.settings.limits_with({**from_recipe, **request.limits})


def _sweep(
    opened: Opened, question: Question, request: Request, found: tuple[Environment, int]
) -> Sweep:
    workspace, (environment, count) = opened.workspace, found
    directions = {**(opened.recipe.metrics if opened.recipe else {}), **request.directions}
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    return Sweep(
        id=f"{stamp}-{secrets.token_hex(2)}",
        workspace=workspace.name,
        repo=workspace.repo.source,
        commit=workspace.commit,
        entry=question.entry.path,
        environment=environment.id,
        variants=count,
        command=request.command,
        started_at=time.time(),
        question=request.question,
        directions=directions,
    )


def _warmer(opened: Opened, question: Question, built: Built) -> Warmer:
    entry = question.entry
    key = digest(built.environment.id, entry.path, question.tree)[:16]
    return Warmer(opened.paths.imports, key, entry.kind, threads=THREADS)


def _spec(built: Built, sweep: Sweep, limits: Limits) -> SessionSpec:
    labels = {"sandbox.workspace": sweep.workspace, "sandbox.sweep": sweep.id}
    gpus = built.environment.accelerator == "cuda"
    build = built.build
    return SessionSpec(build.base, build.python, limits=limits, labels=labels, gpus=gpus)


@dataclass(frozen=True)
class _Hall:
    """Where the lanes of one sweep run."""

    place: Place
    schedule: Schedule
    on_event: OnEvent

    def run(self, tasks: Sequence[Task], jobs: int, scribe: Scribe) -> tuple[list[Run], str]:
        """Every finished run, also where Ctrl-C or a lost engine ends the sweep; and its status."""
        runs: list[Run] = []
        status = "failed"
        with scribe:
            try:
                # No name for the launch: what interrupts this loop has to end it there and then.
                turns = self.schedule.turns()
                for run in LocalLauncher(jobs).launch(turns, lambda: self._lane(scribe, runs)):
                    if run is not None:
                        self.on_event(Finished(run))
                status = "succeeded"
            except KeyboardInterrupt:
                status = "cancelled"
            finally:
                scribe.end(status)
        order = {task.key: place for place, task in enumerate(tasks)}
        return sorted(runs, key=lambda run: order[run.key]), status

    @contextmanager
    def _lane(self, scribe: Scribe, runs: list[Run]) -> Iterator[Callable[[None], Run | None]]:
        """Runs are kept here, in the lane: the consumer may be gone by then."""
        lane = Lane(self.place)

        def run(_turn: None) -> Run | None:
            task = self.schedule.take(lane)
            if task is None:
                return None
            scribe.start(task.key, _run_name(task))
            self.on_event(Started(task.key))
            done = lane.run(task, lambda scalar: self.on_event(Reported(task.key, scalar)))
            self.schedule.learn(lane, done)
            runs.append(scribe.take(done))
            return done

        try:
            yield run
        finally:
            self.schedule.leave(lane)
            lane.close()

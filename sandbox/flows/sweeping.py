"""Many Variants: planned, executed in lanes, journalled as they finish, recorded meanwhile."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox import recorders
from sandbox.domain import Limits, Run, Sweep, Tweak
from sandbox.errors import EngineError, SandboxError
from sandbox.flows.building import Built, build_workspace
from sandbox.flows.context import Context
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
from sandbox.flows.running import Task, run_task
from sandbox.interfaces import Session, SessionSpec
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
    sampler = GridSampler(question.values, baseline=baseline_values(question))
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
    left_behind = (*context.engine.reap(), *record_left_behind(context, opened.workspace))
    for line in (*question.notes, *left_behind):
        context.tell(line)
    built = build_workspace(context, opened, question.source, [question.entry])
    limits = _limits(context, plan.request, opened)
    sweep = _sweep(opened, question, plan, built)
    paths = opened.paths.sweep(sweep.id)
    variants = [make_variant(question, tweaks) for tweaks in plan.points]
    tasks = [
        Task(
            variant,
            repeat,
            paths.run(f"{variant.id}-{repeat}"),
            question,
            built.environment,
            limits,
        )
        for repeat in range(plan.request.repeats)
        for variant in {variant.id: variant for variant in variants}.values()
    ]
    jobs = min(plan.request.jobs or context.settings.jobs, len(tasks))
    names = {task.key: _run_name(task) for task in tasks}
    on_event(Planned(sweep, names, jobs))
    recorder = open_recorder(context, opened.workspace)
    with recorders.Journal(paths.journal) as journal:
        scribe = Scribe(sweep, journal, recorder, lambda count: on_event(Recording(count)))
        hall = _Hall(context, built, sweep, limits, on_event)
        runs, status = hall.run(tasks, jobs, scribe)
    return SweepResult(
        sweep,
        tuple(dataclasses.replace(run, run_id=scribe.run_ids.get(run.key)) for run in runs),
        status,
        recorder.experiment_id,
        tracking_uri(context),
        _notes(scribe.problem),
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


def _sweep(opened: Opened, question: Question, plan: _Plan, built: Built) -> Sweep:
    request, workspace = plan.request, opened.workspace
    directions = {**(opened.recipe.metrics if opened.recipe else {}), **request.directions}
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    return Sweep(
        id=f"{stamp}-{secrets.token_hex(2)}",
        workspace=workspace.name,
        repo=workspace.repo.source,
        commit=workspace.commit,
        entry=question.entry.path,
        environment=built.environment.id,
        variants=len(plan.points) * request.repeats,
        command=request.command,
        started_at=time.time(),
        question=request.question,
        directions=directions,
    )


@dataclass(frozen=True)
class _Hall:
    """Where the lanes of one sweep run."""

    context: Context
    built: Built
    sweep: Sweep
    limits: Limits
    on_event: OnEvent

    def run(self, tasks: Sequence[Task], jobs: int, scribe: Scribe) -> tuple[list[Run], str]:
        """Every finished run, also where Ctrl-C or a lost engine ends the sweep; and its status."""
        runs: list[Run] = []
        status = "failed"
        with scribe:
            try:
                for run in LocalLauncher(jobs).launch(tasks, lambda: self._lane(scribe, runs)):
                    self.on_event(Finished(run))
                status = "succeeded"
            except KeyboardInterrupt:
                status = "cancelled"
            finally:
                scribe.end(status)
        return sorted(runs, key=lambda run: run.started_at), status

    @contextmanager
    def _lane(self, scribe: Scribe, runs: list[Run]) -> Iterator[Callable[[Task], Run]]:
        """Runs are kept here, in the lane: the consumer may be gone by then."""
        lane = _Lane(self)

        def run(task: Task) -> Run:
            done = scribe.take(lane.run(task))
            runs.append(done)
            return done

        try:
            yield run
        finally:
            lane.close()


class _Lane:
    """One Session at a time; a new one where the last was lost with its variant."""

    def __init__(self, hall: _Hall) -> None:
        self._hall = hall
        self._session: Session | None = None
        self._closed = False

    def run(self, task: Task) -> Run:
        hall = self._hall
        hall.on_event(Started(task.key))
        return run_task(
            task, self._open(), lambda scalar: hall.on_event(Reported(task.key, scalar))
        )

    def _open(self) -> Session:
        if self._closed:
            raise EngineError("the sweep was cancelled")
        if self._session is None or self._session.closed:
            hall = self._hall
            build = hall.built.build
            labels = {"sandbox.workspace": hall.sweep.workspace, "sandbox.sweep": hall.sweep.id}
            spec = SessionSpec(build.base, build.python, limits=hall.limits, labels=labels)
            self._session = hall.context.engine.open_session(spec)
        return self._session

    def close(self) -> None:
        self._closed = True
        if self._session is not None:
            self._session.close()

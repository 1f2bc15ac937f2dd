"""Many Variants: asked of a Sampler, executed in lanes, journalled as they finish, recorded."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import github, recorders, samplers
from sandbox.domain import Limits, Run, Sweep, Tweak, digest
from sandbox.errors import SandboxError
from sandbox.flows.context import Context
from sandbox.flows.environments.building import Built, build_workspace
from sandbox.flows.environments.lacking import check_nothing_needed_failed
from sandbox.flows.environments.learning import Taught, learn, settle
from sandbox.flows.questions.making import check_values, make_variant
from sandbox.flows.questions.planning import Question, pose, single_point
from sandbox.flows.questions.resuming import (
    asked,
    check_free,
    find_former,
    kept_request,
    recalled,
    usable,
)
from sandbox.flows.questions.strategy import (
    extra_runs,
    find_goals,
    forbidden,
    further_points,
    make_pruner,
    make_sampler,
    parse_budget,
    unmeasured,
)
from sandbox.flows.questions.tweaking import with_switches
from sandbox.flows.repositories.opening import Opened, open_workspace
from sandbox.flows.requests import (
    Continuation,
    Event,
    Planned,
    Recording,
    Request,
    Strategy,
    SweepResult,
)
from sandbox.flows.results.concluding import concluding
from sandbox.flows.results.guessing import checked_guess, kept_guess
from sandbox.flows.results.recording import Scribe, open_recorder, tracking_uri
from sandbox.flows.results.recovering import record_left_behind
from sandbox.flows.sweeps.curing import cured
from sandbox.flows.sweeps.hall import Hall
from sandbox.flows.sweeps.lanes import Place
from sandbox.flows.sweeps.noting import common_notes, notes_of
from sandbox.flows.sweeps.running import THREADS
from sandbox.flows.sweeps.stopping import Gate
from sandbox.flows.sweeps.supplying import Mould, Supply
from sandbox.flows.sweeps.warming import Warmer
from sandbox.interfaces import Sampler, SessionSpec
from sandbox.samplers import Pruner

if TYPE_CHECKING:
    from sandbox.environments import Raised

OnEvent = Callable[[Event], None]


def _ignore(_event: Event) -> None:
    """For callers who do not watch."""


def run_sweep(context: Context, request: Request, *, on_event: OnEvent = _ignore) -> SweepResult:
    """The baseline, and what the sampler asks; what is there of the same question is not run."""
    context.meet_engine()
    request = with_switches(recalled(context, request))
    opened = open_workspace(context, request.target, ref=request.ref, name=request.name)
    question = pose(context, opened, request)
    if not (question.values or question.patches):
        context.tell(
            "nothing is varied, so there is the baseline only: say what to try with -p NAME; "
            f"names are listed by: sandbox scan {request.target}"
        )
    request = dataclasses.replace(request, guess=checked_guess(request, question))
    known = _directions(opened, request)

    def plan() -> _Plan:
        pruner = make_pruner(request, known)
        return _Plan(request, make_sampler(question, request, known), pruner)

    first = plan()
    check_values(question, samplers.range_ends, together=first.sampler.combines)
    return _answer(context, opened, question, chain([first], iter(plan, None)), on_event)


def run_once(context: Context, request: Request, *, on_event: OnEvent = _ignore) -> SweepResult:
    """One variant, with all of the request's tweaks."""
    context.meet_engine()
    opened = open_workspace(context, request.target, ref=request.ref, name=request.name)
    request = dataclasses.replace(request, repeats=1, baseline_repeats=1)
    question = pose(context, opened, with_switches(request, ["on"]))
    point = single_point(question)
    # Made here: a tweak that does not fit is told before minutes of building.
    make_variant(question, point)
    request = dataclasses.replace(
        request, continuation=Continuation(), strategy=Strategy(keep_going=True)
    )
    plans = iter(lambda: _Plan(request, _OnePoint(point), is_kept=False), None)
    return _answer(context, opened, question, plans, on_event)


class _OnePoint(Sampler):
    def __init__(self, point: Sequence[Tweak]) -> None:
        self._left = [point]

    def ask(self) -> Sequence[Tweak] | None:
        return self._left.pop() if self._left else None

    def tell(self, tweaks: Sequence[Tweak], run: Run) -> None:
        """There is nothing to learn."""

    def __len__(self) -> int:
        return 1


@dataclass(frozen=True)
class _Plan:
    """What is asked of whom.

    Attributes:
        is_kept: who asks the same again goes on with this sweep.
    """

    request: Request
    sampler: Sampler
    pruner: Pruner | None = None
    is_kept: bool = True

    def patch_sets(self, question: Question) -> tuple[tuple[str, ...], ...]:
        """Patches that each point is tried with, beside itself; a run's one point has its own."""
        return question.patch_sets if self.is_kept else ()

    def count(self, question: Question) -> int:
        """How many runs there will be at most, as far as that is known."""
        extra = extra_runs(question, self.request)
        further = further_points(self.request, extra)
        points = len(self.sampler) if isinstance(self.sampler, Sized) else 1 + further
        wanted = points * (1 + len(self.patch_sets(question))) * self.request.repeats + extra
        most = parse_budget(self.request.strategy.budget).runs
        return wanted if most is None else min(wanted, most)


def _answer(
    context: Context,
    opened: Opened,
    question: Question,
    plans: Iterator[_Plan],
    on_event: OnEvent,
) -> SweepResult:
    """By the first of the plans; by the next one, alike, where it is asked once more."""
    plan = next(plans)
    left = chain([plan], plans)
    request, count = plan.request, plan.count(question)
    limits = _limits(context, request, opened)
    what = asked(question, request, limits) if plan.is_kept else ""
    if plan.is_kept and not request.continuation.again:
        check_free(opened.paths, what)
    left_behind = (*context.engine.reap(), *record_left_behind(context, opened.workspace))
    for line in (*question.notes, *left_behind):
        context.tell(line)

    missing: dict[str, None] = {}

    def ask(built: Built) -> SweepResult:
        for line in _missing(built):
            if line not in missing:  # told once, however often it is asked
                context.tell(line)
            missing[line] = None
        check_nothing_needed_failed(built)
        told = dataclasses.replace(request, command=github.masker(context.environ)(request.command))
        sweep = _sweep(opened, question, told, (built.own.identify(built.environment), count))
        if plan.is_kept:
            asking = dataclasses.replace(sweep, asked=what)
            sweep = _same_as_before(context, opened, asking, request)
        # Held from here on: what is there already does not become more meanwhile.
        with recorders.Journal(opened.paths.sweep(sweep.id).journal) as journal:
            extra = extra_runs(question, request)
            done = _done(context, journal, sweep, request, extra=extra)
            work = _Work(question, next(left), built, sweep, limits, done)
            return _record(context, journal, work, work.hall(context, opened, on_event))

    def be_taught(built: Built, raised: Raised, left: int) -> Taught:
        failed = (built, raised)
        return learn(context, opened, question.source, question.entry, failed, left=left)

    built = build_workspace(context, opened, question.source, [question.entry])
    if plan.is_kept and request.strategy.keep_going:
        return ask(built)  # all of it would be run again each time
    return cured(built, ask, be_taught, partial(settle, opened, question.entry))


def _missing(built: Built) -> Iterator[str]:
    for one in (*built.dropped, *built.build.imports_failed, *built.own.failed):
        yield f"{one.name} is missing: {one.why}"
    for one in built.own.missed:
        yield f"{one.name} is missing, and the code goes on without: {one.why}"


@dataclass(frozen=True)
class _Work:
    """All that is to be done, and what of it is there."""

    question: Question
    plan: _Plan
    built: Built
    sweep: Sweep
    limits: Limits
    done: Mapping[str, Run]

    @property
    def left(self) -> int:
        """How many runs are missing, at most."""
        return max(self.sweep.variants - len(self.done), 0)

    def jobs(self, context: Context) -> int:
        """How many of them are run at a time."""
        if self.plan.sampler.waits:
            return 1
        return min(self.plan.request.jobs or context.settings.jobs, max(self.left, 1))

    def hall(self, context: Context, opened: Opened, on_event: OnEvent) -> Hall:
        request, environment = self.plan.request, self.built.environment
        paths = opened.paths.sweep(self.sweep.id)
        patch_sets = self.plan.patch_sets(self.question)
        mould = Mould(
            self.question,
            environment,
            self.limits,
            paths,
            request.repeats,
            patch_sets,
            extra=extra_runs(self.question, request),
            own=self.built.own,
        )
        budget = parse_budget(request.strategy.budget)
        supply = Supply(self.plan.sampler, mould, done=self.done, most=budget.runs)
        is_long = self.left > self.jobs(context)
        warmer = _warmer(opened, self.question, self.built) if is_long else None
        return Hall(
            Place(context.engine, _spec(self.built, self.sweep, self.limits), warmer),
            supply,
            Gate(budget_s=budget.seconds, keep_going=request.strategy.keep_going),
            self.plan.pruner,
            on_event,
            context.tell,
            to_run=self.left,
        )


def _done(
    context: Context, journal: recorders.Journal, sweep: Sweep, request: Request, *, extra: int
) -> dict[str, Run]:
    """Runs of the same sweep that are there already; repeats beyond those asked for are left."""
    contents = recorders.load(journal.path)
    found = usable(contents.runs, request.continuation.retry)
    done = {
        key: run
        for key, run in found.items()
        if run.repeat < request.repeats + (0 if run.tweaks else extra)
    }
    if contents.runs:
        left = max(sweep.variants - len(done), 0)
        many = "1 run is" if len(done) == 1 else f"{len(done)} runs are"
        rest = "all there is to run (--again runs it anew)" if not left else f"{left} more to go"
        context.tell(f"sweep {sweep.id} asked the same: {many} there, {rest}")
    return done


def _record(context: Context, journal: recorders.Journal, work: _Work, hall: Hall) -> SweepResult:
    """Runs the tasks with a Scribe at hand; says what is safe where the sweep cannot go on."""
    sweep, jobs = work.sweep, work.jobs(context)
    recorder = open_recorder(context, sweep.workspace)
    conclude = concluding(context, sweep.workspace)
    scribe = Scribe(
        sweep, journal, recorder, lambda count: hall.on_event(Recording(count)), conclude
    )
    hall.on_event(Planned(sweep, jobs, min(len(work.done), sweep.variants)))
    try:
        status = hall.run(jobs, scribe, work.done.values())
    except SandboxError:
        if count := len(scribe.run_ids):
            many = "1 finished run is" if count == 1 else f"{count} finished runs are"
            context.tell(f"{many} recorded: sandbox compare {sweep.id}")
        raise
    order = dict(hall.supply.order)
    if hall.diagnosis is not None:  # what is there was not asked for again
        for key in work.done:
            order.setdefault(key, len(order))
    runs = _runs(journal.path, order)
    return SweepResult(
        sweep,
        runs,
        status,
        recorder.experiment_id,
        tracking_uri(context),
        (
            *hall.notes(),
            *forbidden(work.plan.request.strategy, runs),
            *unmeasured(work.plan.request.strategy, runs),
            *work.plan.sampler.notes(),
            *common_notes(runs),
            *notes_of(scribe.problem),
        ),
        recorded=scribe.problem is None,
    )


def _runs(path: Path, order: Mapping[str, int]) -> tuple[Run, ...]:
    """Of the journal, which has those of former commands too, in the order they were asked in."""
    contents = recorders.load(path)
    found = [
        dataclasses.replace(run, run_id=contents.recorded.get(run.key))
        for run in contents.runs
        if run.key in order
    ]
    return tuple(sorted(found, key=lambda run: order[run.key]))


def _limits(context: Context, request: Request, opened: Opened) -> Limits:
    recipe = opened.recipe
    from_recipe = {"timeout": f"{recipe.timeout_s}s"} if recipe and recipe.timeout_s else {}
    return context.settings.limits_with({**from_recipe, **request.limits})


def _directions(opened: Opened, request: Request) -> dict[str, str]:
    return {**(opened.recipe.metrics if opened.recipe else {}), **request.directions}


def _sweep(opened: Opened, question: Question, request: Request, found: tuple[str, int]) -> Sweep:
    workspace, (environment, count) = opened.workspace, found
    known = _directions(opened, request)
    goals = find_goals(known, request.strategy.goals)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    return Sweep(
        id=f"{stamp}-{secrets.token_hex(2)}",
        workspace=workspace.name,
        repo=workspace.repo.source,
        commit=workspace.commit,
        entry=question.entry.path,
        environment=environment,
        variants=count,
        command=request.command,
        started_at=time.time(),
        question=request.question,
        directions={**goals, **known, **goals},
        guess=request.guess,
    )


def _same_as_before(context: Context, opened: Opened, sweep: Sweep, request: Request) -> Sweep:
    """Goes by the name of the newest sweep that asked the same, where there is one."""
    sweep = dataclasses.replace(sweep, request=kept_request(context, request))
    if request.continuation.again:
        return sweep
    former = find_former(opened.paths, sweep.asked, sweep.environment)
    if former is not None:
        guess = kept_guess(context, opened.paths, former, sweep.guess)
        return dataclasses.replace(sweep, id=former.id, started_at=former.started_at, guess=guess)
    if request.continuation.resume:
        context.tell(
            "no sweep asked just this of the code, environment and limits as they are now: "
            "all of it is run, as a new sweep"
        )
    return sweep


def _warmer(opened: Opened, question: Question, built: Built) -> Warmer:
    entry = question.entry
    key = digest(built.environment.id, entry.path, question.tree)[:16]
    return Warmer(opened.paths.imports, key, entry.kind, threads=THREADS)


def _spec(built: Built, sweep: Sweep, limits: Limits) -> SessionSpec:
    labels = {"sandbox.workspace": sweep.workspace, "sandbox.sweep": sweep.id}
    gpus = built.environment.accelerator == "cuda"
    build = built.build
    return SessionSpec(build.base, build.python, limits=limits, labels=labels, gpus=gpus)

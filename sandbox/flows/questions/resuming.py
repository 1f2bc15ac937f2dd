"""Finds the sweep that asked the same before: what it has is not run again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from sandbox import recorders
from sandbox.domain import Limits, Run, RunStatus, Sweep, digest
from sandbox.errors import InputError
from sandbox.flows.context import Context
from sandbox.flows.questions.planning import Question
from sandbox.flows.questions.strategy import sampler_name
from sandbox.flows.repositories.opening import known_paths
from sandbox.flows.requests import Continuation, Request
from sandbox.paths import WorkspacePaths

RETRIED: Mapping[str, frozenset[RunStatus]] = {
    "failed": frozenset({RunStatus.failed, RunStatus.out_of_memory, RunStatus.disk_limit}),
    "timeout": frozenset({RunStatus.timed_out}),
    "lost": frozenset({RunStatus.lost}),
}
"""What `--retry` takes, and which runs it means."""

_UNFINISHED = frozenset({RunStatus.cancelled, RunStatus.lost})

_KEEPING = frozenset(("images", "models_bytes"))
"""Limits of what is kept of a run, which change nothing of what it is."""


def asked(question: Question, request: Request, limits: Limits) -> str:
    """Digest of what decides, in one Environment, which runs there are, and what each is.

    How many of them, how often and how fast is not in it: more repeats or a larger budget are more
    of the same.
    """
    entry, strategy = question.entry, request.strategy
    return digest(
        question.tree,
        (entry.path, entry.as_module, entry.cwd),
        question.arguments,
        list(question.values.items()),
        sorted(question.patches.items()),
        (sampler_name(request), strategy.where, strategy.goals, strategy.prune, strategy.seed),
        {name: value for name, value in vars(limits).items() if name not in _KEEPING},
        *question.crossed,
    )


def kept_request(context: Context, request: Request) -> dict[str, object]:
    """As JSON for the journal; patches by absolute path."""
    patches = tuple(str((context.folder / path).absolute()) for path in request.patches)
    plain = dataclasses.replace(
        request, patches=patches, continuation=Continuation(), command="", jobs=None, guess=None
    )
    kept: dict[str, object] = TypeAdapter(Request).dump_python(plain, mode="json")
    return kept


def recalled(context: Context, request: Request) -> Request:
    """What was asked, where the request only says that it is to be gone on with.

    Raises:
        InputError: there is nothing to go on with, or something else is asked beside it.
    """
    continuation = request.continuation
    if continuation.resume and continuation.again:
        raise InputError(
            "--resume goes on with what is there, --again does not", hint="leave out one of them"
        )
    check_retry(continuation.retry)
    if not continuation.resume or request.tweaks or request.patches:
        return request
    _refuse_changes(request)
    paths = known_paths(context, request.target, name=request.name)
    if paths is None:
        raise InputError(
            f"{request.target} is no workspace yet, so no sweep of it lacks runs",
            hint="see what there is: sandbox list",
        )
    for sweep, journal in _newest_first(paths):
        if sweep.request and request.entry in {None, sweep.entry}:
            contents = recorders.load(journal)
            # The first line is of the first command; a later one may have asked for more.
            latest = contents.sweep or sweep
            former = TypeAdapter(Request).validate_python(latest.request)
            if _lacks_runs(contents, latest, continuation.retry) or _wants_more(request, former):
                return _taken_up(former, request)
    raise InputError(
        f"no sweep of {request.target} lacks runs", hint="say what to try: -p NAME=VALUE,VALUE"
    )


def _refuse_changes(request: Request) -> None:
    """Other than more of the same."""
    plain, strategy = Request(request.target), request.strategy
    given = {
        "--cwd": request.cwd,
        "--limit, --memory or --disk": request.limits,
        "-m": request.as_module,
        "--sampler": strategy.sampler,
        "--metric": strategy.goals,
        "--where": strategy.where,
        "--prune": strategy.prune,
        "--seed": strategy.seed != plain.strategy.seed,
        "what stands after --": request.arguments,
    }
    named = [name for name, value in given.items() if value]
    if named:
        raise InputError(
            f"--resume goes on with what was asked then, which {named[0]} would change",
            hint="leave it out, or give the whole command, with -p",
        )


def _wants_more(typed: Request, former: Request) -> bool:
    """Of a sweep that was whole by what was asked then."""
    is_extended = bool(typed.strategy.budget and former.strategy.budget)
    more_repeats = (typed.baseline_repeats or 1) > (former.baseline_repeats or 1)
    return is_extended or more_repeats or typed.repeats > former.repeats


def _taken_up(former: Request, typed: Request) -> Request:
    strategy = dataclasses.replace(
        former.strategy,
        budget=typed.strategy.budget or former.strategy.budget,
        keep_going=typed.strategy.keep_going or former.strategy.keep_going,
    )
    return dataclasses.replace(
        former,
        target=typed.target,
        name=typed.name,
        ref=typed.ref,
        repeats=typed.repeats if typed.repeats > 1 else former.repeats,
        baseline_repeats=typed.baseline_repeats or former.baseline_repeats,
        strategy=strategy,
        continuation=typed.continuation,
        jobs=typed.jobs,
        command=typed.command,
        guess=typed.guess,
    )


def find_former(paths: WorkspacePaths, digest_asked: str, environment: str) -> Sweep | None:
    """The newest sweep that asked the same in the same Environment."""
    found = (one for one, _ in _newest_first(paths) if one.asked == digest_asked)
    return next((one for one in found if one.environment == environment), None)


def check_free(paths: WorkspacePaths, digest_asked: str) -> None:
    """Raises StoreError where another process is answering the same question right now."""
    for sweep, journal in _newest_first(paths):
        if sweep.asked == digest_asked:
            with recorders.Journal(journal):
                return


def check_retry(words: Sequence[str]) -> None:
    """Raises InputError for a word that `--retry` does not know."""
    unknown = [word for word in words if word not in RETRIED]
    if unknown:
        raise InputError(
            f"--retry {unknown[0]} means nothing", hint=f"one of: {', '.join(RETRIED)}"
        )


def usable(runs: Sequence[Run], retry: Sequence[str]) -> dict[str, Run]:
    """By key, those that need not be run again.

    Args:
        retry: words of `--retry`, checked.
    """
    unwanted = _UNFINISHED.union(*(RETRIED[word] for word in retry))
    return {run.key: run for run in runs if run.status not in unwanted}


def _newest_first(paths: WorkspacePaths) -> Iterator[tuple[Sweep, Path]]:
    for folder in sorted(paths.sweeps.glob("*/"), reverse=True):
        journal = paths.sweep(folder.name).journal
        sweep = recorders.load_sweep(journal)
        if sweep is not None:
            yield sweep, journal


def _lacks_runs(contents: recorders.JournalContents, sweep: Sweep, retry: Sequence[str]) -> bool:
    return contents.ended != "succeeded" or len(usable(contents.runs, retry)) < sweep.variants

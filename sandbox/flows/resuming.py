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
from sandbox.flows.planning import Question
from sandbox.flows.requests import Continuation, Request
from sandbox.paths import WorkspacePaths

RETRIED: Mapping[str, frozenset[RunStatus]] = {
    "failed": frozenset({RunStatus.failed, RunStatus.out_of_memory, RunStatus.disk_limit}),
    "timeout": frozenset({RunStatus.timed_out}),
    "lost": frozenset({RunStatus.lost}),
}
"""What `--retry` takes, and which runs it means."""

_UNFINISHED = frozenset({RunStatus.cancelled, RunStatus.lost})


def asked(question: Question, request: Request, environment: str, limits: Limits) -> str:
    """Digest of what decides which runs there are, and what each is.

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
        (strategy.sampler, strategy.where, strategy.goals, strategy.prune, strategy.seed),
        environment,
        dataclasses.asdict(limits),
    )


def kept_request(context: Context, request: Request) -> dict[str, object]:
    """As JSON for the journal; patches by absolute path."""
    patches = tuple(str((context.folder / path).absolute()) for path in request.patches)
    plain = dataclasses.replace(
        request, patches=patches, continuation=Continuation(), command="", jobs=None
    )
    kept: dict[str, object] = TypeAdapter(Request).dump_python(plain, mode="json")
    return kept


def recalled(context: Context, request: Request) -> Request:
    """What was asked, where the request only says that it is to be gone on with.

    Raises:
        InputError: there is nothing to go on with.
    """
    if not request.continuation.resume or request.tweaks or request.patches:
        return request
    for sweep, _ in _newest_first(context.home.workspace(request.name or request.target)):
        if sweep.request and _lacks_runs(context, sweep):
            former = TypeAdapter(Request).validate_python(sweep.request)
            typed = request.strategy
            return dataclasses.replace(
                former,
                target=request.target,
                strategy=dataclasses.replace(
                    former.strategy,
                    budget=typed.budget,
                    keep_going=typed.keep_going or former.strategy.keep_going,
                ),
                continuation=request.continuation,
                jobs=request.jobs,
                command=request.command,
            )
    raise InputError(
        f"no sweep of {request.target} lacks runs", hint="say what to try: -p NAME=VALUE,VALUE"
    )


def find_former(paths: WorkspacePaths, digest_asked: str) -> Sweep | None:
    """The newest sweep that asked the same."""
    found = (sweep for sweep, _ in _newest_first(paths) if sweep.asked == digest_asked)
    return next(found, None)


def check_retry(words: Sequence[str]) -> None:
    """Raises InputError for a word that `--retry` does not know."""
    unknown = [word for word in words if word not in RETRIED]
    if unknown:
        raise InputError(
            f"--retry {unknown[0]} means nothing", hint=f"one of: {', '.join(RETRIED)}"
        )


def usable(runs: Sequence[Run], retry: Sequence[str]) -> dict[str, Run]:
    """By key, those that need not be run again."""
    unwanted = _UNFINISHED.union(*(RETRIED[word] for word in retry))
    return {run.key: run for run in runs if run.status not in unwanted}


def _newest_first(paths: WorkspacePaths) -> Iterator[tuple[Sweep, Path]]:
    for folder in sorted(paths.sweeps.glob("*/"), reverse=True):
        journal = paths.sweep(folder.name).journal
        sweep = recorders.load_sweep(journal)
        if sweep is not None:
            yield sweep, journal


def _lacks_runs(context: Context, sweep: Sweep) -> bool:
    contents = recorders.load(context.home.workspace(sweep.workspace).sweep(sweep.id).journal)
    return contents.ended != "succeeded" or len(usable(contents.runs, ())) < sweep.variants

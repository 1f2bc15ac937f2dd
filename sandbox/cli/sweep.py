"""sandbox sweep: many variants."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sandbox.cli import options

if TYPE_CHECKING:
    from sandbox.flows.requests import Request

MOST_REPEATS = 1000
"""Each is a variant with a commit of its own, made before the first one runs."""

Repeats = Annotated[
    int,
    typer.Option(
        "--repeats",
        min=1,
        max=MOST_REPEATS,
        help="How often each variant is run, with other seeds.",
    ),
]
BaselineRepeats = Annotated[
    int | None,
    typer.Option(
        "--baseline-repeats",
        min=1,
        max=MOST_REPEATS,
        help="How often the baseline is run, to know luck: 3, where there is a seed to vary.",
    ),
]
Bisect = Annotated[
    str | None,
    typer.Option(
        "--bisect",
        metavar="NAME",
        help="Find where runs begin to fail, by halving: with -p NAME=LOW,HIGH.",
    ),
]
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="Variants at a time.")]
Tweaks = Annotated[
    list[str] | None,
    typer.Option(
        "-p",
        metavar="NAME[=VALUE[,VALUE…]]",
        help="A tunable and what to try: values, a range 0.001..0.1 or 1..9:2, or nothing: what is"
        " suggested.",
    ),
]
Cross = Annotated[
    bool, typer.Option("--cross", help="Try patches together too, not only each by itself.")
]
SamplerName = Annotated[
    str | None,
    typer.Option("--sampler", help="grid, one-at-a-time, random, tpe (Optuna) or bisect."),
]
Metrics = Annotated[
    list[str] | None,
    typer.Option("--metric", metavar="NAME[:min|max]", help="What is to become better."),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where", metavar="EXPR", help="Only variants for which it holds: depth*width<64"
    ),
]
Budget = Annotated[
    list[str] | None,
    typer.Option("--budget", metavar="TIME|RUNS", help="Begin nothing after 10m, or 200runs."),
]
Prune = Annotated[
    str | None,
    typer.Option("--prune", help="median or asha: end runs that do worse at the same step."),
]
Seed = Annotated[int, typer.Option("--seed", help="Of what random and tpe draw.")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with TARGET's last sweep that lacks runs.")
]
Retry = Annotated[
    list[str] | None,
    typer.Option("--retry", metavar="failed|timeout|lost", help="Run those once more."),
]
Again = Annotated[bool, typer.Option("--again", help="Run all anew, whatever is there.")]
Guess = Annotated[
    str | None,
    typer.Option(
        "--guess",
        metavar="['NAME: up|down|VALUE, none|small|medium|big']",
        help="What will matter most, which way is better, how much; alone, it asks.",
    ),
]
KeepGoing = Annotated[
    bool,
    typer.Option("--keep-going", help="Go on where the baseline or all of a branch fails."),
]


def command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    target: options.Target,
    entry: options.Entry = None,
    p: Tweaks = None,
    tweak: options.CodeTweaks = None,
    patch: options.Patches = None,
    ref: options.Ref = None,
    name: options.Name = None,
    repeats: Repeats = 1,
    jobs: Jobs = None,
    limit: options.Limit = None,
    memory: options.Memory = None,
    disk: options.Disk = None,
    cwd: options.Cwd = None,
    engine: options.EngineName = None,
    sampler: SamplerName = None,
    metric: Metrics = None,
    where: Where = None,
    budget: Budget = None,
    prune: Prune = None,
    seed: Seed = 0,
    retry: Retry = None,
    guess: Guess = None,
    baseline_repeats: BaselineRepeats = None,
    bisect: Bisect = None,
    *,
    cross: Cross = False,
    resume: Resume = False,
    again: Again = False,
    keep_going: KeepGoing = False,
    module: options.Module = False,
    show_metrics: options.ShowMetrics = False,
    json: options.Json = False,
) -> int:
    """Run combinations of values, the baseline first; record all of them, and compare.

    TARGET may also be an experiment file (TOML). What follows -- goes to the script. The same
    command given again runs only what is missing.

    Example: sandbox sweep makemore makemore.py -p max-steps=200,400 -p type=bigram,mlp
    """
    from sandbox import api
    from sandbox.cli import answering, guessing

    context = options.connected(engine)
    request = api.Request(
        target,
        entry=entry,
        tweaks={
            **options.parse_tweaks(p, suggested=True),
            **options.parse_code_tweaks(tweak),
        },
        patches=tuple(patch or ()),
        cross=cross,
        arguments=options.passed_on.get(),
        ref=ref,
        name=name,
        as_module=module,
        cwd=cwd,
        repeats=repeats,
        baseline_repeats=baseline_repeats,
        jobs=jobs,
        limits=options.limits(limit, memory, disk),
        strategy=api.Strategy(
            _sampler(sampler, bisect, p),
            tuple(where or ()),
            tuple(metric or ()),
            tuple(budget or ()),
            prune,
            seed,
            keep_going,
        ),
        continuation=api.Continuation(resume, again, tuple(retry or ())),
        guess=guess,
    )
    if target.endswith(".toml"):
        request = _merged(api.experiment_request(context, target), request)
    request = dataclasses.replace(request, command=options.typed_command())
    if guess == options.ASK:
        request = dataclasses.replace(request, guess=guessing.ask(request.tweaks))
    result = answering.watched(context, api.sweep, request)
    return answering.show_sweep(context, result, show_metrics=show_metrics, as_json=json)


def _sampler(sampler: str | None, bisect: str | None, p: list[str] | None) -> str | None:
    """`--bisect NAME` is the sampler of that name, with that tunable."""
    if bisect is None:
        return sampler
    from sandbox.errors import InputError

    if sampler not in {None, "bisect"}:
        raise InputError(
            f"--bisect is a sampler, and --sampler {sampler} another", hint="leave out one of them"
        )
    if not bisect.strip():
        raise InputError(
            "--bisect names no tunable", hint="for example: --bisect lr -p lr=0.001,10"
        )
    names = [word.partition("=")[0].strip() for word in p or ()]
    if set(names) != {bisect}:
        others = ", ".join(name for name in names if name != bisect)
        why = f"beside {others}" if others else "without values"
        raise InputError(
            f"--bisect {bisect} {why}: it halves one tunable, between two numbers",
            hint=f"write --bisect {bisect} -p {bisect}=LOW,HIGH",
        )
    return "bisect"


def _merged(experiment: Request, typed: Request) -> Request:
    """The experiment, with what was typed beside its name taking precedence.

    Limits and the parts of a strategy one by one: a budget that is typed leaves the sampler.
    """
    plain = type(typed)(typed.target)
    strategy = dataclasses.replace(experiment.strategy, **_given(typed.strategy, plain.strategy))
    limits = {**experiment.limits, **typed.limits}
    given = {**_given(typed, plain), "strategy": strategy, "limits": limits}
    return dataclasses.replace(experiment, **given)


def _given(typed: Any, plain: Any) -> dict[str, Any]:
    """Fields by name that differ from what they are where nothing is typed."""
    names = (field.name for field in dataclasses.fields(typed))
    return {
        name: getattr(typed, name) for name in names if getattr(typed, name) != getattr(plain, name)
    }

"""sandbox sweep: many variants."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from sandbox.cli import options

if TYPE_CHECKING:
    from sandbox.flows.requests import Request

Repeats = Annotated[int, typer.Option("--repeats", min=1, help="How often each variant is run.")]
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="Variants at a time.")]


def command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    target: options.Target,
    entry: options.Entry = None,
    p: options.Tweaks = None,
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
    *,
    module: options.Module = False,
    show_metrics: options.ShowMetrics = False,
    json: options.Json = False,
) -> int:
    """Run every combination of values, the baseline first; record all of them, and compare.

    TARGET may also be an experiment file (TOML). What follows -- goes to the script.

    Example: sandbox sweep makemore makemore.py -p max-steps=200,400 -p type=bigram,mlp
    """
    from sandbox import api
    from sandbox.cli import answering

    context = options.connected(engine)
    request = api.Request(
        target,
        entry=entry,
        tweaks=options.parse_tweaks(p),
        patches=tuple(patch or ()),
        arguments=options.passed_on.get(),
        ref=ref,
        name=name,
        as_module=module,
        cwd=cwd,
        repeats=repeats,
        jobs=jobs,
        limits=options.limits(limit, memory, disk),
    )
    if target.endswith(".toml"):
        request = _merged(api.experiment_request(context, target), request)
    request = dataclasses.replace(request, command=options.typed_command())
    result = answering.watched(context, api.sweep, request)
    return answering.show_sweep(result, show_metrics=show_metrics, as_json=json)


def _merged(experiment: Request, typed: Request) -> Request:
    """The experiment, with what was typed beside its name taking precedence."""
    plain = type(typed)(typed.target)
    given = {
        field.name: getattr(typed, field.name)
        for field in dataclasses.fields(typed)
        if getattr(typed, field.name) != getattr(plain, field.name)
    }
    return dataclasses.replace(experiment, **given)

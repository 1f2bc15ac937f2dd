"""sandbox run: one variant."""

from __future__ import annotations

from sandbox.cli import options


def command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    target: options.Target,
    entry: options.Entry = None,
    p: options.Tweaks = None,
    tweak: options.CodeTweaks = None,
    patch: options.Patches = None,
    ref: options.Ref = None,
    name: options.Name = None,
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
    """Run one variant of a script or notebook and record it. What follows -- goes to the script.

    Example: sandbox run makemore makemore.py -p type=mlp --limit 60s -- --device cpu
    """
    from sandbox import api
    from sandbox.cli import answering

    context = options.connected(engine)
    request = api.Request(
        target,
        entry=entry,
        tweaks={**options.parse_tweaks(p), **options.parse_code_tweaks(tweak)},
        patches=tuple(patch or ()),
        arguments=options.passed_on.get(),
        ref=ref,
        name=name,
        as_module=module,
        cwd=cwd,
        limits=options.limits(limit, memory, disk),
        command=options.typed_command(),
    )
    result = answering.watched(context, api.run, request)
    return answering.show_run(result, show_metrics=show_metrics, as_json=json)

"""sandbox build: an environment in which the code runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sandbox.cli import options


def command(
    target: options.Target,
    entry: options.Entry = None,
    engine: options.EngineName = None,
    *,
    lock: Annotated[
        Path | None,
        typer.Option(
            "--lock", metavar="FILE", help="Build this lock.txt, whatever the repository says."
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export", metavar="DIR", help="Write a Dockerfile, lock and wheels to this folder."
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Build the environment of a script or notebook; say what was detected, decided, and why.

    Example: sandbox build makemore makemore.py
    """
    from sandbox import api
    from sandbox.cli import plan, shapes, talking

    context = options.connected(engine)
    if export:
        api.check_export(context, export)
    built = api.build(context, target, entry, lock=lock)
    exported = api.export(context, built, export) if export else None
    if json:
        written = {"export": shapes.exported(exported)} if exported else {}
        talking.write_json({**shapes.build(built), **written})
        return
    for line in plan.lines(built):
        talking.say(line)
    if exported:
        talking.say(f"wrote {exported.folder}; build an image: docker build {exported.folder}")

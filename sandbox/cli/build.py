"""sandbox build: an environment in which the code runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sandbox.cli import options


class Accelerator(StrEnum):
    cpu = "cpu"
    cuda = "cuda"
    auto = "auto"


def command(  # noqa: PLR0913 - the options of one command
    target: options.Target,
    entry: Annotated[
        str | None, typer.Argument(help="The script or notebook; left out, all there are.")
    ] = None,
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
    accelerator: Annotated[
        Accelerator | None,
        typer.Option(
            help="What packages are chosen for, from now on; by default what the settings say."
        ),
    ] = None,
    follow: Annotated[
        bool | None,
        typer.Option(
            "--follow/--no-follow",
            help="Fetch packages that are named by the address of a git repository at a known host,"
            " from now on.",
            show_default=False,
        ),
    ] = None,
    added: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="PACKAGE",
            help="A package that it needs besides, from now on; apt:NAME is one of Debian's."
            " Can be given again.",
        ),
    ] = None,
    refresh: Annotated[
        bool,
        typer.Option(
            "--refresh",
            help="Detect, resolve and try what failed again; forget a given lock, --with, and what"
            " failed runs have taught.",
        ),
    ] = False,
    json: options.Json = False,
) -> int:
    """Build the environment of an entry, or of all; say what was detected, decided, and why.

    Example: sandbox build makemore makemore.py
    """
    from sandbox import api
    from sandbox.cli import plan, shapes, talking

    context = options.connected(engine)
    if export:
        api.check_export(context, export)
    survey = api.build(
        context,
        target,
        entry,
        lock=lock,
        accelerator=accelerator,
        follow=follow,
        added=added or (),
        refresh=refresh,
    )
    exported = api.export(context, survey.built, export) if export else None
    if json:
        written = {"export": shapes.exported(exported)} if exported else {}
        talking.write_json({**shapes.build(survey), **written})
        return 0 if survey.works else 1
    for line in plan.lines(survey):
        talking.say(line)
    if exported:
        talking.say(f"wrote {exported.folder}; build an image: docker build {exported.folder}")
    return 0 if survey.works else 1

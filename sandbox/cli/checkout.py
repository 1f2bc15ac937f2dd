"""sandbox checkout: a run's code in a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sandbox.cli import options


def command(
    run: options.Run,
    folder: Annotated[
        Path | None, typer.Argument(help="A new folder; left out, it is named for the run.")
    ] = None,
    *,
    json: options.Json = False,
) -> None:
    """Put the code of a run into a new folder, a git worktree of its workspace.

    Example: sandbox checkout lr=0.1
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    found, place = api.checkout(options.connected(), run, folder)
    if json:
        talking.write_json({"folder": str(place), **shapes.found(found)})
        return
    talking.say(talking.one_line(f"{found.name} of sweep {found.sweep.id}: {place}"))
    if values := shapes.values_of(found):
        talking.say(talking.one_line(values))

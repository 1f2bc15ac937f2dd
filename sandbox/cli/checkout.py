"""sandbox checkout: a run's code in a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sandbox.cli import options
from sandbox.cli.diff import Run


def command(
    run: Run,
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
    talking.say(f"{found.name} of sweep {found.sweep.id}: {place}")
    values = ", ".join(f"{name}={value}" for name, value in found.run.parameters.items())
    if values:
        talking.say(f"it ran with {values}; what papermill or the command line sets is not in it")

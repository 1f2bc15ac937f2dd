"""sandbox rm: remove a workspace."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.cli import options


def command(
    name: Annotated[str, typer.Argument(help="The workspace.")], *, json: options.Json = False
) -> None:
    """Remove a workspace: its clone, lock and journals. What MLflow recorded stays.

    Example: sandbox rm makemore
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    removed = api.remove_workspace(options.connected(), name)
    if json:
        talking.write_json({"removed": shapes.workspace(removed)})
        return
    talking.say(f"removed {removed.name}")

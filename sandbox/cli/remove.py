"""sandbox rm: remove a workspace."""

from __future__ import annotations

from typing import Annotated

import typer


def command(name: Annotated[str, typer.Argument(help="The workspace.")]) -> None:
    """Remove a workspace: its clone, lock and journals. What MLflow recorded stays.

    Example: sandbox rm makemore
    """
    from sandbox import api
    from sandbox.cli import options, talking

    removed = api.remove_workspace(options.connected(), name)
    talking.say(f"removed {removed.name}")

"""sandbox sync: what changed upstream since a workspace was opened."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.cli import options


def command(
    workspace: Annotated[str, typer.Argument(help="A workspace, or what it was opened from.")],
    *,
    json: options.Json = False,
) -> None:
    """Bring what changed upstream into a workspace and its fork; your own changes stay.

    Example: sandbox sync makemore
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    brought = api.sync(options.connected(), workspace)
    if json:
        talking.write_json(shapes.brought(brought))
        return
    done = brought.synced
    if done.before == done.after:
        talking.say(f"{done.workspace.name} is up to date ({done.after[:10]})")
    else:
        talking.say(
            f"{done.workspace.name}: {done.before[:10]} → {done.after[:10]},"
            f" {len(done.changed)} files changed"
        )
    for note in done.notes:
        talking.say(f"note: {note}")
    if brought.fork:
        talking.say(f"your fork {brought.fork} is up to date too")

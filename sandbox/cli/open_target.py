"""sandbox open: clone a repository into a workspace."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.cli import options


def command(
    target: options.Target,
    ref: options.Ref = None,
    name: options.Name = None,
    *,
    fork: Annotated[
        bool, typer.Option("--fork", help="Into your GitHub account too; needs a token.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Clone a repository into a workspace.

    Example: sandbox open karpathy/makemore
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    verb = api.open_forked if fork else api.open_workspace
    opened = verb(options.connected(), target, ref=ref, name=name)
    if json:
        talking.write_json(shapes.workspace(opened.workspace))
        return
    talking.say(f"{opened.workspace.name}: {opened.paths.repo}")
    talking.say(f"next: sandbox scan {opened.workspace.name}")

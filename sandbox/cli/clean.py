"""sandbox clean: what is kept on disk, and what of it can go."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.cli import options


def command(
    engine: options.EngineName = None,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", "--apply", help="Remove what can go; else it is only shown.")
    ] = False,
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than",
            metavar="TIME",
            help="What was not used for so long (30d, 12h), also where a workspace has it.",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All but what is in use; it is built again when needed.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show what is kept on disk and who uses it; with --yes remove what nobody uses.

    What commands that were killed left behind is removed, and their runs recorded, at once.

    Example: sandbox clean --older-than 30d --yes
    """
    from sandbox import api
    from sandbox.cli import keeping, talking
    from sandbox.settings import parse_duration

    policy = api.Policy(parse_duration(older_than) if older_than else None, everything=everything)
    done = api.clean(options.connected(engine), policy, apply=yes)
    if json:
        talking.write_json(keeping.document(done))
        return
    for line in done.left_behind:
        talking.say(line)
    if done.items:
        talking.print_table(keeping.HEADERS, keeping.rows(done))
    for line in keeping.ending(done):
        talking.say(line)

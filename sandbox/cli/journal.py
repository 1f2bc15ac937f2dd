"""sandbox journal: the way of one's tries in time."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.cli import options


def command(
    workspace: Annotated[
        str | None, typer.Argument(help="A workspace; left out: all of them.")
    ] = None,
    *,
    json: options.Json = False,
) -> None:
    """Show your tries in time: what was asked and guessed, what came of it, notes, the best so far.

    Example: sandbox journal makemore
    """
    from sandbox import api
    from sandbox.cli import remembering, talking

    diary = api.journal(options.connected(), workspace)
    if json:
        talking.write_json(remembering.diary_document(diary))
        return
    for line in remembering.diary_lines(diary):
        talking.say(talking.one_line(line))
    if not diary.entries:
        talking.say("nothing was tried yet: sandbox sweep TARGET …")

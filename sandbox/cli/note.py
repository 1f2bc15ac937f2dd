"""sandbox note: a thought, kept with a run."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from sandbox.cli import options
from sandbox.cli.answering import UNAVAILABLE


def command(
    run: options.Run,
    text: Annotated[str, typer.Argument(help="What you think of it.")],
    *,
    json: options.Json = False,
) -> int:
    """Keep a thought with a run: in the workspace, and in its description in MLflow.

    Example: sandbox note lr=0.1 "overshoots; try half of it"
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    context = options.connected()
    found, note, problem = api.note(context, run, text)
    if json:
        talking.write_json({**shapes.found(found), "note": asdict(note), "problem": problem})
    else:
        name = talking.one_line(f"{found.name} of sweep {found.sweep.id}")
        talking.say(f"noted with {name}: {talking.one_line(note.text)}")
    if problem:
        talking.Talk().tell(f"MLflow is told later: {problem}")
    return UNAVAILABLE if problem else 0

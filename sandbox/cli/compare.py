"""sandbox compare: what mattered."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.cli import options

Sweep = Annotated[
    str | None, typer.Argument(help="A sweep's id or a workspace; left out: the latest sweep.")
]


def command(
    sweep: Sweep = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="All variants, not the best hundred.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Compare the runs of a sweep against its baseline: what differs only, sorted.

    Example: sandbox compare makemore
    """
    from sandbox import api
    from sandbox.cli import answering, remembering, talking
    from sandbox.comparing import to_json

    context = options.connected()
    comparison = api.compare(context, sweep)
    thoughts = api.thoughts(context, comparison, sweep)
    if json:
        talking.write_json({**to_json(comparison), **remembering.thoughts_document(thoughts)})
        return
    most_rows = None if everything else answering.MOST_ROWS
    answering.print_comparison(comparison, most_rows=most_rows)
    answering.print_thoughts(thoughts)

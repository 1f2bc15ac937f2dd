"""sandbox compare: what mattered."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.cli import options

What = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SWEEP|RUN…]",
        help="Sweeps, workspaces or MLflow experiments, or runs; left out: the latest sweep.",
    ),
]
Metrics = Annotated[
    list[str] | None,
    typer.Option("--metric", metavar="NAME[:min|max]", help="What matters most, and which way."),
]


def command(
    what: What = None,
    metric: Metrics = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="All variants, not the best hundred.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Compare runs against their baseline: what mattered, what was luck, what broke.

    Example: sandbox compare makemore
    """
    from sandbox import api
    from sandbox.cli import answering, talking
    from sandbox.comparing import to_json

    comparison = api.compare(options.connected(), *(what or ()), goals=tuple(metric or ()))
    if json:
        talking.write_json(to_json(comparison))
        return
    most_rows = None if everything else answering.MOST_ROWS
    answering.print_comparison(comparison, most_rows=most_rows)

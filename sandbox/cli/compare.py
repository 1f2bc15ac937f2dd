"""sandbox compare: what mattered."""

from __future__ import annotations

from pathlib import Path
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


def command(  # noqa: PLR0913 - the options of one command
    what: What = None,
    metric: Metrics = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="All variants, not the best hundred.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page with plots that stands alone."),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--md", metavar="FILE", help="Write the table as Markdown.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write all numbers, every digit.")
    ] = None,
    curves: Annotated[
        bool, typer.Option("--curves", help="Learning curves: where best, where they ended, trend.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Compare runs against their baseline: what mattered, what was luck, what broke.

    Example: sandbox compare makemore --html report.html
    """
    from sandbox import api
    from sandbox.cli import answering, memory, remembering, talking
    from sandbox.comparing import to_json

    context, words, goals = options.connected(), what or (), tuple(metric or ())
    with memory.uncollected():
        comparison = (
            api.report(context, *words, goals=goals, html=html, markdown=markdown, csv=csv)
            if html or markdown or csv
            else api.compare(context, *words, goals=goals, curves=curves)
        )
    thoughts = api.thoughts(context, comparison, *words)
    if json:
        talking.write_json({**to_json(comparison), **remembering.thoughts_document(thoughts)})
        return
    most_rows = None if everything else answering.MOST_ROWS
    answering.print_comparison(comparison, most_rows=most_rows)
    if curves:
        answering.print_curves(comparison, most_rows=most_rows)
    answering.print_thoughts(thoughts)

"""sandbox compare: what mattered."""

from __future__ import annotations

from pathlib import Path
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
    json: options.Json = False,
) -> None:
    """Compare the runs of a sweep against its baseline: what differs only, sorted.

    Example: sandbox compare makemore --html report.html
    """
    from sandbox import api
    from sandbox.cli import answering, talking
    from sandbox.comparing import to_json

    context = options.connected()
    comparison = (
        api.report(context, sweep, html=html, markdown=markdown, csv=csv)
        if html or markdown or csv
        else api.compare(context, sweep)
    )
    if json:
        talking.write_json(to_json(comparison))
        return
    most_rows = None if everything else answering.MOST_ROWS
    answering.print_comparison(comparison, most_rows=most_rows)

"""sandbox ui: MLflow's pages."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from sandbox.cli import options


def command(
    sweep: Annotated[
        str | None,
        typer.Argument(help="A sweep's id or a workspace; left out: the latest sweep."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Another one is taken where it is busy.")
    ] = 5000,
    *,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in this machine's browser.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Serve MLflow's UI on this machine until Ctrl-C, opened at a sweep: its columns, best first.

    Example: sandbox ui makemore
    """
    from sandbox import api
    from sandbox.cli import talking

    with api.ui(options.connected(), sweep, port=port) as page:
        if json:
            talking.write_json(vars(page))
        else:
            talking.say(f"MLflow: {page.url}")
            talking.say(f"curves: {page.charts_url}")
            talking.say("Ctrl-C ends it")
        sys.stdout.flush()
        if open_browser:
            import webbrowser

            webbrowser.open(page.url)
        while True:
            time.sleep(3600)

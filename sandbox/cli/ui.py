"""sandbox ui: MLflow's pages."""

from __future__ import annotations

import time
from typing import Annotated

import typer


def command(
    port: Annotated[
        int, typer.Option("--port", help="Another one is taken where it is busy.")
    ] = 5000,
) -> None:
    """Serve MLflow's UI on this machine until Ctrl-C.

    Example: sandbox ui
    """
    from sandbox import api
    from sandbox.cli import options, talking

    with api.ui(options.connected(), port=port) as url:
        talking.say(f"MLflow: {url}   (Ctrl-C ends it)")
        while True:
            time.sleep(3600)

"""sandbox ui: MLflow's pages."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from sandbox.cli import options


def command(
    port: Annotated[
        int, typer.Option("--port", help="Another one is taken where it is busy.")
    ] = 5000,
    *,
    json: options.Json = False,
) -> None:
    """Serve MLflow's UI on this machine until Ctrl-C.

    Example: sandbox ui
    """
    from sandbox import api
    from sandbox.cli import talking

    with api.ui(options.connected(), port=port) as url:
        if json:
            talking.write_json({"url": url})
        else:
            talking.say(f"MLflow: {url}   (Ctrl-C ends it)")
        sys.stdout.flush()
        while True:
            time.sleep(3600)

"""The command line: parses, calls one verb of `api`, prints; decides nothing."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """The console script `sandbox`."""
    from sandbox.cli.entrance import run

    code = run(sys.argv[1:])
    gc.freeze()  # else the interpreter's end looks for a second through what MLflow imported
    sys.exit(code)


__all__ = ["main"]

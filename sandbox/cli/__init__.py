"""The command line: parses, calls one verb of `api`, prints; decides nothing."""

from __future__ import annotations

import gc
import sys

_SELDOM = (100_000, 30, 30)
"""As mypy has it: imports and syntax trees are many objects, next to none of which are lost."""


def main() -> None:
    """The console script `sandbox`."""
    gc.set_threshold(*_SELDOM)
    from sandbox.cli.entrance import run

    code = run(sys.argv[1:])
    gc.freeze()  # else the interpreter's end looks for a second through what MLflow imported
    sys.exit(code)


__all__ = ["main"]

"""The command line: parses, calls one verb of `api`, prints; decides nothing."""

from __future__ import annotations

import sys


def main() -> None:
    """The console script `sandbox`."""
    from sandbox.cli.entrance import run

    sys.exit(run(sys.argv[1:]))


__all__ = ["main"]

"""The command line: parses, calls one verb of `api`, prints; decides nothing."""

from __future__ import annotations

import gc
import sys

_SELDOM = (100_000, 30, 30)
"""As mypy has it: imports and syntax trees are many objects, next to none of which are lost."""

_UNWANTED = ("rfc3987_syntax", "isoduration")
"""Checks of addresses and of durations, which jsonschema has where others asked for them, as
nbdime's server does. No notebook's schema wants them, and at its import the first one builds a
grammar, which takes longer than most commands. Without them, it does without."""


def main() -> None:
    """The console script `sandbox`."""
    gc.set_threshold(*_SELDOM)
    for name in _UNWANTED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    from sandbox.cli.entrance import run

    code = run(sys.argv[1:])
    gc.freeze()  # else the interpreter's end looks for a second through what MLflow imported
    sys.exit(code)


__all__ = ["main"]

"""`python -m sandbox.engines.setup`: set an engine up and say which one answers."""

from __future__ import annotations

import os
import sys

from sandbox.engines.setup import LocalSystem, ensure_engine, exclusive
from sandbox.errors import SandboxError


def say(text: str) -> None:
    """One line, at once."""
    print(f"engine: {text}", file=sys.stderr, flush=True)  # noqa: T201 - a command of its own


def main() -> int:
    """Exit status as the command line's."""
    try:
        with exclusive():
            facts = ensure_engine(LocalSystem(os.environ), say=say)
    except SandboxError as error:
        hint = f"\nhint: {error.hint}" if error.hint else ""
        print(f"error: {error}{hint}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    say(f"Docker {facts.version} answers at {facts.host}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

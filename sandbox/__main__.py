"""`python -m sandbox`, as the console script."""

from __future__ import annotations

from sandbox.cli import main

main()

"""`python -m sandbox`, as the console script."""

from sandbox.cli import main

main()

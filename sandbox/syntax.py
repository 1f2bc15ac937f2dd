"""Python text as a syntax tree, also while other threads read some."""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import Any

_TRIES = 20


def parse(text: str, mode: str = "exec", *, flags: int = 0) -> Any:
    """As `ast.parse`, with its errors; `flags` are those of `compile`.

    Up to CPython 3.12 the depth of trees is counted for all threads together: one that another
    comes in between raises SystemError (gh-106905), and is read again.
    """
    for _ in range(_TRIES):
        with suppress(SystemError):
            return compile(text, "<source>", mode, ast.PyCF_ONLY_AST | flags, dont_inherit=True)
    return compile(text, "<source>", mode, ast.PyCF_ONLY_AST | flags, dont_inherit=True)

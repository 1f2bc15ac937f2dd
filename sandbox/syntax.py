"""Python text as a syntax tree, also while other threads read some."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

_TRIES = 20
_PLAIN = frozenset({"ctx", "id", "attr", "arg", "kind", "type_comment", "conversion"})
_KEPT = "_children"
_HELD: dict[type[ast.AST], tuple[str, ...]] = {}


def parse(text: str, mode: str = "exec", *, flags: int = 0) -> Any:
    """As `ast.parse`, with its errors; `flags` are those of `compile`.

    Up to CPython 3.12 the depth of trees is counted for all threads together: one that another
    comes in between raises SystemError (gh-106905), and is read again.
    """
    for _ in range(_TRIES):
        with suppress(SystemError):
            return compile(text, "<source>", mode, ast.PyCF_ONLY_AST | flags, dont_inherit=True)
    return compile(text, "<source>", mode, ast.PyCF_ONLY_AST | flags, dont_inherit=True)


def children(node: ast.AST) -> Sequence[ast.AST]:
    """As `ast.iter_child_nodes`, several times as fast; without the marks for load and store.

    Kept with the node, for many go through the same tree: trees are read, never changed.
    """
    known: Sequence[ast.AST] | None = node.__dict__.get(_KEPT)
    if known is None:
        known = node.__dict__[_KEPT] = tuple(_inner(node))
    return known


def _inner(node: ast.AST) -> Iterator[ast.AST]:
    for field in _held(type(node)):
        value = getattr(node, field, None)
        if type(value) is list:
            for one in value:
                if isinstance(one, ast.AST):
                    yield one
        elif isinstance(value, ast.AST):
            yield value


def _held(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields in which nodes of a kind may hold others, in the order of the grammar."""
    if kind not in _HELD:
        plain = _PLAIN | {"value"} if kind is ast.Constant else _PLAIN
        _HELD[kind] = tuple(name for name in kind._fields if name not in plain)
    return _HELD[kind]


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """As `ast.walk`, by `children`."""
    waiting = deque([node])
    while waiting:
        node = waiting.popleft()
        waiting.extend(children(node))
        yield node

"""Which definitions the entry can end up using, by name: what is never named is never run."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from sandbox.syntax import walk
from sandbox.tunables.sources import Source

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def unreached(own: Iterable[Source], imported: Iterable[Source]) -> frozenset[tuple[str, str]]:
    """File and name of each top-level function and class that nothing reached ever names.

    Generous on purpose: a name counts wherever it stands, in whatever meaning, and a definition
    with a decorator counts as used, for the decorator may have kept it.
    """
    definitions: dict[str, list[tuple[Source, _Definition]]] = {}
    named: set[str] = set()
    for source in (*own, *imported):
        for statement in source.tree.body:
            if isinstance(statement, _Definition) and not statement.decorator_list:
                definitions.setdefault(statement.name, []).append((source, statement))
            else:
                named |= _names(statement)
    _follow(named, definitions)
    return frozenset(
        (source.path, name)
        for name, places in definitions.items()
        if name not in named
        for source, _ in places
    )


def idle_lines(sources: Iterable[Source]) -> frozenset[tuple[str, int]]:
    """File and line of all that stands in definitions which nothing reached ever names."""
    every = list(sources)
    idle = unreached(every, ())
    return frozenset(
        (source.path, line)
        for source in every
        for node in source.tree.body
        if isinstance(node, _Definition) and (source.path, node.name) in idle
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    )


def _follow(named: set[str], definitions: dict[str, list[tuple[Source, _Definition]]]) -> None:
    """Add to `named` what the definitions already in it name in their turn."""
    waiting = [name for name in definitions if name in named]
    seen = set(waiting)
    while waiting:
        for _, definition in definitions[waiting.pop()]:
            named |= _names(definition)
        fresh = [name for name in definitions if name in named and name not in seen]
        seen.update(fresh)
        waiting += fresh


def _names(node: ast.AST) -> set[str]:
    """Names a statement uses, without what it only imports or defines."""
    found: set[str] = set()
    for each in walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Attribute):
            found.add(each.attr)
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            found |= {each.value} if each.value.isidentifier() else set()
    return found

"""What an entry consists of, by which names in a declaration are looked up across its files."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.interfaces import SourceTree
from sandbox.tunables.frameworks.declarations import Constants, constants_of
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_LARGEST_TEXT_BYTES = 256 * 1024


@dataclass(frozen=True, eq=False)
class Program:
    """The sources of an entry, its own first, and the tree that its other files are read from."""

    tree: SourceTree
    sources: tuple[Source, ...]
    _known: dict[str, Constants] = field(default_factory=dict)

    def constants(self, source: Source) -> Constants:
        """What names stand for in a file; looked up once."""
        if source.path not in self._known:
            known = Constants(source, constants_of(source), self._enumerations)
            self._known[source.path] = known
        return self._known[source.path]

    @cached_property
    def _enumerations(self) -> dict[str, dict[str, ast.expr]]:
        """Class → name of each member → its value."""
        return {
            node.name: {
                one.targets[0].id: one.value
                for one in node.body
                if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
            }
            for source in self.sources
            for node in top_level(source)
            if isinstance(node, ast.ClassDef)
            and any((dotted_name(base) or "").endswith("Enum") for base in node.bases)
        }

    def definition(self, source: Source, node: ast.expr | None) -> tuple[Source, Definition] | None:
        """The function or class that a name stands for, with its file; its own file goes first."""
        name = (dotted_name(node) or "").rpartition(".")[2] if node is not None else ""
        found = self._definitions.get(name, [])
        own = [one for one in found if one[0] is source]
        return next(iter([*own, *found]), None)

    @cached_property
    def _definitions(self) -> dict[str, list[tuple[Source, Definition]]]:
        found: dict[str, list[tuple[Source, Definition]]] = {}
        for source in self.sources:
            for node in top_level(source):
                found.setdefault(node.name, []).append((source, node))
        return found

    def text(self, path: str) -> str | None:
        """A small text file of the tree; None where there is none, or it is no text."""
        try:
            data = self.tree.read(posixpath.normpath(path))
        except KeyError:
            return None
        try:
            return data.decode("utf-8-sig") if len(data) <= _LARGEST_TEXT_BYTES else None
        except UnicodeDecodeError:
            return None


def top_level(source: Source) -> Iterator[Definition]:
    """Functions and classes at top level, those under an `if` or `try` too."""
    waiting: list[ast.stmt] = list(reversed(source.tree.body))
    while waiting:
        statement = waiting.pop()
        if isinstance(statement, Definition):
            yield statement
        elif isinstance(statement, ast.If | ast.Try):
            waiting.extend(reversed([*statement.body, *statement.orelse]))

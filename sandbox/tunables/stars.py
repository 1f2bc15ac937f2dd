"""What `from module import *` brings, where the module is one of the repository's own."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable, Iterator

from sandbox.syntax import children
from sandbox.tunables.modules import search_roots
from sandbox.tunables.signatures import Function
from sandbox.tunables.sources import Source

STAR = "*"


class Locals:
    """The files of an entry, by the names by which they are imported.

    Args:
        sources: the entry's first, by which is told where it finds modules.
    """

    def __init__(self, sources: Iterable[Source]) -> None:
        every = tuple(sources)
        self.paths = tuple(dict.fromkeys(source.path for source in every))
        entry = next(iter(self.paths), "")
        self._known = frozenset(self.paths)
        self._roots = search_roots(entry, [one for one in every if one.path == entry])

    def path_of(self, source: Source, node: ast.ImportFrom) -> str | None:
        """Which of the files an import is from; None = of a library."""
        names = node.module.split(".") if node.module else []
        bases = self._roots
        if node.level:
            base = source.path
            for _ in range(node.level):
                base = posixpath.dirname(base)
            bases = (base,)
        wanted = (path for base in bases for path in _files(posixpath.join(base, *names)))
        return next((path for path in wanted if path in self._known), None)


def _files(stem: str) -> tuple[str, str]:
    return f"{stem}.py", posixpath.join(stem, "__init__.py")


def bound_names(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Names that statements bind, those inside functions and classes, and imports, left out."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                yield node.id
        elif not isinstance(node, ast.expr) or isinstance(node, ast.Tuple | ast.List | ast.Starred):
            waiting.extend(children(node))


def given_names(names: Iterable[str], listed: frozenset[str] | None) -> set[str]:
    """Those of a module's names that it gives to who imports everything; `listed` in `__all__`."""
    return {one for one in names if (not one.startswith("_") if listed is None else one in listed)}


def listed_names(sources: Iterable[Source]) -> frozenset[str] | None:
    """Names in a module's `__all__`; None where it is not there, or is put together."""
    for node in (node for source in sources for node in source.tree.body):
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id == "__all__":
            value = node.value if isinstance(node, ast.Assign) else None
            if isinstance(value, ast.List | ast.Tuple):
                return frozenset(str(getattr(one, "value", "")) for one in value.elts)
    return None

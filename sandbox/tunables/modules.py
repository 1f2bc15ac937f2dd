"""Which local modules an entry imports, as files of the tree; nothing is imported."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sandbox.interfaces import SourceTree
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Skipped, Source, parse_source

MOST_MODULES = 300


@dataclass
class _Walk:
    """What is known while imports are followed."""

    tree: SourceTree
    paths: frozenset[str]
    roots: tuple[str, ...]
    found: dict[str, Source] = field(default_factory=dict)
    skipped: dict[str, Skipped] = field(default_factory=dict)
    bindings: set[str] = field(default_factory=set)

    def load(self, path: str) -> Source | None:
        if path in self.skipped:
            return None
        if path not in self.found:
            source = parse_source(path, self.tree.read(path))
            if isinstance(source, Skipped):
                self.skipped[path] = source
                return None
            self.found[path] = source.as_imported()
        return self.found[path]


def local_modules(
    tree: SourceTree, entry: str, sources: Iterable[Source]
) -> tuple[tuple[Source, ...], tuple[Skipped, ...]]:
    """Modules of the repository that the entry ends up importing, nearest first, and those skipped.

    The script's folder is searched first, then the root, as the run itself will do. Of a package
    that only gathers names, just the modules are followed whose names are asked for.
    """
    start = list(sources)
    walk = _Walk(tree, frozenset(tree.paths()), search_roots(entry, start))
    waiting = [found for source in start for found in _imports(walk, source, _all(source))]
    seen = {entry}
    while waiting and len(seen) < MOST_MODULES:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        source = walk.load(path)
        if source is not None and not (path.endswith("__init__.py") and path in walk.bindings):
            waiting.extend(_imports(walk, source, _all(source)))
    ordered = [walk.found[path] for path in seen & walk.found.keys()]
    order = {path: index for index, path in enumerate(walk.found)}
    ordered.sort(key=lambda source: order[source.path])
    return tuple(ordered), tuple(walk.skipped.values())


def search_roots(entry: str, sources: Iterable[Source]) -> tuple[str, ...]:
    """Folders in which an entry finds modules, in their order; `sources` are its own."""
    folder = posixpath.dirname(entry)
    added = [
        posixpath.normpath(posixpath.join(folder, text))
        for source in sources
        for text in _path_additions(source)
    ]
    inside = [root for root in added if not root.startswith(("..", "/"))]
    return tuple(dict.fromkeys([folder, "", *("" if r == "." else r for r in inside), "src"]))


def _path_additions(source: Source) -> Iterator[str]:
    """Constant texts given to `sys.path.append` or `sys.path.insert`."""
    for node in source.of(ast.Call):
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in {"append", "insert"}
            and dotted_name(node.func.value) == "sys.path"
        ):
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def _all(source: Source) -> tuple[ast.Import | ast.ImportFrom, ...]:
    return source.of(ast.Import, ast.ImportFrom)


def _imports(
    walk: _Walk, source: Source, nodes: Iterable[ast.Import | ast.ImportFrom]
) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module(walk, walk.roots, alias.name.split("."))
        else:
            yield from _from(walk, source, node)


def _from(walk: _Walk, source: Source, node: ast.ImportFrom) -> Iterator[str]:
    names = node.module.split(".") if node.module else []
    bases = walk.roots
    if node.level:
        base = posixpath.dirname(source.path)
        for _ in range(node.level - 1):
            base = posixpath.dirname(base)
        bases = (base,)
    wanted = [alias.name for alias in node.names]
    for name in wanted:
        inner = _find(walk, bases, [*names, name])
        if inner is not None:
            yield inner
    path = _find(walk, bases, names)
    if path is not None:
        yield from _bound(walk, path, wanted)


def _bound(walk: _Walk, path: str, wanted: list[str]) -> Iterator[str]:
    """The module itself and, where a package only passes names on, where they come from."""
    yield path
    if not path.endswith("__init__.py"):
        return
    walk.bindings.add(path)
    source = walk.load(path)
    if source is None:
        return
    for node in _all(source):
        if isinstance(node, ast.ImportFrom) and _gives(node, wanted):
            key = f"{path}:{node.lineno}"
            if key not in walk.bindings:
                walk.bindings.add(key)
                yield from _from(walk, source, node)


def _gives(node: ast.ImportFrom, wanted: list[str]) -> bool:
    given = {alias.asname or alias.name for alias in node.names}
    return "*" in given or "*" in wanted or bool(given & set(wanted))


def _module(walk: _Walk, bases: tuple[str, ...], names: list[str]) -> Iterator[str]:
    for end in range(len(names), 0, -1):
        path = _find(walk, bases, names[:end])
        if path is not None:
            yield path
            return


def _find(walk: _Walk, bases: tuple[str, ...], names: list[str]) -> str | None:
    for base in bases:
        stem = posixpath.join(base, *names)
        for path in (f"{stem}.py", f"{stem}/__init__.py"):
            if path.lstrip("/") in walk.paths:
                return path.lstrip("/")
    return None

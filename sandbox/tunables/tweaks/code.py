"""The sources of an entry as code: what its names stand for, where its calls and statements are."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.syntax import children
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source
from sandbox.tunables.stars import STAR, Locals, bound_names, given_names, listed_names
from sandbox.tunables.tweaks.libraries import giver, usual

Loop = ast.For | ast.AsyncFor | ast.While
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False)
class Call:
    """A call whose function is known.

    Attributes:
        name: what is called, by the name of its library: `torch.optim.Adam`, however imported.
    """

    source: Source
    node: ast.Call
    name: str

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def has_stars(self) -> bool:
        """Whether more is given than can be read: `*rest`, `**settings`."""
        is_open = any(isinstance(one, ast.Starred) for one in self.node.args)
        return is_open or any(word.arg is None for word in self.node.keywords)

    def keyword(self, name: str) -> ast.expr | None:
        """The value given by that name."""
        return next((one.value for one in self.node.keywords if one.arg == name), None)

    def argument(self, position: int, *names: str) -> ast.expr | None:
        """The value given by one of the names, or at the position; None behind a `*`."""
        named = next((found for name in names if (found := self.keyword(name)) is not None), None)
        before = self.node.args[: position + 1]
        if named is not None or len(before) <= position:
            return named
        return None if any(isinstance(one, ast.Starred) for one in before) else before[position]


@dataclass(frozen=True, eq=False)
class Code:
    """The sources of an entry and of the local modules it imports.

    A notebook's cells are sources of one path, in their order, and share their names.
    """

    sources: tuple[Source, ...]
    _held: dict[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    @cached_property
    def bound(self) -> Mapping[str, Mapping[str, str]]:
        """Path → name → what an import binds it to; everything of a module as `*module`."""
        found: dict[str, dict[str, str]] = {}
        for source in self.sources:
            names = found.setdefault(source.path, {})
            for node in source.of(ast.Import, ast.ImportFrom):
                names.update(self._bindings(source, node))
        return found

    def _bindings(self, source: Source, node: ast.AST) -> Iterator[tuple[str, str]]:
        """Names that an import binds; what a local module has by imports stands for that."""
        path = self._files.path_of(source, node) if isinstance(node, ast.ImportFrom) else None
        if path is None or not isinstance(node, ast.ImportFrom):
            yield from bindings(node)
            return
        names, module = self._exported(path), _dotted(path)
        for alias in node.names:
            if alias.name == STAR:
                yield from names.items()
            else:
                yield alias.asname or alias.name, names.get(alias.name, f"{module}.{alias.name}")

    @cached_property
    def _files(self) -> Locals:
        return Locals(self.sources)

    def _exported(self, path: str) -> Mapping[str, str]:
        """Name → what it stands for, of what a local module gives to who imports everything."""
        if path not in self._held:
            self._held[path] = {}  # one that imports itself in the end gives nothing more by that
            module = [one for one in self.sources if one.path == path]
            statements = [node for one in module for node in one.tree.body]
            names = {name: f"{_dotted(path)}.{name}" for name in bound_names(statements)}
            inner = (node for one in statements for node in _at_once(one))
            names.update(pair for node in inner for pair in self._bindings(module[0], node))
            given = given_names(names, listed_names(module))
            self._held[path] = {name: names[name] for name in names if name in given}
        return self._held[path]

    def up_to(self, source: Source) -> list[Source]:
        """The file; of a notebook the cells up to this one, in their order."""
        last = -1 if source.cell is None else source.cell
        same = (one for one in self.sources if one.path == source.path)
        return [one for one in same if one.cell is None or one.cell <= last]

    def bound_before(self, source: Source) -> Mapping[str, str]:
        """Name → what it stands for, of imports that hold for the whole file, or up to a cell."""
        statements = (node for one in self.up_to(source) for node in one.tree.body)
        return dict(pair for node in statements for pair in self._bindings(source, node))

    def written(self, path: str) -> frozenset[str]:
        """Names that a file uses for something of its own."""
        nodes = (node for one in self.sources if one.path == path for node in one.nodes)
        return frozenset(
            str(getattr(node, "id", "") or getattr(node, "arg", "") or getattr(node, "name", ""))
            for node in nodes
            if isinstance(node, ast.Name | ast.arg | ast.ClassDef | Function)
        )

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """All calls of named functions, in the order of the text."""
        return tuple(
            Call(source, node, name)
            for source in self.sources
            for node in source.of(ast.Call)
            if (name := self.name_of(source, node.func))
        )

    def named(self, *names: str) -> Iterator[Call]:
        """Calls of one of the functions; a name that ends in `*` stands for all that begin so."""
        exact = [name for name in names if name in self._places]
        starts = tuple(name[:-1] for name in names if name.endswith("*"))
        begun = [name for name in self._places if name.startswith(starts)] if starts else []
        places = {place for name in (*exact, *begun) for place in self._places[name]}
        yield from (self.calls[place] for place in sorted(places))

    @cached_property
    def _places(self) -> Mapping[str, list[int]]:
        """Name → where calls of it stand among all: many ask for few."""
        found: dict[str, list[int]] = {}
        for place, call in enumerate(self.calls):
            found.setdefault(call.name, []).append(place)
        return found

    def methods(self, *names: str) -> Iterator[tuple[Source, ast.Call]]:
        """Calls of a method of that name, whatever it is a method of."""
        for source in self.sources:
            for node in source.of(ast.Call):
                if isinstance(node.func, ast.Attribute) and node.func.attr in names:
                    yield source, node

    def name_of(self, source: Source, node: ast.expr) -> str:
        """A dotted name with its first part by what it was imported as; empty for all else."""
        written = dotted_name(node)
        if not written or "(" in written:
            return ""
        head, dot, rest = written.partition(".")
        names = self.bound[source.path]
        if head not in names and head[:1].isupper():
            module = giver(self._stars[source.path], head)
            head = f"{module}.{head}" if module else head
        return usual(f"{names.get(head, head)}{dot}{rest}")

    @cached_property
    def _stars(self) -> Mapping[str, tuple[str, ...]]:
        """Path → modules that it imports everything from."""
        return {path: starred(names) for path, names in self.bound.items()}

    def imports(self, source: Source, library: str) -> bool:
        """Whether a file imports anything of a library."""
        names = self.bound[source.path].values()
        return any(name == library or name.startswith(f"{library}.") for name in names)

    def holders(self, *names: str) -> frozenset[str]:
        """Variables that are set to what such calls give: `optimizer`, `self.optimizer`."""
        wanted: set[ast.expr | None] = {call.node for call in self.named(*names)}
        return frozenset(
            name
            for source in self.sources
            for node in source.of(ast.Assign, ast.AnnAssign)
            if _made(node.value) & wanted
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if (name := dotted_name(target)) and "(" not in name
        )

    @cached_property
    def _parents(self) -> Mapping[ast.AST, ast.AST]:
        """Node → what it stands in."""
        return {
            child: node
            for source in self.sources
            for node in source.nodes
            for child in children(node)
        }

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, from the nearest to the module."""
        while (above := self._parents.get(node)) is not None:
            yield above
            node = above

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that an expression is part of."""
        if isinstance(node, ast.stmt):
            return node
        return next(one for one in self.around(node) if isinstance(one, ast.stmt))

    def scope(self, node: ast.AST) -> ast.AST | None:
        """The function it stands in; None = the file's own level."""
        return next((one for one in self.around(node) if isinstance(one, Function)), None)


def _at_once(statement: ast.stmt) -> Iterator[ast.AST]:
    """A statement of a module and those in it, but for what functions and classes hold."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.ClassDef):
            for part in ("body", "orelse", "handlers", "finalbody"):
                waiting += getattr(node, part, ())


def starred(names: Mapping[str, str]) -> tuple[str, ...]:
    """Modules that everything is imported from, of bound names, in their order."""
    return tuple(meaning for name, meaning in names.items() if name.startswith(STAR))


def _dotted(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def within(node: ast.AST) -> Iterator[ast.AST]:
    """All that is run where the node is: not the bodies of functions that it defines."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += [one for one in children(one) if not isinstance(one, Function | ast.Lambda)]


def calls_method(node: ast.AST, name: str) -> bool:
    """Whether a method of that name is called within."""
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == name
        for one in within(node)
    )


def _made(value: ast.expr | None) -> set[ast.expr | None]:
    """What a value can be: `GradScaler() if cuda else None` is one of two."""
    return {value.body, value.orelse} if isinstance(value, ast.IfExp) else {value}


def bindings(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Names that an import binds, each with what it stands for; `*module` where it is all."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            head = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (head, head)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        for alias in node.names:
            if alias.name == STAR:
                yield f"{STAR}{node.module}", node.module
            else:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"

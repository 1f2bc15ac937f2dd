"""Where values end up: from a name, through plain assignments, to the calls they are passed to.

Read from the text alone, so it tells what can be seen: `lr = args.lr`, `self.lr = lr`, arguments of
the repository's own functions. What is unpacked, computed or looked up by a name of its own is not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sandbox.syntax import children
from sandbox.tunables.literals import dotted_name, is_number
from sandbox.tunables.signatures import (
    PLOTS,
    POSITIONAL,
    SHAPES,
    SKIPPED_CALLS,
    Function,
    Signatures,
)
from sandbox.tunables.sources import Source
from sandbox.tunables.stars import STAR, Locals, bound_names, given_names, listed_names

_CONVERSIONS = frozenset({"int", "float", "str", "bool", "list", "tuple"})
_SILENT = SKIPPED_CALLS | {
    "__init__",
    "dict",
    "set",
    "sorted",
    "getattr",
    "vars",
    "type",
    "append",
    "sum",
}
_LEAVES = (ast.Constant, ast.Name)
_FARTHEST = 5
_MOST = 8
_LONGEST_CALL = 40

Name = tuple[str, str]
"""A name and where it holds: a file, a function, a class; nowhere in particular for `args.lr`."""


@dataclass(frozen=True)
class Use:
    """An argument of a call that a value ends in.

    Attributes:
        parameter: its keyword, or its name where the function is known; empty where it is not.
        is_local: the function is the repository's own, so the value may go on from there.
    """

    call: str
    parameter: str
    file: str
    line: int
    cell: int | None = None
    is_local: bool = False

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        if self.cell is not None:
            where = f"cell {self.cell} line {self.line}"
        return f"{self.call}({self.parameter + '=' if self.parameter else ''}) {where}"


def _telling(use: Use) -> tuple[bool, bool]:
    """Calls that say little go last: those that only shape arrays, or of no known argument."""
    return use.call in SHAPES, not use.parameter


@dataclass(frozen=True, eq=False)
class _Scope:
    """What names mean where they stand; those that a scope does not bind are looked for outside."""

    key: str
    bound: frozenset[str]
    outer: _Scope | None = None
    owner: str = ""

    def name(self, text: str) -> Name:
        scope: _Scope | None = self
        while scope.outer is not None and text not in scope.bound:  # type: ignore[union-attr]
            scope = scope.outer  # type: ignore[union-attr]
        return scope.key, text  # type: ignore[union-attr]


@dataclass
class Uses:
    """Which names are given on to which, and which are passed to calls."""

    given_on: dict[Name, list[Name]] = field(default_factory=dict)
    passed: dict[Name, list[Use]] = field(default_factory=dict)
    bound: dict[tuple[str, int | None, int, str], Name] = field(default_factory=dict)

    def of(self, file: str, cell: int | None, line: int, name: str) -> tuple[Use, ...]:
        """Calls that the value bound in that line ends in, the nearest first.

        A name that is not bound there is one of an object's: `args.lr` of a flag `--lr`. Calls of
        the repository's own functions are told only where nothing is known beyond them.
        """
        start = self.bound.get((file, cell, line, name), ("", name))
        starts = [start] if ":" in start[0] else [start, ("", name)]
        found = list(dict.fromkeys(self._follow(starts)))
        foreign = [use for use in found if not use.is_local]
        return tuple(sorted(foreign or found, key=_telling))[:_MOST]

    def _follow(self, waiting: Iterable[Name]) -> Iterator[Use]:
        seen: set[Name] = set()
        level = list(waiting)
        for _ in range(_FARTHEST):
            following: list[Name] = []
            for name in level:
                if name not in seen:
                    seen.add(name)
                    yield from self.passed.get(name, ())
                    following += self.given_on.get(name, ())
            level = following


def uses_of(sources: Iterable[Source], signatures: Signatures) -> Uses:
    """Read all sources of an entry."""
    every = list(sources)
    reader = _Reader(Uses(), signatures, _functions(every))
    modules: dict[str, set[str]] = {}
    for source in every:
        modules.setdefault(source.path, set()).update(bound_names(source.tree.body))
    _stars(reader.uses, every, modules)
    for source in every:
        scope = _Scope(source.path, frozenset(modules[source.path]))
        _imports(reader.uses, source, modules)
        reader.read(source, scope)
    reader.spread()
    return reader.uses


def _imports(uses: Uses, source: Source, modules: Mapping[str, set[str]]) -> None:
    """`from config import LR`: the name of one file is that of another."""
    for node in source.of(ast.ImportFrom):
        for alias in node.names:
            for path, names in modules.items():
                if alias.name in names and path != source.path:
                    here = (source.path, alias.asname or alias.name)
                    uses.given_on.setdefault((path, alias.name), []).append(here)


def _stars(uses: Uses, sources: list[Source], modules: Mapping[str, set[str]]) -> None:
    """`from config import *`: all names of that file, and those that it has by a star itself."""
    files = Locals(sources)
    stars = {
        (source.path, path)
        for source in sources
        for node in source.of(ast.ImportFrom)
        if node.names[0].name == STAR
        if (path := files.path_of(source, node)) is not None and path != source.path
    }
    own = {path: frozenset(names) for path, names in modules.items()}
    listed = {path: listed_names(one for one in sources if one.path == path) for _, path in stars}
    known = -1
    while known != (known := sum(map(len, modules.values()))):
        for here, path in stars:
            modules[here].update(given_names(modules[path], listed[path]))
    for here, path in sorted(stars):
        for name in sorted(modules[path] & modules[here] - own[here]):
            uses.given_on.setdefault((path, name), []).append((here, name))


def _functions(sources: Iterable[Source]) -> dict[str, str]:
    """Scopes of functions and of what makes classes; names with two meanings left out."""
    found: dict[str, list[str]] = {}
    for source in sources:
        for node in source.of(ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(_made(source, node))
            elif node.name != "__init__":
                found.setdefault(node.name, []).append(_key(source, node))
    return {name: keys[0] for name, keys in found.items() if len(keys) == 1 and keys[0]}


def _made(source: Source, node: ast.ClassDef) -> str:
    """Where the arguments of a class go; empty where that is not known."""
    for one in node.body:
        if isinstance(one, Function) and one.name == "__init__":
            return _key(source, one)
    has_fields = any(isinstance(one, ast.AnnAssign) for one in node.body)
    return f"{source.path}.{node.name}" if has_fields else ""


def _key(source: Source, node: Function) -> str:
    return f"{source.path}#{source.cell}:{node.lineno}"


@dataclass
class _Reader:
    """Goes through the statements of files, each in its scope."""

    uses: Uses
    signatures: Signatures
    known: Mapping[str, str]
    dicts: dict[Name, list[tuple[str, Name]]] = field(default_factory=dict)
    spreads: list[tuple[Name, Use, str | None]] = field(default_factory=list)

    def read(self, source: Source, scope: _Scope) -> None:
        waiting: list[tuple[ast.AST, _Scope]] = [(node, scope) for node in source.tree.body[::-1]]
        while waiting:
            node, here = waiting.pop()
            inner = here
            if isinstance(node, Function):
                inner = self._function(source, node, here)
            elif isinstance(node, ast.ClassDef):
                inner = _Scope(here.key, frozenset(), here, f"{source.path}.{node.name}")
                self._fields(source, node, inner)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                self._assigned(source, node, here)
            elif isinstance(node, ast.Call):
                self._call(source, node, here)
            inside = children(node)[::-1]
            waiting += [(child, inner) for child in inside if type(child) not in _LEAVES]

    def spread(self) -> None:
        """Once all are read: each key of a dict is an argument of `Loader(data, **settings)`."""
        for name, use, made in self.spreads:
            for key, value in self.dicts.get(name, ()):
                self._passed(value, replace(use, parameter=key), made)

    def _function(self, source: Source, node: Function, outer: _Scope) -> _Scope:
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        names = {one.arg for one in arguments}
        scope = _Scope(
            _key(source, node), frozenset({*names, *bound_names(node.body)}), outer, outer.owner
        )
        defaults = [*node.args.defaults, *(one for one in node.args.kw_defaults if one)]
        for line in _lines(*arguments, *defaults, *node.decorator_list):
            for name in names:
                at = (source.path, source.cell, line, name)
                self.uses.bound[at] = (scope.key, name)
        return scope

    def _fields(self, source: Source, node: ast.ClassDef, scope: _Scope) -> None:
        """`lr: float = 0.1` in a class is `self.lr` in it and `config.lr` elsewhere."""
        for each in node.body:
            target: ast.expr | None = each.target if isinstance(each, ast.AnnAssign) else None
            if isinstance(each, ast.Assign):
                target = each.targets[0]
            if isinstance(target, ast.Name):
                at = (source.path, source.cell, each.lineno, target.id)
                self.uses.bound[at] = (scope.owner, target.id)

    def _assigned(self, source: Source, node: ast.Assign | ast.AnnAssign, scope: _Scope) -> None:
        if scope.owner and scope.key == source.path:
            return
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            for to, value in _pairs(target, node.value):
                name, given = _named(to, scope), _named(_plain(value), scope)
                if name is None:
                    continue
                self.uses.bound[source.path, source.cell, value.lineno, name[1]] = name
                if given is not None:
                    self.uses.given_on.setdefault(given, []).append(name)
            whole = _named(target, scope)
            if whole is not None and isinstance(node.value, ast.Dict | ast.Call):
                self.dicts.setdefault(whole, []).extend(_items(node.value, scope))

    def _call(self, source: Source, node: ast.Call, scope: _Scope) -> None:
        full = _called(node.func)
        call = full if "(" in full else full.rpartition(".")[2]
        if not call or full.split(".")[0] in PLOTS:
            return
        made = self.known.get(call)
        where = (source.path, node.lineno, source.cell, made is not None)
        for parameter, value in _arguments(node, call, self.signatures):
            name = _named(_plain(value), scope)
            if name is not None:
                self._passed(name, Use(call, parameter, *where), made)
        for word in node.keywords:
            whole = _named(word.value, scope) if word.arg is None else None
            if whole is not None:
                self.spreads.append((whole, Use(call, "", *where), made))

    def _passed(self, name: Name, use: Use, made: str | None) -> None:
        if use.call == "dict" and use.parameter:
            self.uses.given_on.setdefault(name, []).append(("", use.parameter))
        elif use.call not in _SILENT:
            self.uses.passed.setdefault(name, []).append(use)
        if made is not None and use.parameter:
            self.uses.given_on.setdefault(name, []).append((made, use.parameter))


def _called(node: ast.expr) -> str:
    """What is called: `torch.optim.Adam`, and `getattr(optim, args.optim)` as it stands there."""
    if isinstance(node, ast.Call) and dotted_name(node.func) == "getattr":
        text = ast.unparse(node)
        return text if len(text) <= _LONGEST_CALL else "getattr(…)"
    name = dotted_name(node) or ""
    return name.rpartition(".")[2] if "(" in name else name


def _items(value: ast.Dict | ast.Call, scope: _Scope) -> Iterator[tuple[str, Name]]:
    """Keys of `{"lr": args.lr}` and of `dict(lr=args.lr)`, with what they are given; plain ones."""
    if isinstance(value, ast.Call):
        words = value.keywords if dotted_name(value.func) == "dict" else []
        pairs = [(word.arg, word.value) for word in words if word.arg]
    else:
        keys = [one.value if isinstance(one, ast.Constant) else None for one in value.keys]
        pairs = [
            (key, each)
            for key, each in zip(keys, value.values, strict=True)
            if isinstance(key, str)
        ]
    for key, each in pairs:
        name = _named(_plain(each), scope)
        yield key, name if name is not None else ("", key)


def _arguments(node: ast.Call, call: str, signatures: Signatures) -> Iterator[tuple[str, ast.expr]]:
    names = signatures.get(call, POSITIONAL.get(call, ()))
    for at, value in enumerate(node.args):
        if isinstance(value, ast.Starred):
            break
        yield (names[at] if at < len(names) else ""), value
    for word in node.keywords:
        if word.arg:
            yield word.arg, word.value


def _lines(*nodes: ast.expr | ast.arg) -> set[int]:
    return {node.lineno for node in nodes}


def _pairs(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Targets with their values, of `a, b = x, y` too."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        if len(target.elts) == len(value.elts):
            yield from zip(target.elts, value.elts, strict=True)
    elif isinstance(value, ast.Dict):
        for key, inner in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield ast.Attribute(target, key.value, ast.Store()), inner
    elif value is not None:
        yield target, value


def _plain(value: ast.expr) -> ast.expr:
    """Without a conversion or a number around it: `int(args.n)`, `epochs + 1`."""
    for _ in range(4):
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub | ast.Mult):
            if not is_number(value.right):
                break
            value = value.left
        elif isinstance(value, ast.Call) and len(value.args) == 1 and not value.keywords:
            if dotted_name(value.func) not in _CONVERSIONS:
                break
            value = value.args[0]
        else:
            break
    return value


def _named(node: ast.expr, scope: _Scope) -> Name | None:
    """What a name, an attribute or a key stands for."""
    if isinstance(node, ast.Name):
        return scope.name(node.id)
    if isinstance(node, ast.Attribute):
        is_self = isinstance(node.value, ast.Name) and node.value.id == "self"
        return (scope.owner if is_self else ""), node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        key = node.slice.value
        return ("", key.strip("-<>").replace("-", "_")) if isinstance(key, str) else None
    return None

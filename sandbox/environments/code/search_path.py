"""Folders that code adds to `sys.path` by expressions that can be worked out without running it."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

_MANY = 100  # additions of one file
_ROOT = "/"  # of the repository, while paths are worked out
_SAME = {"abspath", "realpath", "normpath", "expanduser", "resolve", "absolute", "str", "Path"}
_SAME |= {"PurePath", "fspath", "as_posix"}


def added_folders(module: ast.AST, path: str) -> tuple[str, ...]:
    """Folders relative to the repository's root; what lies outside of it is left out.

    Args:
        module: the parsed file.
        path: where it lies; relative folders are taken as relative to its own.
    """
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    adding = [call for call in calls if any(_added(call))][:_MANY]
    if not adding:
        return ()
    adders = dict(_adders(module, adding))
    added = [value for call in calls for value in (*_added(call), *_handed(call, adders))][:_MANY]
    known = _Values(path, module)
    found = [posixpath.normpath(place) for value in added if (place := known.place(value))]
    return tuple(dict.fromkeys(place.strip("/") for place in found))


def _added(call: ast.Call) -> Iterator[ast.expr]:
    """What `sys.path.append(…)`, `.insert(0, …)` and `site.addsitedir(…)` are given."""
    name = _dotted(call.func)
    if (
        name in {"sys.path.append", "sys.path.insert", "path.append", "site.addsitedir"}
        and call.args
    ):
        yield call.args[-1]
    elif name == "sys.path.extend" and call.args and isinstance(call.args[0], ast.List):
        yield from call.args[0].elts


def _dotted(node: ast.expr) -> str:
    """`a.b.c`; empty for what is no name. Not by recursion: a chain of calls may be endless."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _adders(module: ast.AST, adding: Sequence[ast.Call]) -> Iterator[tuple[str, int]]:
    """Functions that add what they are given, as `add_path(lib)`, and which argument that is.

    What is within one is told by its lines: to walk each takes long where they are nested.
    """
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            names = [one.arg for one in node.args.args]
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            for value in (one for call in adding if call.lineno in lines for one in _added(call)):
                if isinstance(value, ast.Name) and value.id in names:
                    yield node.name, names.index(value.id)


def _handed(call: ast.Call, adders: Mapping[str, int]) -> Iterator[ast.expr]:
    place = adders.get(call.func.id) if isinstance(call.func, ast.Name) else None
    if place is not None and place < len(call.args):
        yield call.args[place]


class _Values:
    """Works out expressions over `__file__`, text, `os.path` and `pathlib`."""

    def __init__(self, path: str, module: ast.AST) -> None:
        self._file = posixpath.join(_ROOT, path)
        assigned = [node for node in ast.walk(module) if isinstance(node, ast.Assign)]
        self._names = {
            target.id: node.value
            for node in assigned
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def place(self, node: ast.expr) -> str | None:
        """An absolute folder below the root, None = not to be known."""
        value = self._text(node, 20)
        if value is None:
            return None
        return posixpath.join(posixpath.dirname(self._file), value)

    def _text(self, node: ast.expr, depth: int) -> str | None:
        """The text that an expression stands for; `depth` ends what leads to itself."""
        forms: dict[type[ast.expr], Callable[[Any, int], str | None]] = {
            ast.Name: self._name,
            ast.BinOp: self._operation,
            ast.Subscript: self._subscript,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
        }
        worked_out = forms.get(type(node))
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        return worked_out(node, depth) if worked_out and depth else None

    def _operation(self, node: ast.BinOp, depth: int) -> str | None:
        """`folder / "name"`, `folder + "/name"`."""
        add = isinstance(node.op, ast.Add)
        known = add or isinstance(node.op, ast.Div)
        return self._joined([node.left, node.right], depth, add=add) if known else None

    def _name(self, node: ast.Name, depth: int) -> str | None:
        if node.id == "__file__":
            return self._file
        value = self._names.get(node.id)
        return self._text(value, depth - 1) if value is not None else None

    def _attribute(self, node: ast.Attribute, depth: int) -> str | None:
        constants = {"curdir": ".", "pardir": "..", "sep": "/"}
        if node.attr in constants:
            return constants[node.attr]
        return self._parent(node.value, depth) if node.attr == "parent" else None

    def _subscript(self, node: ast.Subscript, depth: int) -> str | None:
        """`Path(__file__).parents[1]`."""
        of, index = node.value, node.slice
        if not (isinstance(of, ast.Attribute) and of.attr == "parents"):
            return None
        count = index.value if isinstance(index, ast.Constant) else None
        value = self._text(of.value, depth - 1)
        for _ in range(count + 1 if isinstance(count, int) and 0 <= count < 20 else 0):
            value = posixpath.dirname(value) if value else None
        return value

    def _parent(self, node: ast.expr, depth: int) -> str | None:
        value = self._text(node, depth - 1)
        return posixpath.dirname(value) if value else None

    def _joined(self, nodes: list[ast.expr], depth: int, *, add: bool = False) -> str | None:
        parts = [self._text(node, depth - 1) for node in nodes]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts) or not known:
            return None
        return "".join(known) if add else posixpath.join(*known)

    def _call(self, node: ast.Call, depth: int) -> str | None:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        of = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name in {"getcwd", "cwd"}:
            return "."
        if name in {"join", "joinpath"}:
            given = [of] if name == "joinpath" and of is not None else []
            return self._joined([*given, *node.args], depth)
        if name == "dirname" and node.args:
            return self._parent(node.args[0], depth)
        if name in _SAME:
            same = node.args[0] if node.args else of
            return self._text(same, depth - 1) if same is not None else None
        return None

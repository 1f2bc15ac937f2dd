"""How a file says a name of a library, and the imports that it needs for that."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator, Mapping

from sandbox.syntax import children
from sandbox.tunables.sources import Source, is_main_block
from sandbox.tunables.stars import STAR
from sandbox.tunables.tweaks.code import Call, Code, Function, starred
from sandbox.tunables.tweaks.edits import Edit, after, before, newline, place, replaced
from sandbox.tunables.tweaks.libraries import giver

_BY_FROM = ("sklearn",)
"""Libraries whose packages are not there once the library is imported."""
_TAKEN = ("random",)
"""Names that are said in full: a module of Python has them too."""


def renamed(code: Code, call: Call, last: str) -> list[Edit]:
    """The call of another function of the same module."""
    function = call.node.func
    if isinstance(function, ast.Attribute):
        _, end = place(call.source, function)
        return [Edit(call.source, end - len(function.attr), end, last)]
    segment = call.source.segment(function)
    written = code.bound[call.source.path].get(segment, call.name)
    name = f"{written.rpartition('.')[0]}.{last}" if "." in written else last
    text, edits = reference(code, call.source, name) if "." in name else (last, [])
    return [replaced(call.source, function, text), *edits]


def reference(code: Code, source: Source, name: str) -> tuple[str, list[Edit]]:
    """How a file says a name of a library, and the import it needs for that, if any."""
    names = code.bound_before(source)
    if name.startswith("keras.") and not code.imports(source, "keras"):
        name = f"tensorflow.{name}"
    said = said_with(names, name)
    if said is not None:
        return said, []
    head, _, last = name.rpartition(".")
    may_be_hidden = last in _TAKEN or last in code.written(source.path) or len(starred(names)) > 1
    if not head or may_be_hidden:
        return name, [imported(code, source, f"import {head or name}")]
    return last, [imported(code, source, f"from {head} import {last}")]


def said_with(names: Mapping[str, str], name: str) -> str | None:
    """A library's name, by what imports have bound; None = they have not bound it.

    Args:
        names: bound name → what it stands for.
    """
    for bound, meaning in names.items():
        if meaning == name and not bound.startswith(STAR):
            return bound
    head, _, last = name.rpartition(".")
    modules = starred(names)
    if head in modules and giver(modules, last) == head:
        return last
    around = name.partition(".")[0] not in _BY_FROM
    for bound, meaning in sorted(names.items(), key=lambda pair: -len(pair[1])):
        if bound.startswith(STAR):
            continue
        is_within = around and name.startswith(f"{meaning}.")
        if head == meaning or (is_within and bound[:1].islower()):
            return f"{bound}{name[len(meaning) :]}"
    return None


def imported(code: Code, source: Source, statement: str) -> Edit:
    """An import behind the first one of the same library, else before the first statement of all.

    Not higher up than needed: what a file sets for a library, it sets before it imports it. In a
    notebook in the cell itself, or in one before it.
    """
    library = imported_libraries(ast.parse(statement).body[0])
    for one in code.up_to(source):
        for node in one.tree.body:
            if any(library & imported_libraries(inner) for inner in at_once(node)):
                return _once(after(one, node, statement))
    has_imports = (one for one in code.up_to(source) if any(map(_is_import, one.tree.body)))
    top = next(has_imports, source)
    body = [node for node in top.tree.body if not _comes_first(top, node)]
    if body:
        return _once(before(top, _with_decorators(body[0]), statement))
    end = newline(top)
    return _once(Edit(top, len(top.text), len(top.text), f"{end}{statement}{end}"))


def _once(edit: Edit) -> Edit:
    return dataclasses.replace(edit, is_once=True)


def at_once(node: ast.stmt, *, with_main: bool = False) -> Iterator[ast.stmt]:
    """The statement, and those in it that are run where it stands; of a main block if asked."""
    if isinstance(node, Function | ast.ClassDef) or (is_main_block(node) and not with_main):
        return
    yield node
    for child in children(node):
        inner = child.body if isinstance(child, ast.ExceptHandler) else [child]
        for each in inner:
            if isinstance(each, ast.stmt):
                yield from at_once(each, with_main=with_main)


def imported_libraries(node: ast.stmt) -> set[str]:
    """The libraries that a statement imports from."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return {node.module.partition(".")[0]}
    return set()


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _with_decorators(statement: ast.stmt) -> ast.stmt:
    """What a definition begins with: its first decorator, as a statement of that place."""
    decorators = getattr(statement, "decorator_list", [])
    if not decorators:
        return statement
    first = decorators[0]
    return ast.Pass(
        lineno=first.lineno,
        col_offset=statement.col_offset,
        end_lineno=first.lineno,
        end_col_offset=statement.col_offset,
    )


def _is_future(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _comes_first(source: Source, node: ast.stmt) -> bool:
    """What stays before any import: docstring, imports from the future, magics of a cell."""
    is_magic = source.text[slice(*place(source, node))].startswith(("%", "!"))
    return _is_future(node) or _is_text(node) or is_magic


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )

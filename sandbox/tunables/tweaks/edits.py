"""Edits of source text by position: what is not part of an edit stays as it is, byte for byte."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.tunables.sources import Source, offsets, span_of
from sandbox.tunables.tweaks.code import STAR, Call, Code

_COMMENT = re.compile(r"#[^\r\n]*")
_BY_FROM = ("sklearn",)
"""Libraries whose packages are not there once the library is imported."""
_TAKEN = ("random",)
"""Names that are said in full: a module of Python has them too."""


@dataclass(frozen=True)
class Edit:
    """A stretch of a source's text, as indexes into it, and what is to stand there."""

    source: Source
    start: int
    end: int
    text: str


def place(source: Source, node: ast.expr | ast.stmt) -> tuple[int, int]:
    """Start and end of a node as indexes into the text."""
    return offsets(source.text, span_of(node))  # type: ignore[arg-type]


def replaced(source: Source, node: ast.expr | ast.stmt, text: str) -> Edit:
    """Another text in place of a node."""
    return Edit(source, *place(source, node), text)


def with_keyword(call: Call, name: str, text: str) -> Edit:
    """The call with an argument of that name: its value replaced, or added behind the last."""
    value = call.keyword(name)
    if value is not None:
        return replaced(call.source, value, text)
    start, end = _brackets(call)
    given = [*call.node.args, *(word.value for word in call.node.keywords)]
    last = max((place(call.source, one)[1] for one in given), default=start)
    rest = _COMMENT.sub(lambda found: " " * len(found[0]), call.source.text[last:end]).rstrip()
    at = last + len(rest)
    added = f"{name}={text}"
    if rest.endswith(","):
        return Edit(call.source, at, at, f" {added},")
    return Edit(call.source, at, at, f", {added}" if given else added)


def with_arguments(call: Call, arguments: Sequence[str]) -> Edit:
    """The call with other arguments, each as text."""
    return Edit(call.source, *_brackets(call), ", ".join(arguments))


def argument_texts(call: Call, keep: Iterable[str], *, positional: int) -> list[str]:
    """Arguments as they are written: so many of the positional ones, and keywords by name."""
    kept = set(keep)
    source = call.source
    texts = [source.segment(one) for one in call.node.args[:positional]]
    return texts + [
        f"{one.arg}={source.segment(one.value)}" for one in call.node.keywords if one.arg in kept
    ]


def _brackets(call: Call) -> tuple[int, int]:
    """What stands between the brackets of a call."""
    _, start = place(call.source, call.node.func)
    _, end = place(call.source, call.node)
    return call.source.text.index("(", start) + 1, end - 1


def before(source: Source, statement: ast.stmt, text: str) -> Edit:
    """A statement on a line of its own, before another one and as far to the right."""
    start, _ = place(source, statement)
    line = source.text[_line_start(source.text, start) : start]
    if line.strip():
        return Edit(source, start, start, f"{text}; ")
    return Edit(source, start, start, f"{text}{_newline(source)}{line}")


def after(source: Source, statement: ast.stmt, text: str, *, like: ast.stmt | None = None) -> Edit:
    """A statement on a line of its own, behind another one.

    Args:
        like: as far to the right as this one; None = as the statement itself.
    """
    _, end = place(source, statement)
    start, _ = place(source, like or statement)
    indent = source.text[_line_start(source.text, start) : start]
    rest = re.match(r"[ \t]*(;[ \t]*)?(#[^\r\n]*)?(?=[\r\n]|\Z)", source.text[end:])
    if indent.strip() or rest is None:
        return Edit(source, end, end, f"; {text}")
    at = end + rest.end()
    return Edit(source, at, at, f"{_newline(source)}{indent}{text}")


def stands_alone(source: Source, statement: ast.stmt) -> bool:
    """Whether it begins its line, so that any statement may be put before it."""
    start, _ = place(source, statement)
    return not source.text[_line_start(source.text, start) : start].strip()


def without_elements(
    source: Source, elements: Sequence[ast.expr], unwanted: Iterable[ast.expr]
) -> list[Edit]:
    """A list without some of its elements, with what separates them."""
    gone = set(unwanted)
    if len(gone) == len(elements):
        start, end = place(source, elements[0])[0], place(source, elements[-1])[1]
        comma = re.match(r"\s*,", source.text[end:])
        return [Edit(source, start, end + (comma.end() if comma else 0), "")]
    edits = []
    for at, one in enumerate(elements):
        if one in gone:
            start, end = place(source, one)
            is_last = at + 1 == len(elements)
            edits.append(
                Edit(source, start, end if is_last else place(source, elements[at + 1])[0], "")
            )
    return edits


def renamed(code: Code, call: Call, last: str) -> list[Edit]:
    """The call of another function of the same module."""
    function = call.node.func
    if isinstance(function, ast.Attribute):
        _, end = place(call.source, function)
        return [Edit(call.source, end - len(function.attr), end, last)]
    written = code.bound[call.source.path].get(call.source.segment(function), "")
    name = f"{written.rpartition('.')[0]}.{last}" if "." in written else last
    text, edits = reference(code, call.source, name) if "." in name else (last, [])
    return [replaced(call.source, function, text), *edits]


def reference(code: Code, source: Source, name: str) -> tuple[str, list[Edit]]:
    """How a file says a name of a library, and the import it needs for that, if any."""
    names = code.top[source.path]
    if name.startswith("keras.") and not code.imports(source, "keras"):
        name = f"tensorflow.{name}"
    for bound, meaning in names.items():
        if meaning == name and bound != STAR:
            return bound, []
    head, _, last = name.rpartition(".")
    if names.get(STAR) == head:
        return last, []
    around = name.partition(".")[0] not in _BY_FROM
    for bound, meaning in sorted(names.items(), key=lambda pair: -len(pair[1])):
        is_within = around and bound != STAR and name.startswith(f"{meaning}.")
        if (head == meaning and bound != STAR) or (is_within and bound[:1].islower()):
            return f"{bound}{name[len(meaning) :]}", []
    if not head or last in _TAKEN or last in code.written(source.path):
        return name, [imported(code, source, f"import {head or name}")]
    return last, [imported(code, source, f"from {head} import {last}")]


def imported(code: Code, source: Source, statement: str) -> Edit:
    """An import behind the first one of the same library, else before the first one of all.

    Not higher up than needed: what a file sets for a library, it sets before it imports it.
    """
    library = _libraries(ast.parse(statement).body[0])
    first: tuple[Source, ast.stmt] | None = None
    for one in (each for each in code.sources if each.path == source.path):
        for node in one.tree.body:
            if library & _libraries(node):
                return after(one, node, statement)
            if first is None and _libraries(node) and not _is_future(node):
                first = (one, node)
    if first is not None:
        return before(*first, statement)
    top = next(each for each in code.sources if each.path == source.path)
    body = [node for node in top.tree.body if not _comes_first(top, node)]
    if body:
        return before(top, _with_decorators(body[0]), statement)
    return Edit(top, len(top.text), len(top.text), f"\n{statement}\n")


def _libraries(node: ast.stmt) -> set[str]:
    """What an import imports from."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    return {(node.module or ".").partition(".")[0]} if isinstance(node, ast.ImportFrom) else set()


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


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def _newline(source: Source) -> str:
    return "\r\n" if "\r\n" in source.text else "\n"


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits, equal ones once, from the last to the first."""
    unique = {(one.start, one.end, one.text): one for one in edits}
    ordered = sorted(unique.values(), key=lambda one: (one.start, one.end > one.start))
    for one in reversed(ordered):
        text = text[: one.start] + one.text + text[one.end :]
    return text

"""Options that libraries make of definitions: absl's `DEFINE_…`, fields of tyro's dataclasses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from sandbox.tunables.declarations import (
    Constants,
    Option,
    called,
    choices_of,
    help_of,
    is_text,
    text_of,
)
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source

_DEFINED = re.compile(r"DEFINE_(multi_)?(string|integer|float|boolean|bool|enum|list)$")
_TYPES = {"integer": "int", "float": "float", "boolean": "bool", "bool": "bool"}
_PLAIN = frozenset({"int", "float", "str", "bool"})


def find_definitions(source: Source, constants: Constants) -> Iterator[Option]:
    """Options of absl (and TensorFlow's flags, which are the same) and of tyro."""
    dataclasses = {one.name: one for one in source.nodes if isinstance(one, ast.ClassDef)}
    for node in source.nodes:
        if isinstance(node, ast.Call) and (kind := _DEFINED.match(called(node))):
            option = _of_absl(node, kind, constants)
            if option is not None:
                yield option
        elif isinstance(node, ast.Call) and dotted_name(node.func) == "tyro.cli" and node.args:
            made = dataclasses.get(dotted_name(node.args[0]) or "")
            if made is not None:
                yield from _of_fields(made, constants)


def _of_absl(node: ast.Call, kind: re.Match[str], constants: Constants) -> Option | None:
    """`DEFINE_float("lr", 0.1, "rate")`; an enum has its values before the help."""
    order = ["name", "default", *(["enum_values"] if kind[2] == "enum" else []), "help"]
    given: Mapping[str, ast.expr] = {
        **dict(zip(order, node.args, strict=False)),
        **{word.arg: word.value for word in node.keywords if word.arg},
    }
    if "name" not in given or not is_text(given["name"]):
        return None
    name: str = given["name"].value  # type: ignore[attr-defined]
    is_switch = kind[2] in {"boolean", "bool"} and not kind[1]
    return Option(
        names=(f"--{name}",),
        name=name,
        line=node.lineno,
        default=text_of(given.get("default"), constants),
        type=_TYPES.get(kind[2], "str"),
        choices=choices_of(given.get("enum_values"), constants),
        help=help_of(given.get("help")),
        action="toggle" if is_switch else "append" if kind[1] else "store",
        off=f"--no{name}" if is_switch else None,
    )


def _of_fields(made: ast.ClassDef, constants: Constants) -> Iterator[Option]:
    """Plain fields; the text below one is its help. Other fields are left to the source."""
    for at, field in enumerate(made.body):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        kind, choices = _annotated(field.annotation, constants)
        if kind is None:
            continue
        below = made.body[at + 1] if at + 1 < len(made.body) else None
        name = field.target.id.replace("_", "-")
        yield Option(
            names=(f"--{name}",),
            name=name,
            line=field.lineno,
            default=text_of(field.value, constants),
            type=kind,
            choices=choices,
            help=help_of(below.value) if isinstance(below, ast.Expr) else None,
            action="toggle" if kind == "bool" else "store",
            off=f"--no-{name}" if kind == "bool" else None,
            is_required=field.value is None,
        )


def _annotated(node: ast.expr, constants: Constants) -> tuple[str | None, tuple[str, ...]]:
    """Type and choices of `int`, `Optional[int]`, `int | None`, `Literal["a", "b"]`."""
    if isinstance(node, ast.BinOp):
        return _annotated(node.left, constants)
    if isinstance(node, ast.Subscript):
        name = (dotted_name(node.value) or "").rpartition(".")[2]
        if name == "Optional":
            return _annotated(node.slice, constants)
        return ("str", choices_of(node.slice, constants)) if name == "Literal" else (None, ())
    name = dotted_name(node) or ""
    return (name if name in _PLAIN else None), ()

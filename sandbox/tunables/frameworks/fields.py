"""Fields of dataclasses and parameters of functions: what many libraries make options of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sandbox.tunables.frameworks.declarations import called, choices_of, help_of
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.signatures import Function
from sandbox.tunables.sources import Source, parse

_PLAIN = {"int": "int", "float": "float", "str": "str", "bool": "bool", "Path": "str"}
_LISTS = frozenset({"list", "tuple", "set", "sequence", "iterable", "collection", "frozenset"})
_ENTRY = re.compile(r"^\s*(?::param\s+(?:\w+\s+)?)?[:*]*(\w+)(?:\s*\([^)]*\)|=\S+)?\s*:\s+(\S.*)$")
_DEEPEST = 8


@dataclass(frozen=True)
class Shape:
    """What an annotation says of a value.

    Attributes:
        type: `int`, `float`, `str`, `bool`; None = something else, or nothing is said.
        names, values: of an enum's members; both the same for a `Literal`.
        nargs: `*` for lists, a number for tuples of that length.
        extras: what else stands in an `Annotated`.
    """

    type: str | None = None
    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    nargs: str | None = None
    is_optional: bool = False
    extras: tuple[ast.expr, ...] = ()


@dataclass(frozen=True)
class Field:
    """One field or parameter.

    Attributes:
        default: what stands behind `=`, or what `field(default=…)` holds; None = there is none.
        is_required: it has no default, not even one that is made when needed.
        marker: the call that describes it: `field(…)`, `typer.Option(…)`.
        nested: the dataclass that the value is one of.
    """

    name: str
    line: int
    source: Source
    shape: Shape
    default: ast.expr | None = None
    is_required: bool = False
    marker: ast.Call | None = None
    help: str | None = None
    nested: ast.ClassDef | None = None


def fields_of(program: Program, source: Source, made: ast.ClassDef) -> tuple[Field, ...]:
    """The fields of a dataclass, those of its bases first; a field that is given anew counts."""
    found: dict[str, Field] = {}
    for owner, each in reversed(_lineage(program, source, made)):
        for one in _own_fields(program, owner, each):
            found[one.name] = one
    return tuple(found.values())


def _lineage(
    program: Program, source: Source, made: ast.ClassDef
) -> list[tuple[Source, ast.ClassDef]]:
    found = [(source, made)]
    for owner, each in found:
        for base in each.bases:
            known = program.definition(owner, base)
            if known is not None and isinstance(known[1], ast.ClassDef) and len(found) < _DEEPEST:
                found += [(known[0], known[1])] if known[1] not in [c for _, c in found] else []
    return found


def _own_fields(program: Program, source: Source, made: ast.ClassDef) -> Iterator[Field]:
    for at, node in enumerate(made.body):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        shape = shape_of(program, source, node.annotation)
        if (dotted_name(node.annotation) or "").endswith("ClassVar"):
            continue
        below = made.body[at + 1] if at + 1 < len(made.body) else None
        text = help_of(below.value) if isinstance(below, ast.Expr) else None
        blank = Field(node.target.id, node.lineno, source, shape, help=text)
        known = program.definition(source, node.annotation)
        if known is not None and isinstance(known[1], ast.ClassDef) and not shape.values:
            blank = replace(blank, nested=known[1])
        yield _with_default(blank, node.value)


def _with_default(blank: Field, value: ast.expr | None) -> Field:
    """`= 3`, `= field(default=3)`, `= field(default_factory=lambda: [3])`."""
    if not isinstance(value, ast.Call):
        return replace(blank, default=value, is_required=value is None)
    given = given_of(value)
    default = given.get("default")
    factory = given.get("default_factory")
    if called(value) in {"field", "HfArg", "choice", "mutable_field", "list_field"}:
        if isinstance(factory, ast.Lambda):
            default = factory.body
        is_required = default is None and factory is None and called(value) == "field"
        return replace(
            blank,
            default=default,
            is_required=is_required,
            marker=value,
            help=_metadata_help(given) or blank.help,
        )
    return replace(blank, default=value)


def _metadata_help(given: Mapping[str, ast.expr]) -> str | None:
    metadata = given.get("metadata")
    if isinstance(metadata, ast.Dict):
        for key, value in zip(metadata.keys, metadata.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "help":
                return help_of(value)
    return help_of(given.get("help"))


def given_of(call: ast.Call) -> dict[str, ast.expr]:
    """A call's arguments by keyword."""
    return {word.arg: word.value for word in call.keywords if word.arg}


def parameters_of(program: Program, source: Source, made: ast.AST) -> tuple[Field, ...]:
    """The named parameters of a function, or of a class's `__init__`, `self` left out."""
    if isinstance(made, ast.ClassDef):
        makers = [each for each in made.body if getattr(each, "name", "") == "__init__"]
        if not makers and any("dataclass" in ast.unparse(each) for each in made.decorator_list):
            return fields_of(program, source, made)
        return parameters_of(program, source, makers[0]) if makers else ()
    if not isinstance(made, Function):
        return ()
    described = _described(ast.get_docstring(made) or "")
    pairs = [(arg, value) for arg, value in _pairs(made.args) if arg.arg not in {"self", "cls"}]
    return tuple(
        Field(
            arg.arg,
            arg.lineno,
            source,
            shape_of(program, source, arg.annotation),
            default=value,
            is_required=value is None,
            help=described.get(arg.arg),
        )
        for arg, value in pairs
    )


def _pairs(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    missing = len(positional) - len(arguments.defaults)
    yield from zip(positional, [*[None] * missing, *arguments.defaults], strict=True)
    yield from zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)


def _described(text: str) -> dict[str, str]:
    """`name: what it is` of the `Args` in a docstring, in the usual styles."""
    found = (_ENTRY.match(line) for line in text.splitlines())
    return {each[1]: each[2] for each in found if each}


def shape_of(program: Program, source: Source, node: ast.expr | None, depth: int = 0) -> Shape:
    """Read an annotation: `Optional[int]`, `int | None`, `list[int]`, `Literal["a"]`, an enum."""
    if node is None or depth > _DEEPEST:
        return Shape()
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return shape_of(program, source, _parsed(node.value), depth + 1)
    if isinstance(node, ast.BinOp):
        parts = [part for part in (node.left, node.right) if not _is_none(part)]
        inner = shape_of(program, source, parts[0], depth + 1) if len(parts) == 1 else Shape()
        return replace(inner, is_optional=len(parts) == 1)
    if isinstance(node, ast.Subscript):
        return _subscript(program, source, node, depth)
    return _named_shape(program, source, node)


def _named_shape(program: Program, source: Source, node: ast.expr) -> Shape:
    name = (dotted_name(node) or "").rpartition(".")[2]
    if name.lower() in _LISTS:
        return Shape("str", nargs="*")
    known = program.definition(source, node)
    if known is not None and isinstance(known[1], ast.ClassDef):
        return _enum(known[1]) or Shape()
    return Shape(_PLAIN.get(name))


def _subscript(program: Program, source: Source, node: ast.Subscript, depth: int) -> Shape:
    name = (dotted_name(node.value) or "").rpartition(".")[2].lower()
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "literal":
        values = choices_of(ast.Tuple(list(parts), ast.Load()), program.constants(source))
        kinds = {type(part.value).__name__ for part in parts if isinstance(part, ast.Constant)}
        return Shape(kinds.pop() if len(kinds) == 1 else "str", values, values)
    kept = [part for part in parts if not _is_none(part)]
    inner = shape_of(program, source, kept[0], depth + 1) if kept else Shape()
    if name == "annotated":
        return replace(inner, extras=tuple(parts[1:]))
    if name == "optional" or (name == "union" and len(kept) == 1):
        return replace(inner, is_optional=True)
    if name in _LISTS and inner.nargs is None:
        is_fixed = name == "tuple" and not any(map(_is_dots, parts))
        return replace(inner, nargs=str(len(parts)) if is_fixed else "*")
    return Shape()


def _enum(made: ast.ClassDef) -> Shape | None:
    if not any((dotted_name(base) or "").endswith("Enum") for base in made.bases):
        return None
    members = [
        (one.targets[0].id, one.value.value if isinstance(one.value, ast.Constant) else None)
        for one in made.body
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
    ]
    names = tuple(name for name, _ in members)
    values = tuple(name if value is None else str(value) for name, value in members)
    return Shape("str", names, values)


def _parsed(text: str) -> ast.expr | None:
    try:
        body = parse(text).body
    except ValueError:
        return None
    return body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...

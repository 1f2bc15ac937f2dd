"""Options of simple_parsing: fields of dataclasses, nested ones under their own names."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sandbox.tunables.frameworks.declarations import Option, Style, called, help_of, text_of
from sandbox.tunables.frameworks.fields import Field, fields_of, given_of
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source

MARK = "simple_parsing"
_DEEPEST = 6


def find(source: Source, program: Program) -> Iterator[Option]:
    """Of `parser.add_arguments(Config, …)`, `simple_parsing.parse(Config)`, `ArgumentParser`'s."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and (made := _made(node)) is not None:
            known = program.definition(source, made)
            if known is not None and isinstance(known[1], ast.ClassDef):
                yield from _of_class(program, known[0], known[1])


def _made(node: ast.Call) -> ast.expr | None:
    is_parse = dotted_name(node.func) in {"simple_parsing.parse", "parse"}
    if called(node) != "add_arguments" and not is_parse:
        return None
    given = given_of(node)
    return node.args[0] if node.args else given.get("config_class", given.get("dataclass"))


def _of_class(
    program: Program, source: Source, made: ast.ClassDef, depth: int = 0
) -> Iterator[Option]:
    for field in fields_of(program, source, made):
        if field.nested is not None and depth < _DEEPEST:
            yield from _of_class(program, field.source, field.nested, depth + 1)
        elif field.shape.type is not None:
            yield _of_field(program, field)


def _of_field(program: Program, field: Field) -> Option:
    default = text_of(field.default, program.constants(field.source))
    shape = field.shape
    if shape.names != shape.values and default is not None:
        default = default.rpartition(".")[2]
    given = given_of(field.marker) if field.marker else {}
    is_truth = shape.type == "bool"
    return Option(
        names=(f"--{field.name}",),
        name=field.name,
        line=field.line,
        file=field.source.path,
        default=default,
        type=shape.type,
        choices=shape.names,
        help=field.help or help_of(given.get("help")) or _comment(field),
        nargs="?" if shape.nargs is None and (is_truth or shape.is_optional) else shape.nargs,
        off=f"--no{field.name}" if is_truth else None,
        is_required=field.is_required,
        style=Style.truth,
    )


def _comment(field: Field) -> str | None:
    """The comment behind a field, which simple_parsing shows as its help."""
    line = field.source.lines[field.line - 1]
    before, mark, text = line.partition("#")
    is_comment = mark and "'" not in before and '"' not in before
    return text.strip() or None if is_comment else None

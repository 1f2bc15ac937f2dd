"""Options of tyro: fields of a dataclass or parameters of a function, nested ones with a dot."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sandbox.tunables.frameworks.declarations import Option, Style, text_of
from sandbox.tunables.frameworks.fields import Field, fields_of, parameters_of
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source

MARK = "tyro"
_DEEPEST = 6


def find(source: Source, program: Program) -> Iterator[Option]:
    """Of `tyro.cli(Config)` and `tyro.cli(main)`; what has no plain type is left to the source."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and dotted_name(node.func) == "tyro.cli" and node.args:
            known = program.definition(source, node.args[0])
            if known is None:
                continue
            owner, made = known
            if isinstance(made, ast.ClassDef):
                yield from _of_fields(program, fields_of(program, owner, made), "")
            else:
                yield from _of_fields(program, parameters_of(program, owner, made), "")


def _of_fields(program: Program, fields: tuple[Field, ...], prefix: str) -> Iterator[Option]:
    for field in fields:
        path = f"{prefix}{field.name.replace('_', '-')}"
        if field.nested is not None and path.count(".") < _DEEPEST:
            inner = fields_of(program, field.source, field.nested)
            yield from _of_fields(program, inner, f"{path}.")
        elif field.shape.type is not None:
            yield _of_field(program, field, path)


def _of_field(program: Program, field: Field, path: str) -> Option:
    default = text_of(field.default, program.constants(field.source))
    shape = field.shape
    is_switch = shape.type == "bool" and default is not None and shape.nargs is None
    if shape.names != shape.values and default is not None:
        default = default.rpartition(".")[2]
    return Option(
        names=tuple(dict.fromkeys([f"--{path}", f"--{path.replace('-', '_')}"])),
        name=path,
        line=field.line,
        file=field.source.path,
        default=default,
        type=shape.type,
        choices=shape.names,
        help=field.help,
        action="toggle" if is_switch else "store",
        nargs=shape.nargs,
        off=_off(path) if is_switch else None,
        is_required=field.is_required,
        style=Style.truth,
    )


def _off(path: str) -> str:
    head, dot, last = path.rpartition(".")
    return f"--{head}{dot}no-{last}"

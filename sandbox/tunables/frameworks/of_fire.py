"""Options of Fire: the parameters of what is handed to `fire.Fire`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from sandbox.tunables.frameworks.declarations import Option, Style, text_of
from sandbox.tunables.frameworks.fields import Field, given_of, parameters_of
from sandbox.tunables.frameworks.program import Program, top_level
from sandbox.tunables.literals import dotted_name, type_of
from sandbox.tunables.signatures import Function
from sandbox.tunables.sources import Source

MARK = "fire"
_DEEPEST = 4
_CALLS = {"fire.Fire", "Fire"}


def find(source: Source, program: Program) -> Iterator[Option]:
    """Of a function, a class or its instance, a dict of such, or the whole module."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and dotted_name(node.func) in _CALLS:
            component = node.args[0] if node.args else given_of(node).get("component")
            if component is None:
                yield from _of_module(source, program)
            else:
                yield from _of_component(source, program, component)


def _of_module(source: Source, program: Program) -> Iterator[Option]:
    for one in top_level(source):
        yield from _of_definition(source, program, one, (one.name,))


def _of_component(
    source: Source, program: Program, node: ast.expr, command: tuple[str, ...] = ()
) -> Iterator[Option]:
    if isinstance(node, ast.Name):
        node = program.constants(source).values.get(node.id, node)
    if isinstance(node, ast.Dict) and len(command) < _DEEPEST:
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield from _of_component(source, program, value, (*command, key.value))
        return
    is_made = isinstance(node, ast.Call)
    known = program.definition(source, node.func if isinstance(node, ast.Call) else node)
    if known is not None:
        owner, made = known
        yield from _of_definition(owner, program, made, command, is_made=is_made)


def _of_definition(
    source: Source,
    program: Program,
    made: ast.AST,
    command: tuple[str, ...],
    *,
    is_made: bool = False,
) -> Iterator[Option]:
    """A function's parameters; of a class those of its making, then those of each method.

    Args:
        is_made: an instance is handed over, so what it is made of is settled.
    """
    if not (is_made and isinstance(made, ast.ClassDef)):
        for field in parameters_of(program, source, made):
            yield replace(_of_parameter(program, field), command=command)
    if isinstance(made, ast.ClassDef):
        for method in made.body:
            if isinstance(method, Function) and not method.name.startswith("_"):
                for field in parameters_of(program, source, method):
                    option = _of_parameter(program, field)
                    yield replace(option, command=(*command, method.name))


def _of_parameter(program: Program, field: Field) -> Option:
    dashed = field.name.replace("_", "-")
    kind = field.shape.type if field.shape.nargs is None else "list"
    if kind is None and field.default is not None:
        kind = type_of(field.default)
    return Option(
        names=tuple(dict.fromkeys([f"--{field.name}", f"--{dashed}", f"-{field.name}"])),
        name=field.name,
        line=field.line,
        file=field.source.path,
        default=text_of(field.default, program.constants(field.source)),
        type=None if kind in {"dict", "set", "expression"} else kind,
        help=field.help,
        nargs="?",
        off=f"--no{field.name}" if kind == "bool" else None,
        is_required=field.is_required,
        style=Style.literal,
    )

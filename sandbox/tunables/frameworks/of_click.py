"""Options of click: the decorators of a command."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sandbox.tunables.frameworks.declarations import (
    Constants,
    Option,
    bare,
    called,
    choices_of,
    help_of,
    is_text,
    text_of,
    type_name,
)
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source

MARK = "click"
_CLICK = {"click.option", "click.argument", "option", "argument"}


def find(source: Source, program: Program) -> Iterator[Option]:
    """`@click.option` and `@click.argument`, in the order of the text."""
    constants = program.constants(source)
    for node in source.nodes:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and dotted_name(mark.func) in _CLICK:
                option = _click_option(mark, constants)
                if option is not None:
                    yield option


def _click_option(node: ast.Call, constants: Constants) -> Option | None:
    names = [arg.value for arg in node.args if is_text(arg)]  # type: ignore[attr-defined]
    flags = [name for name in names if name.startswith("-")]
    is_argument = (dotted_name(node.func) or "").endswith("argument")
    if not names or (not flags and not is_argument):
        return None
    given = {word.arg: word.value for word in node.keywords if word.arg}
    on = tuple(flag.split("/")[0].strip() for flag in flags)
    off = next((flag.split("/")[1].strip() for flag in flags if "/" in flag), None)
    is_switch = text_of(given.get("is_flag"), constants) == "True" or off is not None
    kind = given.get("type")
    return Option(
        names=on,
        name=bare(on) if on else names[0],
        line=node.lineno,
        default=text_of(given.get("default"), constants) or ("False" if is_switch else None),
        type="bool" if is_switch else type_name(kind),
        choices=_click_choices(kind, constants),
        help=help_of(given.get("help")),
        action="toggle" if off else "true" if is_switch else "store",
        nargs=text_of(given.get("nargs"), constants),
        off=off,
        is_required=text_of(given.get("required"), constants) == "True",
    )


def _click_choices(kind: ast.expr | None, constants: Constants) -> tuple[str, ...]:
    if isinstance(kind, ast.Call) and called(kind) == "Choice" and kind.args:
        return choices_of(kind.args[0], constants)
    return ()

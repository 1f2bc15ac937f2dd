"""Options of argparse; of helper functions' parsers too, those of a sub-parser with its command."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

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

MARK = "add_argument"
_TOGGLES = {"store_true": "true", "store_false": "false"}
_SILENT = {"help", "version"}


def find(source: Source, program: Program) -> Iterator[Option]:
    """Every `add_argument` with names that stand in the text, `set_defaults` minded."""
    constants = program.constants(source)
    yield from _with_set_defaults(list(_argparse(source, constants)), source, constants)


def _argparse(source: Source, constants: Constants) -> Iterator[Option]:
    commands = _commands(source)
    for node in source.of(ast.Call):
        if called(node) != "add_argument":
            continue
        names = [arg.value for arg in node.args if is_text(arg)]  # type: ignore[attr-defined]
        if names and len(names) == len(node.args):
            option = _argparse_option(names, node, constants)
            if option is not None:
                yield replace(option, command=_command(node, commands))


def _commands(source: Source) -> dict[str, list[tuple[int, str]]]:
    """From a parser's name to the lines in which it is made a sub-parser, and of which command."""
    found: dict[str, list[tuple[int, str]]] = {}
    for node in source.of(ast.Assign):
        if not isinstance(node.value, ast.Call):
            continue
        name, call = dotted_name(node.targets[0]), node.value
        if name and called(call) == "add_parser" and call.args and is_text(call.args[0]):
            command: str = call.args[0].value  # type: ignore[attr-defined]
            found.setdefault(name, []).append((node.lineno, command))
    return found


def _command(node: ast.Call, commands: dict[str, list[tuple[int, str]]]) -> tuple[str, ...]:
    """That of the sub-parser whose name was given last before an option is added to it."""
    owner = dotted_name(node.func.value) if isinstance(node.func, ast.Attribute) else None
    before = [each for each in commands.get(owner or "", ()) if each[0] <= node.lineno]
    return (max(before)[1],) if before else ()


def _argparse_option(names: list[str], node: ast.Call, constants: Constants) -> Option | None:
    given = {word.arg: word.value for word in node.keywords if word.arg}
    action = _action(given.get("action"))
    if action in _SILENT:
        return None
    flags = tuple(name for name in names if name.startswith("-"))
    option = Option(
        names=flags,
        name=names[0] if not flags else bare(flags),
        line=node.lineno,
        default=text_of(given.get("default"), constants),
        type=type_name(given.get("type")),
        choices=choices_of(given.get("choices"), constants),
        help=help_of(given.get("help")),
        action=action,
        nargs=text_of(given.get("nargs"), constants),
        dest=text_of(given.get("dest"), constants),
        is_required=text_of(given.get("required"), constants) == "True",
    )
    return _with_switch(option)


def _with_switch(option: Option) -> Option:
    """Type and default that a switch has without saying so."""
    if option.action in {"true", "false"}:
        implied = "False" if option.action == "true" else "True"
        return replace(option, type="bool", default=option.default or implied)
    if option.action == "toggle":
        flag = option.flag or ""
        return replace(option, type="bool", off=f"--no-{flag.lstrip('-')}")
    return option


def _action(node: ast.expr | None) -> str:
    if node is None:
        return "store"
    if is_text(node):
        text = str(node.value)  # type: ignore[attr-defined]
        kinds = {**_TOGGLES, "append_const": "const", "store_const": "const", "extend": "append"}
        return kinds.get(text, text)
    name = dotted_name(node) or ""
    return "toggle" if name.endswith("BooleanOptionalAction") else "store"


def _with_set_defaults(options: list[Option], source: Source, constants: Constants) -> list[Option]:
    changed: dict[str, str | None] = {}
    for node in source.of(ast.Call):
        if called(node) == "set_defaults":
            changed |= {w.arg: text_of(w.value, constants) for w in node.keywords if w.arg}
    return [
        replace(option, default=changed[key])
        if (key := option.dest or option.name.replace("-", "_")) in changed
        else option
        for option in options
    ]

"""Command lines as source text declares them: argparse, click, plain `sys.argv[i]`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from sandbox.tunables.declarations import (
    Constants,
    Option,
    bare,
    called,
    choices_of,
    constants_of,
    help_of,
    is_text,
    text_of,
    type_name,
)
from sandbox.tunables.definitions import find_definitions
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source

_TOGGLES = {"store_true": "true", "store_false": "false"}
_DECLARES = re.compile(r"add_argument|option|argument|argv|DEFINE_|tyro")
_SILENT = {"help", "version"}


def find_options(source: Source) -> tuple[Option, ...]:
    """Every flag and positional a file declares, in order; the first of equal flags counts."""
    if not _DECLARES.search(source.text):
        return ()
    constants = Constants(source, constants_of(source))
    found = [*_argparse(source, constants), *_click(source, constants)]
    found += find_definitions(source, constants)
    found = _with_set_defaults(found, source, constants)
    declared = sorted(found, key=lambda option: option.line)
    if not any(option.names for option in declared):
        declared += _argv(source, constants)
    return tuple(_numbered(_unique(declared)))


def _argparse(source: Source, constants: Constants) -> Iterator[Option]:
    for node in source.nodes:
        if not isinstance(node, ast.Call) or called(node) != "add_argument":
            continue
        names = [arg.value for arg in node.args if is_text(arg)]  # type: ignore[attr-defined]
        if names and len(names) == len(node.args):
            option = _argparse_option(names, node, constants)
            if option is not None:
                yield option


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


def _click(source: Source, constants: Constants) -> Iterator[Option]:
    for node in source.nodes:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and dotted_name(mark.func) in _CLICK:
                option = _click_option(mark, constants)
                if option is not None:
                    yield option


_CLICK = {"click.option", "click.argument", "option", "argument"}


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


def _argv(source: Source, constants: Constants) -> Iterator[Option]:
    """`alpha = float(sys.argv[1]) if len(sys.argv) > 1 else 0.5`, in order of the index."""
    found: dict[int, Option] = {}
    for node in source.nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        index, conversion = _argv_index(node.value)
        if index is None or index < 1 or index in found:
            continue
        fallback = node.value.orelse if isinstance(node.value, ast.IfExp) else None
        found[index] = Option(
            names=(),
            name=node.targets[0].id,
            line=node.lineno,
            default=text_of(fallback, constants),
            type=conversion,
            is_raw=True,
            is_required=fallback is None,
        )
    for index in range(1, len(found) + 1):
        if index not in found:
            return
        yield found[index]


def _argv_index(value: ast.expr) -> tuple[int | None, str | None]:
    """Index into `sys.argv`, and the function the argument goes through first."""
    node = value.body if isinstance(value, ast.IfExp) else value
    conversion = None
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        conversion = dotted_name(node.func)
        node = node.args[0]
    if not isinstance(node, ast.Subscript) or dotted_name(node.value) not in {"sys.argv", "argv"}:
        return None, None
    index = node.slice.value if isinstance(node.slice, ast.Constant) else None
    return (index if isinstance(index, int) else None), conversion


def _with_set_defaults(options: list[Option], source: Source, constants: Constants) -> list[Option]:
    changed: dict[str, str | None] = {}
    for node in source.nodes:
        if isinstance(node, ast.Call) and called(node) == "set_defaults":
            changed |= {w.arg: text_of(w.value, constants) for w in node.keywords if w.arg}
    return [
        replace(option, default=changed[key])
        if (key := option.dest or option.name.replace("-", "_")) in changed
        else option
        for option in options
    ]


def _unique(options: list[Option]) -> Iterator[Option]:
    seen: set[str] = set()
    for option in options:
        key = option.flag or f"positional {option.name}"
        if key not in seen:
            seen.add(key)
            yield option


def _numbered(options: Iterator[Option]) -> Iterator[Option]:
    position = 0
    for option in options:
        if option.names:
            yield option
        else:
            yield replace(option, position=position)
            position += 1

"""Command lines as source text declares them: argparse, click, and plain `sys.argv[i]`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sandbox.tunables.literals import dotted_name, is_number, plain_text, resolve
from sandbox.tunables.sources import Source

_TOGGLES = {"store_true": "true", "store_false": "false"}
_DECLARES = re.compile(r"add_argument|option|argument|argv")
_SILENT = {"help", "version"}


@dataclass(frozen=True)
class Option:
    """One flag or positional of a command line.

    Attributes:
        names: option strings as declared; empty for a positional.
        action: `store`, `append`, `count`, `const`; switches are `true`, `false` and `toggle`.
        nargs: as argparse writes it; None = exactly one value.
        off: what to give to switch a `toggle` off (`--no-cache`).
        type: name of the type or conversion function; None = text.
        position: 0 for the first positional; None for flags.
        is_raw: `sys.argv[i]` read directly: there are no flags, every argument counts.
    """

    names: tuple[str, ...]
    name: str
    line: int
    default: str | None = None
    type: str | None = None
    choices: tuple[str, ...] = ()
    help: str | None = None
    action: str = "store"
    nargs: str | None = None
    off: str | None = None
    dest: str | None = None
    position: int | None = None
    is_raw: bool = False
    is_required: bool = False

    @property
    def flag(self) -> str | None:
        """The option string to pass: the first long one."""
        long = [name for name in self.names if name.startswith("--")]
        return next(iter([*long, *self.names]), None)

    @property
    def is_switch(self) -> bool:
        return self.action in {"true", "false", "toggle", "const", "count"}


def find_options(source: Source) -> tuple[Option, ...]:
    """Every flag and positional a file declares, in order; the first of equal flags counts."""
    if not _DECLARES.search(source.text):
        return ()
    constants = Constants(source, _constants(source))
    found = [*_argparse(source, constants), *_click(source, constants)]
    found = _with_set_defaults(found, source, constants)
    declared = sorted(found, key=lambda option: option.line)
    if not any(option.names for option in declared):
        declared += _argv(source, constants)
    return tuple(_numbered(_unique(declared)))


@dataclass(frozen=True)
class Constants:
    """What the names in a declaration stand for, and the text they stand in."""

    source: Source
    values: Mapping[str, ast.expr]


def _constants(source: Source) -> dict[str, ast.expr]:
    """Simple assignments anywhere in the file, by name; those with several values left out."""
    found: dict[str, ast.expr] = {}
    twice: set[str] = set()
    for node in source.nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                twice |= {target.id} & found.keys()
                found[target.id] = node.value
    return {name: value for name, value in found.items() if name not in twice}


def _argparse(source: Source, constants: Constants) -> Iterator[Option]:
    for node in source.nodes:
        if not isinstance(node, ast.Call) or _called(node) != "add_argument":
            continue
        names = [arg.value for arg in node.args if _is_text(arg)]  # type: ignore[attr-defined]
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
        name=names[0] if not flags else _bare(flags),
        line=node.lineno,
        default=_text(given.get("default"), constants),
        type=_type_name(given.get("type")),
        choices=_choices(given.get("choices"), constants),
        help=_help(given.get("help")),
        action=action,
        nargs=_text(given.get("nargs"), constants),
        dest=_text(given.get("dest"), constants),
        is_required=_text(given.get("required"), constants) == "True",
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
    if _is_text(node):
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
    names = [arg.value for arg in node.args if _is_text(arg)]  # type: ignore[attr-defined]
    flags = [name for name in names if name.startswith("-")]
    is_argument = (dotted_name(node.func) or "").endswith("argument")
    if not names or (not flags and not is_argument):
        return None
    given = {word.arg: word.value for word in node.keywords if word.arg}
    on = tuple(flag.split("/")[0].strip() for flag in flags)
    off = next((flag.split("/")[1].strip() for flag in flags if "/" in flag), None)
    is_switch = _text(given.get("is_flag"), constants) == "True" or off is not None
    kind = given.get("type")
    return Option(
        names=on,
        name=_bare(on) if on else names[0],
        line=node.lineno,
        default=_text(given.get("default"), constants) or ("False" if is_switch else None),
        type="bool" if is_switch else _type_name(kind),
        choices=_click_choices(kind, constants),
        help=_help(given.get("help")),
        action="toggle" if off else "true" if is_switch else "store",
        nargs=_text(given.get("nargs"), constants),
        off=off,
        is_required=_text(given.get("required"), constants) == "True",
    )


def _click_choices(kind: ast.expr | None, constants: Constants) -> tuple[str, ...]:
    if isinstance(kind, ast.Call) and _called(kind) == "Choice" and kind.args:
        return _choices(kind.args[0], constants)
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
            default=_text(fallback, constants),
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
        if isinstance(node, ast.Call) and _called(node) == "set_defaults":
            changed |= {w.arg: _text(w.value, constants) for w in node.keywords if w.arg}
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


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else dotted_name(node.func) or ""


def _bare(flags: tuple[str, ...]) -> str:
    long = [flag for flag in flags if flag.startswith("--")]
    return (long or list(flags))[0].lstrip("-")


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _text(node: ast.expr | None, constants: Constants) -> str | None:
    """A value as one would type it; numbers as the source writes them."""
    if node is None:
        return None
    node = resolve(node, constants.values)
    return constants.source.segment(node) if is_number(node) else plain_text(node)


def _type_name(node: ast.expr | None) -> str | None:
    if node is None:
        return None
    name = dotted_name(node.func if isinstance(node, ast.Call) else node) or "function"
    known = {"INT": "int", "FLOAT": "float", "STRING": "str", "BOOL": "bool"}
    last = name.rpartition(".")[2]
    if name.startswith("click."):
        return {"Choice": "str", "IntRange": "int", "FloatRange": "float"}.get(
            last, known.get(last, last)
        )
    return last


def _choices(node: ast.expr | None, constants: Constants) -> tuple[str, ...]:
    node = None if node is None else resolve(node, constants.values)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return tuple(plain_text(element) or "None" for element in node.elts)
    if isinstance(node, ast.Dict):
        return tuple(plain_text(key) or "None" for key in node.keys if key is not None)
    if isinstance(node, ast.Call) and _called(node) == "keys":
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        return _choices(owner, constants)
    if isinstance(node, ast.Call) and _called(node) == "range":
        return _range_choices(node)
    return ()


def _range_choices(node: ast.Call) -> tuple[str, ...]:
    ends = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
    numbers = [end for end in ends if isinstance(end, int)]
    if len(numbers) != len(node.args) or not 1 <= len(numbers) <= 3 or 0 in numbers[2:]:
        return ()
    values = range(*numbers)
    return tuple(map(str, values)) if len(values) <= 100 else ()


def _help(node: ast.expr | None) -> str | None:
    if node is None:
        return None
    text = node.value if isinstance(node, ast.Constant) else None
    return " ".join(text.split()) if isinstance(text, str) else None

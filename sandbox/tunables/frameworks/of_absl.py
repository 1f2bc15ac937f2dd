"""Options of absl, and TensorFlow's flags, which are the same: `DEFINE_float(…)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from sandbox.tunables.frameworks.declarations import (
    Constants,
    Option,
    called,
    choices_of,
    help_of,
    is_text,
    text_of,
)
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source

MARK = "DEFINE_"
_DEFINED = re.compile(r"DEFINE_(multi_)?(string|integer|float|boolean|bool|enum|list)$")
_READING = ("app.run", "FLAGS", "parse_flags_with_usage")
_TYPES = {"integer": "int", "float": "float", "boolean": "bool", "bool": "bool"}


def find(source: Source, program: Program) -> Iterator[Option]:
    """Every definition whose name stands in the text; an imported file's where they are read."""
    if source is not program.sources[0] and not _are_read(program):
        return
    for node in source.nodes:
        if isinstance(node, ast.Call) and (kind := _DEFINED.match(called(node))):
            option = _of_absl(node, kind, program.constants(source))
            if option is not None:
                yield option


def _are_read(program: Program) -> bool:
    """Whether the entry speaks of flags, or something that it may call has absl read them."""
    if "FLAGS" in program.sources[0].text:
        return True
    calls = (node for source in program.sources for node in source.of(ast.Call))
    names = (dotted_name(call.func) or "" for call in calls)
    return any(name == "run" or name.endswith(_READING) for name in names)


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

"""Arguments that a script takes out of `sys.argv` itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sandbox.tunables.frameworks.declarations import Option, text_of
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source

MARK = "argv"


def find(source: Source, program: Program) -> Iterator[Option]:
    """`alpha = float(sys.argv[1]) if len(sys.argv) > 1 else 0.5`, in order of the index."""
    constants = program.constants(source)
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

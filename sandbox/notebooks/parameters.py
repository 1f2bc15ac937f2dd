"""Checks what is to be injected: names that are there, values that arrive exactly."""

from __future__ import annotations

import ast
import difflib
import keyword
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from sandbox import syntax
from sandbox.errors import TunableError

if TYPE_CHECKING:
    from nbformat import NotebookNode

MAX_BYTES = 2**20
MAX_DEPTH = 20

_LINE_MAGIC = re.compile(r"^[ \t]*[%!?].*$", re.MULTILINE)
_ASSIGNMENT = re.compile(r"^([^\W\d]\w*)\s*(?::[^=\n]+)?=(?!=)", re.MULTILINE)


def check_parameters(notebook: NotebookNode, parameters: Mapping[str, object]) -> None:
    """Refuse what papermill would paste as code, ignore with a warning, or change on the way.

    Raises:
        TunableError: a name that is no variable of the cell tagged `parameters`, a value that
            does not arrive exactly as it is, or no such cell.
    """
    if not parameters:
        return
    known = parameter_names(notebook)
    if known is None:
        raise TunableError(
            "the notebook has no cell tagged 'parameters' to set them in",
            hint="name the variable by its cell, as in: sandbox scan",
        )
    for name, value in parameters.items():
        _check_name(name, known)
        _check_value(name, value)
    if sum(len(str(value)) for value in parameters.values()) > MAX_BYTES:
        raise TunableError(f"the parameters together are longer than {MAX_BYTES} bytes")


def parameter_names(notebook: NotebookNode) -> tuple[str, ...] | None:
    """Variables assigned in the cell tagged `parameters`; None when there is no such cell."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", []):
            return tuple(dict.fromkeys(_assigned(cell.source)))
    return None


def _assigned(source: str) -> Iterator[str]:
    try:
        body = syntax.parse(_LINE_MAGIC.sub("", source)).body
    except (SyntaxError, ValueError, RecursionError):
        yield from _ASSIGNMENT.findall(source)
        return
    for statement in body:
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            for target in targets:
                yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _check_name(name: str, known: tuple[str, ...]) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise TunableError(f"{name[:80]!r} is no name of a variable")
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        meant = f"did you mean {near[0]!r}? " if near else ""
        listed = ", ".join(known) or "none"
        raise TunableError(
            f"the notebook has no parameter called {name!r}", hint=f"{meant}it has: {listed}"
        )


def _check_value(name: str, value: object, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise TunableError(f"the value of {name} is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        if not all(type(key) is str for key in value):
            raise TunableError(f"the value of {name} has a key that is no text")
        _check_items(name, value.values(), depth)
    elif isinstance(value, list):
        _check_items(name, value, depth)
    elif isinstance(value, int):
        _check_digits(name, value)
    elif value is not None and not isinstance(value, str | float):
        raise TunableError(
            f"the value of {name} is a {type(value).__name__}",
            hint="numbers, text, true, false, none, lists and tables of them can be passed",
        )


def _check_items(name: str, items: Iterable[object], depth: int) -> None:
    for item in items:
        _check_value(name, item, depth + 1)


def _check_digits(name: str, value: int) -> None:
    # Python itself refuses to read a longer one in the cell.
    if value.bit_length() > 14_000:
        raise TunableError(f"the value of {name} has more digits than Python reads")

"""Simple values in source text: which there are, their types, and what they stand for."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from operator import add, floordiv, mod, mul, sub, truediv

LONGEST_VALUE = 200
_DISPLAYS = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set", ast.Dict: "dict"}
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
_LARGEST_EXPONENT = 4096
_LARGEST_BASE = 2**64
_LARGEST_FACTOR = 2**4096


def is_number(node: ast.AST) -> bool:
    """A number, or arithmetic on plain numbers: `1e-3`, `-1`, `2**14`, `64 * 1024`."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and not isinstance(node.value, bool)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub | ast.UAdd) and is_number(node.operand)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, _OPERATORS) and is_number(node.left) and is_number(node.right)
    return False


def is_simple(node: ast.expr) -> bool:
    """A number, boolean, text, None, or a list or tuple of such."""
    if isinstance(node, ast.Constant):
        return node.value is None or isinstance(node.value, bool | int | float | str)
    if isinstance(node, ast.List | ast.Tuple):
        return bool(node.elts) and all(map(is_simple, node.elts))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return isinstance(node.operand, ast.Constant | ast.Name)
    return is_number(node)


def is_literal(node: ast.expr) -> bool:
    """A simple value, or lists, tuples, sets and dicts of such, empty ones too."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return all(map(is_literal, node.elts))
    if isinstance(node, ast.Dict):
        return all(key is not None and is_literal(key) for key in node.keys) and all(
            map(is_literal, node.values)
        )
    return is_simple(node)


def is_plain(node: ast.expr) -> bool:
    """A literal that JSON can hold: no sets, no code, texts as the keys of dicts."""
    if isinstance(node, ast.List | ast.Tuple):
        return all(map(is_plain, node.elts))
    if isinstance(node, ast.Dict):
        keys = (isinstance(key, ast.Constant) and isinstance(key.value, str) for key in node.keys)
        return all(keys) and all(map(is_plain, node.values))
    return is_number(node) or (isinstance(node, ast.Constant) and is_simple(node))


def short(text: str, most: int = 60) -> str:
    """A text as a message can show it: on one line, not too long."""
    line = text.replace("\n", "\\n").replace("\r", "\\r")
    return line if len(line) <= most else f"{line[: most - 3]}..."


def type_of(node: ast.expr) -> str | None:
    """Name of the type of a literal; `expression` for any other value; None for None."""
    if isinstance(node, ast.Constant):
        return None if node.value is None else type(node.value).__name__
    if type(node) in _DISPLAYS:
        return _DISPLAYS[type(node)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return "bool"
    if is_number(node):
        return type(number_of(node)).__name__
    return "expression"


def number_of(node: ast.expr) -> int | float:
    """The value of a number; NaN where it cannot be computed or would be absurdly large."""
    try:
        return _number(node)
    except (ArithmeticError, ValueError):
        return math.nan


def python_value(node: ast.expr) -> object:
    """The Python object that a plain literal stands for; any other value as its text."""
    if is_number(node):
        return number_of(node)
    if isinstance(node, ast.List):
        return [python_value(element) for element in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(python_value(element) for element in node.elts)
    if isinstance(node, ast.Dict) and is_plain(node):
        pairs = zip(node.keys, node.values, strict=True)
        return {str(python_value(key)): python_value(value) for key, value in pairs if key}
    return node.value if isinstance(node, ast.Constant) else ast.unparse(node)


def resolve(node: ast.expr, constants: Mapping[str, ast.expr]) -> ast.expr:
    """The node that a name stands for where that is a simple constant, else the node itself."""
    for _ in range(8):
        if not isinstance(node, ast.Name) or node.id not in constants:
            break
        node = constants[node.id]
    return node


def plain_text(node: ast.expr) -> str | None:
    """A value as one would type it on a command line; None for None."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return node.value
        if node.value is None:
            return None
    if isinstance(node, ast.List | ast.Tuple) and all(map(is_simple, node.elts)):
        return " ".join(plain_text(element) or "None" for element in node.elts)
    return ast.unparse(node)


def dotted_name(node: ast.expr) -> str | None:
    """`torch.optim.Adam` of a chain of attributes; `().fit` where it begins with a call."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    elif parts:
        parts.append("()")
    return ".".join(reversed(parts)) or None


def _number(node: ast.expr) -> int | float:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, int | float) else math.nan
    if isinstance(node, ast.UnaryOp):
        value = _number(node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        return _compute(node.op, _number(node.left), _number(node.right))
    return math.nan


def _compute(operator: ast.operator, left: float, right: float) -> int | float:
    if isinstance(operator, ast.Pow):
        is_small = abs(right) <= _LARGEST_EXPONENT and abs(left) <= _LARGEST_BASE
        value = left**right if is_small else math.nan
        return value if isinstance(value, int | float) else math.nan
    if max(abs(left), abs(right)) > _LARGEST_FACTOR:
        return math.nan
    plain: Mapping[type[ast.operator], Callable[[float, float], float]] = {
        ast.Add: add,
        ast.Sub: sub,
        ast.Mult: mul,
        ast.Div: truediv,
        ast.FloorDiv: floordiv,
        ast.Mod: mod,
    }
    return plain[type(operator)](left, right)

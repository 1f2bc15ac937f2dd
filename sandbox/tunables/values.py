"""From what a user typed to a value of the right type, or an error that says what was expected."""

from __future__ import annotations

import ast
import contextlib
import io
import math
import re
import tokenize
from collections.abc import Callable

from sandbox.domain import Tunable
from sandbox.errors import TunableError
from sandbox.tunables.literals import (
    is_literal,
    is_number,
    is_plain,
    is_simple,
    number_of,
    python_value,
    short,
    type_of,
)
from sandbox.tunables.sources import parse
from sandbox.tunables.worth import concept_named

_TRUE = frozenset({"true", "yes", "on", "1", "y", "t"})
_FALSE = frozenset({"false", "no", "off", "0", "n", "f"})
_NOT_FINITE = {
    "nan": "nan",
    "inf": "inf",
    "infinity": "inf",
    "+inf": "inf",
    "-inf": "-inf",
    "-infinity": "-inf",
}
_QUOTED = re.compile(r"^([A-Za-z]*)('''|\"\"\"|'|\")")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_LARGEST_VALUE = 1_000_000
_EXAMPLES = {"list": "[1, 2]", "tuple": "(1, 2)", "dict": '{"a": 1}', "set": "{1, 2}"}


def parse_values(text: str) -> tuple[str, ...]:
    """`a,b,c` as its parts, split at commas outside brackets and quotes.

    Blanks around a part are dropped; a part that is wholly in quotes is given without them, so
    that `'a,b',c` means the two texts `a,b` and `c`.

    Raises:
        TunableError: a quote or bracket that is not closed, or an empty part.
    """
    parts = [part.strip() for part in _split(text)]
    if any(not part for part in parts) and len(parts) > 1:
        raise TunableError(
            f"an empty value in '{short(text)}'", hint="write an empty text as '' in quotes"
        )
    return tuple(_unquoted(part) for part in parts)


def to_bool(text: str) -> bool | None:
    """True or false in any of the usual spellings; None for anything else."""
    word = text.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def source_text(tunable: Tunable, old: str, value: str) -> str:
    """The source text that replaces `old`, of the same type and in the same style.

    Raises:
        TunableError: the value is of another type; the message says what was expected.
    """
    if len(value) > _LARGEST_VALUE:
        raise TunableError(
            f"the value for '{tunable.name}' is longer than {_LARGEST_VALUE} characters"
        )
    return _WRITERS.get(tunable.type or "", _write_unknown)(tunable, old, value)


def object_of(tunable: Tunable, value: str) -> object:
    """The Python object for a papermill parameter, of the tunable's type.

    Raises:
        TunableError: as for `source_text`; also for code, which a parameter cannot be.
    """
    text = source_text(tunable, tunable.value or "None", value)
    if text.startswith(("float(", "-float(")):
        return float(_NOT_FINITE[value.strip().lower()])
    node = expression(text)
    if node is None or not is_plain(node):
        raise unfitting(tunable, value, "a plain value, with texts as keys, not code")
    return python_value(node)


def unfitting(tunable: Tunable, value: str, expected: str) -> TunableError:
    """The error that every value of the wrong type ends in."""
    return TunableError(
        f"'{short(value)}' does not fit '{tunable.name}': expected {expected}",
        hint=None if tunable.value is None else f"its present value is {short(tunable.value)}",
    )


def expression(text: str) -> ast.expr | None:
    """The one Python expression that a text is, whole and on one line; None for anything else."""
    if "\n" in text or "\r" in text or "\0" in text or not text.strip():
        return None
    try:
        tree = parse(f"({text}\n)")
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (ValueError, tokenize.TokenError, IndentationError, SyntaxError):
        return None
    if any(token.type in {tokenize.COMMENT, tokenize.ERRORTOKEN} for token in tokens):
        return None
    return _only_expression(tree) if _closes(tokens) else None


def _only_expression(tree: ast.Module) -> ast.expr | None:
    statement = tree.body[0] if len(tree.body) == 1 else None
    node = statement.value if isinstance(statement, ast.Expr) else None
    banned = ast.Yield | ast.YieldFrom | ast.NamedExpr | ast.Starred | ast.GeneratorExp
    return None if node is None or isinstance(node, banned) else node


def _closes(tokens: list[tokenize.TokenInfo]) -> bool:
    """Every bracket closes one opened in the same text: `) + (` is no expression of its own."""
    depth = 0
    for token in tokens:
        if token.type == tokenize.OP:
            depth += (token.string in _PAIRS) - (token.string in _PAIRS.values())
        if depth < 0:
            return False
    return depth == 0


def _write_int(tunable: Tunable, _old: str, value: str) -> str:
    text = value.strip()
    node = expression(text)
    if node is not None and is_number(node) and isinstance(number_of(node), int):
        return text
    return _write_none(tunable, value, "a whole number")


def _write_float(tunable: Tunable, old: str, value: str) -> str:
    text = value.strip()
    special = _NOT_FINITE.get(text.lower())
    if special is not None:
        sign, name = ("-", special[1:]) if special.startswith("-") else ("", special)
        return f'{sign}float("{name}")'
    node = expression(text)
    if node is None or not is_number(node):
        return _write_none(tunable, value, "a number")
    number = number_of(node)
    if not _fits_float(number):
        raise unfitting(tunable, value, "a number that a float can hold")
    before = expression(old)
    was_float = before is not None and type_of(before) == "float"
    is_whole_text = re.fullmatch(r"[+-]?[\d_]+", text) is not None
    return f"{text}.0" if was_float and is_whole_text else text


def _fits_float(number: float) -> bool:
    try:
        return math.isfinite(float(number))
    except OverflowError:
        return False


def _write_none(tunable: Tunable, value: str, expected: str) -> str:
    """None where it has a meaning (no limit, no seed), else the error."""
    concept = concept_named(tunable.concept)
    if value.strip() == "None" and concept is not None and concept.may_be_none:
        return "None"
    raise unfitting(tunable, value, expected)


def _write_bool(tunable: Tunable, _old: str, value: str) -> str:
    truth = to_bool(value)
    if truth is None:
        raise unfitting(tunable, value, "true or false")
    return str(truth)


def _write_str(_tunable: Tunable, old: str, value: str) -> str:
    return quoted(_unquoted(value), like=old)


def _write_literal(kind: str) -> Callable[[Tunable, str, str], str]:
    def write(tunable: Tunable, _old: str, value: str) -> str:
        text = _on_one_line(value.strip())
        node = expression(text)
        if kind == "set" and text == "set()":
            return text
        if node is None or type_of(node) != kind or not is_literal(node):
            raise unfitting(tunable, value, f"a {kind} such as {_EXAMPLES[kind]}")
        return f"({text})" if kind == "tuple" and not text.startswith("(") else text

    return write


def _on_one_line(text: str) -> str:
    """A list or dict that is written on several lines."""
    if "\n" in text and text[:1] in _PAIRS:
        with contextlib.suppress(ValueError):
            node = _only_expression(parse(text))
            return text if node is None else ast.unparse(node)
    return text


def _write_expression(tunable: Tunable, _old: str, value: str) -> str:
    text = value.strip()
    node = expression(text)
    if node is None:
        raise unfitting(tunable, value, "one Python expression")
    return f"({text})" if isinstance(node, ast.Tuple) and text[0] != "(" else text


def _write_unknown(tunable: Tunable, _old: str, value: str) -> str:
    """In place of None: any plain value, told from text by its quotes."""
    text = value.strip()
    truth = {"true": "True", "false": "False"}.get(text.lower())
    node = expression(truth or text)
    if node is None or not is_simple(node):
        raise unfitting(tunable, value, "a number, true, false, None, or a text in quotes")
    return _write_expression(tunable, _old, truth or text)


_WRITERS: dict[str, Callable[[Tunable, str, str], str]] = {
    "int": _write_int,
    "float": _write_float,
    "bool": _write_bool,
    "str": _write_str,
    **{kind: _write_literal(kind) for kind in _EXAMPLES},
    "expression": _write_expression,
}


def quoted(value: str, *, like: str) -> str:
    """A Python string literal with the quotes of another; always exact, always on one line."""
    found = _QUOTED.match(like)
    prefix, quote = (found.group(1), found.group(2)) if found else ("", '"')
    quote = quote[0] if len(quote) == 3 and '"' not in value and "'" not in value else quote
    if "r" in prefix.lower() and _raw_holds(value, quote):
        return f"{prefix}{quote}{value}{quote}"
    body = "".join(_escape(character, quote[0]) for character in value)
    return f"{quote}{body}{quote}"


def _raw_holds(value: str, quote: str) -> bool:
    return value.isprintable() and quote[0] not in value and not value.endswith("\\")


def _escape(character: str, quote: str) -> str:
    if character == quote:
        return f"\\{character}"
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def _unquoted(text: str) -> str:
    """The value of a text that is wholly one string literal; any other text as it is."""
    if _QUOTED.match(text) is None or text[:1] not in {"'", '"'}:
        return text
    node = expression(text)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return text


def _split(text: str) -> list[str]:
    parts = [""]
    closing: list[str] = []
    quote = ""
    escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif quote:
            escaped = character == "\\"
            quote = "" if character == quote else quote
        elif character in "'\"" and _opens_quote(parts[-1]):
            quote = character
        elif character in _PAIRS:
            closing.append(_PAIRS[character])
        elif closing and character == closing[-1]:
            closing.pop()
        elif character == "," and not closing:
            parts.append("")
            continue
        parts[-1] += character
    if quote or closing:
        raise TunableError(
            f"'{short(text)}' lacks a closing {quote or closing[-1]}",
            hint="for a text that has it so, put quotes around all of it",
        )
    return parts


def _opens_quote(before: str) -> bool:
    """An apostrophe within a word is no quote: `it's,fine`."""
    return not before.strip() or not before[-1].isalnum()

"""The bare last value of a notebook cell, captured under the cell's name."""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence

from sandbox import syntax
from sandbox.domain import Scalar
from sandbox.metrics.tokens import Token, number, unwrap

_MOST_CHARACTERS = 2_000
_MOST_VALUES = 20
_LONGEST_NAME = 60
_LONGEST_SOURCE = 200_000
_PASSING_ON = frozenset(("float", "round", "print", "display"))
_DRAWING = ("plt_", "ax_", "axes_", "axs_", "fig_", "pyplot_")
_KEY = re.compile(r"\s*['\"]?([\w][\w ./@-]{0,60}?)['\"]?\s*:\s*(.+)", re.DOTALL)


def cell_value_scalars(outputs: Sequence[Mapping[str, object]], *, name: str) -> tuple[Scalar, ...]:
    """Scalars of a cell's result, as far as it is a number or a few of them.

    Whole numbers are counts and shapes more often than results, and are passed over, as are arrays,
    and what a plot's own functions return (`plt.ylim(…)`).
    Values of a tuple or list get `_1`, `_2`, …, those of a dict their key behind the name.

    Args:
        outputs: the cell's outputs in nbformat 4 form; the last `execute_result` counts.
        name: the cell's name, see `cell_name`.
    """
    if name.startswith(_DRAWING):
        return ()
    text = unwrap(_result_text(outputs)).strip()
    if not text or len(text) > _MOST_CHARACTERS:
        return ()
    single = number(text)
    if single is not None:
        return _scalars([("", single)], name, text)
    return _scalars(_members(text), name, text)


def _result_text(outputs: Sequence[Mapping[str, object]]) -> str:
    results = [one for one in outputs if one.get("output_type") == "execute_result"]
    data = results[-1].get("data") if results else None
    text = data.get("text/plain", "") if isinstance(data, Mapping) else ""
    return "".join(map(str, text)) if isinstance(text, list) else str(text)


def _members(text: str) -> list[tuple[str, Token]]:
    """Numbered or keyed values of a flat tuple, list or dict; empty where one is no number."""
    brackets, inner = text[0] + text[-1], text[1:-1].strip().rstrip(",")
    texts = inner.split(",")
    if brackets not in ("()", "[]", "{}") or not inner or len(texts) > _MOST_VALUES:
        return []
    pairs = _keyed(texts) if brackets == "{}" else enumerate(texts, start=1)
    members = [(str(key), number(unwrap(value))) for key, value in pairs]
    found = [(key, value) for key, value in members if value is not None]
    return found if len(found) == len(texts) else []


def _keyed(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        found = _KEY.fullmatch(text)
        if found:
            yield found.group(1), found.group(2)


def _scalars(members: Sequence[tuple[str, Token]], name: str, line: str) -> tuple[Scalar, ...]:
    return tuple(
        Scalar(_short(f"{name} {key}"), value.value, unit=_unit(value), line=line[:300])
        for key, value in members
        if not value.whole
    )


def _unit(value: Token) -> str | None:
    return "%" if value.percent else None


# ---------------------------------------------------------------- names


def cell_name(source: str, index: int) -> str:
    """A short name from the cell's last expression: `model.score(X, y)` → `model_score`.

    Args:
        index: of the cell within its notebook, for cells without such a name (`cell_7`).
    """
    return _own_name(source) or f"cell_{index}"


@functools.lru_cache(200)
def _own_name(source: str) -> str:
    """Remembered: variants of one notebook have most cells in common."""
    expression = _last_expression(source)
    return _short(_expression_name(expression)) if expression is not None else ""


def _last_expression(source: str) -> ast.expr | None:
    if len(source) > _LONGEST_SOURCE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in someone's string is not our business
            body = syntax.parse(_without_magics(source)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    last = body[-1] if body else None
    return last.value if isinstance(last, ast.Expr) else None


def _without_magics(source: str) -> str:
    return "\n".join("" if _is_magic(line.strip()) else line for line in source.splitlines())


def _is_magic(line: str) -> bool:
    return line.startswith(("%", "!", "?")) or line.endswith("?")


def _expression_name(node: ast.expr) -> str:
    """Dotted names joined; `float(x)` and `round(x, 3)` are called like `x`."""
    words: list[str] = []
    while True:
        if isinstance(node, ast.Call):
            passes = isinstance(node.func, ast.Name) and node.func.id in _PASSING_ON
            node = node.args[0] if passes and node.args else node.func
        elif isinstance(node, ast.Attribute):
            words.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript):
            words.append(_key_text(node.slice))
            node = node.value
        else:
            words.append(node.id if isinstance(node, ast.Name) else "")
            return " ".join(reversed(words))


def _key_text(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _short(text: str) -> str:
    return "_".join(re.findall(r"[a-z0-9.\-]+", text.lower().replace("_", " ")))[:_LONGEST_NAME]

"""`--where 'depth*width < 4096'`: which points may be tried, worked out without Python's eval."""

from __future__ import annotations

import ast
import difflib
import math
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from sandbox import syntax
from sandbox.errors import TunableError
from sandbox.foreign import listed

_FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "abs": abs,
    "float": float,
    "int": int,
    "len": len,
    "log": math.log,
    "max": max,
    "min": min,
    "round": lambda number, digits=0: round(float(number), digits),
    "sqrt": math.sqrt,
}
_TRUTHS = {"true": True, "false": False}
_WORDS = frozenset({"and", "or", "not", "in", "is", "if", "else", "True", "False", "None"})
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
_ALLOWED = (
    *(ast.Expression, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.Call),
    *(ast.Name, ast.Constant, ast.Tuple, ast.List, ast.expr_context, ast.boolop, ast.cmpop),
    *(ast.Not, ast.UAdd, ast.USub, *_ARITHMETIC),
)
_QUOTED = r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\""
_LONGEST = 1000
_LARGEST_BASE, _LARGEST_EXPONENT = 1e6, 1000


class Constraint:
    """Whether the values of a point, as text by tunable name, satisfy a condition.

    The condition is an expression of Python: comparisons, arithmetic, `and`, `or`, `not`, `in`,
    and the functions abs, float, int, len, log, max, min, round and sqrt. Values that read as
    literals of Python are those, `true` and `false` are what they say, others are text. A point
    that lacks the value of a name is allowed. One Constraint is not for several threads at once.

    Attributes:
        names: of the tunables that the condition is about.

    Args:
        text: names may hold what Python's cannot (`batch-size`, `model.dropout`, `cell 7: lr`);
            `batch_size` finds `batch-size` too.
        names: of all tunables that may occur.
        others: names of tunables that are there and not varied; asked where a word is unknown.

    Raises:
        TunableError: what cannot be read or is not allowed, an unknown name, a number where a
            truth value belongs; when called, what cannot be worked out for that point.
    """

    def __init__(
        self, text: str, names: Sequence[str], *, others: Callable[[], Iterable[str]] = tuple
    ) -> None:
        self._text = text
        self._others = others
        self._known = tuple(names)
        self._places: dict[str, str] = {}
        self._tree = self._parse()
        for node in ast.walk(self._tree):
            self._check(node)
        self._check_truth(self._tree.body)
        self.names = tuple(dict.fromkeys(self._places.values()))

    def __call__(self, values: Mapping[str, str]) -> bool:
        import simpleeval

        if not values.keys() >= set(self.names):
            return True
        named = {place: _read(values[name]) for place, name in self._places.items()}
        self._evaluator.names = {**named, **_TRUTHS}
        try:
            result = self._evaluator.eval(self._text, self._tree.body)
        except (
            *(ArithmeticError, LookupError, RecursionError, TypeError, ValueError),
            simpleeval.InvalidExpression,
        ) as error:
            raise self._undecided(values, _one_line(error)) from error
        if not isinstance(result, bool):
            raise self._undecided(values, f"{result!r} is neither true nor false")
        return result

    @cached_property
    def _evaluator(self) -> Any:
        import simpleeval

        operators = {**simpleeval.DEFAULT_OPERATORS, ast.Pow: _power, ast.Mod: _remainder}
        return simpleeval.EvalWithCompoundTypes(operators=operators, functions=dict(_FUNCTIONS))

    def _parse(self) -> ast.Expression:
        if len(self._text) > _LONGEST:
            raise self._error(f"longer than {_LONGEST:,} characters", "write a shorter one")
        pattern, meant = _names_pattern(self._known)

        def place(found: re.Match[str]) -> str:
            name = meant.get(found[0])
            if name is None:
                return found[0]  # a text in quotes
            key = f"_tunable_{len(self._places)}"
            self._places[key] = name
            return key

        try:
            tree: ast.Expression = syntax.parse(pattern.sub(place, self._text).strip(), "eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if name := self._unvaried():
                raise self._not_varied(name) from error
            why = error.msg if isinstance(error, SyntaxError) else str(error) or "too deep"
            raise self._error(f"cannot be read: {why}", self._example()) from error
        return tree

    def _check(self, node: ast.AST) -> None:
        if isinstance(node, ast.Attribute):
            raise self._unknown(self._shown(node))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
            raise self._error("& and | are not known", "join conditions with: and, or")
        if not isinstance(node, _ALLOWED):
            raise self._error(f"{self._shown(node)} is not allowed", self._example())
        if isinstance(node, ast.Call):
            self._check_call(node)
        elif isinstance(node, ast.Name) and not self._is_known(node.id):
            raise self._unknown(node.id)

    def _check_call(self, node: ast.Call) -> None:
        if not isinstance(node.func, ast.Name) or node.func.id not in _FUNCTIONS or node.keywords:
            raise self._error(
                f"{self._shown(node)} is not allowed", f"functions are: {', '.join(_FUNCTIONS)}"
            )

    def _check_truth(self, node: ast.expr) -> None:
        """What can be told before any value is known; a name may stand for a truth value."""
        if isinstance(node, ast.BoolOp):
            for part in node.values:
                self._check_truth(part)
        elif isinstance(node, ast.IfExp):
            self._check_truth(node.body)
            self._check_truth(node.orelse)
        elif not (
            isinstance(node, ast.Compare | ast.Name)
            or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))
            or (isinstance(node, ast.Constant) and isinstance(node.value, bool))
        ):
            shown = self._shown(node)
            raise self._error(
                f"{shown} is neither true nor false", f"compare it with something: {shown} < 100"
            )

    def _is_known(self, word: str) -> bool:
        return word in self._places or word in _TRUTHS or word in _FUNCTIONS

    def _shown(self, node: ast.AST) -> str:
        """A part of the condition in the user's own names."""
        text = ast.unparse(node)
        return re.sub(r"_tunable_\d+", lambda found: self._places.get(found[0], found[0]), text)

    def _unknown(self, word: str) -> TunableError:
        if name := self._unvaried(word):
            return self._not_varied(name)
        near = difflib.get_close_matches(word, self._known, n=1)
        meant = f"did you mean {near[0]!r}? " if near else ""
        return self._error(
            f"no tunable called {word!r}", f"{meant}a text is written in quotes: {word!r}"
        )

    def _unvaried(self, word: str = "") -> str | None:
        """A tunable that is not varied and that the word is, or is a part of; no word = any."""
        others = [name for name in self._others() if name not in self._known]
        pattern, meant = _names_pattern(others)
        spelled = (found[0] for found in pattern.finditer(self._text) if found[0] in meant)
        return next((meant[one] for one in spelled if word in one.replace("-", "_")), None)

    def _not_varied(self, name: str) -> TunableError:
        return self._error(
            f"{name!r} is not varied",
            f"vary it too: -p {shlex.quote(name)}=VALUE,VALUE; or write its value instead",
        )

    def _undecided(self, values: Mapping[str, str], why: str) -> TunableError:
        point = " ".join(f"{name}={values[name]}" for name in self.names)
        return self._error(f"cannot be told for {point}: {why}", self._example())

    def _error(self, what: str, hint: str) -> TunableError:
        return TunableError(f"--where {self._text[:80]!r}: {what}", hint=hint)

    def _example(self) -> str:
        names = listed(self._known, 8) or "none"
        return f"write a comparison, as in 'depth*width < 4096'; tunables: {names}"


def _names_pattern(names: Sequence[str]) -> tuple[re.Pattern[str], dict[str, str]]:
    """What finds the names outside of quotes, longest first; spelling → name."""
    usable = [name for name in names if name.strip() and name not in _WORDS]
    meant = {**{name.replace("-", "_"): name for name in usable}, **{one: one for one in usable}}
    spellings = sorted(meant, key=len, reverse=True)
    named = "|".join(map(re.escape, spellings)) or r"(?!)"
    return re.compile(rf"(?<![\w.])(?:{named})(?!\w|\s*\()|{_QUOTED}"), meant


@lru_cache(maxsize=4096)
def _read(text: str) -> Any:
    """The value that a text stands for."""
    text = text.strip()
    if text.lower() in _TRUTHS:
        return _TRUTHS[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return text


def _power(base: Any, exponent: Any) -> Any:
    if abs(base) > _LARGEST_BASE or abs(exponent) > _LARGEST_EXPONENT:
        raise ValueError(f"{base} ** {exponent} is too large")
    return base**exponent


def _remainder(one: Any, other: Any) -> Any:
    if isinstance(one, str | bytes):  # would be formatting, which has no bounds
        raise TypeError("a text has no remainder")
    return one % other


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__

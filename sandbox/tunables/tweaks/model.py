"""What a built-in tweak is, and the values it takes."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sandbox.errors import TunableError
from sandbox.tunables.sources import Source
from sandbox.tunables.tweaks.code import Code
from sandbox.tunables.tweaks.edits import Edit

ON, OFF = "on", "off"


@dataclass(frozen=True, eq=False)
class Spot:
    """A place that a tweak changes.

    Attributes:
        node: what it is about, for the line.
        now: what stands there, in the words of the tweak's values; None = nothing, or not known.
        change: the edits for a value; none where the value is there already.
        values: those of the tweak's values that can be made here; None = all.
    """

    source: Source
    node: ast.expr | ast.stmt
    now: str | None
    change: Callable[[str], Iterable[Edit]]
    values: tuple[str, ...] | None = None


@dataclass(frozen=True)
class CodeTweak:
    """An edit of code that works across repositories.

    Attributes:
        about: what it does, in one line, for a learner.
        find: the places it changes; none = it does not apply.
        concept: name of the card that tells of it.
        values: worth trying; none = it is on or off.
        check: the value as it is meant; raises ValueError, with what is expected. None = one of
            `values`.
    """

    name: str
    about: str
    find: Callable[[Code], Iterable[Spot]]
    concept: str | None = None
    values: tuple[str, ...] = ()
    check: Callable[[str], str] | None = None

    @property
    def is_switch(self) -> bool:
        return not self.values

    def parse(self, value: str) -> str:
        """The value as it is meant.

        Raises:
            TunableError: it is none of this tweak's; the message says what is expected.
        """
        allowed = self.values or (ON, OFF)
        try:
            return self.check(value.strip()) if self.check else one_of(allowed)(value.strip())
        except ValueError as error:
            is_alone = value == ON and not self.is_switch
            misfit = "needs a value" if is_alone else f"does not take '{value}'"
            raise TunableError(
                f"'{self.name}' {misfit}: expected {error}",
                hint=f"for example: --tweak {self.name}={allowed[0]}",
            ) from error


def one_of(values: Sequence[str]) -> Callable[[str], str]:
    """One of some words, whatever its case."""

    def check(text: str) -> str:
        found = next((one for one in values if one.lower() == text.lower()), None)
        if found is None:
            raise ValueError(f"one of {', '.join(values)}")
        return found

    return check


def share(text: str) -> str:
    """A number from 0 to below 1."""
    if not 0 <= _number(text) < 1:
        raise ValueError("a number from 0 to below 1")
    return text


def positive(text: str) -> str:
    """A number above 0."""
    if not 0 < _number(text) < math.inf:
        raise ValueError("a number above 0")
    return text


def not_negative(text: str) -> str:
    """0 or a number above it."""
    if not 0 <= _number(text) < math.inf:
        raise ValueError("0 or more")
    return text


def whole(text: str) -> str:
    """A whole number, 0 or more."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError("a whole number")
    return str(int(text))


def count(text: str) -> str:
    """A whole number above 0."""
    if whole(text) == "0":
        raise ValueError("a whole number above 0")
    return whole(text)


def every_nth(text: str) -> str:
    """A share of which one in n is taken: `0.5`, `0.1`."""
    number = _number(text)
    if not 0 < number < 1 or abs(1 / number - round(1 / number)) > 0.01 / number:
        raise ValueError("a share such as 0.5, 0.25, 0.2, 0.1 or 0.01: one in two, four, five, …")
    return text


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan

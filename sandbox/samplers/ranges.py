"""`A..B`: every number between two ends, in steps or not, and how a person would write one."""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass
from decimal import Decimal

from sandbox.errors import TunableError

MOST_EXPANDED = 1000
"""How many numbers a range may stand for where each of them is tried."""

_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\.\.({_NUMBER})\s*")
_STEPPED = re.compile(rf"\s*({_NUMBER})\.\.({_NUMBER}):({_NUMBER})\s*")
_WHOLE = re.compile(r"[+-]?\d+")
_EXPONENT = re.compile(r"e([+-])0*(\d)")
_LARGEST_WHOLE = 2**53
_LOG_FROM = 100


@dataclass(frozen=True)
class Range:
    """Every number from `low` to `high`, both included.

    Attributes:
        whole: whole numbers only.
        log: tried by order of magnitude: as many below 0.01 as above in `0.001..0.1`.
    """

    low: float
    high: float
    whole: bool
    log: bool

    @property
    def size(self) -> float:
        """How many numbers it has; infinite unless they are whole."""
        return int(self.high - self.low) + 1 if self.whole else math.inf

    def __contains__(self, value: str) -> bool:
        number = to_number(value)
        if number is None or (self.whole and not number.is_integer()):
            return False
        return self.low <= number <= self.high

    def texts(self) -> tuple[str, ...]:
        """Each whole number, as it is written."""
        return tuple(str(number) for number in range(int(self.low), int(self.high) + 1))

    def write(self, number: float) -> str:
        """As a person would type it: six significant digits, never outside of the range."""
        if self.whole:
            return str(int(number))
        rounded = f"{number:.6g}"
        inside = self.low <= float(rounded) <= self.high
        text = rounded if inside else repr(min(max(number, self.low), self.high))
        return _EXPONENT.sub(_short_exponent, text)

    def draw(self, chance: random.Random) -> str:
        """One of its numbers, each (or each magnitude) as likely as any other."""
        # A whole number owns what rounds to it, so that the ends come as often as the others.
        margin = 0.5 if self.whole else 0.0
        low, high = self.low - margin, self.high + margin
        if self.log:
            number = math.exp(chance.uniform(math.log(low), math.log(high)))
        else:
            number = chance.uniform(low, high)
        number = round(number) if self.whole else number
        return self.write(min(max(number, self.low), self.high))


def _short_exponent(found: re.Match[str]) -> str:
    return f"e{'-' if found[1] == '-' else ''}{found[2]}"


def parse_range(text: str) -> Range | None:
    """None for what is no range: a path such as `../x`, a word such as `a..b`.

    Raises:
        TunableError: the ends are reversed, equal, or larger than numbers go.
    """
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    low, high = float(found[1]), float(found[2])
    whole = all(_WHOLE.fullmatch(end) for end in found.groups())
    _check_ends(text, (found[1], found[2]), largest=_LARGEST_WHOLE if whole else math.inf)
    return Range(low, high, whole, log=low > 0 and high / low >= _LOG_FROM)


def _check_ends(text: str, ends: tuple[str, str], *, largest: float) -> None:
    low, high = map(float, ends)
    if math.isinf(low) or math.isinf(high) or max(abs(low), abs(high)) > largest:
        raise TunableError(
            f"the range {text.strip()} has an end that is too large", hint="give smaller numbers"
        )
    if low == high:
        raise TunableError(
            f"the range {text.strip()} has one value only", hint=f"write the value: {ends[0]}"
        )
    if low > high:
        raise TunableError(
            f"the range {text.strip()} ends below its start", hint=f"write {ends[1]}..{ends[0]}"
        )


def expand(text: str) -> tuple[str, ...]:
    """The values that a text stands for: itself, or each number of a short range.

    Raises:
        TunableError: a range of too many numbers, or without a step of numbers that are not whole.
    """
    found = _STEPPED.fullmatch(text)
    if found is not None:
        return _stepped(text, found[1], found[2], found[3])
    whole = parse_range(text)
    if whole is None:
        return (text,)
    if whole.size > MOST_EXPANDED:
        raise _too_many(
            text,
            whole.size,
            f"give a step, as in {text.strip()}:{_near(whole)}, or only this range with",
        )
    return whole.texts()


def _stepped(text: str, low: str, high: str, step: str) -> tuple[str, ...]:
    """`0.1..0.5:0.1` as five numbers, computed as they are written."""
    _check_ends(text, (low, high), largest=_LARGEST_WHOLE)
    around = Range(float(low), float(high), whole=False, log=False)
    if not float(step) > 0 or math.isinf(float(step)):
        raise TunableError(
            f"the range {text.strip()} has the step {step}, which leads nowhere",
            hint=f"write a step above 0, such as {low}..{high}:{_near(around)}",
        )
    size: float | Decimal = (around.high - around.low) / float(step) + 1
    if size < MOST_EXPANDED + 1:
        # By the digits that were written: 0.3 / 0.1 is three.
        size = (Decimal(high) - Decimal(low)) // Decimal(step) + 1
    if size > MOST_EXPANDED:
        raise _too_many(text, size, f"give a longer step, or only the range {low}..{high} with")
    return tuple(_plain(Decimal(low) + at * Decimal(step)) for at in range(int(size)))


def _plain(number: Decimal) -> str:
    is_whole = number == number.to_integral_value()
    text = str(int(number)) if is_whole else f"{float(number):.15g}"
    return _EXPONENT.sub(_short_exponent, text)


def _too_many(text: str, size: float | Decimal, advice: str) -> TunableError:
    many = f"{int(size):,} numbers" if size < _LARGEST_WHOLE else "endlessly many numbers"
    return TunableError(
        f"the range {text.strip()} has {many}, and each value given is tried",
        hint=f"{advice}: --sampler random",
    )


def _near(found: Range) -> str:
    """A step that makes ten to twenty numbers of a range."""
    step = float(f"{(found.high - found.low) / 10:.0e}")
    return _plain(Decimal(repr(max(step, 1.0) if found.whole else step)))


def range_ends(text: str) -> tuple[str, ...]:
    """The first and the last number of a range, as they are written; none for a single value.

    Raises:
        TunableError: the range makes no sense.
    """
    if _STEPPED.fullmatch(text):
        numbers = expand(text)
        return (numbers[0], numbers[-1])
    return tuple(text.strip().split("..")) if parse_range(text) else ()


def to_number(text: str) -> float | None:
    """None for what is no finite number."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None

"""`A..B`: every number between two ends, and how a person would write one of them."""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass

from sandbox.errors import TunableError

MOST_EXPANDED = 100
"""How many whole numbers a range may stand for where each of them is tried."""

_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\.\.({_NUMBER})\s*")
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
    """The values that a text stands for: itself, or each whole number of a short range.

    Raises:
        TunableError: a range of too many numbers, or of numbers that are not whole.
    """
    found = parse_range(text)
    if found is None:
        return (text,)
    if found.size > MOST_EXPANDED:
        many = f"{found.size:,} numbers" if found.whole else "endlessly many numbers"
        raise TunableError(
            f"the range {text.strip()} has {many}, and each value given is tried",
            hint="give single values, or only this range with: --sampler random",
        )
    return found.texts()


def to_number(text: str) -> float | None:
    """None for what is no finite number."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None

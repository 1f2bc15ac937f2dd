"""Values as a person reads them, and text of the studied code that cannot act."""

from __future__ import annotations

import math
import re

from sandbox.comparing.model import Summary
from sandbox.foreign import visible

_DIGITS = 4
_ROUNDING = 1e-12
_FORMULA = re.compile(r"\s*[=+\-@\t\r]")


def to_number(value: float, digits: int = _DIGITS) -> str:
    """Four significant digits, whole numbers whole."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.{digits}g}"


def to_difference(value: float, beside: float = 0.0) -> str:
    """Three significant digits with a sign; `±0` for none at all.

    Args:
        beside: what it is a difference of: no more than rounding of that is none.
    """
    return f"{value:+.3g}" if abs(value) > _ROUNDING * abs(beside) else "±0"


def to_summary(summary: Summary) -> str:
    """`0.93`, or `0.93 ± 0.01` where it was repeated."""
    if summary.spread is None:
        return to_number(summary.mean)
    return f"{to_number(summary.mean)} ± {to_number(summary.spread, 2)}"


def shortened(text: str, most: int) -> str:
    """The same in so many characters, the last one an ellipsis where something is missing."""
    seen = visible(text)
    return seen if len(seen) <= most else f"{seen[: most - 1]}…"


def counted(number: int, word: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def without_formula(text: str) -> str:
    """Text that a spreadsheet takes for text; plain numbers stay what they are."""
    return f"'{text}" if _FORMULA.match(text) and read_number(text) is None else text


def read_number(text: str) -> float | None:
    """A finite number; None = it is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None

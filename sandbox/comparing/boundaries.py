"""A condition on the tunables that all failing variants satisfy, and none that is fine."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.comparing.designs import to_order

_LEAST = 2

Values = Mapping[str, str]


@dataclass(frozen=True)
class _Condition:
    """`sign` is one of `=`, `>=`, `<=`."""

    name: str
    sign: str
    value: str

    def holds(self, values: Values) -> bool:
        """Of values that have the name."""
        if self.sign == "=":
            return values[self.name] == self.value
        at, end = to_order(values[self.name]), to_order(self.value)
        if at is None or end is None:
            return False
        return at >= end if self.sign == ">=" else at <= end

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.value}"


def find_boundary(
    failing: Sequence[Values], fine: Sequence[Values], columns: Sequence[str]
) -> str | None:
    """None where nothing separates the two, or too little was tried to say so.

    One tunable where that does; several that do as well are all told, for the runs do not tell them
    apart; else two together. A variant that leaves a tunable alone has a value that is not known,
    and says nothing for or against it.
    """
    tight = [one for name in columns for one in _tightest(name, failing, fine)]
    alone = [one for one in tight if _separates([one], failing, fine)]
    if alone:
        return " or ".join(map(str, alone))
    pairs = (pair for pair in itertools.combinations(tight, 2) if pair[0].name != pair[1].name)
    found = (pair for pair in pairs if _separates(pair, failing, fine))
    return next((" and ".join(map(str, pair)) for pair in found), None)


def _tightest(name: str, failing: Sequence[Values], fine: Sequence[Values]) -> list[_Condition]:
    """The narrowest conditions on one tunable that all failing variants satisfy."""
    if any(name not in one for one in failing):
        return []
    values = list(dict.fromkeys(one[name] for one in failing))
    others = [one[name] for one in fine if name in one]
    places = {value: to_order(value) for value in [*values, *others]}
    if others and None not in places.values() and len(set(others)) >= _LEAST:
        low = min(values, key=lambda value: places[value] or 0.0)
        high = max(values, key=lambda value: places[value] or 0.0)
        return [_Condition(name, ">=", low), _Condition(name, "<=", high)]
    return [_Condition(name, "=", values[0])] if len(values) == 1 else []


def _separates(
    conditions: Sequence[_Condition], failing: Sequence[Values], fine: Sequence[Values]
) -> bool:
    names = {one.name for one in conditions}
    known = [one for one in fine if names <= one.keys()]
    if any(all(condition.holds(one) for condition in conditions) for one in known):
        return False
    if len(failing) >= _LEAST:
        return len(known) >= _LEAST or (bool(fine) and _are_single(failing))
    # One that failed: only where nothing but this was changed, and the rest is fine.
    return len(fine) >= _LEAST and len(conditions) == 1 and _are_single(failing)


def _are_single(failing: Sequence[Values]) -> bool:
    return all(len(one) == 1 for one in failing)

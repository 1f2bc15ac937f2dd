"""What every sampler does with a Search: reads its texts, and knows which points may be tried."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.domain import Tweak
from sandbox.errors import TunableError
from sandbox.interfaces import Search
from sandbox.samplers.ranges import Range, expand, parse_range, to_number

MOST_POINTS = 100_000

Point = tuple[Tweak, ...]


@dataclass(frozen=True)
class Space:
    """A Search whose texts are read.

    Attributes:
        values: tunable name → values to try, or the range they are drawn from; in the order given,
            no value twice.
    """

    values: Mapping[str, tuple[str, ...] | Range]
    search: Search

    @property
    def size(self) -> float:
        """How many combinations there are; may be infinite."""
        return math.prod(
            values.size if isinstance(values, Range) else len(values)
            for values in self.values.values()
        )

    def tweak(self, name: str, value: str) -> Tweak:
        return Tweak(name, value, self.search.tunables.get(name))

    def point(self, values: Iterable[str]) -> Point:
        """Values in the order of the names."""
        return tuple(map(self.tweak, self.values, values))

    def find(self, values: Mapping[str, str]) -> Point | None:
        """The point with these values; None where it lies outside, or names are not the space's."""
        if values.keys() != self.values.keys():
            return None
        found = [_member(allowed, values[name]) for name, allowed in self.values.items()]
        return None if None in found else self.point(value for value in found if value is not None)

    def points(self) -> Iterator[Point]:
        """All that are wanted, in order; of a space with `size` only."""
        listed = (
            values.texts() if isinstance(values, Range) else values
            for values in self.values.values()
        )
        return filter(self.is_wanted, map(self.point, itertools.product(*listed)))

    def count(self, most: int) -> int:
        """How many points are wanted; `most` where there are more, or too many to look through."""
        if self.size > MOST_POINTS:
            return most
        return sum(1 for _ in itertools.islice(self.points(), most))

    def is_own_value(self, name: str, value: str) -> bool:
        """Whether the code has this value anyway; `1e-3` is `0.001`."""
        own = self.search.baseline.get(name)
        return own is not None and _same(own, value)

    def is_wanted(self, point: Point) -> bool:
        """Whether it differs from the baseline, and may be tried."""
        if all(self.is_own_value(tweak.name, tweak.value) for tweak in point):
            return False
        if self.search.allows is None:
            return True
        values = {tweak.name: tweak.value for tweak in point}
        return self.search.allows({**self.search.baseline, **values})


def listed_values(search: Search) -> dict[str, tuple[str, ...]]:
    """Every value to try, for samplers that try each of them.

    Raises:
        TunableError: a name without values, or a range that is too long to be written out.
    """
    _check_given(search)
    return {name: _listed(texts) for name, texts in search.values.items()}


def drawn_space(search: Search) -> Space:
    """For samplers that draw: a name may have one range of any length instead of values.

    Raises:
        TunableError: a name without values, or a long range among other values.
    """
    _check_given(search)
    return Space(
        {name: _alone(texts) or _listed(texts) for name, texts in search.values.items()}, search
    )


def check_size(points: int, most: int) -> None:
    """Raises TunableError for more points than anyone waits for."""
    if points > most:
        raise TunableError(
            f"{points:,} variants, more than {most:,}",
            hint="give fewer values, or vary one tunable at a time",
            points=points,
        )


def _check_given(search: Search) -> None:
    empty = [name for name, given in search.values.items() if not given]
    if empty:
        raise TunableError(f"no value given for {empty[0]!r}", hint=f"write -p {empty[0]}=VALUE")


def _listed(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for text in texts for value in expand(text)))


def _alone(texts: Sequence[str]) -> Range | None:
    return parse_range(texts[0]) if len(texts) == 1 else None


def _member(allowed: tuple[str, ...] | Range, value: str) -> str | None:
    if isinstance(allowed, Range):
        return value if value in allowed else None
    return next((one for one in allowed if _same(one, value)), None)


def _same(one: str, other: str) -> bool:
    if one.strip() == other.strip():
        return True
    number = to_number(one)
    return number is not None and number == to_number(other)

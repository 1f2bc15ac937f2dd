"""Every combination of the values given."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from sandbox.domain import Run, Tweak
from sandbox.interfaces import Sampler, Search
from sandbox.samplers.spaces import MOST_POINTS, Point, Space, check_size, listed_values


class GridSampler(Sampler):
    """The baseline, then the cross product in the order given, the last name moving fastest.

    `len` is the number of points, known before the first; where `search.allows` chooses, it is
    asked about every point for that. Points are made when asked for. A point whose every value is
    the code's own is the baseline, and is not repeated. Learns nothing from `tell`.

    Args:
        search: no values = the baseline alone; a range of few whole numbers stands for all of them.
        most: how many combinations are too many, before `search.allows` chooses among them.

    Raises:
        TunableError: a name without values, a range that cannot be written out, or too many
            combinations (`facts["points"]`).
    """

    def __init__(self, search: Search, *, most: int = MOST_POINTS) -> None:
        self._values = listed_values(search)
        self._space = Space(self._values, search)
        self._size = _size(self._space, self._values)
        check_size(self._size, most)
        self._points = self._all()

    def __len__(self) -> int:
        return self._count

    def ask(self) -> Sequence[Tweak] | None:
        return next(self._points, None)

    def tell(self, tweaks: Sequence[Tweak], run: Run) -> None:
        """Nothing to learn: all points are known from the start."""

    @cached_property
    def _count(self) -> int:
        return self._size if self._space.search.allows is None else sum(1 for _ in self._all())

    def _all(self) -> Iterator[Point]:
        yield ()
        combinations = itertools.product(*self._values.values())
        yield from filter(self._space.is_wanted, map(self._space.point, combinations))


def _size(space: Space, listed: Mapping[str, Sequence[str]]) -> int:
    product = math.prod(len(values) for values in listed.values())
    own = math.prod(
        sum(space.is_own_value(name, value) for value in values) for name, values in listed.items()
    )
    return 1 + product - own

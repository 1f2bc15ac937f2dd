"""Every value given, alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from sandbox.domain import Run, Tweak
from sandbox.interfaces import Sampler, Search
from sandbox.samplers.spaces import MOST_POINTS, Point, Space, check_size, listed_values


class OneAtATimeSampler(Sampler):
    """The baseline, then each value of each tunable with all others left as they are.

    Arguments, `len`, errors and `tell` as in `GridSampler`.
    """

    combines = False

    def __init__(self, search: Search, *, most: int = MOST_POINTS) -> None:
        self._values = listed_values(search)
        self._space = Space(self._values, search)
        check_size(1 + sum(map(len, self._values.values())), most)
        self._points = self._all()

    def __len__(self) -> int:
        return self._count

    def ask(self) -> Sequence[Tweak] | None:
        return next(self._points, None)

    def tell(self, tweaks: Sequence[Tweak], run: Run) -> None:
        """Nothing to learn: all points are known from the start."""

    @cached_property
    def _count(self) -> int:
        return sum(1 for _ in self._all())

    def _all(self) -> Iterator[Point]:
        yield ()
        alone = (
            (self._space.tweak(name, value),)
            for name, values in self._values.items()
            for value in values
        )
        yield from filter(self._space.is_wanted, alone)

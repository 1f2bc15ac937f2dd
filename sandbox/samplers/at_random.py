"""Points drawn by chance, no two alike."""

from __future__ import annotations

import random
from collections.abc import Sequence

from sandbox.domain import Run, Tweak
from sandbox.interfaces import Sampler, Search
from sandbox.samplers.ranges import Range
from sandbox.samplers.spaces import MOST_POINTS, Point, Space, drawn_space

USUAL_COUNT = 20
"""Points beside the baseline, where nobody says how many."""

_TRIES = 1000
_TRIES_WHERE_FINITE = 100


class Drawing:
    """Different points of a space, each as likely as any other (by magnitude in a log range).

    Ends when all have been drawn or, in a space too large to be looked through, when a thousand
    draws in a row brought nothing that is new and allowed.

    Attributes:
        seen: what is not drawn any more; may be added to.
    """

    def __init__(self, space: Space, seed: int) -> None:
        self.seen: set[Point] = set()
        self._space = space
        self._chance = random.Random(seed)  # noqa: S311 - points, not secrets
        self._finite = space.size <= MOST_POINTS
        self._rest: list[Point] | None = None

    def draw(self) -> Point | None:
        """A new point, or None when there is none."""
        point = self._try() if self._rest is None else None
        if point is None:
            self._rest = self._left() if self._rest is None else self._rest
            point = next((one for one in iter(self._pop, None) if one not in self.seen), None)
        if point is not None:
            self.seen.add(point)
        return point

    def _try(self) -> Point | None:
        for _ in range(_TRIES_WHERE_FINITE if self._finite else _TRIES):
            point = self._space.point(map(self._one, self._space.values.values()))
            if point not in self.seen and self._space.is_wanted(point):
                return point
        return None

    def _one(self, values: tuple[str, ...] | Range) -> str:
        if isinstance(values, Range):
            return values.draw(self._chance)
        return self._chance.choice(values)

    def _left(self) -> list[Point]:
        """All that draws did not meet, shuffled."""
        if not self._finite:
            return []
        left = [one for one in self._space.points() if one not in self.seen]
        self._chance.shuffle(left)
        return left

    def _pop(self) -> Point | None:
        return self._rest.pop() if self._rest else None


class RandomSampler(Sampler):
    """The baseline, then `search.count` different points, 20 unless it says.

    Fewer where there are no more; `len` is how many there are at most. The same Search asks the
    same, whatever is told.

    Args:
        search: a name has values, or one range of any length.

    Raises:
        TunableError: a name without values, or a long range among other values.
    """

    def __init__(self, search: Search) -> None:
        self._space = drawn_space(search)
        self._drawing = Drawing(self._space, search.seed)
        self._left = self._most = USUAL_COUNT if search.count is None else search.count
        self._begun = False

    def __len__(self) -> int:
        return 1 + self._space.count(self._most)

    def ask(self) -> Sequence[Tweak] | None:
        if not self._begun:
            self._begun = True
            return ()
        if self._left <= 0:
            return None
        self._left -= 1
        return self._drawing.draw()

    def tell(self, tweaks: Sequence[Tweak], run: Run) -> None:
        """Nothing to learn: what comes next is chance."""

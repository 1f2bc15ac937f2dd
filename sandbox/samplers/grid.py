"""Every combination of the values given."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from sandbox.domain import Run, Tweak
from sandbox.interfaces import Sampler
from sandbox.samplers.spaces import MOST_POINTS, Space, check_size, to_space


class GridSampler(Sampler):
    """The baseline, then the cross product in the order given, the last name moving fastest.

    `len` is the number of points, known before the first. Points are made when asked for. A point
    whose every value is the code's own is the baseline, and is not repeated. Learns nothing from
    `tell`.

    Args:
        space: tunable name → values to try; none = the baseline alone.
        baseline: the code's own values, as far as they are known.
        tunables: name → qualified name, for the Tweaks.
        most: how many combinations are too many.

    Raises:
        TunableError: a name without values, or too many combinations (`facts["points"]`).
    """

    def __init__(
        self,
        space: Mapping[str, Sequence[str]],
        *,
        baseline: Mapping[str, str] | None = None,
        tunables: Mapping[str, str] | None = None,
        most: int = MOST_POINTS,
    ) -> None:
        self._space = to_space(space, baseline, tunables)
        self._count = _count(self._space)
        check_size(self._count, most)
        self._points = _points(self._space)

    def __len__(self) -> int:
        return self._count

    def ask(self) -> Sequence[Tweak] | None:
        return next(self._points, None)

    def tell(self, tweaks: Sequence[Tweak], run: Run) -> None:
        """Nothing to learn: all points are known from the start."""


def _points(space: Space) -> Iterator[tuple[Tweak, ...]]:
    yield ()
    for values in itertools.product(*space.values.values()):
        point = tuple(itertools.starmap(space.tweak, zip(space.values, values, strict=True)))
        if not all(space.is_own_value(tweak.name, tweak.value) for tweak in point):
            yield point


def _count(space: Space) -> int:
    product = math.prod(len(values) for values in space.values.values())
    own = math.prod(
        sum(space.is_own_value(name, value) for value in values)
        for name, values in space.values.items()
    )
    return 1 + product - own

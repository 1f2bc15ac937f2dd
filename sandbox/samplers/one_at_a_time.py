"""Every value given, alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sandbox.domain import Run, Tweak
from sandbox.interfaces import Sampler
from sandbox.samplers.spaces import MOST_POINTS, Space, check_size, to_space


class OneAtATimeSampler(Sampler):
    """The baseline, then each value of each tunable with all others left as they are.

    Arguments, `len`, errors and `tell` as in `GridSampler`.
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
        self._count = sum(1 for _ in _points(self._space))
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
    for name, values in space.values.items():
        for value in values:
            if not space.is_own_value(name, value):
                yield (space.tweak(name, value),)

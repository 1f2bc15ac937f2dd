"""The value of one tunable at which runs begin to fail, found by halving."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sandbox.domain import Run, RunStatus, Tweak
from sandbox.errors import InputError
from sandbox.interfaces import Sampler, Search
from sandbox.samplers.at_random import USUAL_COUNT
from sandbox.samplers.ranges import parse_range, to_number
from sandbox.samplers.spaces import Point

_LOG_FROM = 10
_NEAR = 0.01
_DIGITS = 4


class BisectSampler(Sampler):
    """The baseline, both ends, then the middle of what is left between fine and failing.

    Halves by order of magnitude where the ends are a factor of ten apart; whole numbers stay whole.
    Ends where two whole numbers are next to each other, others within a hundredth, or after
    `search.count` points. Both ends alike end it too: `notes` says what is known.
    Each point hangs on the run before, so it is to be asked after that was told: one job.

    Args:
        search: one tunable, with two numbers or a range.

    Raises:
        InputError: another number of tunables, or values that are no two numbers.
    """

    adapts = True
    waits = True

    def __init__(self, search: Search) -> None:
        self._name, self._texts = _ends(search)
        self._low, self._high = sorted(map(float, self._texts))
        self._whole = all(_is_whole(text) for text in self._texts)
        self._log = self._low > 0 and self._high / self._low >= _LOG_FROM
        self._search = search
        self._left = USUAL_COUNT if search.count is None else search.count
        self._known: dict[float, bool] = {}
        self._asked: set[float] = set()
        self._begun = False

    def __len__(self) -> int:
        """At most."""
        return 1 + min(self._left, 2 + self._halvings())

    def ask(self) -> Sequence[Tweak] | None:
        if not self._begun:
            self._begun = True
            return ()
        value = next((one for one in self._wanted() if one not in self._seen), None)
        if value is None or len(self._seen) >= self._left:
            return None
        self._asked.add(value)
        return self._point(value)

    def tell(self, tweaks: Sequence[Tweak], run: Run) -> None:
        value = self._value(tweaks)
        if value is not None and run.status not in {RunStatus.cancelled, RunStatus.lost}:
            self._known[value] = _is_fine(run)

    def _value(self, tweaks: Sequence[Tweak]) -> float | None:
        """The code's own for the baseline; None = none between the ends."""
        own = self._search.baseline.get(self._name, "")
        texts = [one.value for one in tweaks if one.name == self._name] if tweaks else [own]
        number = to_number(texts[0]) if len(texts) == 1 else None
        return number if number is not None and self._low <= number <= self._high else None

    def notes(self) -> tuple[str, ...]:
        """Where the boundary is, as far as it is known."""
        return (self._outcome(),)

    def _outcome(self) -> str:
        ends = [self._known.get(one) for one in (self._low, self._high)]
        low, high = map(self._write, (self._low, self._high))
        if None in ends:
            return f"{self._name}: no boundary is known, for not both of {low} and {high} were run"
        if ends[0] == ends[1]:
            both = "fine" if ends[0] else "failed"
            return (
                f"{self._name}: {low} and {high} are both {both}, so there is no boundary to find "
                f"between them; give ends of which one fails"
            )
        below, above = self._between()
        sign = ">=" if ends[0] else "<="
        fails, fine = (above, below) if ends[0] else (below, above)
        return (
            f"{self._name} {sign} {self._write(fails)} fails, {self._write(fine)} is fine "
            f"(of {len(self._known)} values tried)"
        )

    @property
    def _seen(self) -> set[float]:
        return self._asked | self._known.keys()

    def _wanted(self) -> Iterator[float]:
        yield self._low
        yield self._high
        ends = [self._known.get(one) for one in (self._low, self._high)]
        if None in ends or ends[0] == ends[1]:
            return
        below, above = self._between()
        if not self._is_near(below, above):
            yield self._middle(below, above)

    def _between(self) -> tuple[float, float]:
        """The last value that is as the low end, and the first one that is as the high end."""
        like_low = self._known[self._low]
        above = min(at for at, fine in self._known.items() if fine != like_low and at > self._low)
        below = max(at for at, fine in self._known.items() if fine == like_low and at < above)
        return below, above

    def _is_near(self, below: float, above: float) -> bool:
        if self._whole:
            return above - below <= 1
        width = math.log(above) - math.log(below) if self._log else (above - below) / self._span
        return width <= _NEAR or self._middle(below, above) in {below, above}

    @property
    def _span(self) -> float:
        return self._high - self._low

    def _middle(self, below: float, above: float) -> float:
        middle = math.sqrt(below) * math.sqrt(above) if self._log else below / 2 + above / 2
        if self._whole:
            return float(min(max(round(middle), below + 1), above - 1))
        return float(f"{middle:.{_DIGITS}g}")

    def _halvings(self) -> int:
        if self._whole:
            return math.ceil(math.log2(max(self._span, 1)))
        width = math.log(self._high) - math.log(self._low) if self._log else 1.0
        return math.ceil(math.log2(width / _NEAR))

    def _point(self, value: float) -> Point:
        name = self._name
        return (Tweak(name, self._write(value), self._search.tunables.get(name)),)

    def _write(self, value: float) -> str:
        """The ends as they were typed."""
        typed = next((text for text in self._texts if float(text) == value), None)
        return typed or (str(int(value)) if self._whole else f"{value:g}")


def _ends(search: Search) -> tuple[str, tuple[str, ...]]:
    if len(search.values) != 1:
        raise InputError(
            f"the sampler bisect halves one tunable, and {len(search.values)} are varied",
            hint="give one only: --bisect NAME -p NAME=LOW,HIGH",
        )
    (name, texts), *_ = search.values.items()
    found = parse_range(texts[0]) if len(texts) == 1 else None
    ends = tuple(texts[0].strip().split("..")) if found else tuple(texts)
    numbers = [to_number(text) for text in ends]
    if len(ends) != 2 or None in numbers or numbers[0] == numbers[1]:
        raise InputError(
            f"between which two numbers is {name} to be halved? {', '.join(texts)} are not that",
            hint=f"write -p {name}=LOW,HIGH",
        )
    return name, ends


def _is_whole(text: str) -> bool:
    return text.strip().lstrip("+-").isdecimal()


def _is_fine(run: Run) -> bool:
    return run.status is RunStatus.succeeded or (
        run.status is RunStatus.timed_out and bool(run.metrics)
    )

"""What every sampler does with a space: checks it, and knows what equals the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.domain import Tweak
from sandbox.errors import TunableError

MOST_POINTS = 100_000


@dataclass(frozen=True)
class Space:
    """Tunable names and the values to try, both in the order given, no value twice.

    Attributes:
        baseline: the code's own values as text, as far as they are known.
        tunables: name → qualified name of the Tunable; names that are missing become patches.
    """

    values: Mapping[str, tuple[str, ...]]
    baseline: Mapping[str, str] = field(default_factory=dict)
    tunables: Mapping[str, str] = field(default_factory=dict)

    def tweak(self, name: str, value: str) -> Tweak:
        return Tweak(name, value, self.tunables.get(name))

    def is_own_value(self, name: str, value: str) -> bool:
        """Whether the code has this value anyway; `1e-3` is `0.001`."""
        own = self.baseline.get(name)
        return own is not None and _same(own, value)


def to_space(
    values: Mapping[str, Sequence[str]],
    baseline: Mapping[str, str] | None,
    tunables: Mapping[str, str] | None,
) -> Space:
    """Raises TunableError for a name without values."""
    empty = [name for name, given in values.items() if not given]
    if empty:
        raise TunableError(f"no value given for {empty[0]!r}", hint=f"write -p {empty[0]}=VALUE")
    unique = {name: tuple(dict.fromkeys(given)) for name, given in values.items()}
    return Space(unique, baseline or {}, tunables or {})


def check_size(points: int, most: int) -> None:
    """Raises TunableError for more points than anyone waits for."""
    if points > most:
        raise TunableError(
            f"{points:,} variants, more than {most:,}",
            hint="give fewer values, or vary one tunable at a time",
            points=points,
        )


def _same(one: str, other: str) -> bool:
    if one.strip() == other.strip():
        return True
    try:
        return float(one) == float(other)
    except ValueError:
        return False

"""Which Python a date, a specifier and the wheels at hand agree on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from packaging.specifiers import SpecifierSet

# Source: PEPs 537, 569, 596, 619, 664, 693, 719, 745 (first final release).
_RELEASED = {
    "3.7": date(2018, 6, 27),
    "3.8": date(2019, 10, 14),
    "3.9": date(2020, 10, 5),
    "3.10": date(2021, 10, 4),
    "3.11": date(2022, 10, 24),
    "3.12": date(2023, 10, 2),
    "3.13": date(2024, 10, 7),
    "3.14": date(2025, 10, 7),
}
_PATCHES = 30  # no Python has had more
_NO_SUCH_MINOR = 40
_SETTLED = timedelta(days=270)  # until most packages have wheels for a new Python


def as_key(python: str) -> tuple[int, ...]:
    """For sorting `X.Y`."""
    return tuple(int(part) for part in python.split("."))


def allowed(pythons: Sequence[str], specifier: str | None) -> list[str]:
    """Those that the specifier admits in any of their patch releases."""
    if not specifier:
        return list(pythons)
    wanted = SpecifierSet(specifier)
    return [p for p in pythons if any(wanted.contains(f"{p}.{patch}") for patch in range(_PATCHES))]


def nearest(pythons: Sequence[str], specifier: str) -> list[str]:
    """For a specifier that admits none of them: the oldest, where it asks for an older Python 3.

    All of them where it asks for anything else, so that the era decides.
    """
    ordered = sorted(pythons, key=as_key)
    oldest = as_key(ordered[0])[1]
    older = [f"3.{minor}" for minor in range(3, oldest)]
    newer = [f"3.{minor}" for minor in range(as_key(ordered[-1])[1] + 1, _NO_SUCH_MINOR)]
    if allowed(older, specifier):
        return ordered[:1]
    return ordered[-1:] if allowed(newer, specifier) else ordered


def released_by(python: str, as_of: str | None) -> bool:
    """Whether people could have had that Python at that date."""
    released = _RELEASED.get(python)
    return as_of is None or (released is not None and released <= date.fromisoformat(as_of))


def of_era(pythons: Sequence[str], as_of: str | None) -> list[str]:
    """All of them, the one that people used at that date first, then newer ones, then older."""
    day = date.fromisoformat(as_of) if as_of else date.today()  # noqa: DTZ011 - a date of the user's
    ordered = sorted(pythons, key=as_key)
    settled = [p for p in ordered if _RELEASED.get(p, date.max - _SETTLED) + _SETTLED <= day]
    first = settled[-1:] or ordered[:1]
    newer = [p for p in ordered if p not in settled and p not in first]
    return [*first, *newer, *reversed([p for p in settled if p not in first])]


def settled_on(python: str, as_of: str) -> str | None:
    """The first date at which packages had wheels for that Python, where later than `as_of`."""
    released = _RELEASED.get(python)
    if released is None:
        return None
    day = released + _SETTLED
    return day.isoformat() if day > date.fromisoformat(as_of) else None

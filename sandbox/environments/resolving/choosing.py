"""Chooses the Python: what is asked for, else what authors used, the era, the pins; says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement

from sandbox.domain import Requirements
from sandbox.environments.resolving.catalogue import Catalogue
from sandbox.environments.resolving.eras import allowed, as_key, nearest, of_era, released_by
from sandbox.environments.resolving.requirements import applies, is_bounded, name_of

_NEAR = 2  # minor versions
_FAR = 10_000


@dataclass(frozen=True)
class Choice:
    """Pythons in the order they are to be tried, and why so, a line each."""

    pythons: tuple[str, ...]
    decisions: tuple[str, ...]


def choose_pythons(
    requirements: Requirements,
    pythons: Sequence[str],
    catalogue: Catalogue,
    built: dict[str, frozenset[str]],
) -> Choice:
    """Own builds decide, then what is asked for; the rest is ranked.

    Args:
        pythons: `X.Y` that can be had, at least one.
        built: the distributions that the site has built itself and that are wanted, with the
            Pythons they are for.
    """
    offered, lines = _offered(requirements, pythons)
    offered, told = _with_own_builds(requirements, pythons, offered, built)
    ranked = _ranked(requirements, offered)
    lost = {python: _lost(requirements, python, catalogue) for python in ranked}
    ordered = sorted(ranked, key=lambda python: _cost(lost[python], python, ranked[0]))
    first = ordered[0]
    saved = lost[ranked[0]] - lost[first]
    why = _why_pins(requirements, tuple(saved), ranked[0])
    other = _for_constraints(requirements, [first, *ranked], lost, catalogue)
    if other is not None:
        first, why = other
    if len(pythons) == 1:
        why = "the only one at hand"
    why = why or _why_first(requirements, first, forced=bool(built))
    others = [*_newer(ordered, first), *_older(ordered, first)]
    return Choice((first, *others), (*lines, *told, f"Python {first}: {why}"))


def _offered(requirements: Requirements, pythons: Sequence[str]) -> tuple[list[str], list[str]]:
    fitting = allowed(pythons, requirements.python)
    if fitting:
        return fitting, []
    chosen = nearest(pythons, requirements.python or "")
    had = ", ".join(pythons)
    line = f"Python {requirements.python} is set aside: only {had} can be had"
    return chosen, [line]


def _with_own_builds(
    requirements: Requirements,
    pythons: Sequence[str],
    offered: list[str],
    built: dict[str, frozenset[str]],
) -> tuple[list[str], list[str]]:
    lines = []
    for name, made in sorted(built.items()):
        having = [python for python in pythons if python in made]
        if having and not set(having) & set(offered):
            asked = requirements.python or ", ".join(offered)
            lines.append(
                f"Python {asked} is set aside: the site's own build of {name} is for "
                f"{', '.join(having)}"
            )
        offered = [python for python in offered if python in made] or having or offered
    return offered, lines


def _ranked(requirements: Requirements, pythons: list[str]) -> list[str]:
    """What the authors used first, as near to the era as there is; then the era's order."""
    ordered = of_era(pythons, requirements.as_of)
    hinted = [python for python in requirements.pythons if python in ordered]
    hinted = [python for python in hinted if released_by(python, requirements.as_of)]
    if not hinted or ordered[0] in hinted:
        return ordered
    era = as_key(ordered[0])
    older = [python for python in hinted if as_key(python) < era]
    best = max(older, key=as_key) if older else min(hinted, key=as_key)
    return [best, *(python for python in ordered if python != best)]


def _lost(requirements: Requirements, python: str, catalogue: Catalogue) -> set[str]:
    """Requirements that no wheel meets on that Python, of those that a wheel meets on any."""
    lost = set()
    for text in requirements.packages:
        requirement = Requirement(text)
        known = applies(requirement, python, catalogue.machine) and catalogue.files(requirement)
        if known and not catalogue.wheels(requirement, python):
            lost.add(text)
    return lost


def _for_constraints(
    requirements: Requirements,
    ranked: Sequence[str],
    lost: dict[str, set[str]],
    catalogue: Catalogue,
) -> tuple[str, str] | None:
    """A Python on which constraints can be kept and nothing at all is lost, and why it is taken.

    Args:
        ranked: the one that is chosen otherwise comes first.
    """
    names = {name_of(text) for text in requirements.packages}
    said = tuple(text for text in requirements.constraints if name_of(text) in names)
    before = ranked[0]
    kept = replace(requirements, packages=said)
    missing = {python: _lost(kept, python, catalogue) for python in ranked}
    fine = [python for python in ranked if not lost[python] and not missing[python]]
    if not missing[before] or not fine:
        return None
    text = min(missing[before])
    return fine[0], f"{text} has wheels for it and not for {before}"


def _cost(lost: set[str], python: str, best: str) -> tuple[int, int]:
    """Pins count first; for what may be any version no Python of another age is chosen."""
    bounded = sum(map(is_bounded, lost))
    far = abs(as_key(python)[1] - as_key(best)[1]) > _NEAR
    return bounded, len(lost) - bounded if not far else _FAR


def _why_pins(requirements: Requirements, saved: Sequence[str], before: str) -> str | None:
    """What has wheels for the chosen Python only; None = the choice is the first one."""
    if not saved:
        return None
    first = min(saved, key=lambda text: (not is_bounded(text), text)).partition(";")[0].strip()
    more = f" and {len(saved) - 1} more have" if len(saved) > 1 else " has"
    asked = f", {requirements.python} is asked for" if requirements.python else ""
    return f"{first}{more} wheels for it and not for {before}{asked}"


def _why_first(requirements: Requirements, python: str, *, forced: bool) -> str:
    """What put the chosen Python first."""
    era = f"what most people used when the code was written ({requirements.as_of})"
    reasons = {
        "the site's own builds are for it": forced,
        f"asked for {requirements.python}": bool(
            requirements.python and allowed([python], requirements.python)
        ),
        f"the authors used {', '.join(requirements.pythons[:6])}": python in requirements.pythons,
        "the nearest to it": bool(requirements.python),
        f"the oldest at hand, for code of {requirements.as_of}": not released_by(
            python, requirements.as_of
        ),
        era: requirements.as_of is not None,
    }
    found = (why for why, holds in reasons.items() if holds)
    return next(found, "the newest that most packages have wheels for")


def _newer(pythons: Sequence[str], first: str) -> list[str]:
    return sorted((p for p in pythons if as_key(p) > as_key(first)), key=as_key)


def _older(pythons: Sequence[str], first: str) -> list[str]:
    return sorted((p for p in pythons if as_key(p) < as_key(first)), key=as_key, reverse=True)

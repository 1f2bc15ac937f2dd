"""What may cure what a run failed with, after all that it imports had been tried; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sandbox.domain import Dropped, Environment, Requirements
from sandbox.environments.checking.cases import Case
from sandbox.environments.checking.failures import read_failure
from sandbox.environments.checking.met import MET
from sandbox.environments.checking.remedies import NOTHING_LEARNED, Remedy, change, remedies
from sandbox.environments.code.names import is_distribution, offers, present_name
from sandbox.environments.resolving.requirements import admits

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


@dataclass(frozen=True)
class Raised:
    """What a run failed with.

    Attributes:
        entry: path of what was run.
        why: the error, one line as `failures.read_failure` reads it.
        line: of source, where it was raised; empty = not known.
    """

    entry: str
    why: str
    line: str = ""

    @property
    def lost(self) -> Dropped:
        """As an import that failed."""
        return Dropped(self.entry, self.why)

    @property
    def lost_module(self) -> str:
        """Top-level name of a module that is not there; empty = something else went wrong."""
        failure = read_failure(self.entry, self.why)
        is_module = failure.blamed is None and "No module named" in failure.message
        return (failure.lost or "").partition(".")[0] if is_module else ""

    def is_like(self, other: Raised) -> bool:
        """Whether it is the same once more, in whichever release it broke, at whichever address."""
        whys = [_ADDRESS.sub("0x", one.why) for one in (self, other)]
        failures = [read_failure(self.entry, why) for why in whys]
        return failures[0] == failures[1] and self.line == other.line


def run_remedies(
    raised: Raised,
    environment: Environment,
    requirements: Requirements,
    learned: Mapping[str, str] = NOTHING_LEARNED,
) -> tuple[Remedy, ...]:
    """What is known to have changed behind running code goes before what helps imports.

    Args:
        environment: the one in which it was run.
        requirements, learned: as `remedies.remedies` takes them.
    """
    met = _met(raised, environment, requirements)
    others = remedies([raised.lost], environment, requirements, learned)
    found: dict[tuple[object, ...], Remedy] = {}
    for one in (*met, *others):
        if one:
            found.setdefault(one.changes, one)
    return tuple(found.values())


def _met(raised: Raised, environment: Environment, requirements: Requirements) -> list[Remedy]:
    """Of the table, each change of what is installed and not so yet."""
    installed = {str(canonicalize_name(name)): v for name, v in environment.packages.items()}
    case = Case(read_failure(raised.entry, raised.why), environment, requirements, installed)
    text = f"{raised.line}\n{raised.why}"
    matches = [(found, words) for pattern, words in MET if (found := re.search(pattern, text))]
    changes = [words.format(*found.groups()) for found, words in matches]
    named = [" ".join(_as_installed(case, word) for word in words.split()) for words in changes]
    cures = [change(case, words) for words in named if _concerns(case, words)]
    return [one for one in cures if one]


def _as_installed(case: Case, word: str) -> str:
    """A bound by the name under which its package is there: OpenCV has four."""
    if not _is_bound(word):
        return word
    bound = Requirement(word)
    present = present_name(bound.name)
    names = (str(canonicalize_name(bound.name)), present, *sorted(offers(present)))
    bound.name = next((name for name in names if name in case.installed), bound.name)
    return str(bound)


def _concerns(case: Case, words: str) -> bool:
    """Whether something that is there is to be another one: another's error may read alike."""
    bounds = [Requirement(word) for word in words.split() if _is_bound(word)]
    if not bounds:
        added = [word[1:] for word in words.split() if word.startswith("+")]
        return all(is_distribution(str(canonicalize_name(name))) for name in added)
    versions = {one: case.version(str(canonicalize_name(one.name))) for one in bounds}
    return any(
        one.name == "python" or (version and not admits(str(one), version))
        for one, version in versions.items()
    )


def _is_bound(word: str) -> bool:
    return word[0] not in "+@" and ":" not in word

"""A workspace's locks: what was resolved for a question is known until the question changes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.domain import Dropped, Environment, PackageIndexes, Requirements, digest
from sandbox.files import write_text

RULES = 10
"""Counts changes of detecting and resolving that make known answers stale."""

GIVEN = "given"
"""The key of a lock that the user gave: it answers every question."""


@dataclass(frozen=True)
class Asked:
    """Everything that a lock depends on; decisions are told, not asked.

    Attributes:
        extra: what the product needs inside, beside the repository's packages.
        engine: its name; each has Pythons of its own.
    """

    requirements: Requirements
    extra: tuple[str, ...]
    indexes: PackageIndexes
    engine: str
    accelerator: str

    @property
    def key(self) -> str:
        asked = dataclasses.replace(self.requirements, decisions=(), sources=())
        fields = dataclasses.asdict(dataclasses.replace(self, requirements=asked))
        del fields["requirements"]["compiled"]  # which decides what is asked, and is not asked
        if not asked.overrides:
            del fields["requirements"]["overrides"]  # or all that was asked before is asked anew
        return digest(fields, RULES)


def load_locks(path: Path) -> dict[str, Environment]:
    """By their question's key; none where the file is missing, damaged, or another version's."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return {key: _environment(fields) for key, fields in known.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def save_lock(path: Path, key: str, environment: Environment) -> None:
    """Beside those that are there; the last writer of two at once wins, and nothing is lost by it.

    What is missing is resolved again.
    """
    known = {**load_locks(path), key: environment}
    fields = {key: dataclasses.asdict(environment) for key, environment in known.items()}
    write_text(path, json.dumps(fields, indent=1))


@dataclass(frozen=True)
class Shared:
    """Environments that were made for all entries together, or for some of them.

    Attributes:
        question: key of what all entries asked together.
        environments: by their id.
        entries: path of each that finds what it imports → id of where.
    """

    question: str
    environments: Mapping[str, Environment]
    entries: Mapping[str, str]


def load_shared(path: Path) -> Shared | None:
    """None where there is none, or it cannot be read."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        made = {key: _environment(one) for key, one in fields["environments"].items()}
        entries = {path: key for path, key in fields["entries"].items() if key in made}
        return Shared(str(fields["question"]), made, entries)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def save_shared(path: Path, shared: Shared) -> None:
    """In place of what was there."""
    write_text(path, json.dumps(dataclasses.asdict(shared), indent=1))


def give_lock(path: Path, environment: Environment) -> None:
    """From now on the workspace has this Environment, whatever is asked."""
    told = "the lock that was given is used: nothing is resolved, and nothing mended"
    save_lock(path, GIVEN, dataclasses.replace(environment, decisions=(told,)))


def _environment(fields: Mapping[str, Any]) -> Environment:
    """Raises KeyError or TypeError for what another version wrote."""
    lists = {name: tuple(fields[name]) for name in ("system_packages", "decisions")}
    dropped = tuple(map(Dropped.load, fields["dropped"]))
    return Environment(**{**fields, **lists, "dropped": dropped})

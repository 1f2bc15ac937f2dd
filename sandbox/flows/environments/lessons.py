"""What failed runs have taught of an entry: what it needs besides; kept until it is forgotten."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox import environments
from sandbox.domain import Entry, Requirements
from sandbox.files import write_text

if TYPE_CHECKING:
    from sandbox.environments import Raised, Remedy


@dataclass(frozen=True)
class Lesson:
    """A Remedy, and the failure that it is to cure."""

    raised: Raised
    remedy: Remedy


@dataclass(frozen=True)
class Lessons:
    """Of one entry.

    Attributes:
        kept: in the order they were learned, each holds beside those before it.
        refused: what was tried and did not help.
        on_trial: whether the last of `kept` has not been seen to help.
    """

    kept: tuple[Lesson, ...] = ()
    refused: tuple[Remedy, ...] = ()
    on_trial: bool = False

    def trying(self, lesson: Lesson) -> Lessons:
        """With it; the next run shows whether it helps."""
        return Lessons((*self.kept, lesson), self.refused, on_trial=True)

    def refusing(self, remedy: Remedy) -> Lessons:
        """Without it, and never to be tried again."""
        kept = tuple(one for one in self.kept if one.remedy != remedy)
        return Lessons(kept, (*self.refused, remedy))

    def has_tried(self, remedy: Remedy) -> bool:
        tried = (*(one.remedy for one in self.kept), *self.refused)
        return any(one.changes == remedy.changes for one in tried)


def load_lessons(path: Path, entry: str) -> Lessons:
    """None where there is no file, or it is damaged."""
    fields = _load(path).get(entry)
    if fields is None:
        return Lessons()
    try:
        kept = [
            Lesson(environments.Raised(**one["raised"]), _remedy(one["remedy"]))
            for one in fields["kept"]
        ]
        refused = tuple(map(_remedy, fields["refused"]))
        return Lessons(tuple(kept), refused, on_trial=fields["on_trial"] is True)
    except (TypeError, KeyError, AttributeError):
        return Lessons()


def save_lessons(path: Path, entry: str, lessons: Lessons) -> None:
    """In place of what was known of the entry.

    The last writer of two at once wins, and nothing is lost by it: what is missing is learned anew.
    """
    known = {**_load(path), entry: dataclasses.asdict(lessons)}
    write_text(path, json.dumps(known, indent=1))


def kept_lessons(path: Path, entries: Sequence[Entry]) -> tuple[Lesson, ...]:
    """What was learned of an entry holds where it is alone: it is run alone."""
    return load_lessons(path, entries[0].path).kept if len(entries) == 1 else ()


def told_apart(path: Path, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Of entries that are built together, those that have more when they are run; a line each."""
    if len(entries) == 1:
        return ()
    known = {entry.path: load_lessons(path, entry.path).kept for entry in entries}
    return tuple(
        f"{entry} is run with what its failures taught, besides: "
        f"{', '.join(words_of(one.remedy) for one in kept)}; "
        f"see: sandbox build TARGET {shlex.quote(entry)}"
        for entry, kept in known.items()
        if kept
    )


def drop_lessons(path: Path, entry: Entry, why: str) -> str:
    """What was learned of the entry cannot be had any more; a line that tells so."""
    words = ", ".join(words_of(one.remedy) for one in load_lessons(path, entry.path).kept)
    save_lessons(path, entry.path, Lessons())
    return f"what failed runs had taught is forgotten: {entry.path} ({words}): {why}"


def forget_lessons(path: Path) -> str:
    """Nothing is known any more; a line that tells what was, empty = nothing."""
    known = {entry: load_lessons(path, entry).kept for entry in _load(path)}
    path.unlink(missing_ok=True)
    told = [
        f"{entry} ({', '.join(words_of(one.remedy) for one in kept)})"
        for entry, kept in known.items()
        if kept
    ]
    return f"what failed runs had taught is forgotten: {', '.join(told)}" if told else ""


def with_lessons(found: Requirements, lessons: Sequence[Lesson]) -> Requirements:
    """What was learned goes before what the repository says."""
    if not lessons:
        return found
    return environments.apply_remedies(found, [one.remedy for one in lessons])


def words_of(remedy: Remedy) -> str:
    """`numpy<1.24, Python <3.12`."""
    python = [f"Python {remedy.python}"] if remedy.python else []
    date = [f"packages of {remedy.as_of}"] if remedy.as_of else []
    system = [f"Debian's {name}" for name in remedy.system_packages]
    return ", ".join((*remedy.packages, *remedy.constraints, *python, *date, *system))


def _load(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _remedy(fields: Mapping[str, Any]) -> Remedy:
    """JSON knows lists only."""
    known: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in fields.items()
    }
    return environments.Remedy(**known)

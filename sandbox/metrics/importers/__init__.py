"""Scalars from files that the studied code wrote; nothing of them is run, unpickled or obeyed.

A module for each format: what it is given are the bytes of a file that a stranger wrote. What
cannot be read is a line that says so, never an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from sandbox.domain import Scalar
from sandbox.foreign import listed
from sandbox.metrics.importers import documents, mlflow, tables, tensorboard, wandb
from sandbox.metrics.importers.combining import combine, in_time, is_changing
from sandbox.metrics.importers.model import (
    MOST_VALUES,
    Clock,
    Importer,
    Log,
    UnreadableError,
    plain_name,
    plain_names,
)
from sandbox.metrics.importers.printing import prefer_files
from sandbox.metrics.vocabulary import STEP_COLUMNS

__all__ = ["IMPORTERS", "Imported", "import_scalars", "log_patterns", "prefer_files"]

_MOST_TOLD = 3
_LONGEST_PATH = 120
MOST_OF_A_RUN = 4 * MOST_VALUES
"""Values of all files of a run; when there are so many, no further file is read."""


def _of_text(path: str, data: bytes, clock: Clock) -> tuple[Log, ...]:
    """Either form that is found in files with the names of all other logs."""
    found = documents.read_lines(path, data, clock)
    return found or (tables.read(path, data, clock) if tables.is_table_log(path) else ())


IMPORTERS = (
    Importer("TensorBoard", tensorboard.PATTERNS, tensorboard.read),
    Importer("W&B", wandb.PATTERNS, wandb.read),
    Importer("MLflow", mlflow.DATABASES, mlflow.read_database),
    Importer("MLflow", mlflow.FILES, mlflow.read_file),
    Importer("JSON", documents.PATTERNS, documents.read),
    Importer("a table", tables.PATTERNS, tables.read),
    Importer("a log", ("*.log", "*log.txt"), _of_text),
)
"""The first one whose pattern a path matches reads it."""


@dataclass(frozen=True)
class Imported:
    """What files told.

    Attributes:
        paths: those in which scalars were.
        notes: what was read from where, and what could not be; one line each.
    """

    scalars: tuple[Scalar, ...] = ()
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def log_patterns() -> tuple[str, ...]:
    """Globs of all files that are worth a look."""
    return tuple(dict.fromkeys(one for importer in IMPORTERS for one in importer.patterns))


def import_scalars(
    paths: Iterable[str],
    read: Callable[[str], bytes],
    *,
    is_late: Callable[[], bool] = in_time,
    file_s: float = math.inf,
) -> Imported:
    """Scalars of all files that hold any.

    Args:
        paths: relative, as they were named inside; in any order.
        read: gives the bytes of one, as many as may be read; raises OSError where it cannot.
        is_late: asked before each file: whether the time for it is used up. What is read then
            stands.
        file_s: seconds for one file; of one that takes longer the rest is left out.
    """
    logs: list[Log] = []
    told: dict[str, list[str]] = {}
    failed: list[str] = []
    count, todo = 0, [(path, one) for path in sorted(paths) if (one := _importer_of(path))]
    for at, (path, importer) in enumerate(todo):
        if why := _out_of(count, is_late):
            failed.insert(0, f"metrics: {len(todo) - at} of its files are not read: {why}")
            break
        found, why = _read(importer, path, read, Clock(file_s))
        logs += found
        count += sum(len(one.scalars) for one in found)
        if why is not None:
            failed.append(f"metrics: {_shown(path)} is not read{why}")
        if found:
            told.setdefault(importer.title, []).append(path)
    names = dict(_names(logs))
    scalars, notes = combine([_named(one, names[one.place]) for one in logs], is_late)
    notes = (*_numbered(names.values()), *notes)
    seen = tuple(path for those in told.values() for path in those)
    return Imported(scalars, seen, (*_told(told, scalars), *failed[: 2 * _MOST_TOLD], *notes))


def _importer_of(path: str) -> Importer | None:
    return next((one for one in IMPORTERS if _matches(path, one.patterns)), None)


def _out_of(count: int, is_late: Callable[[], bool]) -> str | None:
    if is_late():
        return "the time for it was used up"
    return f"there were {count:,} values in others" if count >= MOST_OF_A_RUN else None


def _read(
    importer: Importer, path: str, read: Callable[[str], bytes], clock: Clock
) -> tuple[tuple[Log, ...], str | None]:
    """What it tells, and what of it is not read: a parser that fails is no reason to lose a run."""
    try:
        found = importer.read(path, read(path), clock)
    except (UnreadableError, OSError) as error:
        return (), f": {getattr(error, 'strerror', None) or error}"
    except Exception as error:  # noqa: BLE001 - whatever a stranger's bytes bring about
        return (), f": {type(error).__name__}"
    why = " to its end: the time for it was used up" if clock.is_up else _left_out(found)
    return tuple(_from(path, one) for one in found), why


def _left_out(found: Iterable[Log]) -> str | None:
    why = [one.left_out or " to its end: it is too long" for one in found if one.is_cut]
    return next(iter(why), None)


def _from(path: str, log: Log) -> Log:
    """Each scalar says where it was read, as those of the screen do."""
    told = (Scalar(one.name, one.value, one.step, one.unit, path) for one in log.scalars)
    return Log(log.place, tuple(told), log.is_cut, log.left_out)


def _names(logs: Iterable[Log]) -> Iterator[tuple[str, dict[str, str]]]:
    """By place, since other files of it are of the same training: told → how it is called here."""
    told: dict[str, set[str]] = {}
    for one in logs:
        told.setdefault(one.place, set()).update(each.name for each in one.scalars)
    return ((place, plain_names(those)) for place, those in told.items())


def _named(log: Log, names: Mapping[str, str]) -> Log:
    """Under the room's names; steps are no scalars."""
    told = (
        Scalar(names[one.name], one.value, one.step, one.unit, one.line)
        for one in log.scalars
        if plain_name(one.name).rpartition("/")[2] not in STEP_COLUMNS
    )
    return Log(log.place, tuple(told), log.is_cut, log.left_out)


def _numbered(names: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """A line where names that are not the same would have become one."""
    told = {name: one for those in names for name, one in those.items() if one != plain_name(name)}
    if told:
        shown = listed([f"{name[:40]!r} is {one}" for name, one in told.items()], _MOST_TOLD)
        yield f"metrics: names that differ in odd characters only: {shown}"


def _matches(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path.lower(), pattern) for pattern in patterns)


def _told(told: dict[str, list[str]], scalars: tuple[Scalar, ...]) -> tuple[str, ...]:
    if not told:
        return ()
    names = len({one.name for one in scalars})
    files = "; ".join(f"{title}: {_listed(paths)}" for title, paths in told.items())
    return (f"metrics read from its files: {names} ({files})",)


def _listed(paths: list[str]) -> str:
    more = f" and {len(paths) - _MOST_TOLD} more" if len(paths) > _MOST_TOLD else ""
    return ", ".join(_shown(_lasting(path)) for path in paths[:_MOST_TOLD]) + more


def _lasting(path: str) -> str:
    """The same for the next run, so that what holds for many runs can be said once."""
    return "/".join("…" if is_changing(part) else part for part in path.split("/"))


def _shown(path: str) -> str:
    return path if len(path) <= _LONGEST_PATH else f"…/{PurePosixPath(path).name[-_LONGEST_PATH:]}"

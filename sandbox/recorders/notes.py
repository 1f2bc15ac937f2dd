"""What users thought of runs and did with them: one file of a workspace, which is the truth of it.

Written as journals are; the tracking store is told from it, now or later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox.domain import Note
from sandbox.errors import StoreError
from sandbox.interfaces import Findings
from sandbox.recorders import lines, store
from sandbox.recorders.backends import open_backend
from sandbox.recorders.journal import append_whole, unusable
from sandbox.recorders.telling import KEY, changes

_PATIENCE_S = 20.0


@dataclass(frozen=True)
class Notes:
    """What a file of notes says.

    Attributes:
        all: in the order in which they were written.
        told: how many of them, from the first on, the tracking store has been told.
    """

    all: tuple[Note, ...] = ()
    told: int = 0

    @property
    def pending(self) -> tuple[Note, ...]:
        return self.all[self.told :]

    def of_sweep(self, sweep_id: str) -> dict[str, tuple[Note, ...]]:
        """By `Run.key`."""
        found: dict[str, tuple[Note, ...]] = {}
        for note in self.all:
            if note.sweep == sweep_id:
                found[note.run] = (*found.get(note.run, ()), note)
        return found


def add_note(path: Path, note: Note) -> None:
    """On the disk when this returns.

    Raises:
        StoreError: the disk is full, or another process keeps the file for too long.
    """
    _append(path, "note", {"note": asdict(note)})


def notes_told(path: Path, count: int) -> None:
    """So many of the notes, from the first on, stand in the tracking store."""
    _append(path, "noted", {"count": count})


def tell_notes(
    tracking_uri: str,
    notes: Mapping[str, Sequence[Note]],
    *,
    experiment: str,
    sweep_id: str,
    schema: Path | None = None,
) -> frozenset[str] | None:
    """Puts notes into the descriptions of a sweep's runs; the keys of those that are there.

    None: the store knows nothing of the experiment, and may be another than it was recorded in.

    What was deleted in MLflow stays deleted, and gets none.

    Args:
        notes: all of each run, by `Run.key`.

    Raises:
        StoreError: the store cannot be used.
    """
    if store.is_unmade(tracking_uri):
        return None
    with store.translated(tracking_uri):
        backend = open_backend(tracking_uri, schema)
        found = backend.experiment_id(experiment)
        if found is None:
            return None
        told = backend.told(found, sweep_id)
        backend.tell(changes("", told, Findings(notes=notes), experiment_id=found))
    return frozenset(one.tags[KEY] for one in told if KEY in one.tags)


def load_notes(path: Path) -> Notes:
    """A line that is torn or broken is passed over; no file, no notes.

    Raises:
        StoreError: the file cannot be read.
    """
    found: list[Note] = []
    told = 0
    try:
        with path.open("rb") as stream:
            for line in stream:
                event = _event(line)
                if event.get("event") == "noted":
                    told = int(event.get("count", 0))
                elif note := _note(event):
                    found.append(note)
    except FileNotFoundError:
        return Notes()
    except OSError as error:
        raise unusable(path, error) from error
    return Notes(tuple(found), min(told, len(found)))


def has_pending(path: Path) -> bool:
    """Whether the store lacks a note: one may have come while others were told."""
    try:
        return bool(load_notes(path).pending)
    except StoreError:
        return False


def _event(line: bytes) -> dict[str, Any]:
    try:
        return lines.from_line(line) if line.endswith(b"\n") else {}
    except ValueError:
        return {}


def _note(event: Mapping[str, Any]) -> Note | None:
    try:
        return Note(**event["note"])
    except (KeyError, TypeError):
        return None


def _append(path: Path, event: str, values: Mapping[str, object]) -> None:
    from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f"{path.name}.lock"), timeout=_PATIENCE_S, mode=0o600):
            append_whole(path, lines.to_line(event, values), sync=True)
    except Timeout as error:
        raise StoreError(
            f"another process keeps the notes: {path}", hint="wait until it is done"
        ) from error
    except OSError as error:
        raise unusable(path, error) from error

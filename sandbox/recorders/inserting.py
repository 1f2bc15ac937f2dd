"""Rows of MLflow's own database file as its client writes them, several runs in one transaction.

The client needs some forty statements for a run, one at a time, and is still the way to every
other kind of store. A test holds the rows of both against each other.
"""

from __future__ import annotations

import math
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.domain import Sweep, digest
from sandbox.recorders.artifacts import copy_artifacts, local_folder
from sandbox.recorders.database import Row, insert, transaction
from sandbox.recorders.values import MLFLOW_STATUS, Point, to_tag
from sandbox.recorders.writing import Present, Writing, name_of, parent_of, to_ms


@dataclass(frozen=True)
class Inserter:
    """Writes new runs of one experiment.

    Attributes:
        location: URI below which the experiment's artifacts lie.
        folder: the same, on this machine.
    """

    database: Path
    experiment_id: int
    location: str
    folder: Path

    def insert(self, sweep_id: str, writings: Sequence[Writing]) -> list[Present] | None:
        """The runs, finished, with all their files; None = one is there already, so none is."""
        made = [self._place(sweep_id, one) for one in writings]
        pairs = list(zip(made, writings, strict=True))
        tags = [self._tags(*pair) for pair in pairs]
        try:
            with transaction(self.database) as connection:
                for table, rows in self._rows(pairs, tags).items():
                    insert(connection, table, rows)
        except sqlite3.IntegrityError:
            return None
        return made

    def _place(self, sweep_id: str, writing: Writing) -> Present:
        """The same for the same run, so that one that is tried again finds its files."""
        started = to_ms(writing.run.started_at)
        run_id = digest("run", sweep_id, writing.run.key, started)[:32]
        uri = self._artifact_uri(run_id)
        return Present(run_id, started, is_open=False, artifact_uri=uri)

    def _tags(self, place: Present, writing: Writing) -> dict[str, str]:
        missing = copy_artifacts(self.folder / place.run_id / "artifacts", writing.files)
        tags = {**writing.tags, "mlflow.runName": name_of(writing.run)}
        if missing:
            tags["sandbox.notes"] = to_tag([*writing.values.notes, *missing])
        return tags

    def _rows(
        self, pairs: Sequence[tuple[Present, Writing]], tags: Sequence[dict[str, str]]
    ) -> dict[str, list[Row]]:
        """By table, in an order that keeps its foreign keys."""
        rows: dict[str, list[Row]] = {"runs": [self._run_row(*pair) for pair in pairs]}
        rows["tags"], rows["params"], rows["metrics"], rows["latest_metrics"] = [], [], [], []
        for (place, writing), tagged in zip(pairs, tags, strict=True):
            of_run = {"run_uuid": place.run_id}
            rows["tags"] += _named(tagged.items(), of_run)
            rows["params"] += _named(writing.values.parameters.items(), of_run)
            points = list(dict.fromkeys(map(_stored, writing.values.points)))
            rows["metrics"] += _point_rows(points, of_run)
            rows["latest_metrics"] += _point_rows(_latest(points), of_run)
        return rows

    def _run_row(self, place: Present, writing: Writing) -> Row:
        run = writing.run
        return {
            **_RUN,
            "run_uuid": place.run_id,
            "name": name_of(run),
            "artifact_uri": place.artifact_uri,
            "experiment_id": self.experiment_id,
            "user_id": writing.tags.get("mlflow.user", "unknown"),
            "status": MLFLOW_STATUS.get(run.status, "FAILED"),
            "start_time": place.started_ms,
            "end_time": to_ms(run.started_at + run.elapsed_s),
        }

    def insert_parent(self, sweep: Sweep) -> str:
        """The run that stands for the sweep itself, open; returns its id."""
        run_id = uuid.uuid4().hex
        name, tags = parent_of(sweep)
        row = {
            **_RUN,
            "run_uuid": run_id,
            "name": name,
            "artifact_uri": self._artifact_uri(run_id),
            "experiment_id": self.experiment_id,
            "user_id": tags.get("mlflow.user", "unknown"),
            "status": "RUNNING",
            "start_time": to_ms(sweep.started_at) or now_ms(),
            "end_time": None,
        }
        named = {**tags, "mlflow.runName": name}
        with transaction(self.database) as connection:
            insert(connection, "runs", [row])
            insert(connection, "tags", list(_named(named.items(), {"run_uuid": run_id})))
        return run_id

    def _artifact_uri(self, run_id: str) -> str:
        return f"{self.location.rstrip('/')}/{run_id}/artifacts"


_RUN: Row = {
    "source_type": "UNKNOWN",
    "source_name": "",
    "entry_point_name": "",
    "source_version": "",
    "deleted_time": None,
    "lifecycle_stage": "active",
}
"""What is the same in all runs."""


def open_inserter(database: Path, experiment_id: int, location: str) -> Inserter | None:
    """None where artifacts lie elsewhere: only MLflow's client can write those."""
    folder = local_folder(location)
    return None if folder is None else Inserter(database, experiment_id, location, folder)


def insert_experiment(connection: sqlite3.Connection, name: str, location: str) -> None:
    """One whose artifacts lie below that URI."""
    now = now_ms()
    row = {
        "name": name,
        "artifact_location": location,
        "lifecycle_stage": "active",
        "creation_time": now,
        "last_update_time": now,
        "workspace": "default",
    }
    insert(connection, "experiments", [row])


def now_ms() -> int:
    """As MLflow tells the time."""
    return int(time.time() * 1000)


def _named(items: Iterable[tuple[str, str]], of_run: Row) -> Iterator[Row]:
    return ({"key": key, "value": value, **of_run} for key, value in items)


_Stored = tuple[str, int, int, float, bool]
"""Key, step, time, value, whether it is no number."""


def _stored(point: Point) -> _Stored:
    is_nan = math.isnan(point.value)
    return point.key, point.step, point.at, 0.0 if is_nan else point.value, is_nan


def _latest(points: Iterable[_Stored]) -> Iterator[_Stored]:
    """Of each metric the one of the highest step, then time, then value."""
    latest: dict[str, _Stored] = {}
    for point in points:
        known = latest.get(point[0])
        if known is None or point[1:4] > known[1:4]:
            latest[point[0]] = point
    yield from latest.values()


def _point_rows(points: Iterable[_Stored], of_run: Row) -> Iterator[Row]:
    for key, step, at, value, is_nan in points:
        told = {"key": key, "step": step, "timestamp": at, "value": value, "is_nan": is_nan}
        yield {**told, **of_run}

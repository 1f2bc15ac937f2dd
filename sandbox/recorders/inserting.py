"""Several runs into MLflow's own database file in one transaction: rows as its client writes them.

The client needs some forty statements for a run, one at a time, and is still the way to every
other kind of store. A test holds the rows of both against each other.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.domain import digest
from sandbox.recorders.artifacts import keep_artifacts, local_folder
from sandbox.recorders.store import sqlite_path
from sandbox.recorders.values import MLFLOW_STATUS, Point, to_tag
from sandbox.recorders.writing import Present, Writing, name_of, to_ms

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from sqlalchemy import Engine

_PATIENCE_S = 60.0
"""How long another writer may take: MLflow's UI, or a sweep of another workspace."""

_Row = dict[str, Any]


@dataclass(frozen=True)
class Inserter:
    """Writes new runs of one experiment.

    Attributes:
        location: URI below which the experiment's artifacts lie, on this machine.
    """

    client: MlflowClient
    database: Engine
    experiment_id: str
    location: str

    def insert(self, sweep_id: str, writings: Sequence[Writing]) -> list[Present] | None:
        """The runs, finished, with all their files; None = one is there already, so none is."""
        from sqlalchemy.exc import IntegrityError

        made = [self._place(sweep_id, one) for one in writings]
        pairs = list(zip(made, writings, strict=True))
        tags = [self._tags(*pair) for pair in pairs]
        try:
            with self.database.begin() as connection:
                for table, rows in self._rows(pairs, tags).items():
                    if rows:
                        connection.execute(tables()[table].insert(), rows)
        except IntegrityError:
            return None
        return made

    def _place(self, sweep_id: str, writing: Writing) -> Present:
        """The same for the same run, so that one that is tried again finds its files."""
        from mlflow.utils.uri import append_to_uri_path

        started = to_ms(writing.run.started_at)
        run_id = digest("run", sweep_id, writing.run.key, started)[:32]
        uri = append_to_uri_path(self.location, run_id, "artifacts")
        return Present(run_id, started, is_open=False, artifact_uri=uri)

    def _tags(self, place: Present, writing: Writing) -> dict[str, str]:
        files = writing.files
        missing = keep_artifacts(self.client, place.run_id, place.artifact_uri, files)
        tags = {**writing.tags, "mlflow.runName": name_of(writing.run)}
        if missing:
            tags["sandbox.notes"] = to_tag([*writing.values.notes, *missing])
        return tags

    def _rows(
        self, pairs: Sequence[tuple[Present, Writing]], tags: Sequence[dict[str, str]]
    ) -> dict[str, list[_Row]]:
        """By table, in an order that keeps its foreign keys."""
        rows: dict[str, list[_Row]] = {"runs": [self._run_row(*pair) for pair in pairs]}
        rows["tags"], rows["params"], rows["metrics"], rows["latest_metrics"] = [], [], [], []
        for (place, writing), tagged in zip(pairs, tags, strict=True):
            of_run = {"run_uuid": place.run_id}
            rows["tags"] += _named(tagged.items(), of_run)
            rows["params"] += _named(writing.values.parameters.items(), of_run)
            points = list(dict.fromkeys(map(_stored, writing.values.points)))
            rows["metrics"] += _point_rows(points, of_run)
            rows["latest_metrics"] += _point_rows(_latest(points), of_run)
        return rows

    def _run_row(self, place: Present, writing: Writing) -> _Row:
        run = writing.run
        return {
            "run_uuid": place.run_id,
            "name": name_of(run),
            "artifact_uri": place.artifact_uri,
            "experiment_id": int(self.experiment_id),
            "source_type": "UNKNOWN",
            "source_name": "",
            "entry_point_name": "",
            "user_id": writing.tags.get("mlflow.user", "unknown"),
            "status": MLFLOW_STATUS.get(run.status, "FAILED"),
            "start_time": place.started_ms,
            "end_time": to_ms(run.started_at + run.elapsed_s),
            "deleted_time": None,
            "source_version": "",
            "lifecycle_stage": "active",
        }


def open_inserter(client: MlflowClient, tracking_uri: str, experiment_id: str) -> Inserter | None:
    """None where only MLflow's client can write: another database, artifacts elsewhere."""
    if sqlite_path(tracking_uri) is None:
        return None
    location = str(client.get_experiment(experiment_id).artifact_location)
    if local_folder(location) is None:
        return None
    return Inserter(client, open_database(tracking_uri), experiment_id, location)


def open_database(tracking_uri: str) -> Engine:
    """MLflow's file, with patience for other writers."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool

    database = create_engine(
        tracking_uri, poolclass=NullPool, connect_args={"timeout": _PATIENCE_S}
    )
    event.listen(database, "connect", lambda made, _: made.execute("pragma foreign_keys = on"))
    return database


@functools.cache
def tables() -> dict[str, Any]:
    """MLflow's own, by name."""
    from mlflow.store.tracking.dbmodels.models import SqlRun

    return dict(SqlRun.metadata.tables)


def _named(items: Iterable[tuple[str, str]], of_run: _Row) -> Iterator[_Row]:
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


def _point_rows(points: Iterable[_Stored], of_run: _Row) -> Iterator[_Row]:
    for key, step, at, value, is_nan in points:
        told = {"key": key, "step": step, "timestamp": at, "value": value, "is_nan": is_nan}
        yield {**told, **of_run}

"""Where sweeps are kept: any store behind MLflow's client, its own database file by plain SQL."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sandbox.domain import Sweep
from sandbox.recorders import schemas, store
from sandbox.recorders.artifacts import copy_artifacts, keep_artifacts
from sandbox.recorders.database import opened, transaction
from sandbox.recorders.inserting import Inserter, insert_experiment, now_ms, open_inserter
from sandbox.recorders.selecting import (
    StoredPoint,
    StoredRun,
    select_curves,
    select_experiment,
    select_named,
    select_newest,
    select_sweep,
    select_whole,
)
from sandbox.recorders.telling import TOLD, Told
from sandbox.recorders.values import SYSTEM
from sandbox.recorders.writing import parent_of, to_ms

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment as MlflowExperiment
    from mlflow.entities import Metric
    from mlflow.entities import Run as MlflowRun

    History = Callable[[str, str], Sequence[Metric | StoredPoint]]

_SWEEP_STATUS = {"succeeded": "FINISHED", "cancelled": "KILLED"}


MOST_TOLD = 1000
"""Runs whose descriptions are changed at once where each is a call of its own."""


def untold(tracking_uri: str, runs: int) -> int:
    """Of so many runs of a sweep, those that are not told how they compare; the best ones are."""
    by_file = store.sqlite_path(tracking_uri) is not None
    return 0 if by_file else max(0, runs - (MOST_TOLD - 1))  # the sweep itself is one of them


class Experiment(NamedTuple):
    """What sweeps are recorded in.

    Attributes:
        inserter: None where only MLflow's client can write runs and their files.
    """

    id: str
    inserter: Inserter | None = None


class Backend:
    """Through MLflow's client, which is the way to every store and takes seconds to import.

    Args:
        lock: file shared by all processes that may make store or experiment; None = for reading.
    """

    def __init__(self, tracking_uri: str, lock: Path | None) -> None:
        self._tracking_uri = tracking_uri
        self._lock = lock
        self._client: MlflowClient | None = None

    def client(self) -> MlflowClient:
        """Opened when first asked for."""
        if self._client is None:
            self._client = store.open_client(self._tracking_uri, self._lock)
        return self._client

    # -------------------------------------------------------- reading

    def experiment_id(self, name: str) -> str | None:
        """None where there is none; one that was deleted in the UI is there."""
        found = self.client().get_experiment_by_name(name)
        return str(found.experiment_id) if found else None

    def newest_sweep(
        self, experiment_id: str | None = None, *, deleted: bool = False
    ) -> tuple[str, str] | None:
        """Ids of experiment and sweep that started last; no experiment = of all.

        Args:
            deleted: those that were deleted in the UI count too.
        """
        from mlflow.entities import ViewType

        client, kinds = self.client(), ViewType.ALL if deleted else ViewType.ACTIVE_ONLY
        ids = [experiment_id] if experiment_id else _ids(client.search_experiments())
        query, order = "tags.`sandbox.kind` = 'sweep'", ["attributes.start_time DESC"]
        for run in client.search_runs(ids, query, kinds, max_results=1, order_by=order):
            return str(run.info.experiment_id), str(run.data.tags["sandbox.sweep"])
        return None

    def sweep_runs(self, experiment_id: str, sweep_id: str) -> Iterator[MlflowRun | StoredRun]:
        """Parent and children of a sweep, oldest first, those deleted in the UI too."""
        query = "tags.`sandbox.sweep` = '{}'".format(sweep_id.replace("'", ""))
        yield from self._pages(experiment_id, query)

    def whole_experiment(self, experiment_id: str) -> Iterator[MlflowRun | StoredRun]:
        """Every run in it, whoever recorded it, oldest first, those deleted in the UI too."""
        yield from self._pages(experiment_id, "")

    def _pages(self, experiment_id: str, query: str) -> Iterator[MlflowRun]:
        from mlflow.entities import ViewType

        order, token = ["attributes.start_time ASC"], None
        while True:
            page = self.client().search_runs(
                [experiment_id], query, ViewType.ALL, 1000, order, token
            )
            yield from page
            token = page.token
            if not token:
                return

    def named_runs(self, run_ids: Sequence[str]) -> list[MlflowRun | StoredRun]:
        """Those of the ids that there are."""
        from mlflow.exceptions import MlflowException

        found: list[MlflowRun | StoredRun] = []
        for run_id in run_ids:
            try:
                found.append(self.client().get_run(run_id))
            except MlflowException as error:
                if error.error_code not in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                    raise
        return found

    def histories(self, run_ids: Sequence[str]) -> History:
        """(run, metric) → all of its points; a call for each, here."""
        del run_ids
        client = self.client()
        return lambda run_id, key: list(client.get_metric_history(run_id, key))

    # -------------------------------------------------------- writing

    def take_experiment(self, name: str, artifacts: Path) -> Experiment:
        """Made when it is not there; one that was deleted in the UI is taken back.

        Args:
            artifacts: folder for the files of a new one, where the store does not decide that.
        """
        from filelock import FileLock

        client = self.client()
        with FileLock(self._lock) if self._lock else nullcontext():
            found = client.get_experiment_by_name(name)
            if found is None:
                location = None if store.is_server(self._tracking_uri) else artifacts.as_uri()
                return Experiment(str(client.create_experiment(name, location)))
            if found.lifecycle_stage == "deleted":
                client.restore_experiment(found.experiment_id)
            return Experiment(str(found.experiment_id))

    def add_parent(self, experiment: Experiment, sweep: Sweep) -> str:
        """The run that stands for the sweep itself; it stays open until `end_sweep`."""
        name, tags = parent_of(sweep)
        started = to_ms(sweep.started_at)
        run = self.client().create_run(experiment.id, started, tags, run_name=name)
        return str(run.info.run_id)

    def restore_run(self, run_id: str) -> None:
        """One that was deleted in the UI comes back."""
        self.client().restore_run(run_id)

    def end_sweep(self, run_id: str, status: str) -> None:
        """The parent run ends now, unless it has ended so before."""
        parent = self.client().get_run(run_id)
        if parent.info.lifecycle_stage == "deleted":
            self.restore_run(run_id)
        is_told = parent.data.tags.get("sandbox.status") == status
        if not is_told or parent.info.status == "RUNNING":
            self.client().set_tag(run_id, "sandbox.status", status)
            self.client().set_terminated(run_id, _SWEEP_STATUS.get(status, "FAILED"))

    def keep_files(self, _experiment: Experiment, run_id: str, files: Mapping[str, Path]) -> None:
        """Among the artifacts of a run; in the place of files of that name."""
        uri = str(self.client().get_run(run_id).info.artifact_uri)
        keep_artifacts(self.client(), run_id, uri, files)

    def told(self, experiment_id: str, sweep_id: str) -> list[Told]:
        """What is told of a sweep and its runs, of each key the newest; deleted ones apart."""
        return [
            Told(str(run.info.run_id), dict(run.data.tags))
            for run in self.sweep_runs(experiment_id, sweep_id)
            if run.info.lifecycle_stage == "active"
        ]

    def tell(self, changes: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        """Sets tags of runs, by the runs' ids; of very many the first ones."""
        from mlflow.entities import RunTag

        for run_id, tags in itertools.islice(changes, MOST_TOLD):
            told = [RunTag(key, value) for key, value in tags.items()]
            self.client().log_batch(run_id, tags=told)

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        """Takes the place of a former one."""
        self.client().set_experiment_tag(experiment_id, key, value)


def _ids(experiments: Iterable[MlflowExperiment]) -> list[str]:
    return [str(one.experiment_id) for one in experiments]


_EXPERIMENT = "select * from experiments where name = ?"

_RESTORE_EXPERIMENT = (
    """
    update experiments set lifecycle_stage = 'active', last_update_time = :now
    where experiment_id = :id
    """,
    "update runs set lifecycle_stage = 'active', deleted_time = null where experiment_id = :id",
)

_RESTORE_RUN = """
    update runs set lifecycle_stage = 'active', deleted_time = null where run_uuid = ?
"""

_PARENT = """
    select status, value as told from runs
    left join tags on tags.run_uuid = runs.run_uuid and key = 'sandbox.status'
    where runs.run_uuid = ? and lifecycle_stage = 'active'
"""

_TELL = "insert or replace into tags (run_uuid, key, value) values (?, ?, ?)"

_TELL_EXPERIMENT = """
    insert or replace into experiment_tags (experiment_id, key, value) values (?, ?, ?)
"""

_TOLD = """
    select run_uuid, key, value from tags
    where key in (select value from json_each(?)) and run_uuid in (
        select runs.run_uuid from runs
        join tags as sweep on sweep.run_uuid = runs.run_uuid and sweep.key = 'sandbox.sweep'
        where sweep.value = ? and lifecycle_stage = 'active' and experiment_id = ?)
"""

_END_RUN = "update runs set status = ?, end_time = ? where run_uuid = ?"


class SqliteBackend(Backend):
    """The same by plain SQL, without MLflow, for a database file of a schema that is known."""

    def __init__(self, tracking_uri: str, lock: Path | None, database: Path) -> None:
        super().__init__(tracking_uri, lock)
        self._database = database

    def experiment_id(self, name: str) -> str | None:
        return select_experiment(self._database, name)

    def newest_sweep(
        self, experiment_id: str | None = None, *, deleted: bool = False
    ) -> tuple[str, str] | None:
        return select_newest(self._database, experiment_id, deleted=deleted)

    def sweep_runs(self, experiment_id: str, sweep_id: str) -> Iterator[MlflowRun | StoredRun]:
        yield from select_sweep(self._database, experiment_id, sweep_id)

    def whole_experiment(self, experiment_id: str) -> Iterator[MlflowRun | StoredRun]:
        yield from select_whole(self._database, experiment_id)

    def named_runs(self, run_ids: Sequence[str]) -> list[MlflowRun | StoredRun]:
        return list(select_named(self._database, run_ids))

    def histories(self, run_ids: Sequence[str]) -> History:
        found: Mapping[str, Mapping[str, list[StoredPoint]]]
        found = select_curves(self._database, run_ids, without=SYSTEM)
        return lambda run_id, key: found.get(run_id, {}).get(key, [])

    def take_experiment(self, name: str, artifacts: Path) -> Experiment:
        with transaction(self._database) as connection:
            found = connection.execute(_EXPERIMENT, [name]).fetchone()
            if found is None:
                insert_experiment(connection, name, artifacts.as_uri())
                found = connection.execute(_EXPERIMENT, [name]).fetchone()
            elif found["lifecycle_stage"] == "deleted":
                restored = {"id": found["experiment_id"], "now": now_ms()}
                for statement in _RESTORE_EXPERIMENT:
                    connection.execute(statement, restored)
        location = str(found["artifact_location"])
        inserter = open_inserter(self._database, found["experiment_id"], location)
        return Experiment(str(found["experiment_id"]), inserter)

    def add_parent(self, experiment: Experiment, sweep: Sweep) -> str:
        if experiment.inserter is None:
            return super().add_parent(experiment, sweep)
        return experiment.inserter.insert_parent(sweep)

    def restore_run(self, run_id: str) -> None:
        with transaction(self._database) as connection:
            connection.execute(_RESTORE_RUN, [run_id])

    def end_sweep(self, run_id: str, status: str) -> None:
        with transaction(self._database) as connection:
            found = connection.execute(_PARENT, [run_id]).fetchone()
            if found and (found["told"] != status or found["status"] == "RUNNING"):
                ended = [_SWEEP_STATUS.get(status, "FAILED"), now_ms(), run_id]
                connection.execute(_TELL, [run_id, "sandbox.status", status])
                connection.execute(_END_RUN, ended)
        if not found:
            super().end_sweep(run_id, status)  # which brings it back, or says why it cannot

    def keep_files(self, experiment: Experiment, run_id: str, files: Mapping[str, Path]) -> None:
        if experiment.inserter is None:
            super().keep_files(experiment, run_id, files)
        else:
            copy_artifacts(experiment.inserter.folder / run_id / "artifacts", files)

    def told(self, experiment_id: str, sweep_id: str) -> list[Told]:
        tags: dict[str, dict[str, str]] = {}
        with opened(self._database) as connection:
            asked = [json.dumps(TOLD), sweep_id, experiment_id]
            for run_id, key, value in connection.execute(_TOLD, asked):
                tags.setdefault(run_id, {})[key] = value
        return [Told(run_id, told) for run_id, told in tags.items()]

    def tell(self, changes: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        rows = [(run_id, *tag) for run_id, tags in changes for tag in tags.items()]
        with transaction(self._database) as connection:
            connection.executemany(_TELL, rows)

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        with transaction(self._database) as connection:
            connection.execute(_TELL_EXPERIMENT, [experiment_id, key, value])


def open_backend(tracking_uri: str, schema: Path | None, lock: Path | None = None) -> Backend:
    """The quickest way there is to the store.

    A database file of which it is not known that the installed MLflow would leave it as it is, is
    first opened, and a fresh one made, by MLflow itself.

    Args:
        schema: file that remembers which schema that is; None = nothing is remembered.
        lock: as for `Backend`.

    Raises:
        StoreError: the store cannot be used.
    """
    database = store.sqlite_path(tracking_uri)
    by_client = Backend(tracking_uri, lock)
    if database is None or "MLFLOW_ENABLE_WORKSPACES" in os.environ:
        return by_client
    with store.translated(tracking_uri):
        if not schemas.is_current(database, schema):
            by_client.client()
            schemas.remember(database, schema)
        if not schemas.is_known(database):
            return by_client
        store.allow_readers_beside_writer(database)
    return SqliteBackend(tracking_uri, lock, database)

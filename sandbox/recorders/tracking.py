"""MlflowRecorder: writes sweeps and runs to an MLflow store, each of them once."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.domain import Run, Sweep, digest
from sandbox.interfaces import Recorder
from sandbox.recorders import store
from sandbox.recorders.inserting import Inserter, open_inserter
from sandbox.recorders.selecting import StoredRun, select_sweep
from sandbox.recorders.writing import Present, add_parent, add_run, fill_run, prepare, to_ms

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as MlflowRun

_SWEEP_STATUS = {"succeeded": "FINISHED", "cancelled": "KILLED"}


@dataclass(frozen=True)
class _SweepState:
    """What the store holds of a sweep: asked once, then kept up to date here."""

    parent: str
    runs: dict[str, Present]


class MlflowRecorder(Recorder):
    """Experiment = workspace, parent run = sweep, child run = variant.

    A run is found again by its tags `sandbox.sweep` and `sandbox.key`. It is open (`RUNNING`)
    until all of it is written, so one that a crash left half written is completed, not doubled.
    A run of the same key that was executed anew takes the place of the former one.

    Use it from any thread; the store is opened when first used. Several processes may record
    into one store, but only one of them a given sweep: its journal's lock sees to that.

    Args:
        tracking_uri: what MLflow calls so: `sqlite:////…`, `http://…`, `postgresql://…`.
        artifacts: folder for files, where the store does not decide that itself.
        experiment: MLflow's experiment, named after the workspace.
        lock: lock file under which a fresh store is made.
    """

    def __init__(self, tracking_uri: str, artifacts: Path, *, experiment: str, lock: Path) -> None:
        self.tracking_uri = tracking_uri
        self._artifacts = artifacts
        self._experiment = experiment
        self._lock = lock
        self._turn = threading.Lock()
        self._client: MlflowClient | None = None
        self._experiment_id = ""
        self._states: dict[str, _SweepState] = {}
        self._inserter: Inserter | None = None

    @property
    def experiment_id(self) -> str:
        """MLflow's id of the experiment; empty until the store was first used."""
        return self._experiment_id

    def begin(self, sweep: Sweep) -> str:
        with self._store() as client:
            return self._state(client, sweep).parent

    def record(self, sweep: Sweep, run: Run) -> str:
        return self.record_all(sweep, [run])[0]

    def record_all(self, sweep: Sweep, runs: Sequence[Run]) -> list[str]:
        with self._store() as client:
            state = self._state(client, sweep)
            self._insert_new(sweep, state, runs)
            return [self._record(client, sweep, run) for run in runs]

    def _insert_new(self, sweep: Sweep, state: _SweepState, runs: Sequence[Run]) -> None:
        """Those that the store has nothing of, at once, where that can be."""
        new = list({run.key: run for run in runs if run.key not in state.runs}.values())
        if self._inserter is None or not new:
            return
        writings = [prepare(sweep, run, parent=state.parent) for run in new]
        made = self._inserter.insert(sweep.id, writings)
        if made is None:
            del self._states[sweep.id]  # to be asked again
        else:
            state.runs.update(zip((run.key for run in new), made, strict=True))

    def _record(self, client: MlflowClient, sweep: Sweep, run: Run) -> str:
        state = self._state(client, sweep)
        present = state.runs.get(run.key)
        if present and not present.is_open and present.started_ms != to_ms(run.started_at):
            client.delete_run(present.run_id)
            present = None
        if present is None or present.is_open:
            writing = prepare(sweep, run, parent=state.parent)
            place = present or add_run(client, self._experiment_id, writing)
            state.runs[run.key] = place
            fill_run(client, place, writing)
            state.runs[run.key] = place.closed()
        return state.runs[run.key].run_id

    def finish(self, sweep: Sweep, status: str) -> None:
        with self._store() as client:
            parent = client.get_run(self._state(client, sweep).parent)
            is_told = parent.data.tags.get("sandbox.status") == status
            if is_told and parent.info.status != "RUNNING":
                return
            client.set_tag(parent.info.run_id, "sandbox.status", status)
            client.set_terminated(parent.info.run_id, _SWEEP_STATUS.get(status, "FAILED"))

    @contextmanager
    def _store(self) -> Iterator[MlflowClient]:
        """One thread at a time, on an open store, with errors translated."""
        with self._turn:
            if self._client is None:
                client = store.open_client(self.tracking_uri, self._lock)
                with store.translated(self.tracking_uri):
                    self._experiment_id = self._find_experiment(client)
                    uri = self.tracking_uri
                    self._inserter = open_inserter(client, uri, self._experiment_id)
                self._client = client
            with store.translated(self.tracking_uri):
                yield self._client

    def _find_experiment(self, client: MlflowClient) -> str:
        """Made when it is not there; one that was deleted in the UI is taken back."""
        from filelock import FileLock

        with FileLock(self._lock):
            found = client.get_experiment_by_name(self._experiment)
            if found is None:
                return str(client.create_experiment(self._experiment, self._artifact_location()))
            if found.lifecycle_stage == "deleted":
                client.restore_experiment(found.experiment_id)
            return str(found.experiment_id)

    def _artifact_location(self) -> str | None:
        """A folder of our own; a tracking server has its own place for artifacts."""
        if store.is_server(self.tracking_uri):
            return None
        fit = re.fullmatch(r"\w[\w.\-]{0,80}", self._experiment, re.ASCII)
        folder = self._experiment if fit else digest(self._experiment)[:16]
        return (self._artifacts.absolute() / folder).as_uri()

    def _state(self, client: MlflowClient, sweep: Sweep) -> _SweepState:
        if sweep.id not in self._states:
            found = list(search_sweep(client, self.tracking_uri, self._experiment_id, sweep.id))
            parents = [run for run in found if "sandbox.key" not in run.data.tags]
            parent = _take_up(client, parents[0]) if parents else None
            self._states[sweep.id] = _SweepState(
                parent or add_parent(client, self._experiment_id, sweep),
                dict(_present_runs(found)),
            )
        return self._states[sweep.id]


def search_sweep(
    client: MlflowClient, tracking_uri: str, experiment_id: str, sweep_id: str
) -> Iterator[MlflowRun | StoredRun]:
    """Parent and children of a sweep, oldest first, those deleted in the UI too."""
    from mlflow.entities import ViewType

    if store.sqlite_path(tracking_uri) is not None:
        yield from select_sweep(tracking_uri, experiment_id, sweep_id)
        return
    query = "tags.`sandbox.sweep` = '{}'".format(sweep_id.replace("'", ""))
    order, token = ["attributes.start_time ASC"], None
    while True:
        page = client.search_runs([experiment_id], query, ViewType.ALL, 1000, order, token)
        yield from page
        token = page.token
        if not token:
            return


def _present_runs(found: list[MlflowRun | StoredRun]) -> Iterator[tuple[str, Present]]:
    """By key; the newest of a key comes last. What was deleted half written counts for nothing."""
    for run in found:
        present = Present.of(run)
        is_gone = run.info.lifecycle_stage == "deleted" and present.is_open
        if "sandbox.key" in run.data.tags and not is_gone:
            yield run.data.tags["sandbox.key"], present


def _take_up(client: MlflowClient, parent: MlflowRun | StoredRun) -> str:
    """One that was deleted in the UI comes back, since its sweep goes on."""
    if parent.info.lifecycle_stage == "deleted":
        client.restore_run(parent.info.run_id)
    return str(parent.info.run_id)

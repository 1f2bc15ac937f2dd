"""MlflowRecorder: writes sweeps and runs to an MLflow store, each of them once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sandbox.domain import Run, Sweep
from sandbox.errors import StoreError
from sandbox.interfaces import Findings, Recorder
from sandbox.recorders import store
from sandbox.recorders.artifacts import artifact_folder, as_files
from sandbox.recorders.backends import Backend, Experiment, open_backend
from sandbox.recorders.telling import changes
from sandbox.recorders.writing import Present, add_run, fill_run, prepare, to_ms

if TYPE_CHECKING:
    from mlflow.entities import Run as MlflowRun

    from sandbox.recorders.selecting import StoredRun

_T = TypeVar("_T")


@dataclass(frozen=True)
class _SweepState:
    """What the store holds of a sweep: asked once, then kept up to date here."""

    parent: str
    runs: dict[str, Present]


class MlflowRecorder(Recorder):
    """Experiment = workspace, parent run = sweep, child run = variant.

    A run is found again by its tags `sandbox.sweep` and `sandbox.key`. It is open (`RUNNING`)
    until all of it is written, so one that a crash left half written is completed, not doubled.
    A run of the same key that was executed anew takes the place of the former one. Where somebody
    deletes meanwhile what is written to, the store is asked anew what it has, once.

    Use it from any thread; the store is opened when first used. Several processes may record
    into one store, but only one of them a given sweep: its journal's lock sees to that.

    Args:
        tracking_uri: what MLflow calls so: `sqlite:////…`, `http://…`, `postgresql://…`.
        artifacts: folder for files, where the store does not decide that itself.
        experiment: MLflow's experiment, named after the workspace.
        lock: lock file under which a fresh store is made.
        schema: file that remembers what schema the installed MLflow makes: importing it takes
            seconds, which a known store does not need; None = nothing is remembered.
    """

    def __init__(
        self,
        tracking_uri: str,
        artifacts: Path,
        *,
        experiment: str,
        lock: Path,
        schema: Path | None = None,
    ) -> None:
        self.tracking_uri = tracking_uri
        self._artifacts = artifacts
        self._name = experiment
        self._lock = lock
        self._schema = schema
        self._turn = threading.Lock()
        self._backend: Backend | None = None
        self._experiment = Experiment("")
        self._states: dict[str, _SweepState] = {}

    @property
    def experiment_id(self) -> str:
        """MLflow's id of the experiment; empty until the store was first used."""
        return self._experiment.id

    def begin(self, sweep: Sweep) -> str:
        return self._done(lambda backend: self._state(backend, sweep).parent)

    def record(self, sweep: Sweep, run: Run) -> str:
        return self.record_all(sweep, [run])[0]

    def record_all(self, sweep: Sweep, runs: Sequence[Run]) -> list[str]:
        return self._done(lambda backend: self._record_all(backend, sweep, runs))

    def _record_all(self, backend: Backend, sweep: Sweep, runs: Sequence[Run]) -> list[str]:
        self._insert_new(sweep, self._state(backend, sweep), runs)
        return [self._record(backend, sweep, run) for run in runs]

    def _insert_new(self, sweep: Sweep, state: _SweepState, runs: Sequence[Run]) -> None:
        """Those that the store has nothing of, at once, where that can be."""
        new = list({run.key: run for run in runs if run.key not in state.runs}.values())
        inserter = self._experiment.inserter
        if inserter is None or not new:
            return
        writings = [prepare(sweep, run, parent=state.parent) for run in new]
        made = inserter.insert(sweep.id, writings)
        if made is None:
            del self._states[sweep.id]  # to be asked again
        else:
            state.runs.update(zip((run.key for run in new), made, strict=True))

    def _record(self, backend: Backend, sweep: Sweep, run: Run) -> str:
        state = self._state(backend, sweep)
        present = state.runs.get(run.key)
        if present and not present.is_open and present.started_ms != to_ms(run.started_at):
            backend.client().delete_run(present.run_id)
            present = None
        if present is None or present.is_open:
            client = backend.client()
            writing = prepare(sweep, run, parent=state.parent)
            place = present or add_run(client, self._experiment.id, writing)
            state.runs[run.key] = place
            fill_run(client, place, writing)
            state.runs[run.key] = place.closed()
        return state.runs[run.key].run_id

    def finish(self, sweep: Sweep, status: str, findings: Findings | None = None) -> None:
        self._done(lambda backend: self._finish(backend, sweep, status, findings))

    def _finish(
        self, backend: Backend, sweep: Sweep, status: str, findings: Findings | None
    ) -> None:
        parent = self._state(backend, sweep).parent
        backend.end_sweep(parent, status)
        if findings is None:
            return
        with as_files(findings.files) as files:
            backend.keep_files(self._experiment, parent, files)
        place = self._experiment.id
        told = backend.told(place, sweep.id)
        backend.tell(changes(parent, told, findings, experiment_id=place))

    def _done(self, act: Callable[[Backend], _T]) -> _T:
        """Once more where it stumbled over what was deleted meanwhile."""
        try:
            with self._store() as backend:
                return act(backend)
        except StoreError as error:
            if not error.facts.get("gone"):
                raise
        with self._turn:
            self._backend = None
            self._states.clear()
        with self._store() as backend:
            return act(backend)

    @contextmanager
    def _store(self) -> Iterator[Backend]:
        """One thread at a time, on an open store, with errors translated."""
        with self._turn, store.translated(self.tracking_uri):
            if self._backend is None:
                folder = artifact_folder(self._artifacts, self._name)
                backend = open_backend(self.tracking_uri, self._schema, self._lock)
                self._experiment = backend.take_experiment(self._name, folder)
                self._backend = backend
            yield self._backend

    def _state(self, backend: Backend, sweep: Sweep) -> _SweepState:
        if sweep.id not in self._states:
            found = list(backend.sweep_runs(self._experiment.id, sweep.id))
            parents = [run for run in found if "sandbox.key" not in run.data.tags]
            parent = _take_up(backend, parents[0]) if parents else None
            self._states[sweep.id] = _SweepState(
                parent or backend.add_parent(self._experiment, sweep),
                dict(_present_runs(found)),
            )
        return self._states[sweep.id]


def _present_runs(found: list[MlflowRun | StoredRun]) -> Iterator[tuple[str, Present]]:
    """By key; the newest of a key comes last. What was deleted half written counts for nothing."""
    for run in found:
        present = Present.of(run)
        is_gone = run.info.lifecycle_stage == "deleted" and present.is_open
        if "sandbox.key" in run.data.tags and not is_gone:
            yield run.data.tags["sandbox.key"], present


def _take_up(backend: Backend, parent: MlflowRun | StoredRun) -> str:
    """One that was deleted in the UI comes back, since its sweep goes on."""
    if parent.info.lifecycle_stage == "deleted":
        backend.restore_run(str(parent.info.run_id))
    return str(parent.info.run_id)

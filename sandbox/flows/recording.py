"""Where runs are recorded, and the thread that does it while others run."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Self

from sandbox import recorders
from sandbox.domain import Run, Sweep
from sandbox.errors import SandboxError
from sandbox.flows.context import Context
from sandbox.interfaces import Recorder


def tracking_uri(context: Context) -> str:
    """The settings', else the SQLite file in the home."""
    return context.settings.tracking_uri or f"sqlite:///{context.home.database}"


def open_recorder(context: Context, workspace: str) -> recorders.MlflowRecorder:
    """A recorder for the workspace's experiment; the store is opened when first used."""
    return recorders.MlflowRecorder(
        tracking_uri(context),
        context.home.artifacts,
        experiment=workspace,
        lock=context.home.lock("mlflow"),
    )


class Scribe:
    """Writes finished runs to the journal at once, and to the tracking store from a thread.

    A store that fails ends the recording, not the sweep: the journal has everything.

    Args:
        on_waiting: called with the number of runs that are not recorded yet.
    """

    def __init__(
        self,
        sweep: Sweep,
        journal: recorders.Journal,
        recorder: Recorder,
        on_waiting: Callable[[int], None],
    ) -> None:
        self._sweep = sweep
        self._journal = journal
        self._recorder = recorder
        self._on_waiting = on_waiting
        self._queue: SimpleQueue[Run | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._record, name="recorder", daemon=True)
        self._status = "failed"
        self._waiting = 0
        self._bug: Exception | None = None
        self.run_ids: dict[str, str] = {}
        self.problem: SandboxError | None = None

    def __enter__(self) -> Self:
        self._journal.sweep(self._sweep)
        self._thread.start()
        return self

    def start(self, key: str, name: str) -> None:
        """A run begins; without an end in the journal it was lost on the way."""
        self._journal.started(key, name)

    def take(self, run: Run) -> Run:
        """From any thread; returns once the run is safe in the journal."""
        self._journal.run(run)
        self._waiting += 1
        self._queue.put(run)
        return run

    def end(self, status: str) -> None:
        self._status = status
        self._journal.ended(status)

    def __exit__(self, *_error: object) -> None:
        self._queue.put(None)
        self._thread.join()
        if self._bug is not None:
            raise self._bug

    def _record(self) -> None:
        try:
            self._recorder.begin(self._sweep)
            while (run := self._queue.get()) is not None:
                self.run_ids[run.key] = self._recorder.record(self._sweep, run)
                self._journal.recorded(run.key, self.run_ids[run.key])
                _remove_copies(run)
                self._waiting -= 1
                self._on_waiting(self._waiting)
            self._recorder.finish(self._sweep, self._status)
        except SandboxError as error:
            self.problem = error
        except Exception as error:  # noqa: BLE001 - raised again in the sweep's own thread
            self._bug = error


def _remove_copies(run: Run) -> None:
    """The run's own folder: the tracking store has its files now."""
    notebook = run.artifacts.get("notebook.ipynb")
    if notebook is not None:
        shutil.rmtree(Path(notebook).parent, ignore_errors=True)

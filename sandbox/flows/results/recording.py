"""Where runs are recorded, and the thread that does it while others run."""

from __future__ import annotations

import dataclasses
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Self
from urllib.parse import urlsplit

from sandbox import recorders, reports
from sandbox.domain import Run, Sweep
from sandbox.errors import InputError, SandboxError
from sandbox.flows.context import Context
from sandbox.foreign import shown
from sandbox.interfaces import Recorder


def tracking_uri(context: Context) -> str:
    """The settings', else the SQLite file in the home.

    Raises:
        InputError: it is no address.
    """
    found = context.settings.tracking_uri or f"sqlite:///{context.home.database}"
    try:
        urlsplit(found)
    except ValueError as error:
        raise InputError(
            f"the tracking store {shown(found)} is no address: {str(error).lower()}",
            hint="who set it says: sandbox doctor",
        ) from error
    return found


def open_recorder(context: Context, workspace: str) -> recorders.MlflowRecorder:
    """A recorder for the workspace's experiment; the store is opened when first used."""
    return recorders.MlflowRecorder(
        tracking_uri(context),
        context.home.artifacts,
        experiment=workspace,
        lock=context.home.lock("mlflow"),
        schema=context.home.schema,
    )


TOGETHER_S = 1.0
MOST_TOGETHER = 100


class Scribe:
    """Writes finished runs to the journal at once, and to the tracking store from a thread.

    What finishes within a second is recorded together: that costs little more than one run.
    A store that fails ends the recording, not the sweep: the journal has everything.

    Args:
        on_waiting: called with the number of runs that are not recorded yet.
        conclude: says in the end what the sweep has shown; None = nothing is said.
    """

    def __init__(
        self,
        sweep: Sweep,
        journal: recorders.Journal,
        recorder: Recorder,
        on_waiting: Callable[[int], None],
        conclude: recorders.Conclude | None = None,
    ) -> None:
        self._sweep = sweep
        self._journal = journal
        self._recorder = recorder
        self._on_waiting = on_waiting
        self._conclude = conclude
        self._queue: SimpleQueue[Run | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._record, name="recorder", daemon=True)
        self._waiting = 0
        self._is_over = False
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

    def end(self, status: str, *, runs: int | None = None) -> None:
        """All was run, or it ends with less.

        Args:
            runs: how many there are to be, now that it is known; None = as many as planned.
        """
        if runs is not None and runs != self._sweep.variants:
            self._sweep = dataclasses.replace(self._sweep, variants=runs)
            self._journal.sweep(self._sweep)
        self._journal.ended(status)

    def __exit__(self, *_error: object) -> None:
        self._queue.put(None)
        self._thread.join()
        if self._bug is not None:
            raise self._bug

    def _record(self) -> None:
        try:
            self._recorder.begin(self._sweep)
            if self._conclude is not None and self._sweep.variants > 1:
                with suppress(Exception):  # what concludes will meet it again
                    reports.get_ready()  # while nothing has ended yet
            while runs := self._waiting_runs():
                self._record_all(runs)
            recorders.conclude_sweep(self._journal, self._recorder, self._conclude)
        except SandboxError as error:
            self.problem = error
        except Exception as error:  # noqa: BLE001 - raised again in the sweep's own thread
            self._bug = error

    def _waiting_runs(self) -> list[Run]:
        """Those that finish soon after the first one; none = the sweep is over."""
        runs: list[Run] = []
        until = None
        while not self._is_over and len(runs) < MOST_TOGETHER:
            try:
                run = self._queue.get(timeout=until and max(until - time.monotonic(), 0.0))
            except Empty:
                break
            if run is None:
                self._is_over = True
            else:
                runs.append(run)
                until = until or time.monotonic() + TOGETHER_S
        return runs

    def _record_all(self, runs: Sequence[Run]) -> None:
        for run, run_id in zip(runs, self._recorder.record_all(self._sweep, runs), strict=True):
            self.run_ids[run.key] = run_id
            self._journal.recorded(run.key, run_id)
            _remove_copies(run)
            self._waiting -= 1
        self._on_waiting(self._waiting)


def _remove_copies(run: Run) -> None:
    """The run's own folder: the tracking store has its files now."""
    notebook = run.artifacts.get("notebook.ipynb")
    if notebook is not None:
        shutil.rmtree(Path(notebook).parent, ignore_errors=True)

"""A lane of a sweep: runs Tasks one after the other, in a Session that is replaced when lost."""

from __future__ import annotations

import dataclasses
import threading
from contextlib import suppress
from dataclasses import dataclass

from sandbox import notebooks
from sandbox.domain import Run, RunStatus
from sandbox.errors import EngineError, SandboxError
from sandbox.flows.sweeps.running import Report, Task, lost_run, run_task
from sandbox.flows.sweeps.warming import Warmer
from sandbox.interfaces import Engine, Session, SessionSpec

_CROWDED = (RunStatus.out_of_memory, RunStatus.disk_limit)
_LITTLE_S = 5.0  # of what is shared is run again, to have the imports before it


@dataclass(frozen=True)
class Place:
    """Where a lane opens its Sessions.

    Attributes:
        warmer: has modules imported once in each; None = variants come with what they share.
    """

    engine: Engine
    spec: SessionSpec
    warmer: Warmer | None = None

    def open_session(self) -> Session:
        return self.engine.open_session(self.spec)


class Lane:
    """One Session at a time; a new one where the last was lost. Closed from any thread.

    What Tasks share is run once in each Session and held there for those that follow. A variant
    that finds its Session gone gets a fresh one; when that is gone too before the variant began,
    while the engine still answers, the variant is a Run that was lost.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._trunk: notebooks.Trunk | None = None
        self._is_cold = True
        self._shared_s = 0.0
        self._unwarmed: str | None = None
        self._closed = False
        self._ahead: threading.Thread | None = None

    def prepare(self) -> None:
        """Opens its Session and has the imports loaded, beside whatever else goes on."""
        self._ahead = threading.Thread(target=self._prepare, name="lane-ahead", daemon=True)
        self._ahead.start()

    def _prepare(self) -> None:
        with suppress(SandboxError):  # the first task will meet it again
            self._warm(self._open())

    def run(self, task: Task, report: Report) -> Run:
        """Executes the task.

        Raises:
            EngineError: the engine is gone, or the lane was closed before the task began.
        """
        if self._ahead is not None:
            notebooks.get_ready()
            self._ahead.join()
        try:
            run = self._run(task, self._open(), report)
        except EngineError:
            if self._session is None or not self._session.closed:
                raise
            return self._run_again(task, report)
        if run.status in _CROWDED and task.course.forks:
            return self._run_alone(task, report) or run
        return run

    def _run(self, task: Task, trunk: notebooks.Trunk, report: Report) -> Run:
        """Learns what the first one imports, for those that follow."""
        warmer = self._place.warmer
        if warmer is None:
            return run_task(task, trunk, report)
        self._warm(trunk)
        run = run_task(task, trunk, report, learn=warmer.learn if warmer.asks else None)
        self._shared_s = run.shared_s
        if self._unwarmed is None:
            return run
        note = f"its imports were not shared with other variants: {self._unwarmed}"
        return dataclasses.replace(run, notes=(*run.notes, note))

    def _warm(self, trunk: notebooks.Trunk) -> None:
        """Once in each Session, where it is known what to import, and that this works."""
        warmer, session = self._place.warmer, self._session
        if warmer is None or session is None or not (self._is_cold and warmer.knows):
            return
        if self._shared_s <= _LITTLE_S and self._unwarmed is None:
            self._is_cold = False
            trunk.clear()
            self._unwarmed = "they took too long, or ended the session"
            self._unwarmed = warmer.warm(session)

    def _run_alone(self, task: Task, report: Report) -> Run | None:
        """What others share took room too; the limits are meant for the variant alone.

        None = the Session is gone.
        """
        apart = dataclasses.replace(task, course=notebooks.alone(task.course))
        try:
            trunk = self._open()
            trunk.clear()
            run = run_task(apart, trunk, report)
        except EngineError:
            if self._session is None or not self._session.closed:
                raise
            return None
        note = "it ran again by itself: together with what others share it did not fit"
        return dataclasses.replace(run, notes=(*run.notes, note))

    def _run_again(self, task: Task, report: Report) -> Run:
        trunk = self._open()
        try:
            return self._run(task, trunk, report)
        except EngineError as error:
            if self._closed:
                raise
            self._place.engine.describe()
            return lost_run(task, error.message)

    def _open(self) -> notebooks.Trunk:
        trunk = self._usable()
        if trunk is not None:
            return trunk
        opened = self._place.open_session()
        trunk = notebooks.Trunk(opened.begin)
        self._is_cold = True
        with self._lock:
            self._session, self._trunk, closed = opened, trunk, self._closed
        if closed:
            # `close` came while this one was being opened, and could not know of it.
            opened.close()
            raise _closed()
        return trunk

    def _usable(self) -> notebooks.Trunk | None:
        with self._lock:
            if self._closed:
                raise _closed()
            return self._trunk if self._session and not self._session.closed else None

    def close(self) -> None:
        with self._lock:
            self._closed = True
            session = self._session
        if session is not None:
            session.close()
        if self._ahead is not None:
            self._ahead.join()


def _closed() -> EngineError:
    return EngineError("the sweep has ended", hint="run it again")

"""A lane of a sweep: runs Tasks one after the other, in a Session that is replaced when lost."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from sandbox.domain import Run
from sandbox.errors import EngineError
from sandbox.flows.running import Report, Task, lost_run, run_task
from sandbox.interfaces import Engine, Session, SessionSpec


@dataclass(frozen=True)
class Place:
    """Where a lane opens its Sessions."""

    engine: Engine
    spec: SessionSpec

    def open_session(self) -> Session:
        return self.engine.open_session(self.spec)


class Lane:
    """One Session at a time; a new one where the last was lost. Closed from any thread.

    A variant that finds its Session gone gets a fresh one; when that is gone too before the variant
    began, while the engine still answers, the variant is a Run that was lost.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._closed = False

    def run(self, task: Task, report: Report) -> Run:
        """Executes the task.

        Raises:
            EngineError: the engine is gone, or the lane was closed before the task began.
        """
        try:
            return run_task(task, self._open(), report)
        except EngineError:
            if self._session is None or not self._session.closed:
                raise
        return self._run_again(task, report)

    def _run_again(self, task: Task, report: Report) -> Run:
        session = self._open()
        try:
            return run_task(task, session, report)
        except EngineError as error:
            if self._closed:
                raise
            self._place.engine.describe()
            return lost_run(task, error.message)

    def _open(self) -> Session:
        session = self._usable()
        if session is not None:
            return session
        opened = self._place.open_session()
        with self._lock:
            self._session, closed = opened, self._closed
        if closed:
            # `close` came while this one was being opened, and could not know of it.
            opened.close()
            raise _closed()
        return opened

    def _usable(self) -> Session | None:
        with self._lock:
            if self._closed:
                raise _closed()
            return self._session if self._session and not self._session.closed else None

    def close(self) -> None:
        with self._lock:
            self._closed = True
            session = self._session
        if session is not None:
            session.close()


def _closed() -> EngineError:
    return EngineError("the sweep has ended", hint="run it again")

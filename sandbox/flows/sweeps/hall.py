"""Where the lanes of one sweep run: hands them tasks, and on what comes of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.domain import Run, Scalar
from sandbox.flows.requests import Event, Finished, Reported, Started
from sandbox.flows.results.recording import Scribe
from sandbox.flows.sweeps.estimating import Forecast, is_baseline
from sandbox.flows.sweeps.lanes import Lane, Place
from sandbox.flows.sweeps.running import Task
from sandbox.flows.sweeps.scheduling import Schedule
from sandbox.flows.sweeps.stopping import BaselineFailedError, Gate
from sandbox.flows.sweeps.supplying import Supply
from sandbox.launchers import LocalLauncher
from sandbox.samplers import Pruner

_LACKS = re.compile(
    r"^(?:ModuleNotFoundError|ImportError|OSError): .*"
    r"(?:No module named|cannot open shared object|not installed|pip install|[Mm]issing optional)"
)


@dataclass
class Hall:
    """Runs one sweep, once.

    Attributes:
        gate: learns of all runs, and says what is not worth beginning.
        pruner: ends runs that do worse than others; None = none is ended.
        to_run: how many runs are missing, at most.
        diagnosis: why the baseline failed, where that ended the sweep; `cause`: where not.
    """

    place: Place
    supply: Supply
    gate: Gate
    pruner: Pruner | None
    on_event: Callable[[Event], None]
    tell: Callable[[str], None]
    to_run: int
    diagnosis: str | None = None
    cause: str = ""
    _ended: int = 0

    def run(self, jobs: int, scribe: Scribe, done: Iterable[Run]) -> str:
        """The sweep's status, also where Ctrl-C ended it; every finished run is in the journal.

        Args:
            done: runs that are there from before.

        Raises:
            EngineError, StoreError: it cannot go on.
        """
        done = list(done)
        sure = 0 if done else min(jobs, self.to_run)
        schedule = Schedule(self._more, self.gate.opens, sure=sure)
        forecast = Forecast(jobs, shares=self.place.warmer is not None)
        status = "failed"
        with scribe:
            try:
                for run in done:
                    self._recall(run)
                    if is_baseline(run):
                        self._tell_if(forecast.end(run, self.to_run))
                # No name for the launch: what interrupts this loop has to end it there and then.
                for finished in LocalLauncher(jobs).launch(
                    schedule.turns(), lambda: self._lane(schedule, scribe, forecast)
                ):
                    if finished is not None:
                        self.on_event(Finished(finished))
                status = "succeeded"
            except BaselineFailedError as error:
                self.diagnosis = str(error)
            except KeyboardInterrupt:
                status = "cancelled"
            finally:
                scribe.end(status, runs=self._all_there_are(status))
        return status

    def notes(self) -> tuple[str, ...]:
        """What was not run, and why; what may help."""
        ended = (
            f"the baseline failed, so the others were not run: {self.diagnosis}; "
            "mend it first, or give it arguments after --; --keep-going runs them all the same"
        )
        lacks = "a package that it lacks is added with: sandbox build TARGET --with PACKAGE"
        cut = "the budget of runs is used up; the same command with a larger one goes on"
        return (
            *((ended,) if self.diagnosis is not None else ()),
            *((lacks,) if _LACKS.search(self.diagnosis or self.cause) else ()),
            *((cut,) if self.supply.is_cut else ()),
            *self.gate.notes(),
            *(self.pruner.notes if self.pruner is not None else ()),
        )

    def _all_there_are(self, status: str) -> int | None:
        """Fewer than planned where points came to the same code, or a sampler knew no more."""
        is_whole = status == "succeeded" and not self.gate.is_over
        return len(self.supply.order) if is_whole else None

    def _more(self) -> list[list[Task]]:
        return [] if self.gate.is_over else self.supply.more()

    def _recall(self, run: Run) -> None:
        """What was found before counts as if it had been run now."""
        if self.pruner is not None:
            self.pruner.end(run.key, run)
        self.gate.learn(run)

    @contextmanager
    def _lane(
        self, schedule: Schedule, scribe: Scribe, forecast: Forecast
    ) -> Iterator[Callable[[None], Run | None]]:
        lane = Lane(self.place)
        lane.prepare()

        def run(_turn: None) -> Run | None:
            task = schedule.take(lane)
            if task is None:
                return None
            forecast.begin(task.key)
            finished = self._run(lane, task, scribe)
            schedule.learn(lane, finished)
            self.supply.tell(finished)
            self.gate.learn(finished)
            self._ended += 1
            self.cause = finished.cause or "" if is_baseline(finished) else self.cause
            self._tell_if(forecast.end(finished, self.to_run - self._ended))
            return finished

        try:
            yield run
        finally:
            schedule.leave(lane)
            lane.close()

    def _run(self, lane: Lane, task: Task, scribe: Scribe) -> Run:
        name = f"{task.variant.name} #{task.repeat + 1}" if task.repeat else task.variant.name
        scribe.start(task.key, name)
        self.on_event(Started(task.key, name))
        if self.pruner is not None:
            self.pruner.begin(task.key)

        def report(scalar: Scalar) -> str | None:
            self.on_event(Reported(task.key, scalar))
            reason = self.pruner.report(task.key, scalar) if self.pruner else None
            # What the others are compared with runs to its end.
            return reason if task.variant.tweaks else None

        finished = lane.run(task, report)
        if self.pruner is not None:
            self.pruner.end(task.key, finished)
        # Kept by the lane itself: the consumer may be gone by then.
        return scribe.take(finished)

    def _tell_if(self, line: str | None) -> None:
        if line is not None:
            self.tell(line)

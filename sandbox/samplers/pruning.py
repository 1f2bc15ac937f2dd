"""Which runs to end early, because others did better at the same step."""

from __future__ import annotations

import math
import statistics
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.domain import Run, RunStatus, Scalar
from sandbox.errors import InputError
from sandbox.foreign import listed
from sandbox.samplers.studies import open_study

if TYPE_CHECKING:
    import optuna

RULES = ("median", "asha")

_FEWEST = 4
_LARGEST = 1e300
_DIGITS = 3
_MOST_NAMES = 100
_MEASURED = (RunStatus.succeeded, RunStatus.timed_out)


@dataclass
class _Course:
    """A run on its way: steps it reported, the last of them, and why it should end."""

    trial: optuna.Trial
    reported: int = 0
    last: int = -1
    reason: str | None = None


class Pruner:
    """Judges each run by its curve, with the rules of Optuna.

    `median`: a run ends where its best value so far is worse than the median of at least four
    finished runs at that step; never at the first step that it reports. `asha`: a run goes on at
    steps 1, 4, 16, … (times a hundredth of the longest run) where it is in the best quarter of all
    that came so far; at least one run has to be finished. The best is never ended by either.

    Steps are told apart by three digits (12,345 and 12,399 are the same), a step that was told
    before, or that lies behind, is not looked at, nor are values that are no number. Any thread
    may call it.

    Source: Golovin 2017, Google Vizier; Li 2020, A System for Massively Parallel Hyperparameter
    Tuning.

    Args:
        rule: `median` or `asha`.
        metric: name of the Scalars that are compared.
        direction: `min` or `max`.

    Raises:
        InputError: an unknown rule.
    """

    def __init__(self, rule: str, metric: str, direction: str) -> None:
        self._rule, self._metric, self._direction = rule, metric, direction
        self._study = _open(rule, direction)
        self._courses: dict[str, _Course] = {}
        self._stepped: set[str] = set()
        self._measured = 0
        self._lock = threading.Lock()

    @property
    def notes(self) -> tuple[str, ...]:
        """A line where runs have finished and none of them told the metric with its step."""
        with self._lock:
            if not self._measured or self._metric in self._stepped:
                return ()
            told = listed(sorted(self._stepped), 8) or "nothing"
        return (
            f"no run told {self._metric!r} with its step, so none was pruned; with one: {told}",
        )

    def begin(self, key: str) -> None:
        """A run starts; one that is begun again starts anew."""
        with self._lock:
            self._begin(key)

    def report(self, key: str, scalar: Scalar) -> str | None:
        """Why the run should end, in one line and from then on always; None = it may go on."""
        with self._lock:
            course = self._courses.get(key)
            return self._judge(course, scalar) if course else None

    def end(self, key: str, run: Run) -> None:
        """A run is over; one that was never begun here is learnt from its scalars."""
        with self._lock:
            course = self._courses.get(key)
            if course is None:
                course = self._begin(key)
                for scalar in run.scalars:
                    self._judge(course, scalar)
            self._finish(self._courses.pop(key), run.status)

    def _begin(self, key: str) -> _Course:
        self._courses[key] = _Course(self._study.ask())
        return self._courses[key]

    def _judge(self, course: _Course, scalar: Scalar) -> str | None:
        step = _step(scalar)
        if step is None or math.isnan(scalar.value):
            return course.reason
        if len(self._stepped) < _MOST_NAMES:
            self._stepped.add(scalar.name)
        if scalar.name != self._metric or step <= course.last:
            return course.reason
        course.trial.report(max(min(scalar.value, _LARGEST), -_LARGEST), step)
        course.last = step
        course.reported += 1
        if course.trial.should_prune() and course.reason is None:
            course.reason = self._why(course, scalar)
        return course.reason

    def _why(self, course: _Course, scalar: Scalar) -> str | None:
        told = f"{self._metric} {scalar.value:.4g} at step {scalar.step:g} is"
        if self._rule == "asha":
            return f"{told} not in the best quarter of the runs so far"
        if course.reported == 1:
            return None
        others = self._finished_at(course.last)
        middle = statistics.median(others)
        return f"{told} worse than the median of {len(others)} others, {middle:.4g}"

    def _finished_at(self, step: int) -> list[float]:
        from optuna.trial import TrialState

        finished = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        curves = (trial.intermediate_values for trial in finished)
        return [curve[step] for curve in curves if step in curve]

    def _finish(self, course: _Course, status: RunStatus) -> None:
        from optuna.trial import TrialState

        if status is RunStatus.pruned:
            self._study.tell(course.trial, state=TrialState.PRUNED)
        elif status in _MEASURED:
            self._measured += 1
            self._study.tell(course.trial, 0.0, state=TrialState.COMPLETE)
        else:
            self._study.tell(course.trial, state=TrialState.FAIL)


def _open(rule: str, direction: str) -> optuna.Study:
    import optuna

    if rule == "median":
        # Its warm-up counts from step 0, where codes count from anything: done in _why.
        pruner: optuna.pruners.BasePruner = optuna.pruners.MedianPruner(
            n_startup_trials=_FEWEST, n_min_trials=_FEWEST
        )
    elif rule == "asha":
        pruner = optuna.pruners.SuccessiveHalvingPruner()
    else:
        raise InputError(f"no pruning rule called {rule!r}", hint=f"known: {', '.join(RULES)}")
    return open_study([direction], optuna.samplers.RandomSampler(), pruner)


def _step(scalar: Scalar) -> int | None:
    """What is compared: whole, not negative, and three digits of it; None where there is none."""
    if scalar.step is None or not math.isfinite(scalar.step) or scalar.step < 0:
        return None
    whole = int(scalar.step)
    width: int = 10 ** max(0, len(str(whole)) - _DIGITS)
    return whole - whole % width

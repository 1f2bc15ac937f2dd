"""Points near those that did well: Optuna's tree-structured Parzen estimator."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.domain import Run, RunStatus, Tweak
from sandbox.errors import InputError
from sandbox.interfaces import Sampler, Search
from sandbox.samplers.at_random import USUAL_COUNT, Drawing
from sandbox.samplers.ranges import Range
from sandbox.samplers.spaces import Point, Space, drawn_space
from sandbox.samplers.studies import open_study

if TYPE_CHECKING:
    import optuna

_TRIES = 20
_MEASURED = (RunStatus.succeeded, RunStatus.timed_out)


@dataclass(frozen=True)
class _Outcome:
    """What a run says to Optuna; neither values nor curve = it failed, and says nothing."""

    values: list[float] | None = None
    curve: Mapping[int, float] | None = None


class OptunaSampler(Sampler):
    """The baseline, then `search.count` different points (20 unless it says), better and better.

    The first ten runs are drawn by chance; after those, points resemble runs with good goals; with
    several goals, runs that no other beats in all of them. Runs that still go on count as bad, so
    that points asked at the same time differ. Runs that failed, and runs of other tunables than
    those searched, teach nothing; of pruned ones the last value counts. Points that were told
    without being asked count among `search.count`. Ends early where there are no more points; `len`
    is how many there are at most.
    Asked and told by one thread at a time.

    Source: Bergstra 2011, Algorithms for Hyper-Parameter Optimization.

    Args:
        search: a name has values, or one range of any length; `goals` may not be empty.

    Raises:
        InputError: no goal.
        TunableError: a name without values, or a long range among other values.
    """

    adapts = True

    def __init__(self, search: Search) -> None:
        if not search.goals:
            raise InputError(
                "without a metric, the sampler tpe cannot tell good from bad",
                hint="say which, and which way is better: --metric accuracy:max",
            )
        self._space = drawn_space(search)
        self._goals = search.goals
        self._drawing = Drawing(self._space, search.seed)
        self._left = self._most = USUAL_COUNT if search.count is None else search.count
        self._begun = False
        self._running: dict[Point, optuna.Trial] = {}
        self._study, self._distributions = _open(self._space)

    def __len__(self) -> int:
        return 1 + self._space.count(self._most)

    def ask(self) -> Sequence[Tweak] | None:
        if not self._begun:
            self._begun = True
            return ()
        point = self._suggest() if self._left > 0 else None
        self._left = 0 if point is None else self._left - 1
        return point

    def tell(self, tweaks: Sequence[Tweak], run: Run) -> None:
        point = self._space.find(self._values(tweaks))
        if point is None:
            return
        outcome = self._outcome(run)
        if trial := self._running.pop(point, None):
            self._finish(trial, outcome)
            return
        if tweaks and point not in self._drawing.seen:
            self._drawing.seen.add(point)
            self._left -= 1
        self._add(point, outcome)

    def _suggest(self) -> Point | None:
        for _ in range(_TRIES):
            trial = self._study.ask(self._distributions)
            point = self._space.point(
                _text(values, trial.params[name]) for name, values in self._space.values.items()
            )
            if point not in self._drawing.seen and self._space.is_wanted(point):
                self._drawing.seen.add(point)
                self._running[point] = trial
                return point
            self._finish(trial, _Outcome())
        return self._draw()

    def _draw(self) -> Point | None:
        """By chance, where Optuna keeps to what it had, or to what is not allowed."""
        point = self._drawing.draw()
        if point is not None:
            self._study.enqueue_trial(self._parameters(point))
            self._running[point] = self._study.ask(self._distributions)
        return point

    def _values(self, tweaks: Sequence[Tweak]) -> dict[str, str]:
        """Of a point as it was told, the code's own for the baseline."""
        if tweaks:
            return {tweak.name: tweak.value for tweak in tweaks}
        own = self._space.search.baseline
        return {name: own[name] for name in self._space.values if name in own}

    def _parameters(self, point: Point) -> dict[str, Any]:
        return {tweak.name: _value(self._space.values[tweak.name], tweak.value) for tweak in point}

    def _outcome(self, run: Run) -> _Outcome:
        if run.status is RunStatus.pruned:
            return _Outcome(curve=self._last(run))
        values = [run.metrics.get(goal, math.nan) for goal in self._goals]
        known = run.status in _MEASURED and all(map(math.isfinite, values))
        return _Outcome(values) if known else _Outcome()

    def _last(self, run: Run) -> dict[int, float]:
        """The last value of the goal by its step; Optuna has no curves for several goals."""
        if len(self._goals) > 1:
            return {}
        return {
            max(int(one.step), 0): one.value
            for one in run.scalars
            if one.name in self._goals and one.step is not None and math.isfinite(one.value)
        }

    def _finish(self, trial: optuna.Trial, outcome: _Outcome) -> None:
        for step, value in (outcome.curve or {}).items():
            trial.report(value, step)
        self._study.tell(trial, outcome.values, state=_state(outcome))

    def _add(self, point: Point, outcome: _Outcome) -> None:
        import optuna

        self._study.add_trial(
            optuna.trial.create_trial(
                state=_state(outcome),
                values=outcome.values,
                params=self._parameters(point),
                distributions=self._distributions,
                intermediate_values=dict(outcome.curve or {}),
            )
        )


def _open(
    space: Space,
) -> tuple[optuna.Study, dict[str, optuna.distributions.BaseDistribution]]:
    import optuna

    sampler = optuna.samplers.TPESampler(seed=space.search.seed, constant_liar=True)
    study = open_study(space.search.goals.values(), sampler)
    return study, {name: _distribution(values) for name, values in space.values.items()}


def _distribution(values: tuple[str, ...] | Range) -> optuna.distributions.BaseDistribution:
    from optuna import distributions

    if not isinstance(values, Range):
        return distributions.CategoricalDistribution(values)
    if values.whole:
        return distributions.IntDistribution(int(values.low), int(values.high), log=values.log)
    return distributions.FloatDistribution(values.low, values.high, log=values.log)


def _state(outcome: _Outcome) -> optuna.trial.TrialState:
    from optuna.trial import TrialState

    if outcome.values is not None:
        return TrialState.COMPLETE
    return TrialState.FAIL if outcome.curve is None else TrialState.PRUNED


def _text(values: tuple[str, ...] | Range, value: Any) -> str:
    return values.write(value) if isinstance(values, Range) else str(value)


def _value(values: tuple[str, ...] | Range, text: str) -> str | float:
    if not isinstance(values, Range):
        return text
    return int(float(text)) if values.whole else float(text)

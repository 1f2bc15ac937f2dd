"""From the words of a Strategy to the Sampler, Pruner and budget that they name."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from sandbox import plugins, samplers, tunables
from sandbox.directions import metric_direction
from sandbox.domain import Run
from sandbox.errors import InputError
from sandbox.flows.questions.planning import Question, baseline_values
from sandbox.flows.questions.repeating import baseline_extra
from sandbox.flows.requests import Request, Strategy
from sandbox.foreign import listed
from sandbox.interfaces import Sampler, Search
from sandbox.settings import parse_duration

_RUNS = ("runs", "run", "variants")


@dataclass(frozen=True)
class Budget:
    """What a sweep may use altogether; None = as much as it needs."""

    seconds: float | None = None
    runs: int | None = None


def parse_budget(words: tuple[str, ...]) -> Budget:
    """`10m`, `200runs`; the last of each kind counts.

    Raises:
        InputError: a word that is neither.
    """
    budget = Budget()
    for word in (part.strip() for text in words for part in text.split(",")):
        ending = next((each for each in _RUNS if word.endswith(each)), None)
        if ending is None:
            budget = dataclasses.replace(budget, seconds=_seconds(word))
        else:
            budget = dataclasses.replace(budget, runs=_count(word, word.removesuffix(ending)))
    return budget


def _seconds(word: str) -> float:
    try:
        return parse_duration(word)
    except InputError as error:
        raise _no_budget(word) from error


def _count(word: str, digits: str) -> int:
    if not digits.strip().isdecimal() or not int(digits):
        raise _no_budget(word)
    return int(digits)


def _no_budget(word: str) -> InputError:
    return InputError(f"{word!r} is no budget", hint="write a time or a count: 10m, 200runs")


def find_goals(directions: Mapping[str, str], words: tuple[str, ...]) -> dict[str, str]:
    """Metric → `min` or `max`: as typed, else as known, else as its name tells.

    Args:
        directions: what recipe or experiment say.

    Raises:
        InputError: nobody knows which way is better.
    """
    goals = {}
    for word in words:
        name, colon, way = word.partition(":")
        if not name:
            raise InputError(f"{word!r} names no metric", hint="for example: --metric accuracy:max")
        way = way if colon else directions.get(name) or metric_direction(name) or ""
        if way not in {"min", "max"}:
            raise InputError(
                f"is more or less of {name} better?", hint=f"say --metric {name}:max or {name}:min"
            )
        goals[name] = way
    return goals


def judged_by(strategy: Strategy, directions: Mapping[str, str]) -> dict[str, str]:
    """The goals that are asked for; none = the first metric that is known."""
    return find_goals(directions, strategy.goals) or dict(list(directions.items())[:1])


def sampler_name(request: Request) -> str:
    """The one that is asked for, or the usual one."""
    is_open = any(not texts for texts in request.tweaks.values())
    return request.strategy.sampler or ("one-at-a-time" if is_open else "grid")


def make_sampler(question: Question, request: Request, directions: Mapping[str, str]) -> Sampler:
    """Raises InputError or TunableError for what does not fit together."""
    strategy = request.strategy
    goals = judged_by(strategy, directions)
    baseline = baseline_values(question)
    search = Search(
        values=question.values,
        baseline=baseline,
        tunables={name: one.qualified_name for name, one in question.tunables.items()},
        goals=goals,
        count=further_points(request, extra_runs(question, request)),
        seed=strategy.seed,
        allows=_constraint(question, strategy.where),
    )
    kind = plugins.load_sampler(sampler_name(request))
    return kind(search)  # type: ignore[call-arg]


def further_points(request: Request, extra: int) -> int:
    """Beside the baseline, wanted of a sampler that could go on for ever.

    Args:
        extra: runs of the baseline beyond its repeats.
    """
    runs = parse_budget(request.strategy.budget).runs
    if runs is None:
        return samplers.USUAL_COUNT
    return max((runs - extra) // request.repeats - 1, 0)


def extra_runs(question: Question, request: Request) -> int:
    """Runs of the baseline beyond the repeats that every variant has."""
    most = parse_budget(request.strategy.budget).runs
    return baseline_extra(request, question.seeds, most)


def _constraint(
    question: Question, texts: tuple[str, ...]
) -> Callable[[Mapping[str, str]], bool] | None:
    """Holds where each of them does."""
    if not texts:
        return None

    def others() -> list[str]:
        return [one.name for one in tunables.scan(question.source, question.entry)]

    all_of_them = [
        samplers.Constraint(text, list(question.values), others=others) for text in texts
    ]
    return lambda point: all(one(point) for one in all_of_them)


def make_pruner(request: Request, directions: Mapping[str, str]) -> samplers.Pruner | None:
    """None where nothing is to be pruned.

    Raises:
        InputError: an unknown rule, or no metric to judge by.
    """
    strategy = request.strategy
    if strategy.prune is None:
        return None
    goals = judged_by(strategy, directions)
    if not goals:
        raise InputError(
            "which metric decides what is pruned?", hint="name it: --metric val_loss:min"
        )
    metric, way = next(iter(goals.items()))
    return samplers.Pruner(strategy.prune, metric, way)


def forbidden(strategy: Strategy, runs: Sequence[Run]) -> tuple[str, ...]:
    """A line where conditions left nothing but the baseline."""
    if not strategy.where or any(tweak.tunable for run in runs for tweak in run.tweaks):
        return ()
    return (f"no variant satisfies {' and '.join(strategy.where)}: there is the baseline only",)


def unmeasured(strategy: Strategy, runs: Sequence[Run]) -> tuple[str, ...]:
    """A line for each goal that no run measured, once any has measured something."""
    measured = {name for run in runs for name in run.metrics}
    if not measured:
        return ()
    names = (text.partition(":")[0] for text in strategy.goals)
    return tuple(_missing_note(name, measured) for name in names if name not in measured)


def _missing_note(name: str, measured: Collection[str]) -> str:
    near = difflib.get_close_matches(name, measured, n=1)
    meant = f"did you mean {near[0]}" if near else f"they have {listed(sorted(measured), 8)}"
    return f"no run has a metric called {name}, so nothing was judged by it; {meant}"

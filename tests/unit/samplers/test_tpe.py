from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import pytest

from sandbox.domain import Run, RunStatus, Scalar, Tweak
from sandbox.errors import InputError, TunableError
from sandbox.interfaces import Sampler, Search
from sandbox.samplers import OptunaSampler, RandomSampler

LOSS = {"loss": "min"}
VALUES = {"lr": ["1e-5..1"], "depth": ["1..12"], "kind": ["a", "b", "c"]}


def done(
    metrics: Mapping[str, float], status: RunStatus = RunStatus.succeeded, **others: object
) -> Run:
    return Run("v", "n", status, "e", "env", "c", metrics=metrics, **others)  # type: ignore[arg-type]


def values_of(point: Sequence[Tweak]) -> dict[str, str]:
    return {tweak.name: tweak.value for tweak in point}


def loss(point: Mapping[str, str]) -> float:
    """Least, 0, at lr = 0.01, depth = 9, kind = b."""
    away = abs(math.log10(float(point["lr"])) + 2) + abs(int(point["depth"]) - 9) / 3
    return away + (point["kind"] != "b")


def play(sampler: Sampler, measure: Callable[[Mapping[str, str]], float]) -> list[dict[str, str]]:
    points = []
    assert sampler.ask() == ()
    while (point := sampler.ask()) is not None:
        points.append(values_of(point))
        sampler.tell(point, done({"loss": measure(points[-1])}))
    return points


@pytest.mark.parametrize("seed", [0, 1])
def test_it_comes_nearer_to_the_least_than_chance_does(seed: int) -> None:
    search = Search(VALUES, goals=LOSS, count=60, seed=seed)
    learnt, drawn = (
        [loss(point) for point in play(kind(search), loss)]
        for kind in (OptunaSampler, RandomSampler)
    )
    assert min(learnt) < 0.5
    assert sum(learnt[30:]) < sum(drawn[30:]) / 2


def test_a_goal_may_be_the_most() -> None:
    """What is least bad is asked as what is most good is."""
    least = Search(VALUES, goals={"loss": "min"}, count=30)
    most = Search(VALUES, goals={"loss": "max"}, count=30)
    mirrored = play(OptunaSampler(most), lambda point: -loss(point))
    assert mirrored == play(OptunaSampler(least), loss)


def test_two_goals_are_weighed_against_each_other() -> None:
    """Small is cheap, large is good: neither end is left alone."""
    search = Search({"width": ["1..64"]}, goals={"accuracy": "max", "cost": "min"}, count=30)
    sampler = OptunaSampler(search)
    widths = []
    sampler.ask()
    while (point := sampler.ask()) is not None:
        width = int(point[0].value)
        widths.append(width)
        useful = min(width, 32)
        sampler.tell(point, done({"accuracy": useful / 32, "cost": width}))
    late = widths[15:]
    assert sum(width <= 32 for width in late) > len(late) * 0.6


def test_without_a_goal_it_is_refused() -> None:
    with pytest.raises(InputError, match="without a metric") as caught:
        OptunaSampler(Search(VALUES))
    assert "--metric accuracy:max" in str(caught.value.hint)


def test_a_long_range_among_other_values_is_refused() -> None:
    with pytest.raises(TunableError, match="endlessly many"):
        OptunaSampler(Search({"lr": ["0.1..0.2", "0.5"]}, goals=LOSS))


def test_values_are_written_as_people_type_them_and_lie_in_the_range() -> None:
    for point in play(OptunaSampler(Search(VALUES, goals=LOSS)), loss):
        assert len(point["lr"].replace("-", "").replace(".", "")) <= 10
        assert 1e-5 <= float(point["lr"]) <= 1
        assert 1 <= int(point["depth"]) <= 12


def test_a_finite_space_is_asked_wholly_and_no_point_twice() -> None:
    search = Search({"depth": ["1..4"], "kind": ["a", "b"]}, goals=LOSS, count=50)
    points = play(OptunaSampler(search), lambda point: float(point["depth"]))
    assert len(points) == 8
    assert len({tuple(point.items()) for point in points}) == 8


def test_the_few_points_that_are_allowed_are_found() -> None:
    """Where what Optuna proposes hardly ever is."""
    values = {"width": ["1..20"], "depth": ["1..20"]}
    search = Search(values, goals=LOSS, count=40, allows=lambda one: one["width"] == one["depth"])
    assert len(play(OptunaSampler(search), lambda _: 1.0)) == 20


def test_many_may_be_asked_before_any_is_told() -> None:
    sampler = OptunaSampler(Search(VALUES, goals=LOSS, count=15))
    asked = [sampler.ask() for _ in range(16)]
    assert len(set(asked)) == 16
    for point in reversed(asked):
        assert point is not None
        sampler.tell(point, done({"loss": 1.0}))
    assert sampler.ask() is None


def asked_where_all_are(run: Run, goals: Mapping[str, str] = LOSS) -> list[dict[str, str]]:
    """What is asked if every second run is this one."""
    sampler = OptunaSampler(Search(VALUES, goals=goals, count=18))
    points = []
    while (point := sampler.ask()) is not None:
        points.append(values_of(point))
        good = done({"loss": loss(points[-1]), "cost": 1.0}) if point else done({})
        sampler.tell(point, run if len(points) % 2 else good)
    return points


@pytest.mark.parametrize(
    "run",
    [
        done({"loss": -9.0}, RunStatus.failed),
        done({"loss": -9.0}, RunStatus.diverged),
        done({"loss": -9.0}, RunStatus.out_of_memory),
        done({"loss": -9.0}, RunStatus.lost),
        done({"accuracy": 1.0}),
        done({"loss": float("inf")}),
    ],
    ids=lambda run: f"{run.status} {dict(run.metrics)}",
)
def test_a_run_without_a_measured_goal_teaches_nothing(run: Run) -> None:
    """Also where it would have been the best of all."""
    nothing = asked_where_all_are(done({}, RunStatus.failed))
    assert asked_where_all_are(run) == nothing
    assert asked_where_all_are(done({"loss": -9.0})) != nothing


def test_a_run_that_was_measured_before_its_time_was_up_teaches() -> None:
    in_time, late = (
        asked_where_all_are(done({"loss": -9.0}, status))
        for status in (RunStatus.succeeded, RunStatus.timed_out)
    )
    assert late == in_time


@pytest.mark.parametrize("goals", [LOSS, {"loss": "min", "cost": "min"}])
def test_pruned_runs_teach_what_they_reached(goals: Mapping[str, str]) -> None:
    curve = (Scalar("loss", 9.0, 1), Scalar("loss", 8.0, 2.5), Scalar("loss", float("nan"), 3))
    pruned = done({"loss": 8.0}, RunStatus.pruned, scalars=curve)
    failed = done({}, RunStatus.failed)
    assert asked_where_all_are(pruned, goals) != asked_where_all_are(failed, goals)


def test_a_sweep_that_is_taken_up_again_goes_on_with_what_it_knows() -> None:
    """Nothing is asked twice, what was told counts, and no better start is needed."""
    first = OptunaSampler(Search(VALUES, goals=LOSS, count=30))
    told = play(first, loss)
    again = OptunaSampler(Search(VALUES, goals=LOSS, count=40, seed=1))
    for point in told:
        again.tell(
            [Tweak(name, value, "x.py:y") for name, value in point.items()],
            done({"loss": loss(point)}),
        )
    new = play(again, loss)
    assert len(new) == 10
    assert not [point for point in new if point in told]
    assert sum(map(loss, new)) / 10 < 2.2  # chance has 3.2


def test_a_point_told_twice_counts_once() -> None:
    """Repeats of a variant are told one after the other."""
    sampler = OptunaSampler(Search({"depth": ["1..9"]}, goals=LOSS, count=3))
    sampler.ask()
    points = []
    while (point := sampler.ask()) is not None:
        points.append(point)
        for _ in range(3):
            sampler.tell(point, done({"loss": 1.0}))
    assert len(points) == 3


def test_the_baseline_teaches_where_its_values_lie_in_the_space() -> None:
    """Told before anything else, it is what the first learnt points resemble."""
    known = Search(VALUES, goals=LOSS, count=12, baseline={"lr": "1e-2", "depth": "9", "kind": "b"})
    unknown = Search(VALUES, goals=LOSS, count=12, baseline={"lr": "7", "depth": "9", "kind": "b"})
    asked = []
    for search in (known, unknown):
        sampler = OptunaSampler(search)
        sampler.tell((), done({"loss": -5.0}))
        asked.append(play(sampler, loss))
    assert [len(points) for points in asked] == [12, 12]
    assert asked[0] != asked[1]


def test_it_says_nothing_on_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    play(OptunaSampler(Search(VALUES, goals=LOSS, count=3)), loss)
    assert capfd.readouterr() == ("", "")


def test_it_is_known_to_adapt() -> None:
    assert OptunaSampler.adapts
    assert not RandomSampler.adapts

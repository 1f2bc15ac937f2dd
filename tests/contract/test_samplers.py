"""Every sampler keeps the law of `interfaces.Sampler`, and what ours promise beyond it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from sandbox import plugins
from sandbox.domain import Run, RunStatus, Tweak
from sandbox.errors import TunableError
from sandbox.interfaces import Sampler, Search
from sandbox.samplers import GridSampler, OneAtATimeSampler, OptunaSampler, RandomSampler

BY_NAME: dict[str, type[Sampler]] = {
    "grid": GridSampler,
    "one-at-a-time": OneAtATimeSampler,
    "random": RandomSampler,
    "tpe": OptunaSampler,
}
COUNTED: list[type[GridSampler | OneAtATimeSampler]] = [GridSampler, OneAtATimeSampler]
SPACE = {"lr": ["0.1", "0.2"], "type": ["a", "b", "c"]}
GOALS = {"loss": "min"}


@pytest.fixture(params=sorted(BY_NAME))
def kind(request: pytest.FixtureRequest) -> type[Sampler]:
    return BY_NAME[request.param]


def search(values: Mapping[str, Sequence[str]], **others: object) -> Search:
    return Search(values, goals=GOALS, **others)  # type: ignore[arg-type]


def finished(tweaks: Sequence[Tweak], loss: float) -> Run:
    metrics = {"loss": loss}
    return Run(
        "v", "n", RunStatus.succeeded, "e", "env", "c", tweaks=tuple(tweaks), metrics=metrics
    )


def drain(sampler: Sampler) -> list[tuple[Tweak, ...]]:
    points: list[tuple[Tweak, ...]] = []
    while (point := sampler.ask()) is not None:
        points.append(tuple(point))
        sampler.tell(point, finished(point, loss=float(len(points))))
        assert len(points) <= 1000
    return points


def texts(points: Sequence[Sequence[Tweak]]) -> list[str]:
    return [" ".join(tweak.value for tweak in point) for point in points]


def test_it_is_found_by_its_name(kind: type[Sampler]) -> None:
    name = next(name for name, one in BY_NAME.items() if one is kind)
    assert plugins.load_sampler(name) is kind


def test_the_baseline_comes_first(kind: type[Sampler]) -> None:
    assert drain(kind(search(SPACE)))[0] == ()


def test_an_empty_space_is_the_baseline_alone(kind: type[Sampler]) -> None:
    assert drain(kind(search({}))) == [()]


def test_no_point_comes_twice(kind: type[Sampler]) -> None:
    points = drain(kind(search({"lr": ["0.1", "0.1", "0.2"], "type": ["a", "b", "a"]})))
    assert len(points) == len(set(points)) > 4


def test_it_ends_and_stays_ended(kind: type[Sampler]) -> None:
    sampler = kind(search(SPACE))
    drain(sampler)
    assert sampler.ask() is None
    assert sampler.ask() is None


def test_tweaks_name_their_tunable(kind: type[Sampler]) -> None:
    points = drain(kind(search({"lr": ["0.2"]}, tunables={"lr": "train.py:lr"})))
    assert points == [(), (Tweak("lr", "0.2", "train.py:lr"),)]


def test_one_that_does_not_combine_gives_one_tunable_a_value_at_a_time(kind: type[Sampler]) -> None:
    most = max(len(point) for point in drain(kind(search(SPACE))))
    assert most == (2 if kind.combines else 1)


def test_a_point_equal_to_the_baseline_is_not_repeated(kind: type[Sampler]) -> None:
    points = drain(kind(search({"lr": ["0.001", "0.1"]}, baseline={"lr": "1e-3"})))
    assert points == [(), (Tweak("lr", "0.1"),)]


def test_a_name_without_values_is_refused(kind: type[Sampler]) -> None:
    with pytest.raises(TunableError, match="no value given for 'lr'"):
        kind(search({"lr": []}))


def test_only_what_is_allowed_is_asked_and_the_baseline_always(kind: type[Sampler]) -> None:
    """The code's own values count for what a point leaves alone."""

    def allows(values: Mapping[str, str]) -> bool:
        return int(values["depth"]) * int(values["width"]) < 100

    values = {"depth": ["1", "20"], "width": ["10", "50"]}
    own = {"depth": "30", "width": "40"}
    points = drain(kind(search(values, baseline=own, allows=allows)))
    assert points[0] == ()
    left = {"30 10", "30 50", "1 40", "20 40", "1 10", "1 50", "20 10", "20 50"}
    named = [{**own, **{tweak.name: tweak.value for tweak in point}} for point in points[1:]]
    assert all(allows(values) for values in named)
    assert {f"{one['depth']} {one['width']}" for one in named} <= left & {"1 40", "1 10", "1 50"}
    assert len(points) == {"one-at-a-time": 2}.get(plugin_name(kind), 3)


def plugin_name(kind: type[Sampler]) -> str:
    return next(name for name, one in BY_NAME.items() if one is kind)


def test_where_nothing_is_allowed_the_baseline_is_left(kind: type[Sampler]) -> None:
    assert drain(kind(search(SPACE, allows=lambda _: False))) == [()]


def test_a_short_range_stands_for_its_whole_numbers(kind: type[Sampler]) -> None:
    points = drain(kind(search({"depth": ["1..5"]}, baseline={"depth": "2"})))
    assert sorted(texts(points[1:])) == ["1", "3", "4", "5"]


def test_the_same_search_asks_the_same(kind: type[Sampler]) -> None:
    wanted = search({"depth": ["1..50"], "type": ["a", "b"]}, seed=3)
    assert drain(kind(wanted)) == drain(kind(wanted))


def test_what_was_not_asked_here_may_be_told(kind: type[Sampler]) -> None:
    """A sweep that is taken up again tells what it has, also of names that are not searched."""
    sampler = kind(search(SPACE, count=3))
    for told in [(), (Tweak("lr", "0.1"), Tweak("type", "a")), (Tweak("patch", "fix.diff"),)]:
        sampler.tell(told, finished(told, loss=0.5))
    assert drain(sampler)[0] == ()


@pytest.mark.parametrize("kind", [*COUNTED, RandomSampler])
@pytest.mark.parametrize("allows", [None, lambda values: values.get("type") != "b"])
@pytest.mark.parametrize("baseline", [{}, {"lr": "1e-1"}, {"lr": "1e-1", "type": "a"}])
@pytest.mark.parametrize("space", [{}, {"lr": ["0.1"]}, SPACE, {"lr": ["0.1", ".1"]}])
def test_the_count_is_known_before_the_first(
    kind: type[GridSampler], space: Mapping[str, Sequence[str]], baseline: object, allows: object
) -> None:
    sampler = kind(search(space, baseline=baseline, allows=allows))
    assert len(sampler) == len(drain(sampler))


@pytest.mark.parametrize("kind", [RandomSampler, OptunaSampler])
def test_of_many_points_as_many_are_counted_as_are_wanted(kind: type[RandomSampler]) -> None:
    assert len(kind(search({"lr": ["0.1..0.2"]}))) == 21
    assert len(kind(search(SPACE, baseline={"lr": "1e-1", "type": "c"}))) == 6
    assert len(kind(search({"lr": ["1..1000000"]}, count=7))) == 8
    assert len(kind(search({"lr": ["1..100"]}, count=7, baseline={"lr": "1"}))) == 8


@pytest.mark.parametrize("kind", COUNTED)
def test_an_absurd_number_is_refused_with_the_count(kind: type[GridSampler]) -> None:
    values = [str(number) for number in range(100_001)]
    with pytest.raises(TunableError, match="100,002 variants") as caught:
        kind(search({"lr": values}))
    assert caught.value.facts["points"] == 100_002
    assert len(kind(search({"lr": values}), most=200_000)) == 100_002


@pytest.mark.parametrize("kind", COUNTED)
@pytest.mark.parametrize("text", ["0.1..0.2", "1..1001"])
def test_a_range_that_cannot_be_written_out_is_refused(kind: type[GridSampler], text: str) -> None:
    with pytest.raises(TunableError, match=r"the range .* numbers") as caught:
        kind(search({"lr": [text]}))
    assert "--sampler random" in str(caught.value.hint)


def test_a_grid_of_astronomic_size_is_refused_at_once() -> None:
    """Before anything is asked whether it is allowed."""
    space = {f"t{number}": [str(value) for value in range(50)] for number in range(40)}
    with pytest.raises(TunableError, match="more than 100,000"):
        GridSampler(search(space, allows=lambda _: pytest.fail("asked")))


def test_a_grid_crosses_in_the_order_given() -> None:
    points = drain(GridSampler(search(SPACE)))
    assert texts(points) == ["", "0.1 a", "0.1 b", "0.1 c", "0.2 a", "0.2 b", "0.2 c"]


def test_a_grid_keeps_points_that_share_only_some_values_with_the_baseline() -> None:
    points = drain(GridSampler(search(SPACE, baseline={"lr": "0.1", "type": "b"})))
    assert (Tweak("lr", "0.1"), Tweak("type", "b")) not in points
    assert (Tweak("lr", "0.1"), Tweak("type", "a")) in points
    assert len(points) == 6


def test_a_grid_takes_ranges_and_values_together() -> None:
    assert texts(drain(GridSampler(search({"depth": ["1..3", "8", "3"]})))) == ["", *"1238"]


def test_one_at_a_time_leaves_all_others_alone() -> None:
    points = drain(OneAtATimeSampler(search(SPACE, baseline={"type": "b"})))
    named = [" ".join(f"{tweak.name}={tweak.value}" for tweak in point) for point in points]
    assert named == ["", "lr=0.1", "lr=0.2", "type=a", "type=c"]

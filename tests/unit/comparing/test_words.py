"""The one wording: whoever shows a comparison lays these sentences out."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from sandbox.comparing import against_baseline, compare, ranks, sentences, verdicts
from sandbox.comparing.model import Comparison, Failure, Importance, Interaction, Noise, Suggestion
from sandbox.comparing.words import direction_of, directions, percent
from sandbox.domain import Run, RunStatus
from tests.support.made_runs import make_run

RUNS = [
    make_run({}, {"loss": 1.0}),
    make_run({"lr": "0.1"}, {"loss": 0.5}),
    make_run({"lr": "0.2"}, {"loss": 1.5}),
    make_run({"lr": "9"}, status=RunStatus.failed, cause="ValueError: \x1b[2J"),
]


REPEATS = [(1, 1.01), (2, 0.99), (3, 1.005)]


def found_with(*importances: Importance) -> Comparison:
    return replace(compare(RUNS), importances=importances)


def test_a_sweep_is_told_under_headings() -> None:
    told = sentences(compare(RUNS))
    assert told["Best"] == ("lr=0.1: loss 0.5, -0.5 against the baseline, which may be luck",)
    assert told["What was luck"] == (
        "not measured (--repeats 3 would tell): every variant ran once",
    )
    assert told["What broke"] == ("1 of 4 runs: failed: ValueError: ␛[2J, where lr >= 9",)
    assert "What next" not in told


@pytest.mark.parametrize("importances", [(), (Importance("lr", "loss", 1.0, "contrast"),)])
def test_where_shares_say_nothing_the_largest_effects_are_told(
    importances: tuple[Importance, ...],
) -> None:
    told = sentences(found_with(*importances))
    assert told["What mattered"] == (
        "farthest from the baseline in loss, by luck or not: lr=0.1 (-0.5), lr=0.2 (+0.5)",
    )
    measured = compare([*RUNS, *(make_run({}, {"loss": x}, repeat=at) for at, x in REPEATS)])
    told = sentences(replace(measured, importances=importances))
    assert told["What mattered"] == ("moved loss most: lr=0.1 (better), lr=0.2 (worse)",)


def test_everything_that_a_comparison_holds_is_told() -> None:
    plain = compare(RUNS)
    effects = [
        replace(one, verdict="luck", interval=(-1.0, 1.0), repeats_needed=needed)
        for one, needed in zip(plain.effects, (9, 12), strict=True)
    ]
    told = sentences(
        replace(
            plain,
            noise={"loss": Noise("loss", 0.1, 1.0, 4, (0.7, 1.3), "baseline")},
            effects=tuple(effects),
            importances=(
                Importance("lr", "loss", 0.625, "fanova", "up", "0.1"),
                Importance("width", "loss", 0.01, "fanova", is_noise=True),
            ),
            interactions=(Interaction(("lr", "width"), "loss", 0.1, None, "lr hangs on width"),),
            failures=(Failure("out of memory", ("a", "b"), "width >= 384"),),
            suggestions=(Suggestion("sandbox sweep x -p lr=0.05", "the edge was best"),),
        )
    )
    assert told == {
        "Best": ("lr=0.1: loss 0.5, -0.5 against the baseline, which may be luck",),
        "What mattered": (
            (
                "lr: 62.5 % of what moved loss (by fANOVA); larger values gave a larger loss; "
                "0.1 did best"
            ),
            "no more than luck: width",
        ),
        "Interactions": ("lr hangs on width",),
        "What was luck": (
            (
                "run once more, the unchanged code lands between 0.7 and 1.3 in loss, "
                "95 times of a hundred (by its own repeats)"
            ),
            (
                "both differences are indistinguishable from luck; "
                "9 repeats of each would settle the nearest, lr=0.1"
            ),
        ),
        "What broke": ("2 of 4 runs: out of memory, where width >= 384",),
        "What next": ("the edge was best", "$ sandbox sweep x -p lr=0.05"),
    }


def test_what_is_more_than_a_reader_takes_in_is_counted_or_named_only() -> None:
    many = [Importance(f"p{at}", "loss", 0.2, "contrast") for at in range(5)]
    failures = tuple(Failure(f"cause {at}", ("a",)) for at in range(5))
    told = sentences(replace(found_with(*many), failures=failures))
    assert told["What mattered"][3:] == ("less than these: p3, p4",)
    assert told["What broke"][3:] == ("2 of 4 runs: other causes",)


def test_where_luck_does_as_much_as_any_tunable_that_is_said() -> None:
    found = found_with(Importance("lr", "loss", 1.0, "contrast", is_noise=True))
    assert sentences(found)["What mattered"] == ("none of the tunables moved loss",)
    noise = {"loss": Noise("loss", 0.1, 1.0, 4, (0.7, 1.3), "baseline")}
    assert sentences(replace(found, noise=noise))["What mattered"] == (
        "none of the tunables moved loss by more than luck does",
    )


def test_values_that_differ_are_told_where_no_trend_does() -> None:
    """As of a learning rate that is too low or too high: a V has no direction."""
    repeats = [make_run({}, {"loss": x}, repeat=at) for at, x in REPEATS]
    idle = (Importance("lr", "loss", 1.0, "contrast", is_noise=True),)
    told = sentences(replace(compare([*RUNS, *repeats]), importances=idle))
    assert told["What mattered"] == ("moved loss most: lr=0.1 (better), lr=0.2 (worse)",)


def test_what_never_moved_is_not_called_luck_where_luck_was_not_measured() -> None:
    runs = [make_run({}, {"loss": 1.0}), make_run({"lr": "1"}, {"loss": 2.0})]
    told = sentences(compare([*runs, make_run({"depth": "1"}, {"loss": 1.0})]))
    assert told["What mattered"][-1] == "did not move loss: depth"


@pytest.mark.parametrize(
    ("direction", "words"),
    [
        ("up", "larger values gave a larger loss"),
        ("down", "larger values gave a smaller loss"),
        ("mixed", "up and down: neither end is best"),
        (None, ""),
    ],
)
def test_a_direction_is_in_words(direction: str | None, words: str) -> None:
    assert direction_of(Importance("lr", "loss", 1.0, "contrast", direction)) == words


def test_a_switch_has_no_larger_values() -> None:
    tried = Importance("no-dropout", "loss", 1.0, "contrast", "down", "off")
    assert direction_of(tried) == "on gave a smaller loss"
    tried = Importance("shuffle", "loss", 1.0, "contrast", "up", "True")
    assert direction_of(tried) == "true gave a larger loss"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ([0.1], "the one difference is too large to be luck"),
        ([0.512345], "no variant made a difference"),
        ([0.1, 0.9, 0.512345], "both differences are too large to be luck"),
        ([0.1, 0.512345], "the one difference is too large to be luck"),
    ],
)
def test_no_difference_at_all_is_neither_luck_nor_an_effect(
    changed: list[float], words: str
) -> None:
    runs = [make_run({}, {"loss": 0.512345}, repeat=at) for at in range(3)]
    runs += [make_run({"lr": str(at)}, {"loss": value}) for at, value in enumerate(changed)]
    assert sentences(compare(runs))["What was luck"] == (
        "loss was the same in every repeat, so every difference counts",
        words,
    )


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        ([0.5], "there is one result only: baseline, loss 0.5"),
        ([0.5, 0.6], "no variant did better than the code as it is: loss 0.5"),
        ([], "nothing can be said: no run came to an end with a result to go by"),
    ],
)
def test_of_the_best_is_said_what_can_be_said(losses: list[float], words: str) -> None:
    runs = [make_run({"a": str(at)} if at else {}, {"loss": x}) for at, x in enumerate(losses)]
    assert sentences(compare(runs))["Best"] == (words,)


def test_a_sweep_in_which_nothing_broke_says_so() -> None:
    assert sentences(compare(RUNS[:3]))["What broke"] == ("nothing: every run came to an end",)


def test_directions_say_where_they_are_from() -> None:
    found = compare(
        [make_run({}, {"f1": 0.5, "zeta": 1.0, "time": 3.0})], directions={"time": "min"}
    )
    assert directions(found, ("f1", "zeta", "time")) == (
        "f1: higher is better (by its name); zeta: nothing tells which way is better; "
        "time: lower is better (as given)"
    )


@pytest.mark.parametrize(
    "runs",
    [
        [],
        [make_run({}, {"loss": 1.0})],
        [make_run({}, status=RunStatus.failed), make_run({"a": "1"}, status=RunStatus.lost)],
        [make_run({}, {"loss": math.nan}), make_run({"a": "1"}, {"loss": math.inf})],
        [make_run({}, {"a": 1.0}), make_run({"b": "1"}, {"c": 1.0})],
        [make_run({"a": "1"}, {f"m{n}": 1.0 for n in range(500)}) for _ in range(3)],
        [make_run({}, {"loss": 1.0}), make_run({"a": "1"}, {"loss": 1.0})],
    ],
)
def test_any_runs_can_be_told(runs: list[Run]) -> None:
    comparison = compare(runs)
    assert all(lines for lines in sentences(comparison).values())
    assert set(ranks(comparison)) <= {run.key for run in runs}
    assert set(verdicts(comparison)) == {run.key for run in runs}
    assert set(against_baseline(comparison)) <= {run.key for run in runs}


BASELINES = [make_run({}, {"loss": x, "acc": x}, repeat=at) for at, x in REPEATS]


def test_a_claim_that_rests_on_single_runs_is_told_to_do_so() -> None:
    once = compare([*BASELINES, make_run({"lr": "1"}, {"loss": 0.1})])
    assert sentences(once)["What was luck"][-1] == (
        "each variant ran once: an unlucky run looks the same as an effect; --repeats 3 settles it"
    )
    thrice = [make_run({"lr": "2"}, {"loss": 0.1 * x}, repeat=at) for at, x in REPEATS]
    mixed = compare([*BASELINES, make_run({"lr": "1"}, {"loss": 0.1}), *thrice])
    assert sentences(mixed)["What was luck"][-1].startswith("1 of 2 that differ ran once: ")
    for quiet in ([*BASELINES, *thrice], [*BASELINES, make_run({"lr": "1"}, {"loss": 1.0})]):
        assert not any("unlucky" in line for line in sentences(compare(quiet))["What was luck"])


def test_who_looks_at_many_metrics_is_told_that_luck_moves_some() -> None:
    found = compare([*BASELINES, make_run({"lr": "1"}, {"loss": 1.0, "acc": 0.1})])
    line = "2 metrics were judged, each by itself, and luck alone shows a difference in one of "
    assert sentences(found)["What was luck"][-1] == f"{line}twenty: go by {found.main}"
    assert found.main == "loss"
    alone = compare([*BASELINES, make_run({"lr": "1"}, {"loss": 0.1, "acc": 1.0})])
    assert not any(line in one for one in sentences(alone)["What was luck"])


@pytest.mark.parametrize(
    ("share", "words"), [(0.812, "81.2 %"), (1e-5, "under 0.1 %"), (0.0, "0 %")]
)
def test_a_little_is_not_called_nothing(share: float, words: str) -> None:
    assert percent(Importance("lr", "loss", share, "contrast")) == words

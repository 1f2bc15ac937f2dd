from __future__ import annotations

import math
from dataclasses import replace

import pytest

from sandbox.comparing import against_baseline, compare, ranks, summarise, verdicts
from sandbox.comparing.model import (
    Failure,
    Importance,
    Interaction,
    Noise,
    Suggestion,
)
from sandbox.domain import Run, RunStatus
from tests.support.made_runs import make_run

RUNS = [
    make_run({}, {"loss": 1.0}),
    make_run({"lr": "0.1"}, {"loss": 0.5}),
    make_run({"lr": "0.2"}, {"loss": 1.5}),
    make_run({"lr": "9"}, status=RunStatus.failed, cause="ValueError: \x1b[2J"),
]


def test_a_sweep_is_summed_up_under_headings() -> None:
    told = summarise(compare(RUNS))
    assert told["Best"] == ("lr=0.1: loss 0.5 (-0.5 against the baseline)",)
    assert told["What mattered"][0].startswith("lr: 100% of what changed loss")
    assert told["What broke"] == ("1x failed: ValueError: ␛[2J, where lr >= 9",)
    assert "What next" not in told


def test_where_no_share_is_known_the_largest_effects_are_told() -> None:
    told = summarise(replace(compare(RUNS), importances=()))
    assert [line.split(":")[0] for line in told["What mattered"]] == ["lr=0.1", "lr=0.2"]


def test_everything_that_a_comparison_holds_is_told() -> None:
    plain = compare(RUNS)
    effects = [replace(one, verdict="luck", repeats_needed=9) for one in plain.effects]
    told = summarise(
        replace(
            plain,
            noise={"loss": Noise("loss", 0.1, 1.0, 4, (0.7, 1.3), "baseline")},
            effects=tuple(effects),
            importances=(
                Importance("lr", "loss", 0.62, "fanova", "up", "0.1"),
                Importance("width", "loss", 0.01, "fanova", is_noise=True),
            ),
            interactions=(Interaction(("lr", "width"), "loss", 0.1, None, "lr hangs on width"),),
            failures=(Failure("out of memory", ("a", "b"), "width >= 384"),),
            suggestions=(Suggestion("sandbox sweep x -p lr=0.05", "the edge was best"),),
        )
    )
    assert told["Best"][0].endswith("which may be luck)")
    assert told["What mattered"] == (
        "lr: 62% of what changed loss (fanova); larger values gave larger loss; best at 0.1",
        "lr hangs on width",
    )
    assert "between 0.7 and 1.3" in told["What was luck"][0]
    assert told["What was luck"][1].startswith("2 variants are indistinguishable from luck; 9")
    assert told["What broke"] == ("2x out of memory, where width >= 384",)
    assert told["What next"] == ("the edge was best:", "$ sandbox sweep x -p lr=0.05")


def test_each_run_has_its_verdict_and_its_line() -> None:
    comparison = compare(RUNS)
    words, lines = verdicts(comparison), against_baseline(comparison)
    assert [words[run.key] for run in RUNS] == ["baseline", "better", "worse", "failed"]
    assert lines[RUNS[1].key] == "loss 0.5, -0.5 against the baseline: better"
    assert ranks(comparison) == {RUNS[1].key: 1, RUNS[0].key: 2, RUNS[2].key: 3}
    assert "this is the baseline" in lines[RUNS[0].key]
    assert lines[RUNS[3].key] == "not compared, it failed"


def test_an_interval_and_luck_are_said() -> None:
    comparison = compare(RUNS)
    effects = tuple(
        replace(one, interval=(-0.7, 0.3), verdict="luck", repeats_needed=7)
        for one in comparison.effects
    )
    line = against_baseline(replace(comparison, effects=effects))[RUNS[1].key]
    assert line == (
        "loss 0.5, -0.5 (95 %: -0.7 … +0.3) against the baseline: "
        "indistinguishable from luck; 7 repeats would settle it"
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
def test_any_runs_can_be_summed_up(runs: list[Run]) -> None:
    comparison = compare(runs)
    assert all(lines for lines in summarise(comparison).values())
    assert set(ranks(comparison)) <= {run.key for run in runs}
    assert set(verdicts(comparison)) == {run.key for run in runs}
    assert set(against_baseline(comparison)) <= {run.key for run in runs}

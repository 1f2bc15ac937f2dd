from __future__ import annotations

import csv
import io
from dataclasses import replace

from sandbox.comparing import against_baseline, compare, ranks, to_csv, verdicts
from sandbox.domain import RunStatus
from tests.support.made_runs import make_run

RUNS = [
    make_run({}, {"loss": 1.0}),
    make_run({"lr": "0.1"}, {"loss": 0.5}),
    make_run({"lr": "0.2"}, {"loss": 1.5}),
    make_run({"lr": "9"}, status=RunStatus.failed, cause="ValueError: \x1b[2J"),
]


def test_each_run_has_its_verdict_and_its_line() -> None:
    comparison = compare(RUNS)
    words, lines = verdicts(comparison), against_baseline(comparison)
    assert [words[run.key] for run in RUNS] == ["baseline", "unmeasured", "unmeasured", "failed"]
    assert lines[RUNS[1].key] == "loss 0.5, -0.5 against the baseline: luck not measured"
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
        "indistinguishable from luck; 7 repeats of each would settle it"
    )


def test_two_variants_of_one_name_have_verdicts_of_their_own() -> None:
    """The same tweaks on two commits."""
    base = [make_run({}, {"loss": value}, repeat=at) for at, value in enumerate((0.5, 0.51, 0.49))]
    good, bad = (
        replace(make_run({"lr": "1"}, {"loss": loss}), variant=variant, commit=variant)
        for variant, loss in (("a", 0.1), ("b", 0.9))
    )
    comparison = compare([*base, good, bad])
    told = verdicts(comparison)
    assert (told[good.key], told[bad.key]) == ("better", "worse")
    assert {one.variant: one.verdict for one in comparison.effects} == {"a": "better", "b": "worse"}
    rows = csv.DictReader(io.StringIO(to_csv(comparison)))
    assert [row["loss verdict"] for row in rows] == ["better", "", "worse"]

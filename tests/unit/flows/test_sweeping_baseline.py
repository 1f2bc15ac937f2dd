"""The baseline's repeats, which every sweep has where there is a seed, and halving for failures."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from sandbox import api
from sandbox.api import Continuation, Request, Strategy, SweepResult
from sandbox.comparing import compare
from sandbox.domain import digest
from sandbox.errors import InputError
from sandbox.flows.context import Context
from sandbox.flows.requests import Event, Planned, Started
from tests.support.commands import write_repository

pytestmark = pytest.mark.slow

SEEDED = """\
import argparse
import random

SEED = 7

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--batch", type=int, default=32)
given = parser.parse_args()
random.seed(SEED)
if given.batch >= 385 or given.lr > 0.5:
    raise MemoryError(f"{given.batch} at {given.lr} are too many")
print(f"loss: {abs(given.lr - 0.3) + random.random() / 100:.6f}")
"""
UNSEEDED = "LR = 0.1\nprint('loss:', LR)\n"


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def seeded(tmp_path: Path, request: pytest.FixtureRequest) -> Request:
    write_repository(tmp_path / "seeded", {"train.py": SEEDED})
    name = f"s{digest(request.node.name)[:12]}"
    return Request(str(tmp_path / "seeded"), "train.py", {"lr": ("0.2,0.3",)}, name=name)


def started(events: list[Event]) -> list[str]:
    return [event.name for event in events if isinstance(event, Started)]


def names(result: SweepResult) -> list[str]:
    return [f"{run.name}/{run.repeat}" for run in result.runs]


def test_the_baseline_is_run_three_times_where_a_seed_can_be_varied(
    context: Context, seeded: Request, said: list[str], events: list[Event]
) -> None:
    result = api.sweep(context, dataclasses.replace(seeded, jobs=1), on_event=events.append)
    assert started(events) == ["baseline", "baseline #2", "baseline #3", "lr=0.2", "lr=0.3"]
    assert result.sweep.variants == 5 == len(result.runs)
    planned = next(event for event in events if isinstance(event, Planned))
    assert planned.sweep.variants == 5
    assert any("the baseline is run 3 times, with other seeds (SEED)" in line for line in said)
    found = compare(result.runs, directions=result.sweep.directions)
    assert found.noise["loss"].degrees == 2
    assert all(effect.interval is not None for effect in found.effects)


def test_asked_again_nothing_is_run_and_more_of_it_is_more_of_the_same(
    context: Context, seeded: Request, events: list[Event]
) -> None:
    first = api.sweep(context, seeded)
    again = api.sweep(context, seeded, on_event=events.append)
    assert started(events) == []
    assert names(again) == names(first)
    more = dataclasses.replace(seeded, baseline_repeats=4)
    assert len(api.sweep(context, more, on_event=events.append).runs) == 6
    assert started(events) == ["baseline #4"]
    repeated = dataclasses.replace(seeded, repeats=2)
    assert api.sweep(context, repeated).sweep.variants == 7
    resumed = dataclasses.replace(
        seeded, tweaks={}, baseline_repeats=5, continuation=Continuation(resume=True)
    )
    assert sum(not run.tweaks for run in api.sweep(context, resumed).runs) == 5


def test_what_failed_is_shown_again_when_it_is_asked_again(
    context: Context, tmp_path: Path, events: list[Event]
) -> None:
    code = "LR = 0.1\nif LR < 0.2:\n    raise ValueError(LR)\nprint('loss:', LR)\n"
    write_repository(tmp_path / "fails", {"train.py": code})
    asked = Request(str(tmp_path / "fails"), "train.py", {"LR": ("0.1,0.15,0.4",)}, name="fails1")
    first = api.sweep(context, asked)
    again = api.sweep(context, asked, on_event=events.append)
    assert started(events) == []
    assert sorted(names(again)) == sorted(names(first))
    assert "baseline/0" in names(again)


def test_once_is_enough_where_one_says_so(context: Context, seeded: Request) -> None:
    once = dataclasses.replace(seeded, baseline_repeats=1)
    assert names(api.sweep(context, once)) == ["baseline/0", "lr=0.2/0", "lr=0.3/0"]


def test_without_a_seed_the_baseline_is_run_once_and_nothing_is_said(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    write_repository(tmp_path / "plain", {"train.py": UNSEEDED})
    request = Request(str(tmp_path / "plain"), "train.py", {"LR": ("0.2",)})
    assert names(api.sweep(context, request)) == ["baseline/0", "LR=0.2/0"]
    assert not any("other seeds" in line for line in said)
    asked = dataclasses.replace(request, baseline_repeats=2)
    assert names(api.sweep(context, asked)) == ["baseline/0", "baseline/1", "LR=0.2/0"]


def test_a_seed_in_a_dict_that_is_varied_is_left_to_the_dict(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    """Both in one variant would be refused, in the midst of the sweep."""
    text = "CONFIG = {'lr': 0.1, 'seed': 7}\nprint('loss:', CONFIG['lr'] + CONFIG['seed'])\n"
    write_repository(tmp_path / "dicts", {"train.py": text})
    asked = Request(str(tmp_path / "dicts"), "train.py", {"CONFIG": ("{'lr': 0.2, 'seed': 1}",)})
    result = api.sweep(context, dataclasses.replace(asked, repeats=2))
    assert {run.status for run in result.runs} == {"succeeded"}
    assert len(result.runs) == 4
    assert any("no seed that repeats could vary" in line for line in said)
    of_one = dataclasses.replace(asked, tweaks={"CONFIG.lr": ("0.2",)}, repeats=3)
    found = sorted(run.metrics["loss"] for run in api.sweep(context, of_one).runs)
    assert found == pytest.approx([7.1, 7.2, 8.1, 8.2, 9.1, 9.2])


def test_a_budget_of_runs_counts_them(context: Context, seeded: Request) -> None:
    of_chance = dataclasses.replace(seeded, tweaks={"lr": ("0.1..0.4",)})
    wide = dataclasses.replace(of_chance, strategy=Strategy("random", budget=("12runs",)))
    result = api.sweep(context, wide)
    assert (len(result.runs), sum(not run.tweaks for run in result.runs)) == (12, 3)
    few = dataclasses.replace(of_chance, strategy=Strategy("random", budget=("4runs",)))
    result = api.sweep(context, few)
    assert (len(result.runs), sum(not run.tweaks for run in result.runs)) == (4, 1)


def test_a_sampler_that_learns_is_told_of_the_baseline_once(
    context: Context, seeded: Request
) -> None:
    strategy = Strategy("tpe", goals=("loss:min",), budget=("12runs",))
    request = dataclasses.replace(seeded, tweaks={"lr": ("0.1..0.4",)}, strategy=strategy)
    assert len(api.sweep(context, request).runs) == 12


def test_a_single_run_is_one(context: Context, seeded: Request) -> None:
    assert names(api.run(context, dataclasses.replace(seeded, tweaks={}))) == ["baseline/0"]


def bisect(request: Request, **values: str) -> Request:
    tweaks = {name: (text,) for name, text in values.items()}
    return dataclasses.replace(request, tweaks=tweaks, strategy=Strategy("bisect"))


def test_halving_finds_where_runs_begin_to_fail_one_at_a_time(
    context: Context, seeded: Request
) -> None:
    result = api.sweep(context, bisect(dataclasses.replace(seeded, jobs=4), batch="8,4096"))
    assert any("batch >= 385 fails, 384 is fine" in note for note in result.notes)
    assert len(result.runs) <= 15
    assert sum(not run.tweaks for run in result.runs) == 1
    again = api.sweep(context, bisect(seeded, batch="8,4096"))
    assert names(again) == names(result)


def test_both_ends_alike_are_said_and_end_it(context: Context, seeded: Request) -> None:
    result = api.sweep(context, bisect(seeded, batch="8,64"))
    assert len(result.runs) == 3
    assert any("8 and 64 are both fine, so there is no boundary" in one for one in result.notes)


def test_what_cannot_be_halved_is_said_before_anything_runs(
    context: Context, seeded: Request
) -> None:
    with pytest.raises(InputError, match="between which two numbers is batch to be halved"):
        api.sweep(context, bisect(seeded, batch="8,16,32"))
    with pytest.raises(InputError, match="halves one tunable"):
        api.sweep(context, bisect(seeded, batch="8,16", lr="0.1,0.2"))

"""Whole sweeps of a script on the local engine: what is asked, run, kept, and not run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import api, recorders
from sandbox.api import Continuation, Request, Strategy, SweepResult
from sandbox.domain import RunStatus, digest
from sandbox.errors import InputError, StoreError, TunableError
from sandbox.flows.context import Context
from sandbox.flows.requests import Event, Finished, Started
from tests.support.commands import write_repository

pytestmark = pytest.mark.slow

SCRIPT = """\
import argparse
import random
import time

SEED = 7

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--width", type=int, default=4)
parser.add_argument("--kind", default="plain", choices=["plain", "broken", "other"])
given = parser.parse_args()
random.seed(SEED)
if given.kind == "broken":
    raise ValueError("this kind is broken")
for epoch in range(6):
    loss = (given.lr - 0.3) ** 2 + given.width / 1000 + 1 / (epoch + 1)
    print(f"epoch {epoch} loss: {loss:.6f}", flush=True)
    time.sleep(0.03)
print(f"accuracy: {random.random():.6f}")
"""

Ask = Callable[..., SweepResult]


@pytest.fixture
def started() -> list[str]:
    return []


@pytest.fixture
def workspace(context: Context, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    write_repository(tmp_path / "studied", {"train.py": SCRIPT})
    name = digest(request.node.name)[:12]
    return api.open_workspace(context, str(tmp_path / "studied"), name=name).workspace.name


@pytest.fixture
def left() -> list[int]:
    """How many runs are finished until Ctrl-C comes; empty = it does not."""
    return []


@pytest.fixture
def interrupt_after(left: list[int]) -> Callable[[int], None]:
    return left.append


@pytest.fixture
def ask(context: Context, workspace: str, started: list[str], left: list[int]) -> Ask:
    def watch(event: Event) -> None:
        if isinstance(event, Started):
            started.append(event.name)
        if isinstance(event, Finished) and left:
            left[0] -= 1
            if not left[0]:
                left.clear()
                raise KeyboardInterrupt

    def _ask(
        strategy: Strategy | None = None,
        continuation: Continuation | None = None,
        *,
        repeats: int = 1,
        baseline_repeats: int | None = 1,
        **tweaks: str,
    ) -> SweepResult:
        started.clear()
        request = Request(
            workspace,
            "train.py",
            {name: (value,) if value else () for name, value in tweaks.items()},
            repeats=repeats,
            baseline_repeats=baseline_repeats,
            jobs=1,
            strategy=strategy or Strategy(),
            continuation=continuation or Continuation(),
        )
        return api.sweep(context, request, on_event=watch)

    return _ask


def names(result: SweepResult) -> list[str]:
    return [run.name for run in result.runs]


def test_the_same_question_asked_twice_runs_nothing_twice(
    ask: Ask, started: list[str], said: list[str], workspace: str
) -> None:
    first = ask(lr="0.2,0.3")
    assert started == ["baseline", "lr=0.2", "lr=0.3"]
    assert any(line.startswith("the baseline took") and "2 runs" in line for line in said)
    second = ask(lr="0.2,0.3")
    assert started == []
    assert second.sweep.id == first.sweep.id
    assert second.runs == first.runs
    assert any("all there is to run" in line for line in said)
    third = ask(continuation=Continuation(again=True), lr="0.2,0.3")
    assert len(started) == 3
    assert third.sweep.id != first.sweep.id
    stored = recorders.load_runs(first.tracking_uri, experiment=workspace, sweep_id=first.sweep.id)
    assert len(stored.runs) == 3


def test_more_repeats_and_a_larger_budget_are_more_of_the_same(
    ask: Ask, started: list[str]
) -> None:
    cut = ask(Strategy(budget=("2runs",)), lr="0.2,0.3")
    assert started == ["baseline", "lr=0.2"]
    assert any("budget" in note for note in cut.notes)
    whole = ask(lr="0.2,0.3")
    assert started == ["lr=0.3"]
    assert names(whole) == ["baseline", "lr=0.2", "lr=0.3"]
    repeated = ask(repeats=2, lr="0.2,0.3")
    assert started == ["baseline #2", "lr=0.2 #2", "lr=0.3 #2"]
    assert len(repeated.runs) == 6


def test_repeats_draw_other_numbers_and_remain_one_variant(ask: Ask, said: list[str]) -> None:
    result = ask(repeats=3, lr="0.2")
    assert "repeats vary the seed: SEED" in said
    by_variant = Counter(run.variant for run in result.runs)
    assert sorted(by_variant.values()) == [3, 3]
    baseline = [run for run in result.runs if not run.tweaks]
    assert len({run.metrics["accuracy"] for run in baseline}) == 3
    assert [run.parameters["SEED"] for run in baseline] == ["7", "8", "9"]
    other = [run.metrics["accuracy"] for run in result.runs if run.tweaks]
    assert other == [run.metrics["accuracy"] for run in baseline]


def test_what_is_missing_is_run_and_what_failed_when_asked_for(
    ask: Ask, started: list[str], workspace: str
) -> None:
    result = ask(kind="broken,other")
    assert [run.status for run in result.runs] == ["succeeded", "failed", "succeeded"]
    ask(kind="broken,other")
    assert started == []
    again = ask(continuation=Continuation(retry=("failed",)), kind="broken,other")
    assert started == ["kind=broken"]
    assert len(again.runs) == 3
    stored = recorders.load_runs(again.tracking_uri, experiment=workspace)
    assert len(stored.runs) == 3
    with pytest.raises(InputError, match="--retry sometimes means nothing"):
        ask(continuation=Continuation(retry=("sometimes",)), kind="broken,other")


def test_resume_alone_remembers_what_was_asked(
    ask: Ask, started: list[str], interrupt_after: Callable[[int], None]
) -> None:
    interrupt_after(2)
    cut = ask(lr="0.2,0.3,0.4")
    assert cut.status == "cancelled"
    assert 0 < len(cut.runs) < 4
    resumed = ask(continuation=Continuation(resume=True))
    assert len(started) == 4 - len(cut.runs)
    assert resumed.sweep.id == cut.sweep.id
    assert names(resumed) == ["baseline", "lr=0.2", "lr=0.3", "lr=0.4"]
    with pytest.raises(InputError, match="lacks runs"):
        ask(continuation=Continuation(resume=True))


def test_resume_goes_on_with_what_the_last_command_asked(
    ask: Ask, started: list[str], interrupt_after: Callable[[int], None]
) -> None:
    ask(lr="0.2")
    interrupt_after(1)
    assert ask(lr="0.2", repeats=3).status == "cancelled"
    resumed = ask(continuation=Continuation(resume=True))
    assert len(resumed.runs) == 6


def test_resume_keeps_the_budget_unless_another_is_given(
    ask: Ask, started: list[str], interrupt_after: Callable[[int], None]
) -> None:
    interrupt_after(2)
    cut = ask(Strategy(sampler="random", budget=("5runs",)), lr="0.01..1")
    assert cut.status == "cancelled"
    assert len(ask(continuation=Continuation(resume=True)).runs) == 5
    larger = ask(Strategy(budget=("7runs",)), Continuation(resume=True))
    assert len(started) == 2
    assert len(larger.runs) == 7
    assert larger.sweep.id == cut.sweep.id


def test_resume_retries_what_failed(ask: Ask, started: list[str]) -> None:
    ask(kind="broken")
    ask(continuation=Continuation(resume=True, retry=("failed",)))
    assert started == ["kind=broken"]


def test_resume_finds_the_workspace_of_a_folder_and_says_where_all_is_new(
    context: Context, tmp_path: Path, workspace: str, said: list[str]
) -> None:
    folder, resume = str(tmp_path / "studied"), Continuation(resume=True)
    with pytest.raises(InputError, match="no workspace yet"):
        api.sweep(context, Request(folder, continuation=resume))
    request = Request(workspace, "train.py", {"kind": ("broken",)}, jobs=1, baseline_repeats=1)
    first = api.sweep(context, request)
    (tmp_path / "home").mkdir(exist_ok=True)
    root = Path(api.open_workspace(context, workspace).workspace.root)
    script = root / "repo" / "train.py"
    script.write_text(script.read_text().replace("SEED = 7", "SEED = 8"))
    named = Request(
        folder,
        "train.py",
        name=workspace,
        continuation=Continuation(resume=True, retry=("failed",)),
    )
    anew = api.sweep(context, named)
    assert anew.sweep.id != first.sweep.id
    assert len(anew.runs) == 2
    assert any("as a new sweep" in line for line in said)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Request("x", continuation=Continuation(resume=True, again=True)), "--again does not"),
        (Request("x", cwd="a", continuation=Continuation(resume=True)), "--cwd"),
        (Request("x", limits={"memory": "1GiB"}, continuation=Continuation(resume=True)), "--mem"),
        (
            Request("x", strategy=Strategy("tpe"), continuation=Continuation(resume=True)),
            "--sampler",
        ),
    ],
)
def test_what_would_change_the_question_is_not_ignored_beside_resume(
    context: Context, request_: Request, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        api.sweep(context, request_)
    assert caught.value.hint


def test_a_sweep_that_another_command_answers_is_left_to_it(
    ask: Ask, context: Context, started: list[str], said: list[str], workspace: str
) -> None:
    first = ask(lr="0.2")
    journal = context.home.workspace(workspace).sweep(first.sweep.id).journal
    said.clear()
    with recorders.Journal(journal), pytest.raises(StoreError, match="in the hands of process"):
        ask(lr="0.2", repeats=2)
    assert started == []
    assert said == []


def test_fewer_repeats_than_there_are_run_nothing(ask: Ask, started: list[str]) -> None:
    ask(repeats=2, lr="0.2")
    fewer = ask(lr="0.2")
    assert started == []
    assert [run.repeat for run in fewer.runs] == [0, 0]


def test_a_metric_that_nobody_prints_is_told(ask: Ask) -> None:
    strategy = Strategy(sampler="tpe", goals=("los:min",), budget=("2runs",))
    notes = ask(strategy, lr="0.01..1").notes
    assert any("called los" in note and "did you mean loss" in note for note in notes)
    pruned = ask(Strategy(prune="median", goals=("height:min",)), lr="0.2").notes
    assert any("none was pruned" in note for note in pruned)


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_no_more_runs_are_planned_than_there_are_points(ask: Ask, sampler: str) -> None:
    found = ask(Strategy(sampler=sampler, goals=("loss:min",)), lr="0.1,0.2,0.3")
    assert (found.sweep.variants, len(found.runs)) == (3, 3)


def test_a_sweep_that_knows_no_more_lacks_nothing(ask: Ask) -> None:
    """Twenty points were planned, and none of them may be tried."""
    nothing = ask(Strategy(sampler="random", where=("lr > 5",)), lr="0.01..1")
    assert (nothing.sweep.variants, len(nothing.runs)) == (21, 1)
    with pytest.raises(InputError, match="lacks runs"):
        ask(continuation=Continuation(resume=True))


def test_what_is_typed_goes_before_what_the_recipe_says_is_better(
    context: Context, workspace: str
) -> None:
    strategy = Strategy(goals=("loss:max",))
    known = {"accuracy": "max", "loss": "min"}
    request = Request(workspace, "train.py", jobs=1, directions=known, strategy=strategy)
    assert api.sweep(context, request).sweep.directions == {"loss": "max", "accuracy": "max"}


def test_a_failing_baseline_ends_the_sweep_with_its_diagnosis(
    context: Context, tmp_path: Path
) -> None:
    write_repository(tmp_path / "broken", {"train.py": "import sys\nLR = 1\nsys.exit(3)\n"})
    request = Request(str(tmp_path / "broken"), "train.py", {"LR": ("2,3,4",)}, jobs=1)
    result = api.sweep(context, request)
    assert result.status == "failed"
    assert names(result) == ["baseline"]
    assert "exit code 3" in result.notes[0]
    going = Request(
        "broken", "train.py", {"LR": ("2,3,4",)}, jobs=1, strategy=Strategy(keep_going=True)
    )
    assert len(api.sweep(context, going).runs) == 4


def test_a_branch_that_fails_alike_is_given_up(ask: Ask) -> None:
    result = ask(kind="broken,other", width="1,2,3,4,5")
    broken = [run for run in result.runs if "broken" in run.name]
    assert len(broken) == 3
    assert len(result.runs) == 1 + 3 + 5
    assert any("kind=broken: all 3" in note and "2 more" in note for note in result.notes)


def test_one_at_a_time_is_the_way_of_tunables_without_values(ask: Ask) -> None:
    result = ask(lr="", width="")
    assert all(len(run.tweaks) <= 1 for run in result.runs)
    assert {run.tweaks[0].name for run in result.runs if run.tweaks} == {"lr", "width"}


def test_constraints_leave_points_out(ask: Ask) -> None:
    result = ask(Strategy(where=("lr*width < 1",)), lr="0.2,0.4", width="2,4")
    assert names(result) == ["baseline", "lr=0.2 width=2", "lr=0.2 width=4", "lr=0.4 width=2"]


def test_conditions_that_nothing_satisfies_are_told(ask: Ask) -> None:
    result = ask(Strategy(where=("lr > 5",)), lr="0.2,0.4")
    assert names(result) == ["baseline"]
    assert "no variant satisfies lr > 5: there is the baseline only" in result.notes


def test_random_points_lie_within_the_range_and_are_asked_again_alike(
    ask: Ask, started: list[str]
) -> None:
    strategy = Strategy(sampler="random", budget=("5runs",), seed=3)
    result = ask(strategy, lr="0.001..1")
    values = [float(run.tweaks[0].value) for run in result.runs if run.tweaks]
    assert len(values) == 4
    assert all(0.001 <= value <= 1 for value in values)
    ask(strategy, lr="0.001..1")
    assert started == []


def test_tpe_goes_on_with_what_it_was_told(ask: Ask, started: list[str]) -> None:
    few = Strategy(sampler="tpe", goals=("loss",), budget=("6runs",))
    first = ask(few, lr="0.01..1")
    assert len(first.runs) == first.sweep.variants == 6
    more = Strategy(sampler="tpe", goals=("loss",), budget=("9runs",))
    result = ask(more, lr="0.01..1")
    assert len(started) == 3
    assert len({run.key for run in result.runs}) == 9


def test_runs_that_do_worse_are_pruned_with_the_reason(ask: Ask) -> None:
    strategy = Strategy(prune="median", goals=("loss:min",))
    result = ask(strategy, lr="0.3,0.31,0.32,0.33,0.34,9,10")
    ends = {run.name: run for run in result.runs}
    assert ends["lr=9"].status is RunStatus.pruned
    assert "loss" in str(ends["lr=9"].cause)
    assert ends["lr=0.3"].status is RunStatus.succeeded


@pytest.mark.parametrize(
    ("strategy", "tweaks", "message"),
    [
        (Strategy(), {"lr": "fast"}, "lr"),
        (Strategy(), {"lr": "0.1..0.2"}, "range"),
        (Strategy(sampler="random"), {"width": "0.5..1.5"}, "width"),
        (Strategy(sampler="best"), {"lr": "1"}, "no sampler called 'best'"),
        (Strategy(sampler="tpe"), {"lr": "1"}, "goal|metric"),
        (Strategy(prune="median"), {"lr": "1"}, "which metric"),
        (Strategy(where=("lr <",)), {"lr": "1"}, "lr <"),
        (Strategy(where=("depth < 1",)), {"lr": "1"}, "depth"),
        (Strategy(where=("width < 1",)), {"lr": "1"}, "'width' is not varied"),
        (Strategy(budget=("soon",)), {"lr": "1"}, "no budget"),
    ],
)
def test_what_cannot_be_asked_is_told_before_anything_is_built(
    ask: Ask, said: list[str], strategy: Strategy, tweaks: dict[str, str], message: str
) -> None:
    with pytest.raises((InputError, TunableError), match=message) as caught:
        ask(strategy, **tweaks)
    assert caught.value.hint
    assert not any("resolving" in line for line in said)


def test_the_page_and_the_picture_of_a_sweep_are_kept_with_it(ask: Ask, home: Path) -> None:
    result = ask(lr="0.2,0.3")
    found = list((home / "artifacts").glob("*/*/artifacts/report.html"))
    texts = [path.read_text() for path in found if result.sweep.id in path.read_text()]
    assert len(texts) == 1
    assert "lr=0.3" in texts[0]
    assert "Content-Security-Policy" in texts[0]

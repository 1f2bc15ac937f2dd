"""What is shown while a sweep runs, and the exit code that comes of it."""

from __future__ import annotations

import dataclasses
import io
from contextlib import redirect_stderr

import pytest

from sandbox.cli.answering import exit_code
from sandbox.cli.progress import Board, watching
from sandbox.domain import Run, RunStatus, Scalar, Sweep
from sandbox.flows.requests import Finished, Planned, Recording, Reported, Started, SweepResult
from tests.support.made_runs import make_run

SWEEP = Sweep("s", "w", "/r", "c", "train.py", "e", 2, "sandbox sweep", 1.0)
BASE = make_run(metrics={"loss": 0.5})
OTHER = make_run({"lr": "0.1"}, status=RunStatus.failed, cause="ValueError: \x1b[2Jtoo small")


def test_the_board_counts_queued_running_done_and_failed() -> None:
    board = Board()
    board.take(Planned(SWEEP, 1))
    assert board.lines() == ["0 of 2 done, 2 queued"]
    board.take(Started(BASE.key, BASE.name))
    board.take(Reported(BASE.key, Scalar("loss", 0.25, step=3)))
    assert board.lines() == ["0 of 2 done, 1 queued", "  baseline  loss 0.25 at 3"]
    board.take(Finished(BASE))
    board.take(Started(OTHER.key, OTHER.name))
    board.take(Finished(OTHER))
    board.take(Recording(1))
    assert board.lines() == ["2 of 2 done, 1 failed, 0 queued, 1 to be recorded"]


def test_what_is_left_is_told_from_recent_runs_and_bounded_by_the_baseline_until_then() -> None:
    now = [0.0]
    board = Board(lambda: now[0])
    board.take(Planned(dataclasses.replace(SWEEP, variants=101), 2))

    def finish(run: Run, seconds: float) -> str:
        board.take(Started(run.key, run.name))
        now[0] += seconds
        board.take(Finished(run))
        return board.lines()[0].partition("queued")[2]

    assert finish(BASE, 4.0) == ", at most about 3:20 left"
    assert finish(OTHER, 1.0) == ", about 0:50 left"
    board.take(Planned(dataclasses.replace(SWEEP, variants=5), 4, done=4))
    assert board.lines()[0].endswith("about 0:01 left")


@pytest.mark.parametrize("status", [RunStatus.pruned, RunStatus.cancelled, RunStatus.timed_out])
def test_what_was_ended_did_not_fail(status: RunStatus) -> None:
    board = Board()
    board.take(Planned(SWEEP, 1))
    board.take(Finished(make_run(status=status)))
    assert board.lines()[0].startswith("1 of 2 done, 1 queued")


def test_what_is_there_from_before_counts_as_done() -> None:
    board = Board()
    assert board.take(Planned(SWEEP, 1, done=1)) == "2 runs, 1 of them are there, 1 at a time"
    assert board.lines() == ["1 of 2 done, 1 queued"]


def test_without_a_terminal_there_is_a_plain_line_for_each_run() -> None:
    shown = io.StringIO()
    with redirect_stderr(shown), watching() as watch:
        begun = Started(BASE.key, BASE.name)
        for event in (Planned(SWEEP, 1), begun, Finished(BASE), Finished(OTHER)):
            watch(event)
    first, second, third = shown.getvalue().splitlines()
    assert first == "2 runs, 1 at a time"
    assert second == "[1/2] baseline: succeeded  loss 0.5  1.5 s"
    assert third.startswith("[2/2] lr=0.1: failed (ValueError: \N{SYMBOL FOR ESCAPE}[2Jtoo small)")


@pytest.mark.parametrize(
    ("statuses", "status", "code"),
    [
        (["succeeded", "failed"], "succeeded", 0),
        (["failed", "diverged"], "succeeded", 1),
        (["timed_out"], "succeeded", 0),
        (["lost"], "succeeded", 4),
        (["succeeded", "cancelled"], "cancelled", 130),
        (["failed", "succeeded"], "failed", 1),
        (["pruned"], "succeeded", 0),
    ],
)
def test_the_exit_code_says_whether_anything_can_be_compared(
    statuses: list[str], status: str, code: int
) -> None:
    runs = tuple(make_run(metrics={"loss": 1.0}, status=RunStatus(one)) for one in statuses)
    assert exit_code(SweepResult(SWEEP, runs, status, "1", "sqlite://")) == code


def test_a_time_limit_without_any_metric_is_a_failure() -> None:
    result = SweepResult(SWEEP, (make_run(status=RunStatus.timed_out),), "succeeded", "1", "x")
    assert exit_code(result) == 1

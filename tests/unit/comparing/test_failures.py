"""Where in the tunables' space runs begin to fail."""

from __future__ import annotations

import dataclasses

import pytest

from sandbox.comparing import compare
from sandbox.domain import Run, RunStatus
from tests.support.made_runs import make_run


def runs_of(fine: list[dict[str, str]], failing: list[dict[str, str]]) -> list[Run]:
    good = [make_run(one, {"loss": 1.0}) for one in [{}, *fine]]
    bad = [make_run(one, status=RunStatus.failed, cause="MemoryError: no room") for one in failing]
    return [*good, *bad]


@pytest.mark.parametrize(
    ("fine", "failing", "boundary"),
    [
        ([{"b": "64"}, {"b": "256"}], [{"b": "512"}, {"b": "384"}], "b >= 384"),
        ([{"b": "64"}, {"b": "256"}], [{"b": "8"}, {"b": "16.5"}], "b <= 16.5"),
        ([{"b": "64"}, {"b": "256"}], [{"b": "384"}], "b >= 384"),
        ([{"opt": "SGD"}, {"opt": "Adam"}], [{"opt": "LBFGS"}], "opt = LBFGS"),
        # In the middle, no threshold separates.
        ([{"b": "1"}, {"b": "9"}], [{"b": "5"}, {"b": "6"}], None),
        # Crossed: one tunable does, the other is everywhere.
        (
            [{"b": "1", "c": "x"}, {"b": "1", "c": "y"}, {"b": "2", "c": "x"}],
            [{"b": "3", "c": "x"}, {"b": "3", "c": "y"}],
            "b >= 3",
        ),
        # Only the two together.
        (
            [
                {"b": "1", "c": "x"},
                {"b": "1", "c": "y"},
                {"b": "2", "c": "x"},
                {"b": "3", "c": "x"},
            ],
            [{"b": "2", "c": "y"}, {"b": "3", "c": "y"}],
            "b >= 2 and c = y",
        ),
        # Two that the runs do not tell apart.
        (
            [{"b": "1", "c": "1"}, {"b": "2", "c": "2"}],
            [{"b": "3", "c": "3"}, {"b": "4", "c": "4"}],
            "b >= 3 or c >= 3",
        ),
        # Nothing that is fine to compare with, or too little.
        ([], [{"b": "3", "c": "3"}], None),
    ],
)
def test_the_boundary_is_told_where_it_separates(
    fine: list[dict[str, str]], failing: list[dict[str, str]], boundary: str | None
) -> None:
    assert compare(runs_of(fine, failing)).failures[0].boundary == boundary


def test_causes_that_differ_in_numbers_only_are_one() -> None:
    runs = [
        make_run({"b": str(size)}, status=RunStatus.failed, cause=f"ValueError: {size} x 3")
        for size in (4, 8)
    ]
    assert [len(one.runs) for one in compare(runs).failures] == [2]


def test_runs_that_left_the_numbers_tell_their_first_steps() -> None:
    runs = [
        make_run({"lr": text}, status=RunStatus.diverged, cause=f"loss became nan at step {step}")
        for text, step in (("1", 40), ("10", 3))
    ]
    assert compare(runs).failures[0].cause == "diverged: loss became nan at steps 3 to 40"


def test_what_says_nothing_of_the_code_has_no_boundary() -> None:
    fine = runs_of([{"b": "64"}, {"b": "256"}], [])
    lost = [make_run({"b": text}, status=RunStatus.lost, cause="gone") for text in ("384", "512")]
    assert compare([*fine, *lost]).failures[0].boundary is None


def test_the_same_words_from_two_places_are_two_failures() -> None:
    runs = [
        dataclasses.replace(
            make_run({"b": str(at)}, status=RunStatus.failed, cause="ValueError: bad shape"),
            notes=("something else", f"raised at {where}"),
        )
        for at, where in enumerate(["train.py:9", "train.py:9", "models/net.py:4"])
    ]
    assert [(one.cause, len(one.runs)) for one in compare(runs).failures] == [
        ("failed: ValueError: bad shape (train.py:9)", 2),
        ("failed: ValueError: bad shape (models/net.py:4)", 1),
    ]


def test_another_exit_code_is_another_failure() -> None:
    runs = [
        make_run({}, {"loss": 1.0}),
        *(
            dataclasses.replace(
                make_run({"b": str(code)}, status=RunStatus.failed, cause=f"exit code {code}"),
                exit_code=code,
            )
            for code in (1, 137)
        ),
    ]
    assert [len(one.runs) for one in compare(runs).failures] == [1, 1]

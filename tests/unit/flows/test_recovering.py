"""A sweep that cannot be compared ends all the same, and keeps no other from its end."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from sandbox import api, recorders
from sandbox.api import Try
from sandbox.domain import Sweep
from sandbox.flows.context import Context
from sandbox.flows.results.concluding import concluding
from tests.support.commands import write_repository
from tests.support.made_runs import make_run

BEYOND = 10**400
"""A number of JSON that is none of float's."""
RUNS = [make_run({}, {"loss": BEYOND}), make_run({"a": "1"}, {"loss": 1.0})]


@pytest.fixture
def context(tmp_path: Path, said: list[str]) -> Context:
    write_repository(tmp_path / "studied", {"train.py": "print('loss: 1')\n"})
    found = api.connect(
        tmp_path / "home", engine="local", environ={}, folder=tmp_path, tell=said.append
    )
    api.open_workspace(found, str(tmp_path / "studied"), name="studied")
    return found


def made(number: int) -> Sweep:
    return Sweep(
        id=f"20261127-15000{number}-a1b2",
        workspace="studied",
        repo="r",
        commit="c",
        entry="train.py",
        environment="e",
        variants=2,
        command="sandbox sweep studied train.py",
        started_at=float(number),
    )


def test_it_is_concluded_with_what_is_known(context: Context, said: list[str]) -> None:
    told = concluding(context, "studied")(made(1), RUNS)
    assert (told.facts["runs"], told.facts["failed"], told.facts["best"]) == (2, 0, None)
    assert any("20261127-150001-a1b2 could not be compared" in line for line in said)


def test_the_diary_goes_on(context: Context, said: list[str]) -> None:
    fine = dataclasses.replace(RUNS[0], metrics={"loss": 2.0})
    for number, first in ((1, RUNS[0]), (2, fine)):
        path = context.home.workspace("studied").sweep(made(number).id).journal
        with recorders.Journal(path) as journal:
            journal.sweep(made(number))
            for run in (first, RUNS[1]):
                journal.run(run)
    bad, good = (entry for _, entry in api.journal(context, "studied").entries)
    assert isinstance(bad, Try)
    assert isinstance(good, Try)
    assert (bad.runs, bad.best) == (2, None)
    assert good.best is not None
    assert any("could not be compared" in line for line in said)

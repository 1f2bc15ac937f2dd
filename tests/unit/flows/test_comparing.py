"""What can be compared: sweeps, workspaces, runs, and what others recorded in MLflow."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest

from sandbox import api, recorders
from sandbox.api import Request, SweepResult
from sandbox.errors import InputError, StoreError
from sandbox.flows.context import Context
from sandbox.flows.results.comparing import look_up, of_runs
from sandbox.recorders.store import open_client
from tests.support.commands import write_repository
from tests.support.made_runs import make_run

pytestmark = pytest.mark.slow

SCRIPT = """\
import argparse
import random

parser = argparse.ArgumentParser()
parser.add_argument("--learning-rate", type=float, default=0.1)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--data", default="here")
given = parser.parse_args()
random.seed(given.seed)
for epoch in range(15):
    noise = random.random() / 100
    print(f"epoch {epoch} loss: {abs(given.learning_rate - 0.9) + noise + 1 / (1 + epoch):.6f}")
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def context(home: Path) -> Context:
    return api.connect(home, engine="local", environ={}, folder=home, tell=lambda _line: None)


@pytest.fixture(scope="module")
def sweeps(context: Context, home: Path) -> list[SweepResult]:
    """Two of one workspace."""
    write_repository(home / "studied", {"train.py": SCRIPT})
    first = Request(
        str(home / "studied"),
        "train.py",
        {"learning-rate": ("0.2,0.3,0.4",)},
        arguments=("--data", "a b"),
        command="sandbox sweep studied --engine local -p learning-rate=… -- --data 'a b'",
    )
    second = Request("studied", "train.py", {"learning-rate": ("0.5",)}, arguments=first.arguments)
    return [api.sweep(context, one) for one in (first, second)]


def test_the_latest_sweep_is_compared_unless_one_is_named(
    context: Context, sweeps: list[SweepResult]
) -> None:
    assert api.compare(context).rows[0].name == "learning-rate=0.5"
    by_workspace = api.compare(context, "studied")
    assert by_workspace.rows == api.compare(context, sweeps[1].sweep.id).rows
    assert len(api.compare(context, sweeps[0].sweep.id).rows) == 4


def test_luck_is_measured_without_being_asked_for(
    context: Context, sweeps: list[SweepResult]
) -> None:
    found = api.compare(context, sweeps[0].sweep.id)
    assert found.noise["loss"].degrees == 2
    assert {one.verdict for one in found.effects} == {"better"}
    assert found.importances[0].direction == "down"


def test_several_sweeps_are_put_together(context: Context, sweeps: list[SweepResult]) -> None:
    found = api.compare(context, *(one.sweep.id for one in sweeps))
    assert sorted(row.name for row in found.rows) == [
        "baseline",
        *(f"learning-rate={value}" for value in ("0.2", "0.3", "0.4", "0.5")),
    ]
    base = next(row for row in found.rows if row.is_baseline)
    assert len(base.runs) == 3  # of the same seeds the newest
    assert (
        "of runs of the same variant and repeat the newest counts: 3 were left out" in found.notes
    )


def test_runs_are_compared_by_name_and_by_id(context: Context, sweeps: list[SweepResult]) -> None:
    found = api.compare(context, "baseline", "learning-rate=0.5")
    assert [row.name for row in found.rows] == ["learning-rate=0.5", "baseline"]
    ids = [run.run_id for run in sweeps[0].runs if run.run_id][:2]
    assert sum(len(row.runs) for row in api.compare(context, *ids).rows) == 2


def test_what_is_not_there_is_told(context: Context, sweeps: list[SweepResult]) -> None:
    with pytest.raises(InputError, match="no sweep or workspace called 'nobodys'"):
        api.compare(context, "nobodys")
    with pytest.raises(InputError, match="no run called 'nobodys'"):
        api.compare(context, "baseline", "nobodys")
    with pytest.raises(InputError, match="no run called"):
        api.compare(context, "f" * 32)


def test_curves_are_there_when_asked_for(context: Context, sweeps: list[SweepResult]) -> None:
    found = look_up(context, (sweeps[0].sweep.id,), curves=True).comparison
    assert len(found.curves) == len(sweeps[0].runs)
    assert {len(one.values) for one in found.curves} == {15}
    assert api.compare(context, sweeps[0].sweep.id).curves == ()


def test_a_goal_that_is_given_counts_first(context: Context, sweeps: list[SweepResult]) -> None:
    found = api.compare(context, sweeps[0].sweep.id, goals=("loss:max",))
    assert found.better["loss"] == (found.better["loss"].__class__("max", "given"))
    assert {one.verdict for one in found.effects} == {"worse"}


def test_what_is_suggested_runs_as_it_is_typed(
    context: Context, home: Path, sweeps: list[SweepResult], sandbox: str
) -> None:
    found = api.compare(context, sweeps[0].sweep.id)
    commands = [one.command for one in found.suggestions]
    assert len(commands) == 3
    assert commands[0].startswith("sandbox sweep studied train.py --engine local -p learning-rate=")
    assert commands[0].endswith("-- --data 'a b'")
    assert commands[1].endswith("-p learning-rate=0.4 --repeats 3 -- --data 'a b'")
    assert commands[2] == "sandbox explain learning-rate"
    for command in commands:
        done = subprocess.run(
            command.replace("sandbox", sandbox, 1),
            shell=True,
            env={"SANDBOX_HOME": str(home), "PATH": "/usr/bin:/bin", "HOME": str(home)},
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def sandbox() -> str:
    import sys

    return str(Path(sys.executable).with_name("sandbox"))


def test_what_a_model_said_stays_with_the_sweep_and_with_no_other_place(
    context: Context, home: Path, sweeps: list[SweepResult]
) -> None:
    sweep = sweeps[0].sweep
    runs = [make_run({}, {"loss": 1.0})]
    runs += [
        make_run({"lr": str(at), "width": str(at * 7 % 24)}, {"loss": float(at)})
        for at in range(24)
    ]
    elsewhere = home / "elsewhere" / "sweeps" / sweep.id
    elsewhere.mkdir(parents=True)
    (elsewhere / "journal.jsonl").write_text("")
    for named in (
        dataclasses.replace(sweep, workspace="../elsewhere"),
        dataclasses.replace(sweep, id=f"../../elsewhere/sweeps/{sweep.id}"),
        dataclasses.replace(sweep, workspace="nobodys"),
        sweep,
    ):
        told = of_runs(context, named, runs).importances
        assert [one.tunable for one in told] == ["lr", "width"]
    kept = [file.relative_to(home).parts for file in home.rglob("importances.json")]
    assert kept == [("workspaces", "studied", "sweeps", sweep.id, "importances.json")]


def test_runs_of_others_are_compared_by_their_parameters(
    context: Context, sweeps: list[SweepResult]
) -> None:
    client = open_client(sweeps[0].tracking_uri)
    experiment = client.create_experiment("their work")
    ids = []
    for rate, loss in (("0.1", 0.5), ("0.1", 0.52), ("0.2", 0.1), ("0.3", 0.52)):
        run_id = client.create_run(experiment).info.run_id
        client.log_param(run_id, "rate", rate)
        client.log_param(run_id, "seed", str(len(ids)))
        client.log_metric(run_id, "loss", loss)
        client.set_terminated(run_id)
        ids.append(run_id)
    found = api.compare(context, "their work")
    assert [row.name for row in found.rows] == ["rate=0.2", "baseline", "rate=0.3"]
    assert [one.verdict for one in found.effects if one.tweak == "rate=0.3"] == ["luck"]
    assert found.suggestions == ()
    assert any(f"the first run is the baseline: {ids[0]}" in note for note in found.notes)
    assert len(api.compare(context, *ids[1:3]).rows) == 2


def test_a_run_that_was_deleted_in_the_ui_is_left_out(
    context: Context, sweeps: list[SweepResult]
) -> None:
    gone = next(run for run in sweeps[1].runs if run.tweaks)
    client = open_client(sweeps[1].tracking_uri)
    client.delete_run(gone.run_id)
    found = api.compare(context, sweeps[1].sweep.id)
    assert [row.name for row in found.rows] == ["baseline"]
    for run in sweeps[1].runs:
        client.delete_run(run.run_id) if run is not gone else None
    with pytest.raises(InputError, match="were deleted in MLflow"):
        api.compare(context, sweeps[1].sweep.id)
    for run in sweeps[1].runs:
        client.restore_run(run.run_id)


def test_a_store_that_is_away_is_told(home: Path, sweeps: list[SweepResult]) -> None:
    away = api.connect(
        home,
        engine="local",
        environ={
            "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        },
        folder=home,
        tell=lambda _line: None,
    )
    with pytest.raises(StoreError):
        api.compare(away, sweeps[0].sweep.id)
    assert recorders.has_experiment("sqlite:////nowhere/at/all.db", "x") is False

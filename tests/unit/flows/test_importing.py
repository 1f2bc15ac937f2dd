"""Files that a run wrote become scalars and artifacts, on this machine as in a container."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

from sandbox import api
from sandbox.domain import Limits, Run, RunStatus, Scalar
from sandbox.flows.requests import Request
from sandbox.flows.sweeps.importing import add_files, kept_files, wanted
from sandbox.flows.sweeps.running import variables
from sandbox.interfaces import Outcome
from tests.support.commands import make_repository, write_repository
from tests.support.recorded import recorded

CASE = Path(__file__).resolve().parents[2] / "repos" / "writes_files"


def run(home: Path, repository: Path) -> Run:
    context = api.connect(home, engine="local", environ={}, folder=home)
    opened = api.open_workspace(context, str(repository))
    [found] = api.run(context, Request(opened.workspace.name, "train.py")).runs
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def test_a_run_on_this_machine_comes_to_what_the_case_says(home: Path, tmp_path: Path) -> None:
    expected = tomllib.loads((CASE / "expect.toml").read_text())["commands"][0]["runs"][0]
    found = run(home, make_repository(CASE, tmp_path / "writes_files"))
    assert found.status is RunStatus.succeeded
    assert found.metrics == pytest.approx(expected["metrics"])
    for note in expected["notes"]:
        assert any(note in told for told in found.notes), (note, found.notes)
    assert len([name for name in found.artifacts if "files/" in name]) == expected["kept_count"]
    kept = recorded(home, str(found.run_id)).kept_files
    assert len(kept) == expected["kept_count"]
    for name, text in expected["kept"].items():
        assert text in kept[name].read_text()
    assert not any(path.is_symlink() for path in kept.values())


def test_a_run_that_writes_nothing_keeps_and_says_nothing(home: Path, tmp_path: Path) -> None:
    write_repository(tmp_path / "quiet", {"train.py": "print('loss: 0.5')", "old.csv": "loss\n1"})
    found = run(home, tmp_path / "quiet")
    assert found.metrics == {"loss": 0.5}
    assert found.notes == ()
    assert set(found.artifacts) == {"notebook.ipynb", "notebook.html", "log.txt", "lock.txt"}


def test_limits_say_how_many_images_and_how_much_of_models_is_kept() -> None:
    limits = dataclasses.replace(Limits(), images=3, models_bytes=1000)
    logs, images, models = wanted(limits)
    assert (images.most_files, images.most_bytes) == (3, 3 * images.file_bytes)
    assert (models.most_bytes, models.file_bytes) == (1000, 1000)
    assert "*tfevents*" in logs.patterns


def test_files_add_to_what_was_printed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("epoch,loss\n1,0.25\n")
    printed = [Scalar("loss", 0.3, 1.0), Scalar("accuracy", 0.5)]
    outcome = Outcome(RunStatus.succeeded, files={"out/a.csv": tmp_path / "a.csv"})
    told = add_files(printed, outcome)
    assert told.scalars == (Scalar("accuracy", 0.5), Scalar("loss", 0.25, 1.0, line="out/a.csv"))
    assert told.notes[-1].startswith("1 numbers were printed too")
    assert kept_files(outcome.files) == {"files/out/a.csv": str(tmp_path / "a.csv")}
    assert add_files(printed, Outcome(RunStatus.succeeded)).notes == ()


def test_libraries_that_would_wait_for_the_network_are_told_that_there_is_none() -> None:
    told = variables(1)
    assert (told["WANDB_MODE"], told["HF_HUB_OFFLINE"]) == ("offline", "1")

"""`sandbox build`, `clean` and `doctor` as they are typed, where no package is needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.cli import plan, shapes
from sandbox.domain import Dropped, Environment, Requirements
from sandbox.environments import Build
from sandbox.flows.environments.building import Built
from sandbox.flows.environments.surveying import Survey
from tests.support.commands import command, write_repository

SHA = "a" * 64
LOCK = "\n".join(f"p{number:02}=={number}.0 --hash=sha256:{SHA}" for number in range(30))
ENVIRONMENT = Environment("3.8", LOCK, ("libgl1",), "cuda", dropped=(Dropped("apex", "no wheel"),))
REQUIREMENTS = Requirements(
    tuple(f"p{number:02}>=1" for number in range(12)),
    as_of="2021-05-01",
    sources=("requirements.txt",),
    decisions=("Python 3.8: asked for >=3.6", *(f"decision {number}" for number in range(40))),
)
BUILD = Build(
    ENVIRONMENT, "sha256:base", "/store/python", cached=False, elapsed_s=4.2,
    imports_ok=("p00",), imports_failed=(Dropped("p01", "ImportError: libfoo.so"),),
    size_bytes=1_500_000_000, new_bytes=300_000_000,
)  # fmt: skip
SURVEY = Survey(Built(BUILD, REQUIREMENTS, "/home/lock.txt", system=("libgl1",)))


def test_the_plan_says_everything_in_few_lines() -> None:
    lines = list(plan.lines(SURVEY))
    text = "\n".join(lines)
    assert len(lines) < 25
    assert lines[0].startswith(f"environment {ENVIRONMENT.id}: Python 3.8, 30 packages, built in 4")
    assert "1.5 GB on disk, 1.2 GB of it shared" in lines[0]
    for told in (
        "Python 3.8: asked for >=3.6", "p00 0.0", "… and 4 more", "from requirements.txt",
        "as of 2021-05-01", "libgl1", "cuda", "decision 7",
        "… and 32 more; all of them with --json",
        "apex: no wheel", "p01: ImportError: libfoo.so",
    ):  # fmt: skip
        assert told in text
    assert "decision 8" not in text


def test_short_lists_are_not_folded() -> None:
    few = replace(REQUIREMENTS, packages=("p01",), decisions=("one", "two"))
    text = "\n".join(plan.lines(replace(SURVEY, built=replace(SURVEY.built, requirements=few))))
    assert "…" not in text


def test_the_document_has_all_that_the_plan_folds() -> None:
    document = shapes.build(SURVEY)
    assert document["decisions"] == [*REQUIREMENTS.decisions]
    assert len(document["packages"]) == 30  # type: ignore[arg-type]
    assert document["lock"] == "/home/lock.txt"


def test_what_fails_for_the_same_reason_is_one_row() -> None:
    failed = (
        *(Dropped(f"rec.part{number}", "OSError: libtorch_cuda.so") for number in range(25)),
        Dropped("other", "ImportError: no"),
    )
    built = replace(SURVEY.built, build=replace(BUILD, imports_failed=failed))
    lines = list(plan.lines(replace(SURVEY, built=built)))
    assert "  fails     rec.part0 and 24 more: OSError: libtorch_cuda.so" in lines
    assert f"{'':<12}other: ImportError: no" in lines
    assert not any("rec.part1" in line for line in lines)


def test_what_other_machines_have_is_told_by_name_whether_it_fails_here_or_is_avoided() -> None:
    failed = (Dropped("picamera:PiCamera", "ModuleNotFoundError: No module named 'picamera'"),)
    built = replace(SURVEY.built, build=replace(BUILD, imports_failed=failed))
    survey = replace(
        SURVEY, built=built, machines={"tensorrt": "an NVIDIA GPU", "picamera": "a Raspberry Pi"}
    )
    text = "\n".join(plan.lines(survey))
    assert "not here  tensorrt needs an NVIDIA GPU" in text
    assert "picamera needs a Raspberry Pi" in text
    assert shapes.build(survey)["elsewhere"] == [
        {"name": "tensorrt", "needs": "an NVIDIA GPU"},
        {"name": "picamera", "needs": "a Raspberry Pi"},
    ]


@pytest.fixture
def repository(tmp_path: Path) -> str:
    return str(write_repository(tmp_path / "studied", {"train.py": "print(1)\n"}))


@pytest.mark.slow
def test_an_exported_lock_builds_the_same_environment_again(
    home: Path, tmp_path: Path, repository: str
) -> None:
    words = ("build", repository, "--engine", "local", "--json")
    first = command(*words, "--export", str(tmp_path / "out")).json
    assert sorted(first["export"]["files"])[:1] == ["Dockerfile"]
    again = command(*words, "--lock", str(tmp_path / "out" / "lock.txt")).json
    assert again["environment"] == first["environment"]
    assert Path(first["lock"]).read_text().startswith("# made by sandbox")
    assert command("clean", "--engine", "local", "--all", "--yes", "--json").json["removed"]
    assert command(*words).json["cached"] is False


def test_a_folder_that_is_not_empty_is_refused_before_anything_is_built(
    home: Path, repository: str
) -> None:
    ended = command("build", repository, "--engine", "local", "--export", repository)
    assert ended.code == 2
    assert "is not empty" in ended.err
    assert not (home / "workspaces").exists() or not list((home / "workspaces").iterdir())


@pytest.mark.parametrize(
    ("text", "told"), [(None, "cannot read"), ("numpy\n", "which Python")], ids=["none", "no lock"]
)
def test_what_is_no_lock_is_refused_before_anything_is_built(
    home: Path, tmp_path: Path, repository: str, text: str | None, told: str
) -> None:
    path = tmp_path / "some.txt"
    if text:
        path.write_text(text)
    ended = command("build", repository, "--engine", "local", "--lock", str(path))
    assert ended.code == 2
    assert told in ended.err


def test_clean_says_what_is_no_time(home: Path) -> None:
    ended = command("clean", "--engine", "local", "--older-than", "soon")
    assert ended.code == 2
    assert "soon" in ended.err


def test_doctor_tells_of_the_store(home: Path) -> None:
    found = command("doctor", "--engine", "local", "--json").json["findings"]
    [store] = [one for one in found if one["subject"] == "store"]
    assert store["text"].startswith("0 environments")

"""What cannot be used is told in one `error:` and one `hint:` line, and leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.paths import WorkspacePaths
from tests.support.commands import Ended, command, write_repository

CELL = {
    "cell_type": "code",
    "id": "a",
    "execution_count": None,
    "metadata": {},
    "outputs": [],
    "source": "lr = 0.1",
}
FILES = {
    "train.py": "lr = 0.1\nprint('loss:', lr)\n",
    "tools/evaluate.py": "print('loss:', 1)\n",
}


OPENING = ("cloning ", "workspace ")


def notebook(**changes: Any) -> str:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": [CELL],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps({**whole, **changes})


@pytest.fixture
def repository(home: Path, tmp_path: Path) -> Path:
    return write_repository(tmp_path / "studied", FILES)


def refused(ended: Ended, code: int = 2) -> tuple[str, str]:
    """(what is wrong, what helps), once it is clear that this was all that was said.

    An error that says what was expected needs no hint.
    """
    assert ended.code == code, ended.err
    assert ended.out == ""
    told = [line for line in ended.err.splitlines() if not line.startswith(OPENING)]
    assert told[0].startswith("error: "), ended.err
    if len(told) == 1 and ": expected " in told[0]:
        return told[0], ""
    assert len(told) == 2, ended.err
    assert told[1].startswith("hint: ")
    return told[0], told[1]


def test_a_file_is_no_repository(home: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_text("hello")
    error, _ = refused(command("sweep", "./plain.txt", "-p", "lr=1"))
    assert "plain.txt" in error
    assert workspaces(home) == []


def test_a_folder_that_is_not_there(home: Path) -> None:
    error, _ = refused(command("run", "./nowhere"))
    assert "nowhere" in error
    assert workspaces(home) == []


def test_a_word_that_is_no_target(home: Path) -> None:
    error, _ = refused(command("run", "nothing-of-the-kind"))
    assert "nothing-of-the-kind" in error


def test_an_option_that_looks_like_a_target_is_no_way_into_git(home: Path) -> None:
    error, _ = refused(command("run", "ext::sh -c true"))
    assert "ext::" in error
    assert workspaces(home) == []


def test_a_ref_that_is_not_there(home: Path, repository: Path) -> None:
    error, _ = refused(command("open", str(repository), "--ref", "no-such-branch"))
    assert "no-such-branch" in error
    assert workspaces(home) == []


def test_a_ref_other_than_the_one_the_workspace_is_pinned_to(home: Path, repository: Path) -> None:
    assert command("open", str(repository)).code == 0
    error, hint = refused(command("open", "studied", "--ref", "v2"))
    assert "studied is pinned to" in error
    assert "--as NAME" in hint


def test_a_name_that_belongs_to_another_repository(
    home: Path, repository: Path, tmp_path: Path
) -> None:
    other = write_repository(tmp_path / "other", FILES)
    assert command("open", str(repository)).code == 0
    error, hint = refused(command("open", str(other), "--as", "studied"))
    assert str(repository) in error
    assert "--as NAME" in hint


def test_an_entry_that_is_not_there_names_the_near_ones(home: Path, repository: Path) -> None:
    error, hint = refused(command("run", str(repository), "evalute.py"))
    assert "evalute.py" in error
    assert "tools/evaluate.py" in hint
    assert workspaces(home) == ["studied"]


def test_a_file_that_is_neither_script_nor_notebook(home: Path, tmp_path: Path) -> None:
    repository = write_repository(tmp_path / "studied", {**FILES, "README.md": "# hello\n"})
    error, _ = refused(command("run", str(repository), "README.md"))
    assert "README.md" in error


def test_a_repository_without_anything_to_run(home: Path, tmp_path: Path) -> None:
    repository = write_repository(tmp_path / "studied", {"README.md": "# hello\n"})
    refused(command("run", str(repository)))


def test_a_tunable_that_is_not_there_names_the_near_ones(home: Path, repository: Path) -> None:
    error, hint = refused(command("sweep", str(repository), "train.py", "-p", "lrr=1"))
    assert error == "error: no tunable called 'lrr' in train.py"
    assert "did you mean 'lr'?" in hint


def test_a_value_that_does_not_fit(home: Path, repository: Path) -> None:
    error, _ = refused(command("sweep", str(repository), "train.py", "-p", "lr=[1,2"))
    assert "[1,2" in error


def test_a_patch_that_is_not_there(home: Path, repository: Path) -> None:
    error, _ = refused(command("run", str(repository), "train.py", "--patch", "none.patch"))
    assert "none.patch" in error


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{ not json", "JSON"),
        (json.dumps({"worksheets": [], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}), "3"),
        (notebook(metadata={"kernelspec": {"name": "ir", "language": "R"}}), "not Python"),
        (json.dumps([1, 2]), "notebook"),
    ],
    ids=["not-json", "nbformat-3", "other-language", "not-a-notebook"],
)
def test_a_notebook_that_cannot_be_run(home: Path, tmp_path: Path, text: str, said: str) -> None:
    repository = write_repository(tmp_path / "studied", {"made.ipynb": text})
    error, _ = refused(command("run", str(repository), "made.ipynb"))
    assert "made.ipynb" in error
    assert said in error


@pytest.mark.parametrize(
    "words",
    [
        ("sweep", "TARGET", "--jobs", "0"),
        ("sweep", "TARGET", "--jobs", "many"),
        ("sweep", "TARGET", "--repeats", "-1"),
        ("run", "TARGET", "train.py", "--limit", "soon"),
        ("run", "TARGET", "train.py", "--memory", "lots"),
        ("run", "TARGET", "train.py", "--engine", "virtual"),
        ("run", "TARGET", "train.py", "--no-such-option"),
        ("run",),
        ("sewep", "TARGET"),
        ("rm", "no-such-workspace"),
        ("recipe", "show", "no-such-recipe"),
        ("sweep", "no-such-file.toml"),
        ("compare",),
        ("compare", "no-such-sweep"),
    ],
    ids=" ".join,
)
def test_a_command_line_that_cannot_be_used(
    home: Path, repository: Path, words: tuple[str, ...]
) -> None:
    refused(command(*(str(repository) if word == "TARGET" else word for word in words)))


def test_a_choice_that_is_none_is_told_in_our_words(home: Path, repository: Path) -> None:
    error, _ = refused(command("build", str(repository), "--accelerator", "tpu"))
    assert "value for '--accelerator': 'tpu' is not one of" in error


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # docker-py's own connection
def test_an_engine_that_does_not_answer_leaves_a_whole_workspace(
    home: Path, repository: Path
) -> None:
    error, hint = refused(command("run", str(repository), "train.py"), code=4)
    assert "Docker" in error
    assert "sandbox doctor" in hint
    [known] = json.loads(command("list", "--json").out)["workspaces"]
    assert known["name"] == "studied"
    assert not list((home / "workspaces" / "studied" / "sweeps").glob("*"))


def test_with_json_an_error_is_the_one_document(home: Path) -> None:
    ended = command("run", "./nowhere", "--json")
    assert ended.json["exit_code"] == ended.code == 2
    assert "nowhere" in ended.json["error"]
    assert set(ended.json) == {"error", "hint", "exit_code"}


def test_what_stands_behind_two_dashes_is_not_ours(home: Path) -> None:
    ended = command("run", "./nowhere", "--", "--json")
    assert ended.out == ""


def workspaces(home: Path) -> list[str]:
    """All that lies there, half things included."""
    folder = home / "workspaces"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("length", [300, 3000])
def test_a_target_longer_than_any_folder_is_refused(home: Path, length: int) -> None:
    wrong, _hint = refused(command("open", "x" * length))
    assert "no such folder" in wrong or "characters long" in wrong
    assert not (home / "workspaces").exists() or not list((home / "workspaces").iterdir())


@pytest.mark.parametrize("extra", [(), ("--json",)])
def test_a_home_that_cannot_be_written_to_is_told(home: Path, extra: tuple[str, ...]) -> None:
    source = write_repository(home.parent / "source", FILES)
    home.mkdir()
    (home / "cache").write_text("in the way")
    ended = command("open", str(source), *extra)
    assert ended.code == 4
    assert str(home / "cache") in ended.err
    assert "SANDBOX_HOME" in ended.err


def test_a_folder_where_a_file_should_be_is_told_by_its_name(home: Path) -> None:
    source = write_repository(home.parent / "source", FILES)
    assert command("open", str(source)).code == 0
    accelerator = WorkspacePaths(home / "workspaces" / "source").accelerator
    accelerator.mkdir()
    ended = command("build", str(source), "--accelerator", "cpu", "--engine", "local")
    assert ended.code == 4
    assert f"cannot use {accelerator}: " in ended.err

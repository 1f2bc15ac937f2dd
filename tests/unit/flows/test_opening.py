from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sandbox import api


def opened(home: Path, folder: Path) -> list[str]:
    said: list[str] = []
    api.open_workspace(api.connect(home, tell=said.append), str(folder))
    return said


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "studied"
    made.mkdir()
    (made / "train.py").write_text("print('loss: 1')\n")
    return made


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@localhost")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("history", [True, False])
def test_a_folder_that_changed_since_it_was_opened_is_told(
    folder: Path, tmp_path: Path, *, history: bool
) -> None:
    if history:
        git(folder, "init")
        git(folder, "add", "train.py")
        git(folder, "commit", "-m", "first")
    assert not any("has changed" in line for line in opened(tmp_path / "home", folder))
    assert opened(tmp_path / "home", folder) == []

    (folder / "train.py").write_text("print('loss: 22')\n")
    os.utime(folder / "train.py", (4e9, 4e9))
    [line] = opened(tmp_path / "home", folder)
    assert "has changed since it was opened (train.py)" in line
    assert "sandbox rm studied" in line


def test_a_recipe_without_a_commit_belongs_to_the_workspace_it_opened(
    folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / "recipes").mkdir(parents=True)
    recipe = f'title = "Studied"\nrepo = "{folder}"\nentry = "train.py"\n'
    (home / "recipes" / "mine.toml").write_text(recipe)
    context = api.connect(home)
    for _ in range(2):
        opened = api.open_workspace(context, "mine")
        assert opened.recipe is not None
        assert opened.recipe.name == "mine"
    other = tmp_path / "other"
    other.mkdir()
    (other / "train.py").write_text("print('loss: 2')\n")
    api.remove_workspace(context, "mine")
    assert api.open_workspace(context, str(other), name="mine").recipe is None
    assert api.open_workspace(context, "mine").recipe is None

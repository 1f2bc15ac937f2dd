"""What holds for every command: help, an example, a line in the README, JSON, a quick start."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from sandbox.cli.app import application
from sandbox.cli.entrance import split
from tests.support.commands import command, write_repository

HEAVY = ("docker", "git", "mlflow", "nbconvert", "nbformat", "pandas", "papermill")
TALKS_ONLY = "import sys, sandbox.cli.entrance as e; e.run({words!r}); print(sorted(sys.modules))"


def every_command() -> Iterator[tuple[str, ...]]:
    """Words of each command: the app's own, then those of its groups."""
    whole = typer.main.get_command(application())
    for name, one in whole.commands.items():  # type: ignore[attr-defined]
        inner = getattr(one, "commands", None)
        yield from [(name, sub) for sub in inner] if inner else [(name,)]


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_every_command_has_help_with_an_example_of_itself(words: tuple[str, ...]) -> None:
    ended = command(*words, "--help")
    assert ended.code == 0
    assert f"Example: sandbox {' '.join(words)}" in ended.out
    assert "--json" in ended.out


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_every_command_stands_in_the_readme(words: tuple[str, ...], root: Path) -> None:
    readme = (root / "README.md").read_text()
    whole = f"`sandbox {' '.join(words)}"
    short = f"`{words[-1]}`"  # `sandbox recipe list` · `show` · `check`
    assert whole in readme or (len(words) > 1 and short in readme)


def test_no_words_at_all_shows_the_help() -> None:
    ended = command()
    assert ended.code == 0
    assert "Usage: sandbox" in ended.out


@pytest.mark.parametrize("words", [["--help"], ["sweep", "--help"], ["sewep"]], ids=" ".join)
def test_help_and_mistyped_words_import_no_heavy_library(words: list[str]) -> None:
    program = TALKS_ONLY.format(words=words)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    imported = set(eval(done.stdout.splitlines()[-1]))
    assert "sandbox.cli.app" in imported
    assert imported.isdisjoint(HEAVY)


def test_reading_a_notebook_builds_no_grammar_of_addresses() -> None:
    """jsonschema would, at its import, where `rfc3987_syntax` is installed: a second and more."""
    program = (
        "import sys; sys.argv = ['sandbox', '--help']\n"
        "from sandbox.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "import nbformat\n"
        "nbformat.validate(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell('1')]))\n"
        "print({'lark', 'arrow'} & set(sys.modules), 'jsonschema' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "set() True"


def test_listing_workspaces_needs_neither_docker_nor_mlflow(home: Path) -> None:
    program = TALKS_ONLY.format(words=["list"])
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert set(eval(done.stdout.splitlines()[-1])).isdisjoint({"docker", "mlflow", "papermill"})


def test_words_after_the_first_two_dashes_are_the_scripts_own() -> None:
    assert split(["run", "x", "--", "--json", "--", "y"]) == (["run", "x"], ("--json", "--", "y"))
    assert split(["run", "x"]) == (["run", "x"], ())


@pytest.mark.parametrize(
    "words", [("list",), ("recipe", "list"), ("compare",), ("run", "./x")], ids=" ".join
)
def test_json_is_one_document_on_standard_output(home: Path, words: tuple[str, ...]) -> None:
    ended = command(*words, "--json")
    assert isinstance(ended.json, dict)


HOSTILE = r"""
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--lr", default=0.1, help="\x1b]0;owned\x07\x1b[2Jrate")
print("loss:", parser.parse_args().lr)
"""


def test_control_characters_of_others_are_symbols_on_a_terminal(home: Path, tmp_path: Path) -> None:
    repository = write_repository(tmp_path / "studied", {"train.py": HOSTILE})
    code, shown = on_a_terminal(["scan", str(repository)])
    assert code == 0
    assert "\x1b]0;" not in shown
    assert "\x1b[2J" not in shown
    assert "\N{SYMBOL FOR ESCAPE}" in shown


def test_control_characters_in_an_error_are_symbols_too(home: Path, tmp_path: Path) -> None:
    repository = write_repository(tmp_path / "studied", {"train\x1b[2J.py": "print(1)\n"})
    code, shown = on_a_terminal(["run", str(repository), "train.py"])
    assert code == 2
    assert "\N{SYMBOL FOR ESCAPE}" in shown
    assert "\x1b[2J" not in shown


def on_a_terminal(words: list[str]) -> tuple[int, str]:
    """(exit code, what a terminal would have received)."""
    near, far = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *words],
        stdin=far,
        stdout=far,
        stderr=far,
        env=environment,
        start_new_session=True,
    )
    os.close(far)
    shown = b"".join(iter(lambda: _read(near), b""))
    os.close(near)
    return process.wait(timeout=60), shown.decode(errors="replace")


def _read(descriptor: int) -> bytes:
    """Linux says EIO where the other end is closed."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def test_a_concept_is_explained_by_any_of_its_names(home: Path) -> None:
    page = command("explain", "learning-rate").out
    assert page.startswith("Learning rate (optimisation)\n")
    assert all(f"\n{part}" in page for part in ("too little:", "too much:", "try\n", "read on\n"))
    assert max(map(len, page.splitlines())) <= 88
    assert command("explain", "lr").out == page
    assert command("explain", "Learning", "rate").out == page
    assert command("explain", "lr", "--json").json["name"] == "learning-rate"


def test_an_unknown_concept_is_told_and_all_can_be_listed(home: Path) -> None:
    ended = command("explain", "zzz")
    assert ended.code == 2
    assert "hint: list them with: sandbox explain" in ended.err
    assert len(command("explain", "--json").json["concepts"]) >= 40
    assert "learning-rate" in command("explain").out


def test_a_scan_leads_to_the_cards(home: Path, tmp_path: Path) -> None:
    repository = write_repository(tmp_path / "studied", {"train.py": "lr = 0.1\nprint(lr)\n"})
    ended = command("scan", str(repository), "train.py")
    assert "what a concept means, and what to expect: sandbox explain learning-rate" in ended.out


def test_a_patch_that_is_shown_can_be_written_and_applied(tmp_path: Path) -> None:
    text = "from torch import nn\r\n\r\n\r\nclass Net:\r\n\tact = nn.ReLU()\r\n"
    repository = write_repository(tmp_path / "studied", {"net.py": text})
    home = {**os.environ, "SANDBOX_HOME": str(tmp_path / "home")}
    words = ("tweak", "show", str(repository), "swap-activation=GELU", "--entry", "net.py")
    shown = subprocess.run(
        [sys.executable, "-m", "sandbox", *words], env=home, capture_output=True, check=True
    )
    subprocess.run(["git", "apply", "-"], input=shown.stdout, cwd=repository, check=True)
    assert (repository / "net.py").read_bytes() == text.replace("ReLU", "GELU").encode()


def test_a_notebooks_places_are_told_by_their_cells(home: Path, tmp_path: Path) -> None:
    repository = tmp_path / "noted"
    repository.mkdir()
    cells = ["import numpy", "rate = 0.1\nwidth = 3"]
    code = [
        {
            "cell_type": "code",
            "metadata": {},
            "source": text,
            "outputs": [],
            "execution_count": None,
        }
        for text in cells
    ]
    whole = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": code}
    (repository / "a.ipynb").write_text(json.dumps(whole))
    assert "cell 1 line 2" in command("scan", str(repository), "a.ipynb").out

"""A run is written down without the secrets that its code told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import api
from sandbox.api import Continuation, Request
from sandbox.domain import RunStatus, Scalar
from sandbox.flows.sweeps.masking import without_secrets
from tests.support.commands import write_repository
from tests.support.made_runs import make_run

TOKEN = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"


def test_cause_notes_and_lines_of_numbers_are_masked() -> None:
    said = f"ValueError: bad token {TOKEN} at https://u:pw@host/x"
    run = replace(
        make_run({}, {}, status=RunStatus.failed),
        cause=said,
        notes=(said, "plain"),
        scalars=(Scalar("loss", 1.0, 1.0, None, said), Scalar("loss", 2.0)),
    )
    kept = without_secrets(run, {})
    assert TOKEN not in repr(kept)
    assert "u:pw" not in repr(kept)
    assert (kept.notes[1], kept.scalars[1]) == ("plain", run.scalars[1])


def test_what_was_typed_for_a_run_is_masked_and_what_was_varied_is_not() -> None:
    run = replace(
        make_run({"lr": "0.1"}), parameters={"lr": TOKEN, "arguments": f"--token {TOKEN} --x 1"}
    )
    kept = without_secrets(run, {})
    assert kept.parameters == {"lr": TOKEN, "arguments": "--token … --x 1"}


SCRIPT = f"""\
import argparse
KEY = "{TOKEN}"
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--token", default="")
given = parser.parse_args()
print("using", KEY, given.token)
print("loss:", given.lr)
if given.lr > 0.5:
    raise ValueError(KEY)
"""


CUT = f"""\
import sys
raise ValueError("x" * int(sys.argv[1]) + " {TOKEN} " + "y " * 1000)
"""


@pytest.mark.slow
@pytest.mark.parametrize("before", [270, 475])
def test_where_words_are_cut_no_part_of_a_secret_stays(tmp_path: Path, before: int) -> None:
    write_repository(tmp_path / "studied", {"train.py": CUT})
    home = tmp_path / "home"
    home.mkdir()
    (home / "sandbox.toml").write_text('engine = "local"\n')
    context = api.connect(home, environ={}, folder=tmp_path, tell=lambda _line: None)
    request = Request("studied", "train.py", arguments=(str(before),))
    run = api.run(context, request).runs[0]
    assert TOKEN[:8] not in f"{run.cause}{run.error}"


@pytest.mark.slow
def test_nothing_of_a_secret_is_kept_with_a_run_or_shown(tmp_path: Path) -> None:
    """But in the learner's own files, and in what is needed to ask the same again."""
    write_repository(tmp_path / "studied", {"train.py": SCRIPT})
    home = tmp_path / "home"
    context = api.connect(home, engine="local", environ={}, folder=tmp_path)
    typed = ("--token", TOKEN)
    request = Request(
        str(tmp_path / "studied"),
        "train.py",
        {"lr": ("0.05,0.9",)},
        arguments=typed,
        command=f"sandbox sweep studied -- --token {TOKEN}",
    )
    result = api.sweep(context, request)
    found = api.diff(context, "lr=0.9")
    assert found.output is not None
    assert found.notebook is not None
    shown = [found.output, found.source, found.parameters, found.facts, result.sweep.command]
    assert TOKEN not in repr([*shown, found.notebook])
    compared = api.compare(context, result.sweep.id)
    assert TOKEN not in repr(compared)
    gaps = [one.reason for one in compared.suggestions if "…" in one.command]
    assert gaps
    assert all(reason.endswith("; put the secret back where … stands") for reason in gaps)
    kept = [path for path in (home / "artifacts").rglob("*") if path.is_file()]
    assert {"notebook.ipynb", "notebook.html", "log.txt"} <= {path.name for path in kept}
    holding = [path.name for path in (*kept, *home.glob("mlflow.db*")) if holds(path)]
    assert holding == []
    assert [path.name for path in home.rglob("*.py") if holds(path)] == ["train.py"]
    again = api.sweep(context, replace(request, continuation=Continuation(again=True)))
    assert [run.status for run in again.runs] == [run.status for run in result.runs]


def holds(path: Path) -> bool:
    return TOKEN.encode() in path.read_bytes()


@pytest.mark.slow
def test_a_patch_that_lacks_a_secret_is_said_not_to_be_applied(tmp_path: Path) -> None:
    """It would put an ellipsis into somebody's code."""
    code = f'KEY = "{TOKEN}"\nRATE = 0.1\nprint("loss:", RATE)\n'
    write_repository(tmp_path / "studied", {"train.py": code})
    context = api.connect(tmp_path / "home", engine="local", environ={}, folder=tmp_path)
    request = Request(str(tmp_path / "studied"), "train.py", {"RATE": ("0.2",)})
    result = api.sweep(context, request)
    (tweaked,) = [run for run in result.runs if run.tweaks]
    (kept,) = (tmp_path / "home" / "artifacts").rglob("tweak.patch")
    patch = kept.read_text(encoding="utf-8")
    assert "+RATE = 0.2" in patch
    assert TOKEN not in patch
    assert any("not to be applied" in note for note in tweaked.notes)
    others = [note for run in result.runs if not run.tweaks for note in run.notes]
    assert not any("tweak.patch" in note for note in others)

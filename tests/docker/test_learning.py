"""Old code, run as a beginner would: what has changed behind it is found out, and it runs."""

from __future__ import annotations

from pathlib import Path

from tests.support.commands import command, write_repository
from tests.support.made_notebooks import notebook

SCRIPT = "import yaml\nscale = 2\nprint('loss:', yaml.load('lr: 3')['lr'] * scale)\n"


def test_a_script_that_was_written_for_an_older_release_runs(home: Path, tmp_path: Path) -> None:
    target = str(write_repository(tmp_path / "older", {"train.py": SCRIPT}))
    swept = command("sweep", target, "train.py", "-p", "scale=4,5", "--json")
    assert swept.code == 0, swept.err
    assert {run["metrics"]["loss"] for run in swept.json["runs"]} == {6, 12, 15}
    assert "trying pyyaml<6" in swept.err
    again = command("sweep", "older", "train.py", "-p", "scale=4,5")
    assert again.code == 0, again.err
    assert "trying" not in again.err
    built = command("build", "older", "train.py")
    assert "trying pyyaml<6" in built.out
    assert "pyyaml==5." in (home / "workspaces" / "older" / "lock.txt").read_text()


def test_a_notebook_that_was_written_for_an_older_release_runs(home: Path, tmp_path: Path) -> None:
    cells = (
        ("import yaml", ()),
        ("scale = 2\nloss = yaml.load('3') * scale\nprint('loss:', loss)", ()),
    )
    target = str(write_repository(tmp_path / "booked", {"study.ipynb": notebook(*cells)}))
    ran = command("run", target, "study.ipynb", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["runs"][0]["metrics"]["loss"] == 6
    assert "trying pyyaml<6" in ran.err

"""`sandbox clean` after a command that was killed."""

from __future__ import annotations

from pathlib import Path

from sandbox.domain import Sweep
from sandbox.recorders import Journal, load
from tests.support.commands import command, write_repository
from tests.support.made_runs import make_run

SWEEP = Sweep("20260304-050607-a1b2", "studied", "/r", "c", "train.py", "e", 2, "sandbox sweep", 1)


def test_a_killed_sweeps_runs_are_recorded_and_its_folders_removed(
    home: Path, tmp_path: Path
) -> None:
    command("open", str(write_repository(tmp_path / "studied", {"train.py": "print('a')\n"})))
    sweep = home / "workspaces" / "studied" / "sweeps" / SWEEP.id
    finished, killed = make_run(), make_run({"lr": "0.1"})
    with Journal(sweep / "journal.jsonl") as journal:
        journal.sweep(SWEEP)
        for run in (finished, killed):
            journal.started(run.key, run.name)
            (sweep / "runs" / run.key).mkdir(parents=True)
        journal.run(finished)
    assert command("clean", "--engine", "local").code == 0
    contents = load(sweep / "journal.jsonl")
    assert list(contents.recorded) == [finished.key]
    assert contents.ended == "cancelled"
    assert not (sweep / "runs").exists()


def test_a_sweep_that_ended_unrecorded_is_no_interrupted_one_and_broken_lines_are_told(
    home: Path, tmp_path: Path
) -> None:
    command("open", str(write_repository(tmp_path / "studied", {"train.py": "print('a')\n"})))
    path = home / "workspaces" / "studied" / "sweeps" / SWEEP.id / "journal.jsonl"
    with Journal(path) as journal:
        journal.sweep(SWEEP)
        journal.run(make_run())
    with path.open("ab") as handle:
        handle.write(b"no line of ours\n")
    with Journal(path) as journal:
        journal.ended("succeeded")
    told = command("clean", "--engine", "local").out
    assert f"sweep {SWEEP.id}: 1 run that the store lacked is recorded" in told
    assert "interrupted" not in told
    assert "line 3" in told
    assert load(path).ended == "succeeded"

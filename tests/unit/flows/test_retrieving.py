"""Runs found by what a user types, two of them compared, their code brought back."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from sandbox import api, checkouts, recorders
from sandbox.domain import Note, Run, Sweep
from sandbox.errors import InputError
from sandbox.flows.context import Context
from sandbox.flows.results.retrieving import find_run
from tests.support.commands import command, write_repository
from tests.support.made_runs import make_run


@pytest.fixture
def context(tmp_path: Path) -> Context:
    here = tmp_path / "here"
    here.mkdir()
    return api.connect(tmp_path / "home", engine="local", environ={}, folder=here)


def swept(context: Context, tmp_path: Path, name: str, sweep_id: str) -> list[Run]:
    """A workspace with a sweep of four runs, and the files that MLflow would have kept."""
    target = write_repository(tmp_path / name, {"train.py": "lr = 0.1\nprint(lr)\n"})
    workspace = api.open_workspace(context, str(target), name=name).workspace
    runs = []
    for at, (value, repeat) in enumerate([("0.1", 0), ("0.2", 0), ("0.3", 0), ("0.2", 1)]):
        edits = {"train.py": f"lr = {value}\nprint(lr)\n".encode()}
        base = checkouts.base_tree(workspace)
        _, commit = checkouts.commit_variant(workspace, base, edits=edits, message=value)
        made = make_run({"lr": value} if at else {}, {"loss": float(value)}, repeat=repeat)
        made = dataclasses.replace(made, commit=commit, parameters={"lr": value})
        runs.append(made)
    with recorders.Journal(context.home.workspace(name).sweep(sweep_id).journal) as journal:
        journal.sweep(Sweep(sweep_id, name, str(target), "c", "train.py", "e", 4, "", 0.0))
        for at, run in enumerate(runs):
            run_id = f"abcdef{sweep_id[-1]}{at}" * 4
            journal.run(run)
            journal.recorded(run.key, run_id)
            folder = context.home.artifacts / name / run_id / "artifacts"
            folder.mkdir(parents=True)
            (folder / "lock.txt").write_text(f"numpy==1.{at}\nscipy==1.0 \\\n    --hash=x\n")
            (folder / "log.txt").write_text(f"begin\nloss: {run.metrics['loss']}\n")
        journal.ended("succeeded")
    return runs


@pytest.fixture
def runs(context: Context, tmp_path: Path) -> list[Run]:
    swept(context, tmp_path, "older", "20260101-000000-aaa1")
    return swept(context, tmp_path, "newer", "20260102-000000-aaa2")


@pytest.mark.parametrize(
    ("words", "workspace", "name"),
    [
        ("lr=0.3", "newer", "lr=0.3"),
        ("lr=0.2 #2", "newer", "lr=0.2 #2"),
        ("baseline", "newer", "baseline"),
        ("older:lr=0.3", "older", "lr=0.3"),
        ("20260101-000000-aaa1:baseline", "older", "baseline"),
        ("abcdef22", "newer", "lr=0.3"),
        ("abcdef11", "older", "lr=0.2"),
    ],
)
def test_a_run_is_found(
    context: Context, runs: list[Run], words: str, workspace: str, name: str
) -> None:
    found = find_run(context, words)
    assert (found.workspace.name, found.name) == (workspace, name)
    assert found.run.run_id


def test_what_is_not_there_is_told_with_what_is(context: Context, runs: list[Run]) -> None:
    with pytest.raises(InputError, match=r"no run called 'lr=0\.9'") as caught:
        find_run(context, "lr=0.9")
    assert "lr=0.2" in str(caught.value.hint)
    with pytest.raises(InputError, match="no run called"):
        find_run(context, "nobody:lr=0.3")
    with pytest.raises(InputError, match="4 runs have an id"):
        find_run(context, "abcdef2")


def test_without_any_run_the_next_command_is_told(context: Context) -> None:
    with pytest.raises(InputError, match="no runs yet"):
        find_run(context, "baseline")


def test_two_runs_differ_in_what_differs(context: Context, runs: list[Run]) -> None:
    found = api.diff(context, "lr=0.3")
    assert found.left.name == "baseline"
    assert found.parameters == {"lr": ("0.1", "0.3")}
    assert found.metrics == {"loss": (0.1, 0.3)}
    assert found.packages == {"numpy": ("1.0", "1.2")}
    assert "-lr = 0.1\n+lr = 0.3\n" in found.source
    assert "-loss: 0.1\n+loss: 0.3" in found.output
    same = api.diff(context, "lr=0.2", "lr=0.2 #2")
    assert (same.parameters, same.metrics, same.source) == ({}, {}, "")


def test_runs_of_two_workspaces_are_not_compared(context: Context, runs: list[Run]) -> None:
    with pytest.raises(InputError, match=r"lr=0\.2 is of newer, baseline of older"):
        api.diff(context, "older:baseline", "lr=0.2")


def done(context: Context) -> list[tuple[str, str, str]]:
    """What the journal tells apart from tries."""
    entries = (entry for _, entry in api.journal(context).entries)
    return [(one.kind, one.name, one.text) for one in entries if isinstance(one, Note)]


def test_what_was_done_counts_though_the_journal_cannot_tell_of_it(
    context: Context, runs: list[Run], tmp_path: Path
) -> None:
    said: list[str] = []
    told = dataclasses.replace(context, tell=said.append)
    context.home.workspace("newer").notes.mkdir()
    assert api.checkout(told, "lr=0.2", tmp_path / "here")[1].is_dir()
    assert any(line.startswith("the journal will not tell of it: ") for line in said)


def test_a_run_s_code_is_put_where_the_user_is(context: Context, runs: list[Run]) -> None:
    found, folder = api.checkout(context, "lr=0.2 #2")
    assert folder == context.folder / "newer-lr=0.2-2"
    assert (folder / "train.py").read_text() == "lr = 0.2\nprint(lr)\n"
    assert found.run.repeat == 1
    with pytest.raises(InputError, match="not empty"):
        api.checkout(context, "lr=0.2", folder)
    assert done(context) == [("checked out", "lr=0.2 #2", f"in {folder}")]


def test_a_run_s_changes_become_the_workspace_s(context: Context, runs: list[Run]) -> None:
    found, paths = api.apply(context, "lr=0.3")
    assert paths == ("train.py",)
    assert done(context) == [("applied", "lr=0.3", "train.py")]
    assert api.apply(context, "lr=0.3")[1] == ()
    assert len(done(context)) == 1, "what changed nothing is no event"
    assert (Path(found.workspace.root) / "repo" / "train.py").read_text().startswith("lr = 0.3")


@pytest.fixture
def typed(
    context: Context, runs: list[Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Where a user types commands of that home."""
    monkeypatch.setenv("SANDBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    monkeypatch.chdir(context.folder)
    return context.folder


def test_the_commands_show_compare_and_bring(typed: Path) -> None:
    page = command("diff", "lr=0.3").out
    assert page.startswith("baseline → lr=0.3, sweep 20260102-000000-aaa2\n")
    assert all(f"\n{title}\n" in page for title in ("parameters", "packages", "code", "output"))
    assert "  lr: 0.1 → 0.3" in page
    assert command("diff", "lr=0.2", "lr=0.3", "--json").json["metrics"] == {"loss": [0.2, 0.3]}
    assert "newer-lr=0.3" in command("checkout", "lr=0.3").out
    assert (typed / "newer-lr=0.3" / "train.py").read_text().startswith("lr = 0.3")
    assert "changed: " in command("apply", "lr=0.3").out
    assert "nothing to change" in command("apply", "lr=0.3").out
    assert command("apply", "lr=0.9").code == 2


def test_what_is_not_kept_is_not_called_the_same(typed: Path, context: Context) -> None:
    for path in context.home.artifacts.rglob("*.txt"):
        path.unlink()
    page = command("diff", "lr=0.2", "lr=0.2 #2").out
    assert "the same: parameters, metrics, code" in page
    assert "not known any more: packages, notebook, output" in page


def test_a_file_of_a_strange_name_does_not_speak_for_us(context: Context, typed: Path) -> None:
    workspace = find_run(context, "baseline").workspace
    edits = {"a\nchanged: b": b"1", "tabs.py": b"if 1:\n\tx = 1\n"}
    _, commit = checkouts.commit_variant(
        workspace, checkouts.base_tree(workspace), edits=edits, message="x"
    )
    journal = context.home.workspace("newer").sweep("20260102-000000-aaa2").journal
    with recorders.Journal(journal) as opened:
        opened.run(dataclasses.replace(make_run({"lr": "9"}), commit=commit))
    assert "\n+    x = 1" in command("diff", "lr=9").out
    assert len(command("apply", "lr=9").out.splitlines()) == 2


def test_a_sweep_without_a_baseline_wants_a_second_run(context: Context, runs: list[Run]) -> None:
    journal = context.home.workspace("newer").sweep("20260103-000000-aaa3").journal
    found = find_run(context, "lr=0.3")
    with recorders.Journal(journal) as opened:
        opened.sweep(dataclasses.replace(found.sweep, id="20260103-000000-aaa3"))
        opened.run(dataclasses.replace(found.run, run_id=None))
    with pytest.raises(InputError, match="has no baseline"):
        api.diff(context, "lr=0.3")
    said: list[str] = []
    told = dataclasses.replace(context, tell=said.append)
    assert api.apply(told, "lr=0.3")[1] == ("train.py",)
    assert said == [
        "sweep 20260103-000000-aaa3 of newer has no baseline: what was opened is taken for it"
    ]

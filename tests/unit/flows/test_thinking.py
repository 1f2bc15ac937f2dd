"""Guesses, notes and the diary, with what MLflow is told of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sandbox import api, recorders
from sandbox.api import Continuation, Request, SweepResult, Try
from sandbox.domain import Note, digest
from sandbox.errors import InputError, TargetError
from sandbox.flows.context import Context
from tests.support.commands import write_repository

pytestmark = pytest.mark.slow

SCRIPT = """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--width", type=int, default=4)
given = parser.parse_args()
for epoch in range(3):
    print(f"epoch {epoch} loss: {2 - given.lr + given.width / 1000 + 1 / (epoch + 1):.6f}")
if given.lr > 0.8:
    raise ValueError("too fast")
"""

Ask = Callable[..., SweepResult]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def connect(home: Path, said: list[str], **environ: str) -> Context:
    return api.connect(home, engine="local", environ=environ, folder=home, tell=said.append)


@pytest.fixture
def context(home: Path, said: list[str]) -> Context:
    return connect(home, said)


@pytest.fixture
def workspace(context: Context, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    write_repository(tmp_path / "studied", {"train.py": SCRIPT})
    name = digest(request.node.name)[:12]
    return api.open_workspace(context, str(tmp_path / "studied"), name=name).workspace.name


@pytest.fixture
def ask(context: Context, workspace: str) -> Ask:
    def _ask(guess: str | None = None, *, again: bool = False, lr: str = "0.2,0.5") -> SweepResult:
        tweaks = {"lr": (lr,), "width": ("8",)}
        continuation = Continuation(again=again)
        asked = Request(workspace, "train.py", tweaks, guess=guess, continuation=continuation)
        return api.sweep(context, asked)

    return _ask


def tags(home: Path, run_id: str) -> dict[str, str]:
    with closing(sqlite3.connect(home / "mlflow.db")) as store:
        return dict(store.execute("select key, value from tags where run_uuid = ?", [run_id]))


def parent_tags(home: Path, result: SweepResult) -> dict[str, str]:
    run_id = next(run.run_id for run in result.runs if run.run_id)
    return tags(home, tags(home, run_id)["mlflow.parentRunId"])


def test_a_guess_is_kept_judged_and_shown_with_all_others(
    ask: Ask, context: Context, home: Path
) -> None:
    before = api.journal(context).calibration.tunable
    result = ask("lr:UP, big")
    assert result.sweep.guess == "lr: up, big"
    told = parent_tags(home, result)
    assert told["sandbox.guess"] == "lr: up, big"
    assert told["sandbox.guess_result"] == "right: which tunable, which way, how far"
    assert "guessed: lr: up, big" in told["mlflow.note.content"]
    comparison = api.compare(context, result.sweep.id)
    thoughts = api.thoughts(context, comparison, result.sweep.id)
    assert thoughts.judged is not None
    assert thoughts.judged.size is True
    assert thoughts.calibration.tunable == (before[0] + 1, before[1] + 1)


def test_a_guess_of_what_is_not_varied_is_refused_before_anything_is_run(
    ask: Ask, context: Context, workspace: str
) -> None:
    with pytest.raises(InputError) as error:
        ask("lrr: up, big")
    assert error.value.hint == "did you mean 'lr'?"
    with pytest.raises(InputError, match="nothing is varied"):
        api.sweep(context, Request(workspace, "train.py", guess="lr: up, big"))
    assert not list(context.home.workspace(workspace).sweeps.glob("*/journal.jsonl"))


def test_who_has_seen_the_result_guesses_no_more(ask: Ask, said: list[str]) -> None:
    first = ask("width: up, small")
    second = ask("lr: up, big")
    assert second.sweep.id == first.sweep.id
    assert second.sweep.guess == "width: up, small"
    assert any("the guess stays 'width: up, small'" in line for line in said)
    assert ask().sweep.guess == "width: up, small", "without a guess the former one stays too"
    assert ask("lr: up, big", again=True).sweep.guess == "lr: up, big"


def test_a_sweep_without_a_guess_gets_none_afterwards(ask: Ask, said: list[str]) -> None:
    ask()
    assert ask("lr: up, big").sweep.guess is None
    assert any("comes too late" in line for line in said)


def test_a_note_is_kept_with_its_run_and_told(ask: Ask, context: Context, home: Path) -> None:
    result = ask()
    found, note, problem = api.note(
        context, f"{result.sweep.id}:lr=0.2 width=8", "slow\x1b[2J but steady"
    )
    assert problem is None
    assert api.notes(context, found) == (note,)
    described = tags(home, str(found.run.run_id))["mlflow.note.content"]
    assert "slow\ufffd\\[2J but steady" in described
    assert "**Compared:**" in described, "what was told before stays"
    second = api.note(context, f"{result.sweep.id}:lr=0.2 width=8", "second thought")[1]
    thoughts = api.thoughts(context, api.compare(context, result.sweep.id), result.sweep.id)
    assert thoughts.notes == (note, second)
    assert tags(home, str(found.run.run_id))["mlflow.note.content"].count("steady") == 1


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 4001])
def test_a_note_that_is_none_is_refused(ask: Ask, context: Context, text: str) -> None:
    result = ask()
    with pytest.raises(InputError):
        api.note(context, f"{result.sweep.id}:baseline", text)


def test_notes_that_mlflow_could_not_be_told_are_told_later(
    ask: Ask, context: Context, home: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = ask()
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    away = connect(home, said, MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    found, note, problem = api.note(away, f"{result.sweep.id}:baseline", "while it was away")
    assert problem is not None
    assert "127.0.0.1:9" in problem
    assert api.notes(context, found) == (note,)
    run_id = str(found.run.run_id)
    assert "away" not in tags(home, run_id)["mlflow.note.content"]
    api.clean(context)
    assert "while it was away" in tags(home, run_id)["mlflow.note.content"]
    assert not recorders.has_pending(context.home.workspace(result.sweep.workspace).notes)


def delete_in_mlflow(home: Path, sweep_id: str) -> None:
    """The sweep and its runs, as the UI does."""
    told = """update runs set lifecycle_stage = 'deleted' where run_uuid in
        (select run_uuid from tags where key = 'sandbox.sweep' and value = ?)"""
    with closing(sqlite3.connect(home / "mlflow.db")) as store, store:
        store.execute(told, [sweep_id])


def test_a_note_of_a_deleted_run_stays_here_and_brings_nothing_back(
    ask: Ask, context: Context, home: Path, said: list[str]
) -> None:
    result = ask()
    delete_in_mlflow(home, result.sweep.id)
    found, note, problem = api.note(context, f"{result.sweep.id}:baseline", "gone")
    assert problem is None
    assert api.notes(context, found) == (note,)
    assert "baseline is not in MLflow any more: the note stays in the workspace" in said
    with pytest.raises(InputError, match="were deleted in MLflow"):
        api.compare(context, result.sweep.id)


def test_a_workspace_of_which_all_was_deleted_is_told_from_one_without_a_sweep(
    ask: Ask, context: Context, home: Path, workspace: str, said: list[str]
) -> None:
    with pytest.raises(InputError, match=f"nothing of {workspace} is recorded yet"):
        api.compare(context, workspace)
    result = ask()
    delete_in_mlflow(home, result.sweep.id)
    with pytest.raises(InputError, match="were deleted in MLflow"):
        api.compare(context, workspace)
    with api.ui(context, workspace, port=0) as page:
        assert page.sweep == result.sweep.id
    with closing(sqlite3.connect(home / "mlflow.db")) as store:
        asked = "select value from experiment_tags where key like ?"
        (state,) = store.execute(asked, [f"%{result.sweep.id}"]).fetchone()
    assert '"lifecycleFilter": "Deleted"' in state
    assert any("were deleted in MLflow" in line for line in said)


def test_what_a_killed_command_did_not_conclude_the_next_one_does(
    ask: Ask, context: Context, home: Path
) -> None:
    result = ask("lr: up, big")
    path = context.home.workspace(result.sweep.workspace).sweep(result.sweep.id).journal
    whole = path.read_bytes()
    assert recorders.is_settled(path)
    last = whole.rstrip(b"\n").rpartition(b"\n")[0] + b"\n"
    run_id = next(str(run.run_id) for run in result.runs)
    parent = tags(home, run_id)["mlflow.parentRunId"]
    before = tags(home, parent), tags(home, run_id)
    with closing(sqlite3.connect(home / "mlflow.db")) as store:
        store.execute("update runs set status = 'RUNNING' where run_uuid = ?", [parent])
        store.execute("delete from tags where key in ('sandbox.verdict', 'sandbox.guess_result')")
        store.commit()
    path.write_bytes(last + b'{"v":1,"event":"conclu')
    assert api.clean(context).left_behind == ()
    with closing(sqlite3.connect(home / "mlflow.db")) as store:
        asked = "select status from runs where run_uuid = ?"
        assert store.execute(asked, [parent]).fetchone() == ("FINISHED",)
    assert (tags(home, parent), tags(home, run_id)) == before
    assert recorders.is_settled(path)


def test_the_diary_tells_tries_and_notes_in_time(
    ask: Ask, context: Context, workspace: str
) -> None:
    first = ask("lr: up, big", lr="0.2")
    note = api.note(context, f"{first.sweep.id}:lr=0.2 width=8", "go further")[1]
    second = ask(lr="0.5,0.9")
    third = ask(lr="0.3")
    diary = api.journal(context, workspace)
    assert [name for name, _ in diary.entries] == [workspace] * 4
    one, two, three, four = (entry for _, entry in diary.entries)
    assert isinstance(one, Try)
    assert two == note
    assert isinstance(three, Try)
    assert isinstance(four, Try)
    assert [each.sweep.id for each in (one, three, four)] == [
        first.sweep.id,
        second.sweep.id,
        third.sweep.id,
    ]
    assert [each.is_best_so_far for each in (one, three, four)] == [True, True, False]
    assert (one.runs, three.runs, three.failed, three.status) == (2, 3, 1, "succeeded")
    assert one.best is not None
    assert (one.best["name"], one.best["metric"]) == ("lr=0.2 width=8", "loss")
    assert one.judged is not None
    assert three.judged is None


def test_a_sweep_that_goes_on_stands_in_the_diary_too(
    ask: Ask, context: Context, workspace: str
) -> None:
    result = ask("lr: up, big")
    path = context.home.workspace(workspace).sweep(result.sweep.id).journal
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if b'"ended"' not in line[:30])[:-200])
    (entry,) = (entry for _, entry in api.journal(context, workspace).entries)
    assert isinstance(entry, Try)
    assert (entry.status, entry.runs) == (None, len(result.runs))
    assert entry.judged is not None


def test_a_diary_of_nothing_is_empty_and_one_of_no_workspace_refused(
    context: Context, workspace: str
) -> None:
    assert api.journal(context, workspace).entries == ()
    with pytest.raises(TargetError):
        api.journal(context, "nosuch")


def test_notes_have_a_time_and_a_name(ask: Ask, context: Context) -> None:
    result = ask()
    note = api.note(context, f"{result.sweep.id}:baseline", "x")[1]
    assert note == Note(result.sweep.id, result.runs[0].key, "baseline", "x", note.at)
    assert note.at > result.sweep.started_at


def test_a_store_that_knows_nothing_of_a_workspace_is_told_later(
    ask: Ask, context: Context, home: Path, said: list[str]
) -> None:
    result = ask()
    other = connect(home, said, MLFLOW_TRACKING_URI=f"sqlite:///{home}/other.db")
    _, _, problem = api.note(other, f"{result.sweep.id}:baseline", "kept for later")
    assert problem is not None
    assert "other.db" in problem
    assert recorders.has_pending(context.home.workspace(result.sweep.workspace).notes)

"""What would leave this machine, said whole before it leaves; sent to the user's own fork only."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.finding.site.loopback import Loopback, Reply, Request, serve
from sandbox import api, checkouts, recorders
from sandbox.domain import Note, Sweep, Workspace
from sandbox.errors import InputError, RefusedError
from sandbox.flows.context import Context
from sandbox.flows.results.publishing import Wish
from tests.support.commands import write_repository
from tests.support.made_runs import make_run

TOKEN = "gho_0123456789abcdefghijklmnopqrstuvwxyz"
SWEEP = "20260102-000000-aaa2"


def answer(request: Request) -> Reply:
    """A GitHub that knows its user, and no gist."""
    if request.path == "/user":
        return Reply(200, {}, json.dumps({"login": "me", "name": "Me", "id": 7}).encode())
    return Reply(404, {}, b'{"message": "Not Found"}')


@pytest.fixture
def github() -> Iterator[Loopback]:
    with serve(lambda _: answer) as served:
        yield served


@pytest.fixture
def context(tmp_path: Path, github: Loopback) -> Context:
    environ = {"GITHUB_TOKEN": TOKEN, "MY_SECRET": "plain-looking-words",
               "SANDBOX_GITHUB_BASE_URL": github.base_url}  # fmt: skip
    return api.connect(tmp_path / "home", engine="local", environ=environ, folder=tmp_path)


@pytest.fixture
def workspace(context: Context, tmp_path: Path) -> Workspace:
    target = write_repository(tmp_path / "tiny", {"train.py": "lr = 0.1\nprint(lr)\n", "b.bin": ""})
    return api.open_workspace(context, str(target), name="tiny").workspace


def swept(context: Context, workspace: Workspace, edits: dict[str, bytes]) -> None:
    """A sweep with a baseline, and a run that changes files."""
    base = checkouts.base_tree(workspace)
    commits = [
        checkouts.commit_variant(
            workspace, base, edits=one, message="m", parents=(workspace.commit,)
        )[1]
        for one in ({}, edits)
    ]
    made = [make_run({}, {"loss": 1.0}), make_run({"lr": "0.2"}, {"loss": 0.5})]
    runs = [dataclasses.replace(run, commit=commit)
            for run, commit in zip(made, commits, strict=True)]  # fmt: skip
    sweep = Sweep(SWEEP, "tiny", "source", workspace.commit, "train.py", "e", 2, "", 0.0,
                  request={"arguments": ["--device", "cpu"]})  # fmt: skip
    with recorders.Journal(context.home.workspace("tiny").sweep(SWEEP).journal) as journal:
        journal.sweep(sweep)
        for at, run in enumerate(runs):
            journal.run(run)
            run_id = f"abcd{at}" * 6
            journal.recorded(run.key, run_id)
            kept = context.home.artifacts / "tiny" / run_id / "artifacts"
            kept.mkdir(parents=True)
            cell = {"cell_type": "code", "source": "print(1)", "outputs": [{"text": "1\n"}]}
            (kept / "notebook.ipynb").write_text(json.dumps({"cells": [cell]}))
        journal.ended("succeeded")


def forked(workspace: Workspace, github: Loopback, owner: str = "me") -> None:
    checkouts.set_remotes(
        workspace,
        origin=f"{github.base_url}/{owner}/tiny",
        upstream=f"{github.base_url}/ana/tiny",
    )


def test_all_that_would_leave_is_said(
    context: Context, workspace: Workspace, github: Loopback
) -> None:
    swept(context, workspace, {"train.py": b"lr = 0.2\nprint(lr)\n", "new.txt": b"n\n"})
    forked(workspace, github)
    wish = Wish(pull_request=True, gist=True)
    told = api.publish(context, "lr=0.2", wish, dry_run=True)
    assert told.files == ("new.txt", "train.py")
    assert "+lr = 0.2" in told.patch
    assert told.remote == f"{github.base_url}/me/tiny"
    assert told.upstream == "ana/tiny"
    assert "files: new.txt, train.py" in told.message
    assert f"--ref {told.branch}" in told.message
    assert "-- --device cpu" in told.message
    assert set(told.gist) == {"notebook.ipynb", "report.md", "tweak.patch"}
    assert told.secrets == ()
    assert told.urls == {}
    assert github.requests == []


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("notes.txt", f"caf\xe9\nT = '{TOKEN}'\n".encode("latin-1")),
        ("model.pkl", b"\0\1" + TOKEN.encode() + b"\xff"),
        ("log.txt", f"++ export GITHUB_TOKEN={TOKEN}\n".encode()),
        ("log.txt", f"epoch 1\rT={TOKEN}\x0c{TOKEN}\n".encode()),
        ("deep.json", b" " * 12_000 + b'"AKIAIOSFODNN7EXAMPLZ"\n'),
        (".env", b"DB=plain-looking-words\n"),
        (f"{TOKEN}.txt", b"x\n"),
    ],
)
def test_no_secret_leaves_in_any_file(
    context: Context, workspace: Workspace, github: Loopback, path: str, content: bytes
) -> None:
    swept(context, workspace, {path: content, "latin.txt": b"\xe9\n"})
    forked(workspace, github)
    with pytest.raises(RefusedError, match="look like secrets") as caught:
        api.publish(context, "lr=0.2", Wish())
    assert TOKEN not in str(caught.value) or path.startswith(TOKEN)
    assert not [one for one in github.requests if one.method == "POST"]


def test_what_changed_nothing_is_not_published(
    context: Context, workspace: Workspace, github: Loopback
) -> None:
    swept(context, workspace, {})
    with pytest.raises(InputError, match="changed nothing"):
        api.publish(context, "baseline", Wish(gist=True), dry_run=True)


def test_without_a_fork_the_way_to_one_is_told(context: Context, workspace: Workspace) -> None:
    swept(context, workspace, {"train.py": b"lr = 0.2\n"})
    with pytest.raises(InputError, match="has no fork") as caught:
        api.publish(context, "lr=0.2", Wish())
    assert caught.value.hint == "make one: sandbox open tiny --fork; or publish as --gist"


def test_nothing_is_pushed_to_somebody_else(
    context: Context, workspace: Workspace, github: Loopback
) -> None:
    swept(context, workspace, {"train.py": b"lr = 0.2\n"})
    forked(workspace, github, owner="mallory")
    with pytest.raises(RefusedError, match="the remote origin is mallory's, and you are me"):
        api.publish(context, "lr=0.2", Wish())
    assert [one.path for one in github.requests] == ["/user"]


def test_what_was_published_stands_in_the_journal(workspace: Workspace, tmp_path: Path) -> None:
    """Where nothing was sent, or only said, nothing does."""

    def with_gists(request: Request) -> Reply:
        if request.path == "/gists" and request.method == "POST":
            made = {"html_url": "https://gist.example/1", "id": "1", "url": "u", "files": {}}
            return Reply(201, {}, json.dumps(made).encode())
        return answer(request)

    with serve(lambda _: with_gists) as github:
        environ = {"GITHUB_TOKEN": TOKEN, "SANDBOX_GITHUB_BASE_URL": github.base_url}
        context = api.connect(tmp_path / "home", engine="local", environ=environ, folder=tmp_path)
        swept(context, workspace, {"train.py": b"lr = 0.2\n"})
        api.publish(context, "lr=0.2", Wish(gist=True), dry_run=True)
        assert notes(context) == []
        api.publish(context, "lr=0.2", Wish(gist=True))
    assert notes(context) == [("published", "lr=0.2", "gist https://gist.example/1")]


def notes(context: Context) -> list[tuple[str, str, str]]:
    entries = (entry for _, entry in api.journal(context, "tiny").entries)
    return [(one.kind, one.name, one.text) for one in entries if isinstance(one, Note)]


def test_a_gist_names_the_commit_it_is_a_change_of(context: Context, workspace: Workspace) -> None:
    swept(context, workspace, {"train.py": b"lr = 0.2\n"})
    told = api.publish(context, "lr=0.2", Wish(gist=True), dry_run=True)
    assert told.branch is None
    assert f"--ref {workspace.commit}" in told.gist["report.md"]
    assert "--patch tweak.patch" in told.gist["report.md"]
    assert str(context.folder) not in told.gist["report.md"]

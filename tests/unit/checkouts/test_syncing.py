from __future__ import annotations

import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.checkouts import (
    CloneLimits,
    CloneOptions,
    GitTree,
    base_tree,
    clone,
    deepen,
    list_workspaces,
    load_workspace,
    save_workspace,
    set_remotes,
    sync,
    working_tree,
)
from sandbox.domain import Repo, Workspace
from sandbox.errors import InputError, NetworkError, RefusedError, SandboxError, TargetError
from sandbox.paths import Home, WorkspacePaths
from tests.support.git_repos import Origin, make_origin, plain_git
from tests.support.git_server import GitServer

pytestmark = pytest.mark.slow

Open = Callable[..., Workspace]
Served = Callable[[str], Repo]
LINES = [f"line {number}\n" for number in range(1, 21)]

SYNC = """
import sys
from pathlib import Path
from sandbox.checkouts import load_workspace, sync
from sandbox.paths import WorkspacePaths
print("ready", flush=True)
sys.stdin.readline()
print(sync(load_workspace(WorkspacePaths(Path(sys.argv[1])))).after, flush=True)
"""


def text(number: int, line: str) -> str:
    return "".join([*LINES[: number - 1], line, *LINES[number:]])


@pytest.fixture
def source(origin: Origin) -> Origin:
    origin.commit({"m.py": "".join(LINES), "d/n.py": "one = 1\n", "old.py": "gone\n"})
    return origin


@pytest.fixture
def opened(source: Origin, served: Served, home: Home) -> Workspace:
    return clone(served("ada/tiny"), home.workspace("tiny"), name="tiny")


def own(workspace: Workspace, path: str = "") -> Path:
    return WorkspacePaths(Path(workspace.root)).repo / path


def git(workspace: Workspace, *arguments: str) -> str:
    return plain_git(own(workspace), *arguments)


def state(workspace: Workspace) -> dict[str, bytes]:
    """All that a user may see: files, refs, index, settings, the description."""
    root = Path(workspace.root)
    left_out = ("/.git/objects/",)
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not any(part in str(path) for part in left_out)
    }


def is_at(workspace: Workspace, commit: str, source: Origin) -> None:
    """Everything of a workspace is at a commit, and the working tree has nothing else."""
    loaded = load_workspace(WorkspacePaths(Path(workspace.root)))
    assert loaded.commit == commit
    assert base_tree(loaded) == source.git("rev-parse", f"{commit}^{{tree}}")
    assert git(workspace, "rev-parse", "HEAD") == commit
    assert git(workspace, "rev-parse", "main@{upstream}") == commit
    assert git(workspace, "symbolic-ref", "HEAD") == "refs/heads/main"
    names = {path.name for path in Path(workspace.root).iterdir()}
    assert names == {"repo", "workspace.toml"}


@pytest.mark.parametrize("has_history", [False, True])
def test_what_changed_at_the_source_comes_and_what_the_user_changed_stays(
    *, has_history: bool, opened: Workspace, source: Origin
) -> None:
    if has_history:
        deepen(opened)
    own(opened, "m.py").write_text(text(18, "mine\n"))
    own(opened, "mine.py").write_text("mine\n")
    own(opened, "d/n.py").write_text("one = 2\n")
    git(opened, "add", "mine.py")
    source.commit({"new/f.py": "1\n"})
    tip = source.commit({"m.py": text(3, "three\n"), "old.py": None})
    synced = sync(opened)
    assert (synced.before, synced.after) == (opened.commit, tip)
    assert synced.changed == ("m.py", "new/f.py", "old.py")
    assert own(opened, "m.py").read_text() == text(18, "mine\n").replace("line 3\n", "three\n")
    assert not own(opened, "old.py").exists()
    is_at(opened, tip, source)
    assert load_workspace(WorkspacePaths(Path(opened.root))) == synced.workspace
    changed = git(opened, "status", "--porcelain").split()
    assert changed == ["M", "d/n.py", "M", "m.py", "??", "mine.py"]
    assert git(opened, "rev-list", "--count", "HEAD") == ("4" if has_history else "1")
    assert git(opened, "fsck", "--strict", "--no-dangling") == ""
    again = sync(synced.workspace)
    assert (again.before, again.after, again.changed) == (tip, tip, ())


def test_an_old_description_in_hand_does_no_harm(opened: Workspace, source: Origin) -> None:
    first = source.commit({"a.py": "1\n"})
    assert sync(opened).after == first
    assert (sync(opened).before, sync(opened).changed) == (first, ())
    is_at(opened, first, source)


def test_a_conflict_leaves_everything_byte_for_byte(opened: Workspace, source: Origin) -> None:
    own(opened, "m.py").write_text(text(3, "mine\n"))
    git(opened, "add", "m.py")
    source.commit({"m.py": text(3, "three\n"), "d/n.py": "one = 3\n", "new.py": "1\n"})
    before = state(opened)
    with pytest.raises(InputError, match=r"at the source, in the same places: m\.py") as caught:
        sync(opened)
    assert "commit what you have" in str(caught.value.hint)
    after = state(opened)
    shallow = "repo/.git/shallow"
    assert {**before, shallow: b""} == {**after, shallow: b""}
    git(opened, "checkout", "HEAD", "--", "m.py")
    sync(opened)
    assert own(opened, "m.py").read_text() == text(3, "three\n")


def test_links_submodules_and_files_that_become_folders_come_too(
    opened: Workspace, source: Origin
) -> None:
    source.commit({"old.py": None, "d/n.py": None})
    (source.path / "d").rmdir()
    source.commit({"old.py/deep.py": "1\n", "d": "a file now\n"})
    (source.path / "away").symlink_to("/etc/passwd")
    source.git("add", "away")
    source.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    source.git("commit", "--quiet", "-m", "links")
    tip = source.git("rev-parse", "HEAD")
    synced = sync(opened)
    assert any("links that leave the tree" in note and "away" in note for note in synced.notes)
    assert own(opened, "away").read_text() == "/etc/passwd"
    assert not own(opened, "away").is_symlink()
    assert own(opened, "d").read_text() == "a file now\n"
    assert own(opened, "old.py/deep.py").read_text() == "1\n"
    is_at(opened, tip, source)
    assert working_tree(synced.workspace) == base_tree(synced.workspace)
    assert git(opened, "status", "--porcelain") == ""
    source.git("update-index", "--cacheinfo", f"160000,{'2' * 40},sub")
    source.git("commit", "--quiet", "-m", "another one")
    sync(opened)
    source.git("rm", "--quiet", "--cached", "sub", "away")
    tip = source.commit({"d": None})
    source.path.joinpath("away").unlink()
    synced = sync(opened)
    assert working_tree(synced.workspace) == base_tree(synced.workspace)


def test_the_branch_that_was_asked_for_is_followed_and_the_user_s_own_left(
    source: Origin, served: Served, home: Home
) -> None:
    source.git("branch", "dev")
    made = clone(served("ada/tiny"), home.workspace("w"), name="w", ref="dev")
    git(made, "switch", "--quiet", "-c", "mine")
    git(made, "branch", "other")
    source.commit({"on-main.py": "1\n"})
    assert sync(made).changed == ()
    source.git("switch", "--quiet", "dev")
    tip = source.commit({"on-dev.py": "1\n"})
    synced = sync(made)
    assert synced.changed == ("on-dev.py",)
    assert synced.workspace.ref == "dev"
    assert git(made, "symbolic-ref", "HEAD") == "refs/heads/mine"
    for name in ("mine", "dev", "origin/dev"):
        assert git(made, "rev-parse", name) == tip
    assert git(made, "rev-parse", "other") == made.commit


def test_beside_a_fork_the_source_is_upstream(
    opened: Workspace, source: Origin, server: GitServer
) -> None:
    set_remotes(opened, origin=f"{server.url}/eve/fork", upstream=opened.repo.source)
    tip = source.commit({"a.py": "1\n"})
    sync(opened)
    is_at(opened, tip, source)
    assert git(opened, "rev-parse", "upstream/main") == tip
    assert git(opened, "for-each-ref", "refs/remotes/origin") == ""


def test_commits_of_the_user_are_merged_by_git_and_then_taken_over(
    opened: Workspace, source: Origin
) -> None:
    own(opened, "m.py").write_text(text(18, "mine\n"))
    git(opened, "commit", "--quiet", "-a", "-m", "mine")
    own(opened, "loose.py").write_text("uncommitted\n")
    tip = source.commit({"m.py": text(3, "three\n")})
    before = git(opened, "rev-parse", "HEAD")
    for _ in range(2):
        with pytest.raises(InputError, match="commits of its own") as caught:
            sync(opened)
    assert "merge origin/main" in str(caught.value.hint)
    assert git(opened, "rev-parse", "HEAD") == before
    assert load_workspace(WorkspacePaths(Path(opened.root))) == opened
    git(opened, "merge", "--quiet", "--no-edit", "origin/main")
    merged = git(opened, "rev-parse", "HEAD")
    synced = sync(opened)
    assert (synced.after, synced.changed) == (tip, ())
    assert base_tree(synced.workspace) == source.git("rev-parse", f"{tip}^{{tree}}")
    assert git(opened, "rev-parse", "HEAD") == merged
    assert own(opened, "loose.py").exists()
    assert sync(opened).before == tip


@pytest.mark.parametrize("what", ["tag", "commit"])
def test_what_is_pinned_stays_so(what: str, source: Origin, served: Served, home: Home) -> None:
    source.git("tag", "v1")
    ref = "v1" if what == "tag" else source.git("rev-parse", "HEAD")
    made = clone(served("ada/tiny"), home.workspace("w"), name="w", ref=ref)
    source.commit({"a.py": "1\n"})
    source.git("tag", "--force", "v1")
    before = state(made)
    with pytest.raises(TargetError, match="is pinned to") as caught:
        sync(made)
    assert "--ref BRANCH" in str(caught.value.hint)
    assert state(made) == before


def test_a_folder_with_history_is_followed_and_one_without_is_not(
    open_folder: Open, source: Origin, tmp_path: Path
) -> None:
    made = open_folder(source.path)
    tip = source.commit({"a.py": "1\n"})
    (source.path / "draft.py").write_text("x\n")
    synced = sync(made)
    assert any("not committed" in note and "draft.py" in note for note in synced.notes)
    is_at(made, tip, source)
    (tmp_path / "loose").mkdir()
    loose = open_folder(tmp_path / "loose", "loose")
    with pytest.raises(TargetError, match="no history") as caught:
        sync(loose)
    assert "sandbox rm loose" in str(caught.value.hint)
    shutil.rmtree(source.path)
    with pytest.raises(TargetError, match="not there any more"):
        sync(made)


def test_a_rewritten_branch_is_taken_and_told_where_that_can_be_known(
    opened: Workspace, source: Origin
) -> None:
    deepen(opened)
    source.git("reset", "--quiet", "--hard", "HEAD~1")
    tip = source.commit({"m.py": text(1, "rewritten\n")})
    synced = sync(opened)
    assert any("rewritten at its source" in note for note in synced.notes)
    assert not any("rewritten" in note for note in synced.workspace.notes)
    is_at(opened, tip, source)


def test_a_source_that_moved_is_followed_on_its_own_host(
    source: Origin, served: Served, home: Home
) -> None:
    made = clone(served("moved/ada/tiny"), home.workspace("w"), name="w")
    tip = source.commit({"a.py": "1\n"})
    synced = sync(made)
    assert synced.after == tip
    assert any("has moved to" in note for note in synced.notes)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("broken/ada/tiny", NetworkError),
        ("private/ada/tiny", TargetError),
        ("missing", TargetError),
        ("elsewhere/ada/tiny", RefusedError),
        ("stallpack/ada/tiny", NetworkError),
    ],
)
def test_a_source_that_fails_changes_nothing(
    *,
    kind: str,
    error: type[SandboxError],
    opened: Workspace,
    source: Origin,
    server: GitServer,
    home: Home,
) -> None:
    source.commit({"a.py": "1\n"})
    repo = dataclasses.replace(opened.repo, source=f"{server.url}/{kind}")
    other = dataclasses.replace(opened, repo=repo)
    save_workspace(other, home.workspace("tiny"))
    before = state(opened)
    limits = CloneLimits(timeout_s=3.0 if "stall" in kind else 60.0)
    with pytest.raises(error):
        sync(other, options=CloneOptions(limits=limits))
    assert state(opened) == before


@pytest.mark.parametrize("what", ["files", "bytes", "odd tree"])
def test_a_hostile_commit_is_refused_and_nothing_of_it_stays(
    what: str, opened: Workspace, source: Origin
) -> None:
    limits = CloneLimits()
    if what == "files":
        source.commit({f"f{number}": "x" for number in range(30)})
        limits = CloneLimits(files=20)
    elif what == "bytes":
        source.commit({"big": "x" * 100_000})
        limits = CloneLimits(bytes=90_000)
    else:
        blob = source.git("hash-object", "-w", "--stdin", stdin=b"x")
        entry = b"100644 .git\0" + bytes.fromhex(blob)
        tree = source.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=entry)
        source.git("update-ref", "HEAD", source.git("commit-tree", "-p", "HEAD", "-m", "x", tree))
    before = state(opened)
    objects = sorted(own(opened, ".git/objects").rglob("*"))
    with pytest.raises(RefusedError):
        sync(opened, options=CloneOptions(limits=limits))
    assert state(opened) == before
    assert sorted(own(opened, ".git/objects").rglob("*")) == objects


def test_a_git_that_is_at_work_is_waited_for_by_the_user(opened: Workspace, source: Origin) -> None:
    source.commit({"a.py": "1\n"})
    for name, words in (("index.lock", "another git"), ("MERGE_HEAD", "in the middle")):
        own(opened, f".git/{name}").write_text("")
        before = state(opened)
        with pytest.raises(InputError, match=words):
            sync(opened)
        assert state(opened) == before
        own(opened, f".git/{name}").unlink()


@pytest.mark.parametrize("asked", [True, False])
def test_submodules_are_kept_as_they_were_opened(
    *, asked: bool, source: Origin, served: Served, server: GitServer, home: Home, tmp_path: Path
) -> None:
    inner = make_origin(tmp_path / "served" / "ada" / "inner", {"deep.py": "d = 1\n"})
    source.commit({".gitmodules": '[submodule "s"]\n\tpath = in\n\turl = ../inner\n'})
    pin(source, inner)
    options = CloneOptions(submodules=asked, known_hosts=(server.host,))
    made = clone(served("ada/tiny"), home.workspace("w"), name="w", options=options)
    inner.commit({"deep.py": "d = 2\n"})
    tip = pin(source, inner)
    synced = sync(made, options=dataclasses.replace(options, submodules=not asked))
    assert synced.after == tip
    assert synced.changed == (("in/deep.py",) if asked else ("in",))
    assert ("in/deep.py" in GitTree(made, base_tree(made)).paths()) is asked
    assert working_tree(synced.workspace) == base_tree(synced.workspace)
    assert git(made, "status", "--porcelain") == ""
    if asked:
        assert own(made, "in/deep.py").read_text() == "d = 2\n"


def pin(source: Origin, inner: Origin) -> str:
    sha = inner.git("rev-parse", "HEAD")
    source.git("update-index", "--add", "--cacheinfo", f"160000,{sha},in")
    source.git("commit", "--quiet", "-m", "pin")
    return source.git("rev-parse", "HEAD")


# ---------------------------------------------------------------- killed, and at once


def start_sync(workspace: Workspace) -> subprocess.Popen[str]:
    here = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-c", SYNC, workspace.root]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=here, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def let_go(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.readline()
    process.stdin.write("\n")
    process.stdin.flush()


def test_two_at_once_wait_for_each_other(opened: Workspace, source: Origin) -> None:
    tip = source.commit({f"f{number}.py": "x = 1\n" for number in range(50)})
    processes = [start_sync(opened) for _ in range(3)]
    for process in processes:
        let_go(process)
    answers = [process.communicate() for process in processes]
    assert [answer.strip() for answer, _ in answers] == [tip] * 3, answers
    is_at(opened, tip, source)


def test_killed_at_any_point_the_workspace_works_and_the_next_sync_finishes(
    opened: Workspace, source: Origin, home: Home
) -> None:
    """Also where the source went on meanwhile, in the same lines."""
    own(opened, "m.py").write_text(text(18, "mine\n"))
    started = time.monotonic()
    source.commit({"a.py": "1\n"})
    sync(opened)
    whole_s = time.monotonic() - started
    chance = random.Random(7)
    for number in range(12):
        names = [f"many/f{at}.py" for at in range(40)]
        tip = source.commit(dict.fromkeys(names, f"x = {number}\n"))
        process = start_sync(opened)
        let_go(process)
        time.sleep(chance.uniform(0.2, 1.1) * whole_s)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        loaded = load_workspace(home.workspace("tiny"))
        assert list_workspaces(home) == (loaded,)
        assert set(GitTree(loaded, working_tree(loaded)).paths()) >= {"m.py", "train.py"}
        assert own(opened, "m.py").read_text() == text(18, "mine\n")
        assert git(opened, "fsck", "--connectivity-only", "--no-dangling") == ""
    tip = source.commit({"many/f1.py": "x = 'last'\n"})
    (own(opened) / ".git" / "index.lock").unlink(missing_ok=True)
    synced = sync(opened)
    assert synced.after == tip
    assert own(opened, "many/f1.py").read_text() == "x = 'last'\n"
    assert git(opened, "status", "--porcelain").split() == ["M", "m.py"]
    for left in Path(opened.root).glob("bringing-*"):
        shutil.rmtree(left)
    is_at(opened, tip, source)


@pytest.mark.parametrize("step", range(5))
def test_each_step_that_was_the_last_is_finished_later(
    step: int, opened: Workspace, source: Origin, home: Home
) -> None:
    """What stands in the comment of `syncing.py`, one step after the other."""
    own(opened, "m.py").write_text(text(18, "mine\n"))
    first = source.commit({"m.py": text(3, "three\n"), "a.py": "1\n", "old.py": None})
    copy = Path(opened.root).parent / "copy"
    shutil.copytree(opened.root, copy)
    new = sync(load_workspace(WorkspacePaths(copy))).workspace
    plain_git(own(opened), "fetch", "--quiet", "--depth=1", opened.repo.source, "main")
    git(opened, "update-ref", "refs/sandbox/syncing", first)
    save_workspace(new, home.workspace("tiny").syncing)
    if step >= 1:
        own(opened, "a.py").write_text("1\n")
    if step >= 2:
        own(opened, "m.py").write_bytes((copy / "repo" / "m.py").read_bytes())
        own(opened, "old.py").unlink()
    if step >= 3:
        git(opened, "read-tree", "--reset", first)
    if step >= 4:
        for name in ("refs/sandbox/base", "refs/heads/main"):
            git(opened, "update-ref", name, first)
    tip = source.commit({"m.py": text(3, "drei\n"), "a.py": "2\n"})
    shutil.rmtree(copy)
    synced = sync(opened)
    assert (synced.before, synced.after) == (opened.commit, tip)
    assert own(opened, "m.py").read_text() == text(18, "mine\n").replace("line 3\n", "drei\n")
    assert git(opened, "status", "--porcelain").split() == ["M", "m.py"]
    is_at(opened, tip, source)


def test_a_sync_begun_before_the_user_committed_is_given_up(
    opened: Workspace, source: Origin, home: Home
) -> None:
    tip = source.commit({"a.py": "1\n"})
    plain_git(own(opened), "fetch", "--quiet", "--depth=1", opened.repo.source, "main")
    git(opened, "update-ref", "refs/sandbox/syncing", tip)
    save_workspace(dataclasses.replace(opened, commit=tip), home.workspace("tiny").syncing)
    own(opened, "b.py").write_text("mine\n")
    git(opened, "add", "b.py")
    git(opened, "commit", "--quiet", "-m", "mine")
    with pytest.raises(InputError, match="commits of its own"):
        sync(opened)
    assert not own(opened, "a.py").exists()
    assert not home.workspace("tiny").syncing.root.exists()


def test_the_lock_of_a_sync_is_gone_with_its_process(opened: Workspace) -> None:
    process = start_sync(opened)
    let_go(process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert sync(opened).changed == ()

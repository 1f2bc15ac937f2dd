from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.checkouts import (
    CloneLimits,
    CloneOptions,
    Person,
    base_tree,
    changed_lines,
    clone,
    commit_for_others,
    commit_variant,
    push,
    sync,
)
from sandbox.domain import Repo, Workspace
from sandbox.errors import InputError, NetworkError, RefusedError, SandboxError, TargetError
from sandbox.paths import Home, WorkspacePaths
from tests.support.git_repos import Origin, make_fork, make_origin, plain_git
from tests.support.git_server import GitServer

pytestmark = pytest.mark.slow

TOKEN = "secret-token"
BASIC = "eC1hY2Nlc3MtdG9rZW46c2VjcmV0LXRva2Vu"
ADA = Person("Ada Lovelace", "ada@example.org")
Served = Callable[[str], Repo]


@pytest.fixture
def opened(served: Served, origin: Origin, home: Home) -> Workspace:
    """A shallow clone of the third commit of the source."""
    for number in range(2):
        origin.commit({"n.txt": f"{number}\n", f"big{number}.bin": os.urandom(20_000)})
    return clone(served("ada/tiny"), home.workspace("tiny"), name="tiny")


@pytest.fixture
def fork(opened: Workspace, origin: Origin) -> Origin:
    return make_fork(origin.path.parent.parent / "eve" / "fork", origin)


@pytest.fixture
def options(server: GitServer) -> CloneOptions:
    return CloneOptions(token=TOKEN, token_host=server.host)


@pytest.fixture
def commit(opened: Workspace) -> str:
    return contribution(opened)


def contribution(opened: Workspace, content: bytes = b"lr = 0.3\nprint(lr)\n") -> str:
    _, variant = commit_variant(
        opened,
        base_tree(opened),
        edits={"train.py": content},
        message="a run of mine",
        parents=(opened.commit,),
    )
    return commit_for_others(
        opened,
        tree_of_commit=variant,
        parent=opened.commit,
        message="Raise the learning rate",
        author=ADA,
        at_s=1_700_000_000.5,
    )


def fork_url(server: GitServer, kind: str = "private") -> str:
    return f"{server.url}/{kind}/eve/fork"


def repo_of(workspace: Workspace) -> Path:
    return WorkspacePaths(Path(workspace.root)).repo


# ---------------------------------------------------------------- the commit


def test_a_commit_for_others_holds_the_change_and_nothing_of_the_run(
    opened: Workspace, commit: str
) -> None:
    text = plain_git(repo_of(opened), "cat-file", "commit", commit)
    assert f"parent {opened.commit}\n" in text
    assert "author Ada Lovelace <ada@example.org> 1700000000 +0000" in text
    assert text.endswith("\n\nRaise the learning rate")
    assert "sandbox" not in text
    assert "a run of mine" not in text
    assert contribution(opened) == commit


@pytest.mark.parametrize(
    "person", [Person("", "a@b"), Person("A", ""), Person("A <x>", "a@b"), Person("A", "a\n@b")]
)
def test_an_author_that_would_forge_a_commit_is_refused(person: Person, opened: Workspace) -> None:
    with pytest.raises(InputError, match="author of a commit"):
        commit_for_others(
            opened,
            tree_of_commit=opened.commit,
            parent=opened.commit,
            message="x",
            author=person,
            at_s=0,
        )


def test_a_commit_on_another_parent_takes_only_what_the_variant_changed(
    opened: Workspace,
) -> None:
    repo = repo_of(opened)
    base = base_tree(opened)
    _, variant = commit_variant(
        opened, base, edits={"train.py": b"1\n"}, message="v", parents=(opened.commit,)
    )
    _, other = commit_variant(
        opened, base, edits={"README.md": b"new\n", "n.txt": None}, message="later"
    )

    def onto(parent: str) -> str:
        return commit_for_others(
            opened, tree_of_commit=variant, parent=parent, message="m", author=ADA, at_s=0
        )

    files = plain_git(repo, "ls-tree", "-r", "--name-only", onto(other)).split()
    assert files == ["README.md", "big0.bin", "big1.bin", "train.py"]
    assert plain_git(repo, "show", f"{onto(other)}:README.md") == "new"
    assert plain_git(repo, "show", f"{onto(other)}:train.py") == "1"
    _, clashing = commit_variant(opened, base, edits={"train.py": b"2\n"}, message="c")
    with pytest.raises(InputError, match=r"other ones .*: train\.py"):
        onto(clashing)
    with pytest.raises(InputError, match="no commit"):
        onto("0" * 40)


def test_submodules_put_into_the_workspace_stay_links_in_a_commit_for_others(
    server: GitServer, origin: Origin, home: Home, served: Served, tmp_path: Path
) -> None:
    inner = make_origin(tmp_path / "served" / "ada" / "inner", {"deep.py": "d = 1\n"})
    origin.commit({".gitmodules": '[submodule "s"]\n\tpath = in\n\turl = ../inner\n'})
    sha = inner.git("rev-parse", "HEAD")
    origin.git("update-index", "--add", "--cacheinfo", f"160000,{sha},in")
    origin.git("commit", "--quiet", "-m", "add a submodule")
    options = CloneOptions(submodules=True, known_hosts=(server.host,))
    made = clone(served("ada/tiny"), home.workspace("w"), name="w", options=options)

    def for_others(edits: dict[str, bytes | None]) -> str:
        _, variant = commit_variant(
            made, base_tree(made), edits=edits, message="v", parents=(made.commit,)
        )
        return commit_for_others(
            made, tree_of_commit=variant, parent=made.commit, message="m", author=ADA, at_s=0
        )

    commit = for_others({"train.py": b"1\n"})
    assert f"160000 commit {sha}\tin" in plain_git(repo_of(made), "ls-tree", commit)
    assert changed_lines(made, made.commit, commit) == {"train.py": "1\n"}
    for edits in ({"in/deep.py": b"2\n"}, {"in/new.py": b"2\n"}):
        with pytest.raises(InputError, match="in a submodule: in/"):
            for_others(dict(edits))
    _, variant = commit_variant(
        made, base_tree(made), edits={"train.py": b"3\n"}, message="v", parents=(made.commit,)
    )
    origin.path.joinpath("in").mkdir(exist_ok=True)
    origin.git("commit", "--quiet", "--allow-empty", "-m", "later")
    later = sync(made).workspace
    with pytest.raises(InputError, match="in a submodule: in, in/deep"):
        commit_for_others(
            later, tree_of_commit=variant, parent=later.commit, message="m", author=ADA, at_s=0
        )


def test_what_would_leave_the_machine_can_be_looked_through(opened: Workspace) -> None:
    edits: dict[str, bytes | None] = {
        "train.py": b"lr = 0.3\nprint(lr)\n",
        "n.txt": None,
        "odd \xe9\tname": b"\0\1token",
        "latin.txt": b"caf\xe9 key\x0cmore\n",
    }
    _, variant = commit_variant(opened, base_tree(opened), edits=edits, message="v")
    assert changed_lines(opened, opened.commit, variant) == {
        "n.txt": "",
        "odd \xe9\tname": "\0\1token",
        "latin.txt": "caf\ufffd key\x0cmore\n",
        "train.py": "lr = 0.3\n\n",
    }


# ---------------------------------------------------------------- the push


def test_a_shallow_workspace_pushes_one_commit_to_a_new_branch(
    opened: Workspace, commit: str, fork: Origin, server: GitServer, options: CloneOptions
) -> None:
    before = snapshot(repo_of(opened) / ".git")
    assert push(opened, url=fork_url(server), commit=commit, branch="try/lr", options=options)
    assert fork.git("rev-parse", "refs/heads/try/lr") == commit
    assert fork.git("rev-parse", "try/lr~1") == opened.commit
    assert fork.git("rev-list", "--count", "try/lr") == "4"
    assert fork.git("rev-parse", "--is-shallow-repository") == "false"
    assert snapshot(repo_of(opened) / ".git") == before
    again = push(opened, url=fork_url(server), commit=commit, branch="try/lr", options=options)
    assert again is False


def test_a_fork_that_went_on_gets_the_change_and_not_all_files(
    opened: Workspace, commit: str, fork: Origin, server: GitServer, options: CloneOptions
) -> None:
    later = plain_git(fork.path, "commit-tree", "-p", "main", "-m", "later", "main^{tree}")
    fork.git("update-ref", "refs/heads/main", later)
    assert push(opened, url=fork_url(server), commit=commit, branch="lr", options=options)
    assert fork.git("rev-list", "--count", "lr") == "4"
    assert fork.git("rev-parse", "--is-shallow-repository") == "false"
    sizes = [
        int(headers["Content-Length"])
        for method, path, headers in server.requests
        if method == "POST" and path.endswith("git-receive-pack")
    ]
    assert sizes
    assert max(sizes) < 5_000
    fork.git("fsck", "--strict")


def test_a_fork_without_the_parent_is_told_to_be_brought_up_to_date(
    opened: Workspace, commit: str, server: GitServer, options: CloneOptions, tmp_path: Path
) -> None:
    make_origin(tmp_path / "served" / "eve" / "fork")
    with pytest.raises(RefusedError, match="does not have the commit"):
        push(opened, url=fork_url(server), commit=commit, branch="lr", options=options)


def test_a_branch_with_another_commit_is_never_moved(
    opened: Workspace, commit: str, fork: Origin, server: GitServer, options: CloneOptions
) -> None:
    fork.git("branch", "lr", "main")
    fork.git("branch", "old", "main~1")
    for branch in ("lr", "old", "main"):
        with pytest.raises(RefusedError, match="with something else") as caught:
            push(opened, url=fork_url(server), commit=commit, branch=branch, options=options)
        assert "another name" in str(caught.value.hint)
    assert fork.git("rev-parse", "lr") == fork.git("rev-parse", "main") == opened.commit


def test_a_branch_that_was_made_meanwhile_is_not_moved_either(
    opened: Workspace, commit: str, fork: Origin, server: GitServer, options: CloneOptions
) -> None:
    """Not even forward: it is at the parent of what is pushed."""
    made_meanwhile = ("update-ref", "refs/heads/lr", opened.commit)
    server.before_push = lambda: fork.git(*made_meanwhile)
    with pytest.raises(RefusedError, match="with something else"):
        push(opened, url=fork_url(server), commit=commit, branch="lr", options=options)
    assert fork.git("rev-parse", "lr") == opened.commit


@pytest.mark.parametrize(
    "branch",
    [
        *("--upload-pack=x", "../x", "", "HEAD", "a b", "a\nb", "a\0b", "a..b", "x.lock", "/x"),
        *("x/", "refs/heads/x", "a:b", "x~1", "x^", "x\u202e", "@{-1}", "x" * 300, "*", "-f", ".x"),
    ],
)
def test_a_name_that_is_none_reaches_no_server(
    branch: str, opened: Workspace, commit: str, server: GitServer, options: CloneOptions
) -> None:
    asked = len(server.requests)
    with pytest.raises(InputError, match="no name for a branch") as caught:
        push(opened, url=fork_url(server), commit=commit, branch=branch, options=options)
    assert caught.value.message.isprintable()
    assert len(server.requests) == asked


@pytest.mark.parametrize("what", ["", "HEAD", "main", "--all", "0" * 40, "tree", "short"])
def test_only_a_commit_by_its_full_sha_is_pushed(
    what: str, opened: Workspace, commit: str, server: GitServer, options: CloneOptions
) -> None:
    named = {"tree": base_tree(opened), "short": commit[:12]}.get(what, what)
    with pytest.raises(InputError, match="no commit of the workspace"):
        push(opened, url=fork_url(server), commit=named, branch="lr", options=options)


@pytest.mark.parametrize(
    "url",
    [
        *("/etc", "file:///etc", "ext::sh -c :", "--receive-pack=x", "https://evil.tld/a/b", ""),
        *("https://github.com/a/b", "ssh://git@github.com/a/b", "http://u:p@HOST/a/b"),
    ],
)
def test_nothing_is_pushed_elsewhere_than_to_the_host_of_the_token(
    url: str, opened: Workspace, commit: str, server: GitServer, options: CloneOptions
) -> None:
    asked = len(server.requests)
    address = url.replace("HOST", server.host)
    with pytest.raises(TargetError):
        push(opened, url=address, commit=commit, branch="lr", options=options)
    assert len(server.requests) == asked


def test_settings_of_the_site_may_map_the_address_and_the_token_stays(
    opened: Workspace, commit: str, fork: Origin, server: GitServer
) -> None:
    config = {f"url.{server.url}/.insteadOf": "https://github.com/"}
    options = CloneOptions(token=TOKEN, config=config)
    with pytest.raises(RefusedError):
        push(opened, url="https://github.com/eve/fork", commit=commit, branch="x", options=options)
    assert any("git-receive-pack" in path for _, path, _ in server.requests)
    assert all("Authorization" not in headers for _, _, headers in server.requests)


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("readonly", RefusedError, "Permission to/eve/fork/info/refs denied"),
        ("broken", NetworkError, "500"),
        ("moved", TargetError, "has moved to"),
        ("elsewhere", RefusedError, "redirects to another host"),
        ("private/missing", TargetError, "private or does not exist"),
        ("stallpush", NetworkError, "within 3 s"),
    ],
)
def test_a_push_that_fails_is_a_clear_error(
    *,
    kind: str,
    error: type[SandboxError],
    words: str,
    opened: Workspace,
    commit: str,
    fork: Origin,
    server: GitServer,
) -> None:
    limits = CloneLimits(timeout_s=3.0 if kind == "stallpush" else 60.0)
    options = CloneOptions(token=TOKEN, token_host=server.host, limits=limits)
    with pytest.raises(error, match=words) as caught:
        push(opened, url=fork_url(server, kind), commit=commit, branch="lr", options=options)
    said = f"{caught.value} {caught.value.hint} {caught.value.facts}"
    assert TOKEN not in said
    assert BASIC not in said
    assert caught.value.message.isprintable()
    assert fork.git("branch", "--list", "lr") == ""


def test_a_hook_that_refuses_is_heard(
    opened: Workspace, commit: str, origin: Origin, server: GitServer, options: CloneOptions
) -> None:
    place = origin.path.parent.parent / "eve" / "fork"
    fork = make_fork(place, origin, refusal=f"sign your work {TOKEN}" + " please" * 100)
    with pytest.raises(RefusedError, match=r"hook declined.*sign your work …") as caught:
        push(opened, url=fork_url(server), commit=commit, branch="lr", options=options)
    assert len(caught.value.message) < 1000
    assert caught.value.exit_code == 3
    assert fork.git("branch", "--list", "lr") == ""


def test_a_token_that_is_not_taken_is_told_and_never_repeated(
    opened: Workspace, commit: str, fork: Origin, server: GitServer
) -> None:
    options = CloneOptions(token="wrong-token", token_host=server.host)
    with pytest.raises(TargetError) as caught:
        push(opened, url=fork_url(server), commit=commit, branch="lr", options=options)
    assert "wrong-token" not in f"{caught.value} {caught.value.hint} {caught.value.facts}"


def test_hooks_and_settings_of_the_clone_have_no_part_in_a_push(
    *,
    opened: Workspace,
    commit: str,
    fork: Origin,
    server: GitServer,
    options: CloneOptions,
    tmp_path: Path,
) -> None:
    repo = repo_of(opened)
    hook = repo / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n: > {tmp_path}/ran\nexit 1\n")
    hook.chmod(0o755)
    for key, value in {
        "core.hooksPath": str(hook.parent),
        f"url.{server.url}/readonly/.pushInsteadOf": f"{server.url}/private/",
        "push.gpgSign": "true",
        "push.followTags": "true",
        "credential.helper": f"!touch {tmp_path}/ran",
        "http.proxy": "http://127.0.0.1:9",
    }.items():
        plain_git(repo, "config", key, value)
    plain_git(repo, "tag", "-a", "-m", "mine", "mine", commit)
    assert push(opened, url=fork_url(server), commit=commit, branch="lr", options=options)
    assert fork.git("tag", "--list") == ""
    assert not (tmp_path / "ran").exists()


def test_the_token_is_on_no_command_line_and_in_no_file(
    *,
    opened: Workspace,
    commit: str,
    fork: Origin,
    server: GitServer,
    options: CloneOptions,
    home: Home,
) -> None:
    limits = CloneLimits(timeout_s=4.0)
    slow = CloneOptions(token=TOKEN, token_host=server.host, limits=limits)
    with command_lines() as seen, pytest.raises(NetworkError):
        push(opened, url=fork_url(server, "stallpush"), commit=commit, branch="a", options=slow)
    with command_lines() as more:
        push(opened, url=fork_url(server), commit=commit, branch="lr", options=options)
    whole = b"\n".join(seen | more)
    assert b"git\0push\0" in whole
    assert b"send-pack" in whole
    for secret in (TOKEN.encode(), BASIC.encode(), BASIC[:24].encode()):
        assert secret not in whole
        for path in home.root.rglob("*"):
            assert not (path.is_file() and secret in path.read_bytes()), path


class command_lines:  # noqa: N801 - reads as a function
    """Command lines of all processes of the machine, looked at as often as possible."""

    def __enter__(self) -> set[bytes]:
        self._seen: set[bytes] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self._seen

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self._seen.add(path.read_bytes())
                except OSError:
                    continue
            time.sleep(0.005)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(autouse=True)
def _no_scratch_left(home: Home) -> Iterator[None]:
    yield
    assert not list(home.root.rglob("sandbox-index-*"))

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.checkouts import (
    CloneLimits,
    CloneOptions,
    GitTree,
    base_tree,
    clone,
    commit_variant,
    deepen,
    load_workspace,
    parse_target,
    working_tree,
)
from sandbox.domain import Repo, Workspace
from sandbox.errors import RefusedError, TargetError
from sandbox.paths import Home, WorkspacePaths
from tests.support.git_repos import Origin, make_origin, plain_git
from tests.support.git_server import GitServer

Open = Callable[..., Workspace]
Served = Callable[[str], Repo]


def repo_of(workspace: Workspace) -> Path:
    return WorkspacePaths(Path(workspace.root)).repo


def test_a_clone_over_http_is_an_ordinary_clone_the_user_can_work_in(
    served: Served, origin: Origin, home: Home
) -> None:
    sha = origin.commit({"model.py": "x = 1\n"})
    made = clone(served("ada/tiny"), home.workspace("tiny"), name="tiny")
    repo = repo_of(made)
    assert (made.commit, made.ref) == (sha, None)
    assert made.committed_at == "2021-03-04T05:06:07+02:00"
    assert made.repo.full_name == "ada/tiny"
    assert (repo / "model.py").read_text() == "x = 1\n"
    assert plain_git(repo, "status", "--porcelain=v2", "--branch").splitlines()[1] == (
        "# branch.head main"
    )
    assert plain_git(repo, "status", "--porcelain") == ""
    assert plain_git(repo, "remote", "get-url", "origin") == made.repo.source
    assert plain_git(repo, "rev-parse", "main@{upstream}") == sha
    assert load_workspace(home.workspace("tiny")) == made


def test_the_files_of_a_fresh_clone_are_older_than_its_index_and_need_no_second_look(
    served: Served, origin: Origin, home: Home
) -> None:
    origin.commit({"model.py": "x = 1\n", "data/a.csv": "1\n"})
    made = clone(served("ada/tiny"), home.workspace("tiny"), name="tiny")
    repo = repo_of(made)
    index_s = int((repo / ".git" / "index").stat().st_mtime)
    assert all((repo / path).stat().st_mtime < index_s for path in ("model.py", "data/a.csv"))
    assert "model.py" not in plain_git(repo, "diff-files")
    (repo / "model.py").write_text("x = 2\n")
    assert working_tree(made) != base_tree(made)


def test_everything_works_without_the_remote_afterwards(
    served: Served, server: GitServer, origin: Origin, home: Home
) -> None:
    origin.commit({"data/a.csv": "1\n" * 1000})
    made = clone(served("ada/tiny"), home.workspace("tiny"), name="tiny")
    asked = len(server.requests)
    tree = GitTree(made, base_tree(made))
    assert {path: len(tree.read(path)) for path in tree.paths()}["data/a.csv"] == 2000
    assert working_tree(made) == base_tree(made)
    assert len(server.requests) == asked


def test_only_the_one_commit_is_fetched_until_deepened(
    served: Served, origin: Origin, home: Home
) -> None:
    for number in range(3):
        origin.commit({"n.txt": str(number)})
    origin.git("tag", "v1")
    made = clone(served("ada/tiny"), home.workspace("tiny"), name="tiny")
    assert plain_git(repo_of(made), "rev-list", "--count", "HEAD") == "1"
    deepen(made)
    assert plain_git(repo_of(made), "rev-list", "--count", "HEAD") == "4"
    assert plain_git(repo_of(made), "tag") == "v1"
    assert plain_git(repo_of(made), "status", "--porcelain") == ""
    deepen(made)


@pytest.mark.slow
@pytest.mark.parametrize("through", ["http", "folder"])
def test_a_ref_may_be_a_branch_a_tag_or_a_commit(
    through: str, served: Served, origin: Origin, home: Home
) -> None:
    first = origin.git("rev-parse", "HEAD")
    origin.git("tag", "-a", "-m", "noted", "v1")
    origin.git("switch", "--quiet", "-c", "feature/new")
    middle = origin.commit({"a.py": "1\n"})
    tip = origin.commit({"a.py": "2\n"})
    origin.git("switch", "--quiet", "main")
    repo = served("ada/tiny") if through == "http" else Repo(str(origin.path), "tiny")
    wanted = {
        "main": first,
        "v1": first,
        "feature/new": tip,
        "refs/heads/feature/new": tip,
        "refs/tags/v1": first,
        tip: tip,
        middle: middle,
        middle[:8]: middle,
        middle[:6]: middle,
        middle[:8].upper(): middle,
        tip[:10]: tip,
    }
    for at, (ref, sha) in enumerate(wanted.items()):
        made = clone(repo, home.workspace(f"w{at}"), name=f"w{at}", ref=ref)
        assert (made.commit, made.ref) == (sha, ref)
        assert plain_git(repo_of(made), "rev-parse", "HEAD") == sha
        assert plain_git(repo_of(made), "status", "--porcelain") == ""


def test_an_unknown_ref_names_the_near_ones(open_folder: Open, origin: Origin) -> None:
    origin.git("branch", "develop")
    with pytest.raises(TargetError, match="no ref 'develpo'") as caught:
        open_folder(origin.path, ref="develpo")
    assert "develop" in str(caught.value.hint)
    with pytest.raises(TargetError, match="no ref 'deadbeef'"):
        open_folder(origin.path, ref="deadbeef")
    with pytest.raises(TargetError, match="no ref"):
        open_folder(origin.path, ref="0" * 40)


@pytest.mark.parametrize("ref", ["face", "added", "2021", "CAFE"])
def test_a_year_or_a_word_is_no_commit_and_nothing_is_fetched_to_look_for_it(
    ref: str, served: Served, server: GitServer, origin: Origin, home: Home
) -> None:
    origin.commit({"a.py": "1\n"})
    asked = []
    for word in ("nowhere", ref):
        server.requests.clear()
        with pytest.raises(TargetError, match=f"no ref '{word}'"):
            clone(served("ada/tiny"), home.workspace("tiny"), name="tiny", ref=word)
        asked.append([(method, path) for method, path, _ in server.requests])
    assert asked[0] == asked[1]


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "-x", ".x", "a" * 101, "a b", "a\n"])
def test_a_workspaces_name_is_no_path(name: str, open_folder: Open, origin: Origin) -> None:
    with pytest.raises(TargetError, match="no name for a workspace"):
        open_folder(origin.path, name)


@pytest.mark.parametrize("ref", ["--upload-pack=touch x", "-x", "", "main:refs/heads/x", "..", "@"])
def test_a_ref_is_never_an_option(ref: str, open_folder: Open, origin: Origin, home: Home) -> None:
    with pytest.raises(TargetError) as caught:
        open_folder(origin.path, ref=ref)
    assert caught.value.exit_code == 2
    assert list(home.workspaces.iterdir()) == []


def test_a_branch_wins_over_a_tag_of_the_same_name(open_folder: Open, origin: Origin) -> None:
    origin.git("tag", "same")
    origin.git("branch", "same")
    origin.git("switch", "--quiet", "same")
    tip = origin.commit({"a.py": "1\n"})
    origin.git("switch", "--quiet", "main")
    assert open_folder(origin.path, ref="same").commit == tip


def test_a_workspace_that_is_there_is_given_again_but_never_to_another_repository(
    open_folder: Open, origin: Origin, tmp_path: Path
) -> None:
    first = open_folder(origin.path)
    origin.commit({"train.py": "changed\n"})
    assert open_folder(origin.path) == first
    with pytest.raises(TargetError, match="taken by"):
        open_folder(origin.path, ref="main")
    other = make_origin(tmp_path / "other")
    with pytest.raises(TargetError, match="taken by"):
        open_folder(other.path)


def test_a_force_pushed_branch_does_not_move_the_workspace(
    open_folder: Open, origin: Origin
) -> None:
    made = open_folder(origin.path)
    before = base_tree(made)
    origin.git("commit", "--quiet", "--amend", "-m", "rewritten")
    origin.commit({"train.py": "other\n"})
    assert base_tree(made) == before
    assert plain_git(repo_of(made), "rev-parse", "HEAD") == made.commit


def test_a_detached_or_bare_or_linked_folder_can_be_cloned(
    open_folder: Open, origin: Origin, tmp_path: Path
) -> None:
    sha = origin.git("rev-parse", "HEAD")
    plain_git(tmp_path, "clone", "--quiet", "--bare", str(origin.path), "bare.git")
    origin.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    origin.git("checkout", "--quiet", "--detach")
    assert open_folder(tmp_path / "bare.git", "bare").commit == sha
    assert open_folder(tmp_path / "linked", "linked").commit == sha
    assert open_folder(origin.path, "detached").commit == sha


def test_the_source_folder_is_left_exactly_as_it_was(
    open_folder: Open, origin: Origin, tmp_path: Path
) -> None:
    origin.commit({".gitignore": "*.log\n"})
    (origin.path / "draft.py").write_text("unsaved\n")
    (origin.path / "train.py").write_text("unsaved\n")
    (origin.path / "noise.log").write_text("ignored\n")
    (origin.path / "staged.py").write_text("staged\n")
    origin.git("add", "staged.py")
    origin.git("config", "filter.evil.clean", f"touch {tmp_path}/ran; cat")
    (origin.path / ".git" / "info" / "attributes").write_text("* filter=evil\n")
    before = snapshot(origin.path)
    made = open_folder(origin.path)
    assert snapshot(origin.path) == before
    assert not (repo_of(made) / "draft.py").exists()
    assert not (tmp_path / "ran").exists()
    assert any("3 changes" in n and "draft.py, staged.py, train.py" in n for n in made.notes)
    assert open_folder(origin.path, "named", ref="main").notes == ()
    objects = [
        path.stat().st_nlink for path in (repo_of(made) / ".git").rglob("*") if path.is_file()
    ]
    assert set(objects) == {1}, "nothing is hard-linked to the source"


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_folder_without_history_gets_one_of_its_own(open_folder: Open, tmp_path: Path) -> None:
    folder = tmp_path / "loose"
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg" / "a\nb.py").write_text("1\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("run.sh")
    (folder / "away").symlink_to("/etc", target_is_directory=True)
    (folder / "venv").mkdir()
    (folder / "venv" / "pyvenv.cfg").write_text("")
    (folder / "__pycache__").mkdir()
    (folder / "nested" / ".git").mkdir(parents=True)
    made = open_folder(folder, "loose")
    tree = GitTree(made, base_tree(made))
    assert tree.paths() == ("pkg/a\nb.py", "run.sh")
    assert any("no git repository" in note for note in made.notes)
    assert any("__pycache__/, nested/, venv/" in note for note in made.notes)
    assert any("leave the tree" in note and "away" in note for note in made.notes)
    assert working_tree(made) == base_tree(made)
    assert (repo_of(made) / "run.sh").stat().st_mode & 0o111
    assert not (folder / ".git").exists()
    assert open_folder(folder, "again").commit == made.commit
    with pytest.raises(TargetError, match="no history"):
        open_folder(folder, "ref", ref="main")


def test_an_empty_folder_makes_an_empty_workspace(open_folder: Open, tmp_path: Path) -> None:
    (tmp_path / "void").mkdir()
    made = open_folder(tmp_path / "void", "void")
    assert GitTree(made, base_tree(made)).paths() == ()
    assert working_tree(made) == base_tree(made)


def test_limits_hold_for_folders_and_repositories(
    origin: Origin, home: Home, tmp_path: Path
) -> None:
    origin.commit({f"f{number}": "x" * 100 for number in range(20)})
    loose = tmp_path / "loose"
    loose.mkdir()
    for number in range(20):
        (loose / f"f{number}").write_text("x" * 100)
    for limits in (CloneLimits(files=10), CloneLimits(bytes=1500)):
        for folder in (origin.path, loose):
            repo = Repo(str(folder), "big")
            with pytest.raises(RefusedError) as caught:
                clone(repo, home.workspace("big"), name="big", options=CloneOptions(limits=limits))
            assert caught.value.exit_code == 3
            assert list(home.workspaces.iterdir()) == []


def test_the_hosts_git_settings_and_variables_have_no_effect(
    open_folder: Open, origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "ran"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "post-checkout").write_text(f"#!/bin/sh\n: > {marker}\n")
    (hooks / "post-checkout").chmod(0o755)
    (tmp_path / ".gitconfig").write_text(
        f"[core]\nhooksPath = {hooks}\nautocrlf = true\n[init]\ntemplateDir = {tmp_path}\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "git-dir"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    made = open_folder(origin.path)
    tree, commit = commit_variant(made, base_tree(made), edits={"a.py": b"1\n"}, message="a")
    assert plain_git(repo_of(made), "rev-parse", f"{commit}^{{tree}}") == tree
    assert working_tree(made) == base_tree(made)
    assert (repo_of(made) / "train.py").read_bytes() == b"lr = 0.1\nprint(lr)\n"
    assert not marker.exists()
    assert not (tmp_path / "index").exists()
    assert not (tmp_path / "elsewhere").exists()


def test_attributes_of_the_repository_change_no_byte(open_folder: Open, origin: Origin) -> None:
    files = {
        ".gitattributes": "* text=auto eol=crlf ident\n*.u16 working-tree-encoding=UTF-16\n"
        "*.py filter=evil diff=evil\n",
        "mixed.txt": b"a\r\nb\nc\r\n",
        "id.txt": "$Id$\n",
        "x.u16": "plain\n",
        "a.py": "1\n",
    }
    blobs = {
        name: origin.git("hash-object", "-w", "--no-filters", "--stdin", stdin=_bytes(content))
        for name, content in files.items()
    }
    index = "".join(f"100644 {sha} 0\t{name}\n" for name, sha in blobs.items())
    origin.git("update-index", "--index-info", stdin=index.encode())
    origin.git("commit", "--quiet", "-m", "odd attributes")
    made = open_folder(origin.path)
    for name, content in files.items():
        assert (repo_of(made) / name).read_bytes() == _bytes(content)
    for path in repo_of(made).glob("*.*"):
        path.touch()
    assert working_tree(made) == base_tree(made)


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def test_the_token_is_sent_in_a_header_and_stays_nowhere(
    served: Served, server: GitServer, origin: Origin, home: Home
) -> None:
    repo = served("private/ada/tiny")
    options = CloneOptions(token="secret-token", token_host=server.host)
    made = clone(repo, home.workspace("tiny"), name="tiny", options=options)
    assert made.commit == origin.git("rev-parse", "HEAD")
    assert "secret-token" not in repr(options)
    secrets = (b"secret-token", b"eC1hY2Nlc3MtdG9rZW46")
    for path in home.root.rglob("*"):
        if path.is_file():
            assert not any(secret in path.read_bytes() for secret in secrets), path


def test_the_token_is_sent_to_its_own_host_only(
    served: Served, server: GitServer, origin: Origin, home: Home
) -> None:
    options = CloneOptions(token="secret-token")
    with pytest.raises(TargetError, match="private or does not exist"):
        clone(served("private/ada/tiny"), home.workspace("tiny"), name="tiny", options=options)
    assert all("Authorization" not in headers for _, _, headers in server.requests)


def test_a_wrong_token_is_never_repeated(
    served: Served, server: GitServer, origin: Origin, home: Home
) -> None:
    options = CloneOptions(token="wrong-token", token_host=server.host)
    with pytest.raises(TargetError) as caught:
        clone(served("private/ada/tiny"), home.workspace("tiny"), name="tiny", options=options)
    assert "wrong-token" not in f"{caught.value} {caught.value.hint} {caught.value.facts}"


def test_settings_of_the_site_may_map_an_address(
    server: GitServer, origin: Origin, home: Home
) -> None:
    repo = parse_target("ada/tiny", folder_base=Path("/nonexistent"))
    options = CloneOptions(config={f"url.{server.url}/.insteadOf": "https://github.com/"})
    made = clone(repo, home.workspace("tiny"), name="tiny", options=options)
    assert made.repo.source == "https://github.com/ada/tiny"
    assert plain_git(repo_of(made), "remote", "get-url", "origin") == made.repo.source
    origin.commit({"a": "1"})
    deepen(made, options=options)


def test_a_moved_repository_is_followed_on_its_own_host_only(
    served: Served, server: GitServer, origin: Origin, home: Home
) -> None:
    made = clone(served("moved/ada/tiny"), home.workspace("tiny"), name="tiny")
    assert any("has moved to" in note for note in made.notes)
    assert plain_git(repo_of(made), "remote", "get-url", "origin") == f"{server.url}/ada/tiny"
    with pytest.raises(RefusedError, match="redirects to another host: http://localhost"):
        clone(served("elsewhere/ada/tiny"), home.workspace("x"), name="x")


def test_submodules_come_as_plain_files_when_asked(
    server: GitServer, origin: Origin, home: Home, tmp_path: Path
) -> None:
    inner = make_origin(tmp_path / "served" / "ada" / "inner", {"deep.py": "d = 1\n"})
    outer = make_origin(tmp_path / "served" / "ada" / "outer", {"lib.py": "l = 1\n"})
    for parent, path, url in ((outer, "in", "../inner"), (origin, "libs/out", "../outer")):
        child = inner if parent is outer else outer
        parent.commit({".gitmodules": f'[submodule "s"]\n\tpath = {path}\n\turl = {url}\n'})
        sha = child.git("rev-parse", "HEAD")
        parent.git("update-index", "--add", "--cacheinfo", f"160000,{sha},{path}")
        parent.git("commit", "--quiet", "-m", "add a submodule")
    address = f"{server.url}/ada/tiny"
    repo = parse_target(address, known_hosts=[server.host], folder_base=tmp_path)
    without = clone(repo, home.workspace("without"), name="without")
    assert any("1 submodules, not fetched: libs/out" in note for note in without.notes)
    options = CloneOptions(submodules=True, known_hosts=(server.host,))
    made = clone(repo, home.workspace("with"), name="with", options=options)
    tree = GitTree(made, base_tree(made))
    assert {"libs/out/lib.py", "libs/out/in/deep.py"} <= set(tree.paths())
    assert (repo_of(made) / "libs/out/in/deep.py").read_text() == "d = 1\n"
    assert made.commit == without.commit
    assert working_tree(made) == base_tree(made)
    assert plain_git(repo_of(made), "status", "--porcelain") == ""
    assert sum("fetched from" in note for note in made.notes) == 2
    refused = dataclasses.replace(options, known_hosts=("github.com",))
    other = clone(repo, home.workspace("refused"), name="refused", options=refused)
    assert any("libs/out not fetched" in note for note in other.notes)


def test_a_partial_clone_is_taken_as_far_as_it_goes(
    open_folder: Open, origin: Origin, tmp_path: Path
) -> None:
    sha = origin.commit({"big.bin": "b" * 5000, "small/x.py": "x\n"})
    origin.git("config", "uploadpack.allowFilter", "true")
    arguments = ("clone", "--quiet", "--bare", "--filter=blob:limit=1k", f"file://{origin.path}")
    plain_git(tmp_path, *arguments, "partial.git")
    made = open_folder(tmp_path / "partial.git", "partial")
    assert made.commit == sha
    assert any("partial clone without 1 of its files: big.bin" in note for note in made.notes)
    tree = GitTree(made, base_tree(made))
    assert tree.paths() == ("README.md", "small/x.py", "train.py")
    assert (repo_of(made) / "small" / "x.py").read_text() == "x\n"
    assert working_tree(made) == base_tree(made)
    assert plain_git(repo_of(made), "status", "--porcelain") == ""
    plain_git(repo_of(made), "gc", "--quiet", "--prune=now")
    assert tree.read("train.py") == b"lr = 0.1\nprint(lr)\n"

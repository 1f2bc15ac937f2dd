from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.checkouts import CloneLimits, GitTree, base_tree, working_tree
from sandbox.domain import Workspace
from sandbox.errors import RefusedError
from sandbox.paths import WorkspacePaths
from tests.support.git_repos import Origin, plain_git

Open = Callable[..., Workspace]


def repo_of(workspace: Workspace) -> Path:
    return WorkspacePaths(Path(workspace.root)).repo


def files_of(workspace: Workspace) -> dict[str, bytes]:
    tree = GitTree(workspace, working_tree(workspace))
    return {path: tree.read(path) for path in tree.paths()}


def test_the_working_tree_counts_as_it_is(open_folder: Open, origin: Origin) -> None:
    origin.commit({".gitignore": "*.log\ndata/\n", "gone.py": "1\n", "kept.log": "tracked\n"})
    made = open_folder(origin.path)
    repo = repo_of(made)
    (repo / "train.py").write_text("lr = 0.5\n")
    (repo / "new").mkdir()
    (repo / "new" / "x.py").write_text("x\n")
    (repo / "noise.log").write_text("ignored\n")
    (repo / "data").mkdir()
    (repo / "data" / "big.csv").write_text("ignored\n")
    (repo / "gone.py").unlink()
    (repo / ".git" / "info").mkdir(exist_ok=True)
    (repo / ".git" / "info" / "exclude").write_text("private.txt\n")
    (repo / "private.txt").write_text("ignored\n")
    status = plain_git(repo, "status", "--porcelain")
    index = (repo / ".git" / "index").read_bytes()
    assert files_of(made) == {
        ".gitignore": b"*.log\ndata/\n",
        "README.md": b"# tiny\n",
        "kept.log": b"tracked\n",
        "new/x.py": b"x\n",
        "train.py": b"lr = 0.5\n",
    }
    assert plain_git(repo, "status", "--porcelain") == status
    assert (repo / ".git" / "index").read_bytes() == index


def test_it_equals_the_base_when_nothing_was_changed(workspace: Workspace) -> None:
    assert working_tree(workspace) == base_tree(workspace)
    repo = repo_of(workspace)
    (repo / "train.py").write_bytes((repo / "train.py").read_bytes())
    os.utime(repo / "README.md", (0, 0))
    assert working_tree(workspace) == base_tree(workspace)
    (repo / "train.py").chmod(0o755)
    assert working_tree(workspace) != base_tree(workspace)


def test_what_the_user_staged_or_committed_counts_too(workspace: Workspace) -> None:
    repo = repo_of(workspace)
    (repo / "a.py").write_text("a\n")
    plain_git(repo, "add", "a.py")
    plain_git(repo, "commit", "--quiet", "-m", "mine")
    (repo / "b.py").write_text("b\n")
    plain_git(repo, "add", "--intent-to-add", "b.py")
    plain_git(repo, "rm", "--quiet", "README.md")
    assert set(files_of(workspace)) == {"a.py", "b.py", "train.py"}
    assert GitTree(workspace, base_tree(workspace)).paths() == ("README.md", "train.py")


@pytest.mark.parametrize("content", [None, b"", b"not an index"])
def test_a_missing_or_damaged_index_does_no_harm(
    content: bytes | None, workspace: Workspace
) -> None:
    index = repo_of(workspace) / ".git" / "index"
    index.unlink()
    if content is not None:
        index.write_bytes(content)
    assert working_tree(workspace) == base_tree(workspace)


def test_a_file_filled_in_by_git_lfs_counts_with_its_content(
    open_folder: Open, origin: Origin
) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 9\n"
    origin.commit({"w.bin": pointer, ".gitattributes": "*.bin filter=lfs\n"})
    made = open_folder(origin.path)
    repo = repo_of(made)
    (repo / "w.bin").write_bytes(b"123456789")
    os.utime(repo / "w.bin", (1, 1))
    plain_git(repo, "config", "filter.lfs.clean", f"printf '{pointer}'")
    plain_git(repo, "add", "w.bin")
    assert plain_git(repo, "status", "--porcelain") == "", "git takes the file for unchanged"
    assert files_of(made)["w.bin"] == b"123456789"


def test_links_and_special_files_are_taken_as_what_they_are(workspace: Workspace) -> None:
    repo = repo_of(workspace)
    (repo / "secret").symlink_to("/etc/passwd")
    (repo / "etc").symlink_to("/etc", target_is_directory=True)
    os.mkfifo(repo / "pipe")
    tree = GitTree(workspace, working_tree(workspace))
    assert tree.paths() == ("README.md", "train.py")
    assert {entry.path: entry.size for entry in tree.entries if not entry.is_file} == {
        "secret": 11,
        "etc": 4,
    }
    assert any("2 symbolic links that leave the tree" in note for note in tree.notes)


def test_a_nested_repository_is_named_not_taken(workspace: Workspace) -> None:
    inner = repo_of(workspace) / "inner"
    inner.mkdir()
    plain_git(inner, "init", "--quiet")
    (inner / "x.py").write_text("x\n")
    plain_git(inner, "add", ".")
    plain_git(inner, "commit", "--quiet", "-m", "inner")
    tree = GitTree(workspace, working_tree(workspace))
    assert tree.paths() == ("README.md", "train.py")
    assert any("submodules" in note and "inner" in note for note in tree.notes)


def test_too_many_untracked_files_are_refused_with_advice(workspace: Workspace) -> None:
    for number in range(5):
        (repo_of(workspace) / f"n{number}").write_text("12345")
    for limits in (CloneLimits(files=4), CloneLimits(bytes=20)):
        with pytest.raises(RefusedError, match="5 untracked files") as caught:
            working_tree(workspace, limits=limits)
        assert ".gitignore" in str(caught.value.hint)
    working_tree(workspace, limits=CloneLimits(files=5, bytes=25))

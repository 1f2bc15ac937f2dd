from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.checkouts import GitTree, base_tree, commit_variant, working_tree
from sandbox.domain import Workspace
from sandbox.errors import InputError
from sandbox.paths import WorkspacePaths
from tests.support.git_repos import Origin, make_origin, plain_git

Open = Callable[..., Workspace]

VARY = """
import sys
from pathlib import Path
from sandbox.checkouts import base_tree, commit_variant, load_workspace
from sandbox.paths import WorkspacePaths
workspace = load_workspace(WorkspacePaths(Path(sys.argv[1])))
base = base_tree(workspace)
for number in range(10):
    edits = {"train.py": b"lr = %d" % number}
    print(*commit_variant(workspace, base, edits=edits, message="lr"))
"""


def repo_of(workspace: Workspace) -> Path:
    return WorkspacePaths(Path(workspace.root)).repo


def vary(workspace: Workspace, edits: dict[str, bytes | None]) -> tuple[str, str]:
    return commit_variant(workspace, base_tree(workspace), edits=edits, message="lr=0.2\n\nwhy")


def test_a_variant_is_a_real_commit_and_touches_nothing_else(workspace: Workspace) -> None:
    repo = repo_of(workspace)
    index = (repo / ".git" / "index").read_bytes()
    tree, commit = vary(workspace, {"train.py": b"lr = 0.2\n", "a/b/new.py": b"1\n"})
    assert plain_git(repo, "rev-parse", f"refs/sandbox/{commit}^{{tree}}") == tree
    assert plain_git(repo, "rev-parse", f"{commit}^") == workspace.commit
    assert plain_git(repo, "log", "-1", "--format=%an|%aI|%cI|%s|%b", commit) == (
        f"sandbox|{workspace.committed_at}|{workspace.committed_at}|lr=0.2|why"
    )
    assert plain_git(repo, "show", f"{commit}:a/b/new.py") == "1"
    plain_git(repo, "fsck", "--strict", "--full")
    assert (repo / "train.py").read_text() == "lr = 0.1\nprint(lr)\n"
    assert (repo / ".git" / "index").read_bytes() == index
    assert plain_git(repo, "status", "--porcelain") == ""
    assert plain_git(repo, "branch", "--format=%(refname:short)") == "main"


def test_equal_edits_give_the_same_commit_whatever_the_order(workspace: Workspace) -> None:
    one = vary(workspace, {"train.py": b"x\n", "b.py": b"y\n"})
    other = vary(workspace, {"b.py": b"y\n", "train.py": b"x\n"})
    assert one == other
    assert vary(workspace, {"train.py": b"z\n"})[1] != one[1]


def test_no_edit_is_the_tree_itself(workspace: Workspace) -> None:
    assert vary(workspace, {})[0] == base_tree(workspace)


def test_git_agrees_on_the_tree_of_every_kind_of_edit(open_folder: Open, origin: Origin) -> None:
    (origin.path / "run.sh").write_text("1\n")
    (origin.path / "run.sh").chmod(0o755)
    (origin.path / "link").symlink_to("train.py")
    origin.commit({"a/x.py": "1", "a.b/y.py": "2", "a-b/z.py": "3", "only/one.py": "4"})
    made = open_folder(origin.path)
    edits: dict[str, bytes | None] = {
        "run.sh": b"2\n",
        "link": b"a file now\n",
        "a/x.py": None,
        "a/w.py": b"new",
        "a0": b"sorts around the folders",
        "only/one.py": None,
    }
    tree, _ = vary(made, edits)
    (origin.path / "link").unlink()
    origin.commit({name: content for name, content in edits.items() if content is not None})
    origin.commit({"a/x.py": None, "only/one.py": None})
    assert tree == origin.git("rev-parse", "HEAD^{tree}")


def test_everything_can_be_deleted(workspace: Workspace) -> None:
    tree, _ = vary(workspace, {"train.py": None, "README.md": None})
    assert GitTree(workspace, tree).paths() == ()


def test_variants_stack_and_may_have_other_parents(workspace: Workspace) -> None:
    tree, commit = vary(workspace, {"train.py": b"1"})
    _, upper = commit_variant(workspace, tree, edits={"b": b"2"}, message="b", parents=[commit])
    assert plain_git(repo_of(workspace), "rev-parse", f"{upper}^") == commit
    _, root = commit_variant(workspace, tree, edits={}, message="root", parents=[])
    assert plain_git(repo_of(workspace), "rev-list", "--count", root) == "1"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a//b",
        "a/",
        "./a",
        ".git/config",
        "sub/.git/hooks/x",
        ".GIT/config",
        ".git./config",
        ".git /config",
        ".g\u200cit/config",
        "git~1/config",
        ".git::$INDEX_ALLOCATION/x",
        "a\0b",
        "train.py/below",
    ],
)
def test_paths_outside_the_tree_are_refused(path: str, workspace: Workspace) -> None:
    with pytest.raises(InputError):
        vary(workspace, {path: b"x"})


@pytest.mark.parametrize(
    "edits",
    [
        {"missing.py": None},
        {"pkg": b"a file over a folder"},
        {"n/x": b"1", "n": b"2"},
        {"n": b"1", "n/x": b"2"},
    ],
)
def test_edits_that_make_no_sense_are_refused(
    edits: dict[str, bytes | None], open_folder: Open, tmp_path: Path
) -> None:
    made = open_folder(make_origin(tmp_path / "o", {"pkg/a.py": "1"}).path)
    with pytest.raises(InputError):
        vary(made, edits)


def test_several_processes_may_write_the_same_variants_at_once(workspace: Workspace) -> None:
    here = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-c", VARY, workspace.root]
    processes = [subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE) for _ in range(4)]
    answers = {process.communicate()[0] for process in processes}
    assert len(answers) == 1
    assert len(answers.pop().split()) == 20
    refs = plain_git(repo_of(workspace), "for-each-ref", "refs/sandbox")
    assert len(refs.splitlines()) == 11
    plain_git(repo_of(workspace), "fsck", "--strict")


def test_a_variant_survives_gits_own_cleaning(workspace: Workspace) -> None:
    tree, _ = vary(workspace, {"train.py": b"kept"})
    plain_git(repo_of(workspace), "gc", "--quiet", "--prune=now", "--aggressive")
    assert GitTree(workspace, tree).read("train.py") == b"kept"
    assert base_tree(workspace) == working_tree(workspace)
    assert vary(workspace, {"train.py": b"kept"})[0] == tree

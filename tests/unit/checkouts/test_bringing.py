from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.checkouts import add_worktree, base_tree, bring_in, commit_variant, tree_of
from sandbox.domain import Workspace
from sandbox.errors import InputError, StoreError
from tests.support.git_repos import make_origin

Open = Callable[..., Workspace]
LINES = [f"line {number}\n" for number in range(1, 21)]


@pytest.fixture
def long(open_folder: Open, tmp_path: Path) -> Workspace:
    files = {"m.py": "".join(LINES), "d/n.py": "one = 1\n", "go.sh": "true\n"}
    return open_folder(make_origin(tmp_path / "long", files).path, "long")


def variant(workspace: Workspace, edits: dict[str, bytes | None]) -> tuple[str, str]:
    return commit_variant(workspace, base_tree(workspace), edits=edits, message="x")


def line(number: int, text: str) -> bytes:
    return "".join([*LINES[: number - 1], text, *LINES[number:]]).encode()


def own(workspace: Workspace, path: str) -> Path:
    return Path(workspace.root, "repo", path)


def test_a_variant_s_changes_come_into_the_workspace_s_files(long: Workspace) -> None:
    edits: dict[str, bytes | None] = {"m.py": line(3, "three\n"), "new/f.py": b"1\n"}
    tree, _ = variant(long, {**edits, "d/n.py": None})
    assert bring_in(long, tree) == ("d/n.py", "m.py", "new/f.py")
    assert own(long, "m.py").read_bytes() == edits["m.py"]
    assert own(long, "new/f.py").read_text() == "1\n"
    assert not own(long, "d/n.py").exists()
    assert bring_in(long, tree) == ()


def test_what_was_changed_meanwhile_stays(long: Workspace) -> None:
    own(long, "m.py").write_bytes(line(18, "mine\n"))
    own(long, "d/n.py").write_text("one = 2\n")
    tree, _ = variant(long, {"m.py": line(3, "three\n")})
    assert bring_in(long, tree) == ("m.py",)
    lines = own(long, "m.py").read_text().splitlines()
    assert (lines[2], lines[17]) == ("three", "mine")
    assert own(long, "d/n.py").read_text() == "one = 2\n"


@pytest.mark.parametrize("gone", [False, True])
def test_changes_of_the_same_lines_are_refused_and_nothing_is_written(
    long: Workspace, *, gone: bool
) -> None:
    if gone:
        own(long, "m.py").unlink()
    else:
        own(long, "m.py").write_bytes(line(3, "mine\n"))
    tree, _ = variant(long, {"m.py": line(3, "three\n"), "d/n.py": b"one = 3\n"})
    with pytest.raises(InputError, match=r"same places: m\.py"):
        bring_in(long, tree)
    assert own(long, "d/n.py").read_text() == "one = 1\n"
    assert own(long, "m.py").exists() is not gone


def test_a_link_in_the_workspace_is_not_written_through(long: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    own(long, "linked").symlink_to(outside)
    tree, _ = variant(long, {"linked/f.py": b"1\n"})
    with pytest.raises(InputError, match="behind a link"):
        bring_in(long, tree)
    assert not list(outside.iterdir())


def test_only_what_the_variant_changed_is_brought_in(long: Workspace) -> None:
    """The files may have been other ones when it was made."""
    base, _ = variant(long, {"m.py": line(18, "then\n"), "scratch": b"x"})
    tree, _ = variant(
        long, {"m.py": line(18, "then\n").replace(b"line 3\n", b"three\n"), "scratch": b"x"}
    )
    assert bring_in(long, tree, base) == ("m.py",)
    lines = own(long, "m.py").read_text().splitlines()
    assert (lines[2], lines[17]) == ("three", "line 18")
    assert not own(long, "scratch").exists()


def test_a_file_that_git_ignores_is_not_overwritten(long: Workspace) -> None:
    own(long, ".gitignore").write_text("local.yaml\n")
    own(long, "local.yaml").write_text("mine")
    tree, _ = variant(long, {"local.yaml": b"theirs", "d/n.py": b"one = 3\n"})
    with pytest.raises(InputError, match=r"local\.yaml"):
        bring_in(long, tree)
    assert own(long, "local.yaml").read_text() == "mine"
    assert own(long, "d/n.py").read_text() == "one = 1\n"


def test_a_file_where_a_folder_has_to_be_is_refused(long: Workspace) -> None:
    own(long, "new").write_text("a file")
    tree, _ = variant(long, {"new/f.py": b"1", "go.sh": b"false\n"})
    with pytest.raises(InputError, match=r"new/f\.py"):
        bring_in(long, tree)
    assert own(long, "go.sh").read_text() == "true\n"
    assert not list(Path(long.root).glob("bringing-*"))


def test_an_executable_stays_one(long: Workspace) -> None:
    own(long, "go.sh").chmod(0o755)
    tree, _ = variant(long, {"go.sh": b"true\nfalse\n"})
    assert bring_in(long, tree) == ("go.sh",)
    assert own(long, "go.sh").stat().st_mode & 0o111
    assert own(long, "go.sh").read_text() == "true\nfalse\n"


def test_a_link_into_the_repository_s_own_files_is_not_followed(long: Workspace) -> None:
    own(long, "linked").symlink_to(".git")
    tree, _ = variant(long, {"linked/hooks/x": b"1\n"})
    with pytest.raises(InputError, match="behind a link"):
        bring_in(long, tree)


def test_a_worktree_is_the_code_that_ran_whatever_attributes_say(
    open_folder: Open, tmp_path: Path
) -> None:
    files = {"a.py": "one = 1\n", ".gitattributes": "*.py text eol=crlf\n"}
    workspace = open_folder(make_origin(tmp_path / "crlf", files).path, "crlf")
    _, commit = variant(workspace, {"a.py": b"one = 2\n"})
    add_worktree(workspace, commit, tmp_path / "there")
    assert (tmp_path / "there" / "a.py").read_bytes() == b"one = 2\n"


def test_a_worktree_that_was_deleted_can_be_made_again(long: Workspace, tmp_path: Path) -> None:
    _, commit = variant(long, {"m.py": b"other\n"})
    add_worktree(long, commit, tmp_path / "there")
    shutil.rmtree(tmp_path / "there")
    add_worktree(long, commit, tmp_path / "there")
    assert (tmp_path / "there" / "m.py").read_text() == "other\n"
    with pytest.raises(InputError, match="lies in the workspace"):
        add_worktree(long, commit, own(long, "inside"))


def test_a_worktree_has_the_variant_s_files_and_its_history(
    long: Workspace, tmp_path: Path
) -> None:
    tree, commit = variant(long, {"m.py": b"other\n"})
    folder = tmp_path / "there"
    add_worktree(long, commit, folder)
    assert (folder / "m.py").read_text() == "other\n"
    words = ["git", "-C", str(folder), "log", "--format=%H"]
    shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert shown == [commit, long.commit]
    assert own(long, "m.py").read_text() == "".join(LINES)
    assert tree_of(long, commit) == tree


def test_a_folder_with_something_in_it_is_left_alone(long: Workspace, tmp_path: Path) -> None:
    _, commit = variant(long, {"m.py": b"other\n"})
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("x")
    with pytest.raises(InputError, match="not empty"):
        add_worktree(long, commit, tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine"]


def test_a_worktree_that_cannot_be_written_is_not_left_behind(
    long: Workspace, tmp_path: Path
) -> None:
    _, commit = variant(long, {"n" * 300: b"1\n"})
    with pytest.raises(StoreError):
        add_worktree(long, commit, tmp_path / "there")
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize("commit", ["", "0" * 40, "--help", "main^{/x}"])
def test_code_that_is_not_there_any_more_is_told(long: Workspace, commit: str) -> None:
    with pytest.raises(InputError, match="not in workspace long any more"):
        tree_of(long, commit)

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.checkouts import add_worktree, base_tree, bring_in, commit_variant, tree_of
from sandbox.domain import Workspace
from sandbox.errors import InputError
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
    with pytest.raises(InputError, match=r"same lines: m\.py"):
        bring_in(long, tree)
    assert own(long, "d/n.py").read_text() == "one = 1\n"
    assert own(long, "m.py").exists() is not gone


def test_a_link_in_the_workspace_is_not_written_through(long: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    own(long, "linked").symlink_to(outside)
    tree, _ = variant(long, {"linked/f.py": b"1\n"})
    with pytest.raises(InputError, match="is a link"):
        bring_in(long, tree)
    assert not list(outside.iterdir())


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


@pytest.mark.parametrize("commit", ["", "0" * 40, "--help", "main^{/x}"])
def test_code_that_is_not_there_any_more_is_told(long: Workspace, commit: str) -> None:
    with pytest.raises(InputError, match="not in workspace long any more"):
        tree_of(long, commit)

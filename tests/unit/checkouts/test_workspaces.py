from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from sandbox.checkouts import list_workspaces, load_workspace, remove_workspace, save_workspace
from sandbox.domain import Repo, Workspace
from sandbox.errors import SandboxError, TargetError
from sandbox.paths import Home


def make(home: Home, name: str, **changes: object) -> Workspace:
    plain = Workspace(
        name=name,
        root=str(home.workspace(name).root),
        repo=Repo("https://github.com/o/r", "r", "o/r"),
        commit="0" * 40,
        ref=None,
        committed_at="2021-03-04T05:06:07+02:00",
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ref": 'odd "\\ ref\u202e\x7f\x01\U0001f680'},
        {"notes": ("one", 'two "quoted"', "multi\nline", "")},
        {"repo": Repo("/a folder/with 'quotes'", "folder")},
    ],
)
def test_what_is_saved_is_loaded_again(changes: dict[str, object], home: Home) -> None:
    workspace = make(home, "w", **changes)
    save_workspace(workspace, home.workspace("w"))
    assert load_workspace(home.workspace("w")) == workspace
    assert [path.name for path in home.workspace("w").root.iterdir()] == ["workspace.toml"]


def test_a_home_that_was_moved_still_loads(home: Home, tmp_path: Path) -> None:
    save_workspace(make(home, "w"), home.workspace("w"))
    home.root.rename(tmp_path / "elsewhere")
    moved = Home(tmp_path / "elsewhere").workspace("w")
    assert load_workspace(moved).root == str(moved.root)


DAMAGED = [
    b"",
    b"\xff\xfe",
    b"version = 1",
    b"version = 2\n",
    b"name = [",
    b"a = " + b"[" * 5000,
    b'version = 1\nname = 3\ncommit = "c"\ncommitted_at = "d"\n[repo]\nsource = "s"\nname = "n"\n',
    b'version = 1\nname = "n"\ncommit = "c"\ncommitted_at = "d"\nrepo = "r"\n',
]


@pytest.mark.parametrize("data", DAMAGED)
def test_a_damaged_description_is_a_clear_error(data: bytes, home: Home) -> None:
    paths = home.workspace("w")
    paths.root.mkdir(parents=True)
    paths.description.write_bytes(data)
    with pytest.raises(TargetError, match="is damaged") as caught:
        load_workspace(paths)
    assert "sandbox rm w" in str(caught.value.hint)


def test_no_workspace_is_told(home: Home) -> None:
    with pytest.raises(TargetError, match="no workspace called 'w'"):
        load_workspace(home.workspace("w"))
    with pytest.raises(TargetError, match="no workspace called 'w'"):
        remove_workspace(home.workspace("w"))


def test_the_list_is_sorted_and_a_damaged_one_is_reported_not_fatal(home: Home) -> None:
    assert list_workspaces(home) == ()
    for name in ("b", "a", "broken"):
        save_workspace(make(home, name), home.workspace(name))
    home.workspace("broken").description.write_text("?")
    (home.workspaces / ".clone-c-123").mkdir()
    (home.workspaces / "a file").write_text("")
    told: list[SandboxError] = []
    assert [each.name for each in list_workspaces(home, on_damaged=told.append)] == ["a", "b"]
    assert ["broken" in str(error) for error in told] == [True]


def test_a_damaged_one_is_logged_by_default(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    home.workspace("broken").root.mkdir(parents=True)
    home.workspace("broken").description.write_text("?")
    assert list_workspaces(home) == ()
    assert "is damaged" in caplog.text


def test_removal_takes_everything_read_only_or_damaged(home: Home) -> None:
    paths = home.workspace("w")
    save_workspace(make(home, "w"), paths)
    locked = paths.repo / "locked" / "deep"
    locked.mkdir(parents=True)
    (locked / "file").write_text("x")
    (locked / "file").chmod(0o400)
    (paths.repo / "out").symlink_to(home.root.parent, target_is_directory=True)
    locked.chmod(0o500)
    locked.parent.chmod(0o000)
    paths.description.write_text("damaged")
    remove_workspace(paths)
    assert list(home.workspaces.iterdir()) == []
    assert home.root.parent.is_dir()


def test_a_linked_workspace_is_not_removed_through_the_link(home: Home, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    home.workspaces.mkdir(parents=True)
    home.workspace("w").root.symlink_to(tmp_path / "precious", target_is_directory=True)
    with pytest.raises(TargetError):
        remove_workspace(home.workspace("w"))
    assert (tmp_path / "precious").is_dir()

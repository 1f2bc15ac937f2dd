from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.checkouts import Commit, base_tree, clone, diff, make_repository, parse_target
from sandbox.checkouts.trees import GitTree
from sandbox.errors import InputError
from sandbox.paths import WorkspacePaths

COMMITS = [
    Commit("first\n\nwith more to say", "2026-10-05T09:30:00+02:00", {"a/b.py": b"x = 1\n"}),
    Commit("second", "2026-10-06T09:30:00+02:00", {"a/b.py": b"x = 2\n", "c": b"\0\xff"}),
]


def test_equal_commits_make_equal_repositories_that_can_be_cloned(tmp_path: Path) -> None:
    heads = set()
    for name in ("one", "two"):
        make_repository(tmp_path / name, COMMITS)
        paths = WorkspacePaths(tmp_path / "workspaces" / name)
        repo = parse_target(name, folder_base=tmp_path)
        workspace = clone(repo, paths, name=name)
        tree = GitTree(workspace, base_tree(workspace))
        assert {path: tree.read(path) for path in tree.paths()} == {
            "a/b.py": b"x = 2\n",
            "c": b"\0\xff",
        }
        assert workspace.notes == ()
        assert workspace.committed_at.startswith("2026-10-06T07:30:00")
        assert diff(workspace, workspace.commit, workspace.commit) == ""
        heads.add(workspace.commit)
    assert len(heads) == 1


def test_a_repository_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    make_repository(tmp_path / "mine", COMMITS)
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_path_that_leads_out_is_refused_and_nothing_stays(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        make_repository(tmp_path / "bad", [Commit("x", "2026-10-05T09:30:00+00:00", {"../x": b""})])
    assert list(tmp_path.iterdir()) == []

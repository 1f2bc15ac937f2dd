"""What a tree says, remembered by its id."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sandbox
from sandbox import checkouts, environments, tunables
from sandbox.domain import Workspace
from sandbox.flows.environments.reading import (
    KnownTree,
    code_state,
    entries_of,
    imports_of,
    requirements_of,
)
from sandbox.interfaces import MemoryTree
from sandbox.paths import Home
from tests.support.commands import write_repository

FILES = {
    "train.py": "import alpha\nprint(alpha)\n",
    "other.py": "import beta\nprint(beta)\n",
    "requirements.txt": "alpha==1.0\n",
}
DATE = "2021-03-04"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    folder = write_repository(tmp_path / "repo", FILES)
    repo = checkouts.parse_target(str(folder), folder_base=folder)
    return checkouts.clone(repo, Home(tmp_path / "home").workspace("repo"), name="repo")


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "reading.json"


def read(workspace: Workspace, memory: Path) -> KnownTree:
    """As the next command does."""
    return KnownTree(workspace, checkouts.working_tree(workspace), memory)


def test_what_is_remembered_is_what_would_be_read(workspace: Workspace, memory: Path) -> None:
    plain = MemoryTree(FILES)
    paths = ["train.py", "other.py"]
    for tree in (read(workspace, memory), read(workspace, memory), plain):
        assert entries_of(tree) == tunables.runnable_entries(plain)
        assert imports_of(tree, paths) == environments.third_party_imports(plain, entries=paths)
        assert requirements_of(tree, paths, DATE) == environments.detect(
            plain, entries=paths, committed_at=DATE
        )


def mark(memory: Path, **changes: str) -> None:
    """Says in every answer that it was remembered."""
    fields = json.loads(memory.read_text())
    answers = {key: ["remembered"] for key in fields["answers"]}
    memory.write_text(json.dumps({**fields, "answers": answers, **changes}))


def test_nothing_is_read_twice(workspace: Workspace, memory: Path) -> None:
    assert imports_of(read(workspace, memory), ["train.py"]) == ("alpha",)
    mark(memory)
    assert imports_of(read(workspace, memory), ["train.py"]) == ("remembered",)
    assert imports_of(read(workspace, memory), ["other.py"]) == ("beta",)


def test_a_change_on_disk_is_noticed(workspace: Workspace, memory: Path) -> None:
    imports_of(read(workspace, memory), ["train.py"])
    mark(memory)
    path = Path(workspace.root) / "repo" / "train.py"
    path.write_text("import gamma\nprint(gamma)\n")
    assert imports_of(read(workspace, memory), ["train.py"]) == ("gamma",)


def test_what_another_version_of_the_code_read_is_read_again(
    workspace: Workspace, memory: Path
) -> None:
    imports_of(read(workspace, memory), ["train.py"])
    mark(memory, reader="another's")
    assert imports_of(read(workspace, memory), ["train.py"]) == ("alpha",)


def test_the_code_that_read_is_all_of_ours() -> None:
    """A change in any room may be one in what is read."""
    stamps = [one for part in code_state() if isinstance(part, list) for one in part]
    paths = {str(one[0]) for one in stamps}
    folder = Path(str(sandbox.__file__)).parent
    assert {str(path) for path in folder.rglob("*.py")} <= paths


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"reader": 1, "answers": 2}'])
def test_a_damaged_memory_counts_as_none(workspace: Workspace, memory: Path, text: str) -> None:
    memory.write_text(text)
    assert imports_of(read(workspace, memory), ["train.py"]) == ("alpha",)


def test_a_memory_that_cannot_be_written_is_done_without(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    tree = read(workspace, tmp_path / "file" / "reading.json")
    assert imports_of(tree, ["train.py"]) == ("alpha",)

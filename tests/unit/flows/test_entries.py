from __future__ import annotations

import pytest

from sandbox.errors import InputError
from sandbox.flows.questions.planning import choose_entry
from sandbox.flows.requests import Request
from sandbox.interfaces import MemoryTree

TREE = MemoryTree({"src/train.py": "print('loss: 1')\n", "data/a.csv": "1\n"})


@pytest.mark.parametrize("folder", ["data", "src", "."])
def test_a_working_directory_is_a_folder_of_the_repository(folder: str) -> None:
    entry = choose_entry(TREE, Request("x", entry="src/train.py", cwd=folder), None)
    assert entry.cwd == folder


@pytest.mark.parametrize("folder", ["../../etc", "/etc", "nowhere", "src/train.py", "data/../.."])
def test_any_other_is_refused_before_anything_is_built(folder: str) -> None:
    with pytest.raises(InputError, match="no folder"):
        choose_entry(TREE, Request("x", entry="src/train.py", cwd=folder), None)

"""Objects are written to a repository, or it is said why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.checkouts.objects import open_objects, write_object
from sandbox.errors import StoreError
from tests.support.git_repos import make_origin


def test_a_repository_that_takes_no_objects_is_told_as_such(tmp_path: Path) -> None:
    repo = make_origin(tmp_path / "origin").path
    for number in range(256):
        folder = repo / ".git" / "objects" / f"{number:02x}"
        if not folder.exists():
            folder.write_text("in the way")
    with open_objects(repo) as database, pytest.raises(StoreError) as caught:
        write_object(database, "blob", b"never seen before")
    assert "cannot be written" in caught.value.message

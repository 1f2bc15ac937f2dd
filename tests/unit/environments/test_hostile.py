from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.environments import detect
from sandbox.interfaces import MemoryTree

pytestmark = pytest.mark.slow


def read_git(folder: Path) -> MemoryTree:
    """All regular files of a bare repository's newest commit."""
    git = ["git", "-C", str(folder)]
    listed = subprocess.run([*git, "ls-tree", "-rz", "HEAD"], capture_output=True, check=True)
    files: dict[str, bytes | str] = {}
    for row in filter(None, listed.stdout.split(b"\0")):
        facts, _, path = row.partition(b"\t")
        mode, _, blob = facts.decode().split(" ")
        if mode.startswith("100"):
            done = subprocess.run([*git, "cat-file", "blob", blob], capture_output=True, check=True)
            files[path.decode(errors="surrogateescape")] = done.stdout
    return MemoryTree(files)


@pytest.fixture(scope="module")
def hostile(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("hostile")
    command = [sys.executable, "-B", str(shared / "hostile" / "gen_hostile.py"), str(out / "repos")]
    environment = {**os.environ, "HOSTILE_CANARY": str(out / "canary")}
    subprocess.run(command, env=environment, capture_output=True, check=True)
    return out


def test_hostile_repositories_are_read_as_text_and_told(hostile: Path) -> None:
    """None of them stops us, runs anything here, or gets a file of this machine told."""
    names = json.loads((hostile / "repos" / "manifest.json").read_text())
    assert names
    for folder in sorted((hostile / "repos").glob("[bnr]*.git")):
        found = detect(read_git(folder), entries=(), committed_at="2022-11-20T00:00:00+00:00")
        text = "\n".join((*found.packages, *found.decisions))
        assert "root:x:0" not in text
        assert text.isprintable() or "\n" in text
        assert all(len(line) < 2000 for line in text.splitlines())
    assert not list((hostile / "canary").glob("*"))

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


def test_each_trick_of_a_requirements_file_is_told(hostile: Path) -> None:
    """BU-01: index switches, addresses, variables, loops and options, one line each."""
    tree = read_git(hostile / "repos" / "b01_requirements.git")
    found = detect(tree, entries=(), committed_at=None)
    tricks = (
        *("/etc/passwd", "/etc/hostname", "constraints.txt", "--index-url", "--extra-index-url"),
        *("--trusted-host", "--find-links", "--pre", "file:///etc/passwd", "git+ext::", "pkg @"),
        *("read already", "--global-option", "nul", "xxxx"),
    )
    assert [trick for trick in tricks if not any(trick in line for line in found.decisions)] == []
    assert [text.split(";")[0] for text in found.packages] == ["numpy", "torch==1.0"]
    assert detect(tree, entries=(), committed_at=None, follow=True).git == ()


def test_each_manifest_that_breaks_parsers_is_told_by_name(hostile: Path) -> None:
    """BU-08, for the files that speak of environments."""
    tree = read_git(hostile / "repos" / "b05_parsers.git")
    told = "\n".join(detect(tree, entries=(), committed_at=None).decisions)
    names = ("environment.yml", "pyproject.toml", "setup.cfg", "Pipfile", "conda-lock.yml")
    assert [name for name in (*names, "badcoding.py", "nul.py") if name not in told] == []


def test_what_would_run_in_a_build_is_told_to_be_never_run(hostile: Path) -> None:
    """BU-04."""
    tree = read_git(hostile / "repos" / "b04_dockerfile.git")
    found = detect(tree, entries=(), committed_at=None)
    line = next(line for line in found.decisions if line.startswith("never run"))
    assert all(name in line for name in ("postBuild", "devcontainer.json", "Dockerfile"))
    assert (found.packages, found.system_packages, found.pythons) == ((), (), ())

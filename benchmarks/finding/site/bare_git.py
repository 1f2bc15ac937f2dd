"""A repository that lies in a folder of git's, bare or not."""

from __future__ import annotations

import functools
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from .repositories import Entry, Head, Metadata, Repository


class BareGit(Repository):
    """What HEAD points to, read by git's plumbing when asked; nothing is checked out.

    Args:
        folder: a bare repository, or a `.git`.
        metadata: what git cannot know.
    """

    def __init__(self, folder: Path, metadata: Metadata) -> None:
        self._folder = folder
        self._metadata = metadata
        self._blob = functools.lru_cache(maxsize=256)(self._read)

    def metadata(self) -> Metadata:
        return self._metadata

    def head(self) -> Head | None:
        return self._head

    def blob(self, sha: str) -> bytes:
        return self._blob(sha)

    @functools.cached_property
    def _head(self) -> Head | None:
        try:
            said = self._git("log", "-1", "--no-show-signature", "--format=%H %T %ct", "HEAD")
        except KeyError:
            return None
        commit, tree, moment = said.decode().split()
        committed_at = datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        listed = self._git("ls-tree", "-r", "-t", "-l", "-z", "--full-tree", commit)
        lines = listed.decode("utf-8", "replace").split("\0")
        return Head(commit, tree, committed_at, tuple(_entry(line) for line in lines if line))

    def _read(self, sha: str) -> bytes:
        return self._git("cat-file", "blob", sha)

    def _git(self, *words: str) -> bytes:
        command = ["git", f"--git-dir={self._folder}", "-c", "safe.directory=*", *words]
        environ = {
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_NO_LAZY_FETCH": "1",
        }
        done = subprocess.run(command, capture_output=True, env=environ, check=False)
        if done.returncode != 0:
            raise KeyError(done.stderr.decode("utf-8", "replace").strip())
        return done.stdout


def _entry(line: str) -> Entry:
    """Mode, kind, hash and size, then a tab and the path."""
    said, _, path = line.partition("\t")
    mode, kind, sha, size = said.split()
    return Entry(path, mode, kind, sha, int(size) if size.isdigit() else 0)

"""A repository with a history that we wrote ourselves: equal commits give equal SHAs everywhere."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sandbox.checkouts.objects import local_git
from sandbox.checkouts.variants import safe_parts

_AUTHOR = b"sandbox <sandbox@localhost>"


@dataclass(frozen=True)
class Commit:
    """One step of a history.

    Attributes:
        date: ISO 8601 with offset.
        files: what it adds or changes, by path.
    """

    message: str
    date: str
    files: Mapping[str, bytes]


def make_repository(folder: Path, commits: Sequence[Commit]) -> None:
    """Makes the repository, whole or not at all; one that is there already is left as it is.

    Raises:
        StoreError: it cannot be written.
    """
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        local_git(beside, "init", "--quiet", "--template=", "--initial-branch=main")
        stream = b"".join(_imported(commit) for commit in commits)
        local_git(beside, "fast-import", "--quiet", stdin=stream)
        _rename(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _rename(beside: Path, folder: Path) -> None:
    """Another process may have been quicker; its repository is equal to ours."""
    try:
        os.rename(beside, folder)  # noqa: PTH104 - fails where the target is there
    except OSError:
        if not folder.exists():
            raise


def _imported(commit: Commit) -> bytes:
    """The commit as `git fast-import` reads it."""
    stamp = b"%d +0000" % int(datetime.fromisoformat(commit.date).timestamp())
    head = b"commit refs/heads/main\ncommitter " + _AUTHOR + b" " + stamp + b"\n"
    files = (
        b"M 100644 inline " + b"/".join(safe_parts(path)) + b"\n" + _data(data)
        for path, data in sorted(commit.files.items())
    )
    return head + _data(commit.message.encode()) + b"".join(files)


def _data(data: bytes) -> bytes:
    return b"data %d\n" % len(data) + data + b"\n"

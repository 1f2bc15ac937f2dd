"""What the home keeps so that the next build is quick: all of it can be had again."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from sandbox.environments.resolving.uv import uv_binary
from sandbox.paths import Home

_PATIENCE_S = 60
_RECENT_S = 3600.0
_KINDS = {
    "uv": "what was asked of package indexes",
    "sdists": "sources of packages without wheels",
    "wheels": "wheels made from them",
}


@dataclass(frozen=True)
class Cache:
    """One of the home's caches.

    Attributes:
        used_at: when it was last written to, seconds since the epoch.
    """

    name: str
    holds: str
    size_bytes: int
    used_at: float


def list_caches(home: Home) -> tuple[Cache, ...]:
    """Those that are there."""
    folders = [(name, holds, home.cache / name) for name, holds in _KINDS.items()]
    return tuple(
        Cache(name, holds, size_of(folder), _written_at(folder))
        for name, holds, folder in folders
        if folder.is_dir()
    )


def free_cache(home: Home, name: str, *, older_than_s: float) -> int:
    """Removes what was not used for so long; bytes given back. What a command uses now stays."""
    folder = home.cache / name
    before = size_of(folder)
    if name == "uv":
        if time.time() - _written_at(folder) >= older_than_s:
            _clean_uv(folder)
    else:
        _remove_entries(home, folder, max(older_than_s, _RECENT_S))
    return max(before - size_of(folder), 0)


def _clean_uv(folder: Path) -> None:
    """By uv itself, which waits for those that use it."""
    command = [str(uv_binary()), "cache", "clean", "--quiet", "--cache-dir", str(folder)]
    environment = {"PATH": "/usr/bin:/bin", "UV_LOCK_TIMEOUT": str(_PATIENCE_S)}
    subprocess.run(command, env=environment, capture_output=True, check=False)


def _remove_entries(home: Home, folder: Path, older_than_s: float) -> None:
    for entry in folder.iterdir():
        if time.time() - _written_at(entry) < older_than_s:
            continue
        try:
            with FileLock(home.lock(f"wheel-{entry.name}"), timeout=0):
                shutil.rmtree(entry, ignore_errors=True)
        except Timeout:
            continue


def size_of(folder: Path) -> int:
    """Bytes on disk; a file with several names counts once."""
    blocks = {one.st_ino: one.st_blocks for one in _statuses(folder)}
    return sum(blocks.values()) * 512


def _written_at(folder: Path) -> float:
    return max((one.st_mtime for one in _statuses(folder)), default=0.0)


def _statuses(folder: Path) -> Iterator[os.stat_result]:
    """Of all that is there; what vanishes meanwhile is passed over."""
    for path in (folder, *folder.rglob("*")):
        with contextlib.suppress(OSError):
            yield path.lstat()

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

from sandbox.environments.resolving.uv import uv_binary
from sandbox.environments.store.using import alone
from sandbox.paths import Home

_PATIENCE_S = 60
_RECENT_S = 3600.0  # what is younger may be on its way into the Store
_KINDS = {
    "uv": "what was asked of package indexes",
    "sdists": "sources of packages without wheels",
    "wheels": "wheels made from them",
    "own": "modules that repositories make themselves",
}


@dataclass(frozen=True)
class Cache:
    """One of the home's caches.

    Attributes:
        used_at: when it was last written to, seconds since the epoch.
        old_bytes: of what is older than was asked for.
    """

    name: str
    holds: str
    size_bytes: int
    used_at: float
    old_bytes: int = 0


def list_caches(home: Home, *, older_than_s: float | None = None) -> tuple[Cache, ...]:
    """Those that are there.

    Args:
        older_than_s: what counts as old; None = nothing does.
    """
    folders = [(name, holds, home.cache / name) for name, holds in _KINDS.items()]
    return tuple(
        Cache(name, holds, *_measured(folder), sum(map(size_of, _old(folder, older_than_s))))
        for name, holds, folder in folders
        if folder.is_dir()
    )


def _old(folder: Path, older_than_s: float | None) -> list[Path]:
    """What of it is removed as one; uv's own is one whole."""
    if older_than_s is None:
        return []
    if folder.name == "uv":
        entries, age = [folder], older_than_s
    else:
        entries, age = sorted(folder.iterdir()), max(older_than_s, _RECENT_S)
    return [one for one in entries if time.time() - _written_at(one) >= age]


def free_cache(home: Home, name: str, *, older_than_s: float) -> int:
    """Removes what was not used for so long; bytes given back. What a command uses now stays."""
    folder = home.cache / name
    before = size_of(folder)
    for entry in _old(folder, older_than_s):
        if entry == folder:
            _clean_uv(folder)
        else:
            _remove_entry(home, entry)
    return max(before - size_of(folder), 0)


def _clean_uv(folder: Path) -> None:
    """By uv itself, which waits for those that use it."""
    command = [str(uv_binary()), "cache", "clean", "--quiet", "--cache-dir", str(folder)]
    environment = {"PATH": "/usr/bin:/bin", "UV_LOCK_TIMEOUT": str(_PATIENCE_S)}
    subprocess.run(command, env=environment, capture_output=True, check=False)


def _remove_entry(home: Home, entry: Path) -> None:
    """Not while a build uses it: each entry's lock is called after its kind and itself."""
    with alone(home.lock(f"{entry.parent.name.removesuffix('s')}-{entry.name}")) as free:
        if free:
            shutil.rmtree(entry, ignore_errors=True)


def size_of(folder: Path) -> int:
    """Bytes on disk; a file with several names counts once."""
    return _measured(folder)[0]


def _written_at(folder: Path) -> float:
    return _measured(folder)[1]


def _measured(top: Path) -> tuple[int, float]:
    """Bytes on disk and when it was last written to; what vanishes meanwhile is passed over."""
    blocks: dict[int, int] = {}
    newest = 0.0
    for status in _statuses(str(top)):
        blocks[status.st_ino] = status.st_blocks
        newest = max(newest, status.st_mtime)
    return sum(blocks.values()) * 512, newest


def _statuses(top: str) -> Iterator[os.stat_result]:
    with contextlib.suppress(OSError):
        yield os.lstat(top)
    for folder, folders, names in os.walk(top):
        for name in (*folders, *names):
            with contextlib.suppress(OSError):
                yield os.lstat(os.path.join(folder, name))  # noqa: PTH118 - as above

"""Checksums of large files of this machine, remembered for as long as the files do not change."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from sandbox.files import write_text

_KEPT = 500


def sha256_of(path: Path) -> str:
    """Reads the file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Digests:
    """Reads a file once; a second time its size and times are enough.

    Args:
        memory: where they are kept; may be lost at any time.
    """

    def __init__(self, memory: Path) -> None:
        self._memory = memory

    def __call__(self, path: Path) -> str:
        status = path.stat()
        key = f"{path} {status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
        known = self._load()
        if key not in known:
            self._save({**known, key: sha256_of(path)})
            known = self._load()
        return known.get(key) or sha256_of(path)

    def _load(self) -> dict[str, str]:
        try:
            known = json.loads(self._memory.read_text())
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def _save(self, known: dict[str, str]) -> None:
        """What another process adds meanwhile is read once more."""
        write_text(self._memory, json.dumps(dict(list(known.items())[-_KEPT:])))

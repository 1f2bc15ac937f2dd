"""What was read of large files of this machine, remembered for as long as they do not change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sandbox.files import write_text

_KEPT = 500


def sha256_of(path: Path) -> str:
    """Reads the file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Remembered:
    """Reads a file once; a second time its size and times are enough.

    Args:
        memory: where it is kept; may be lost at any time.
        read: what is remembered of a file, as text.
    """

    def __init__(self, memory: Path, read: Callable[[Path], str] = sha256_of) -> None:
        self._memory, self._read = memory, read

    def __call__(self, path: Path) -> str:
        status = path.stat()
        key = f"{path} {status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
        known = self._load()
        if not isinstance(known.get(key), str):
            found = self._read(path)
            self._save({**self._load(), key: found})
            return found
        return known[key]

    def _load(self) -> dict[str, str]:
        try:
            known = json.loads(self._memory.read_text())
        except (OSError, ValueError, RecursionError):
            return {}
        return known if isinstance(known, dict) else {}

    def _save(self, known: dict[str, str]) -> None:
        """What another process adds meanwhile is read once more; all is, where none can be kept."""
        with suppress(OSError):
            write_text(self._memory, json.dumps(dict(list(known.items())[-_KEPT:])))


def digests(cache: Path) -> Remembered:
    """SHA-256 of files."""
    return Remembered(cache / "digests.json")

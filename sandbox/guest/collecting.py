"""What a variant made, chosen within the host's bounds: regular files only, through no link.

For use when no process of the variant lives any more.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections import Counter
from typing import Iterable, Iterator, NamedTuple, Sequence

from . import protocol

_KINDS = (
    (stat.S_ISLNK, "symbolic link"),
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)


class _File(NamedTuple):
    """A regular file that somebody wants; the newest is the largest."""

    time_ns: int
    path: str
    size: int


class Chosen:
    """What is to be copied out: paths below the root with sizes; and why the rest is not."""

    def __init__(self) -> None:
        self.files: list[tuple[str, int]] = []
        self._left: Counter[tuple[str, str]] = Counter()
        self._first: dict[tuple[str, str], str] = {}

    def leave(self, path: str, why: str, what: str = "files") -> None:
        self._left[what, why] += 1
        self._first.setdefault((what, why), path)

    def notes(self) -> list[str]:
        """A line for each reason, with the first that it holds for."""
        notes = []
        for (what, why), count in self._left.items():
            first = self._first[what, why][:200]
            more = f" and {count - 1} more" if count > 1 else ""
            notes.append(f"{what} not kept, {why}: {first}{more}")
        return notes[: protocol.MAX_NOTES]


def choose(root: str, paths: Iterable[str], wishes: Sequence[protocol.Fields]) -> Chosen:
    """Of the paths, which are absolute, those that somebody wants; of each kind the newest.

    Args:
        wishes: objects with `what`, `patterns`, `most_files`, `most_bytes` and `file_bytes`.
    """
    chosen = Chosen()
    found: list[list[_File]] = [[] for _ in wishes]
    for path in paths:
        inner = os.path.relpath(path, root)
        for wish, those in zip(wishes, found):
            if protocol.matches(inner, wish["patterns"]):
                _look(path, inner, those, wish, chosen)
                break
    for wish, those in zip(wishes, found):
        _take(sorted(those, reverse=True), wish, chosen)
    return chosen


def _look(path: str, inner: str, those: list[_File], wish: protocol.Fields, chosen: Chosen) -> None:
    try:
        status = os.lstat(path)
    except OSError as error:
        chosen.leave(inner, error.strerror or "cannot be read", wish["what"])
        return
    if stat.S_ISREG(status.st_mode):
        those.append(_File(status.st_mtime_ns, inner, status.st_size))
    else:
        kind = next((name for test, name in _KINDS if test(status.st_mode)), "no regular file")
        chosen.leave(inner, kind, wish["what"])


def _take(files: Iterable[_File], wish: protocol.Fields, chosen: Chosen) -> None:
    what, left, room = wish["what"], wish["most_files"], wish["most_bytes"]
    for file in files:
        if file.size > wish["file_bytes"]:
            chosen.leave(file.path, f"over {_size(wish['file_bytes'])}", what)
        elif left <= 0 or len(chosen.files) >= protocol.MAX_FILES:
            chosen.leave(file.path, f"over {wish['most_files']} files", what)
        elif file.size > room:
            chosen.leave(file.path, f"over {_size(wish['most_bytes'])} together", what)
        else:
            chosen.files.append((file.path, file.size))
            left -= 1
            room -= file.size


def _size(count: int) -> str:
    return f"{count / 2**20:g} MiB"


def below(folder: str) -> Iterator[str]:
    """Whatever is no folder, at any depth; locked folders, which are ours, are opened up."""
    queue = [folder]
    while queue:
        inner = queue.pop()
        with contextlib.suppress(OSError):
            if not os.access(inner, os.R_OK | os.X_OK):
                os.chmod(inner, 0o700)
            with os.scandir(inner) as found:
                for one in found:
                    if one.is_dir(follow_symlinks=False):
                        queue.append(one.path)
                    else:
                        yield one.path


def parts(root: str, path: str, size: int) -> Iterator[bytes]:
    """The bytes of one chosen file, in parts, never more than `size`."""
    full = os.path.join(root, path)
    os.chmod(full, 0o600)
    descriptor = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as handle:
        while size > 0:
            part = handle.read(min(protocol.PART_BYTES, size))
            if not part:
                return
            size -= len(part)
            yield part

"""The pristine tree, and the private working copy of each variant.

A tree is kept as an unlinked tar file that only the supervisor has open: no variant can reach it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tarfile
import tempfile
from typing import IO, NamedTuple

from . import protocol

SPARE_BYTES = 64 * 2**20
SPARE_PART = 16
SPARE_TREES = 7
"""Trees but the newest are kept while they are no more than these, take at most so many bytes, and
at most that part of the disk limit."""

_FLAT = "\x01removed-{}"


class Copy(NamedTuple):
    """Where the bytes of a file are kept."""

    handle: IO[bytes]
    offset: int
    size: int


class Trees:
    """The most recently used trees, by identity; they lie within the disk limit of the variants."""

    def __init__(self, folder: str, spare_bytes: int | None = None) -> None:
        self._folder = folder
        self._spare_bytes = _spare_bytes(folder) if spare_bytes is None else spare_bytes
        self._held: dict[str, IO[bytes]] = {}
        self._incoming: IO[bytes] | None = None

    def holds(self, identity: str) -> bool:
        return identity in self._held

    def receive(self, identity: str, body: bytes, *, last: bool) -> None:
        """Takes one part of a tree that is being sent; raises OSError when it does not fit."""
        if self._incoming is None:
            self._make_room(self._spare_bytes)
            self._incoming = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - kept open
        try:
            self._incoming.write(body)
            self._incoming.flush()
        except OSError:
            self.discard()
            raise
        if last:
            self._held[identity], self._incoming = self._incoming, None

    def discard(self) -> None:
        """Forgets a tree that came in part only."""
        if self._incoming is not None:
            incoming, self._incoming = self._incoming, None
            with contextlib.suppress(OSError):  # it may flush what did not fit
                incoming.close()

    def unpack(self, identity: str, target: str) -> dict[str, Copy]:
        """Writes the tree into the empty folder `target`, and tells where each file's bytes are.

        Raises OSError, or TarError if broken.
        """
        held = self._held.pop(identity)
        self._held[identity] = held
        held.seek(0)
        copies = {}
        with tarfile.open(fileobj=held, mode="r:") as archive:
            for member in archive:
                path = _extract(archive, member, target)
                if member.isreg():
                    copies[path] = Copy(held, member.offset_data, member.size)
        return copies

    def close(self) -> None:
        """Forgets them all."""
        self.discard()
        self._make_room(-1)

    def keep_only(self, identity: str) -> bool:
        """Whether there was another one to forget."""
        others = [name for name in self._held if name != identity]
        for name in others:
            self._held.pop(name).close()
        return bool(others)

    def _make_room(self, size: int) -> None:
        held = self._held
        while held and (len(held) > SPARE_TREES or sum(map(_size, held.values())) > size):
            self._held.pop(next(iter(self._held))).close()


def _spare_bytes(folder: str) -> int:
    status = os.statvfs(folder)
    return min(SPARE_BYTES, status.f_blocks * status.f_frsize // SPARE_PART)


def _size(held: IO[bytes]) -> int:
    return os.fstat(held.fileno()).st_size


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, target: str) -> str:
    """Regular files, folders and links as they stand; the host made and checked the archive."""
    path = os.path.normpath(os.path.join(target, member.name))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    source = archive.extractfile(member) if member.isreg() else None
    if member.isdir():
        os.makedirs(path, exist_ok=True)
    elif member.issym():
        os.symlink(member.linkname, path)
    elif source is not None:
        with source, open(path, "wb") as copy:
            shutil.copyfileobj(source, copy, protocol.PART_BYTES)
        os.chmod(path, member.mode & 0o777 | 0o600)
        os.utime(path, (member.mtime, member.mtime))
    return path


def remove(path: str) -> None:
    """Removes a file or folder, whatever permissions, depth and names are in it; follows no link.

    Folders within folders are moved up before they are emptied, so neither the length of a path nor
    Python's stack is a limit. What cannot be removed is left.
    """
    if not _is_folder(path):
        _unlink(path)
        return
    queue, moved = [path], 0
    emptied: list[str] = []
    while queue:
        folder = queue.pop()
        for name in _names(folder):
            inner = os.path.join(folder, name)
            if not _is_folder(inner):
                _unlink(inner)
            elif folder == path:
                queue.append(inner)
            else:
                queue.append(_move_up(inner, os.path.join(path, _FLAT.format(moved))))
                moved += 1
        emptied.append(folder)
    for folder in reversed(emptied):
        _rmdir(folder)


def empty(folder: str) -> None:
    """Removes everything in a folder that is not the folder itself."""
    for name in _names(folder):
        remove(os.path.join(folder, name))


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _names(folder: str) -> list[str]:
    """What is in a folder, opened up first where it is ours; empty where it cannot be told."""
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _rmdir(path: str) -> None:
    with contextlib.suppress(OSError):
        os.rmdir(path)


def _move_up(folder: str, target: str) -> str:
    """Where the folder is now; moving one takes the right to write into it."""
    try:
        os.chmod(folder, 0o700)
        os.rename(folder, target)
    except OSError:
        return folder
    return target

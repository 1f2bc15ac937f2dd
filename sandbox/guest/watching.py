"""What happened to files since one looked last, as the kernel's inotify tells. Linux.

Time stamps alone do not tell: on a tmpfs, what is written through a memory map changes none.
"""

from __future__ import annotations

import contextlib
import os
import struct
from typing import Any, Iterable

_NONBLOCK_CLOEXEC = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)
_MODIFY = 0x2
_CLOSE_WRITE = 0x8
_MOVED_TO = 0x80
_MADE = 0x100
_WRITTEN = _MODIFY | _CLOSE_WRITE | _MOVED_TO | _MADE
_CHANGED = _WRITTEN | 0x4 | 0x40 | 0x200
"""Written to, moved to, made; permissions or times, moved from, removed."""

_OVERFLOW = 0x4000
_ONLY_FOLDERS = 0x01000000
_HEAD = struct.Struct("iIII")
_READ_BYTES = 2**18


class Watch:
    """Watches folders, not what lies below them; raises OSError where that cannot be had."""

    def __init__(self) -> None:
        self._libc = _libc()
        self._descriptor = self._checked(self._libc.inotify_init1(_NONBLOCK_CLOEXEC))
        self._folders: dict[int, str] = {}

    def add(self, folders: Iterable[str]) -> None:
        """Watches these too; a folder that is watched already may be given again."""
        mask = _CHANGED | _ONLY_FOLDERS
        for folder in folders:
            name = os.fsencode(folder)
            found = self._checked(self._libc.inotify_add_watch(self._descriptor, name, mask))
            self._folders[found] = folder

    def written(self) -> set[str] | None:
        """Paths written to, or made, since the last call; None = nothing at all happened since.

        Raises OSError where there was too much to be told.
        """
        found: set[str] | None = None
        while True:
            try:
                data = os.read(self._descriptor, _READ_BYTES)
            except BlockingIOError:
                return found
            found = found or set()
            found.update(self._paths(data))

    def _paths(self, data: bytes) -> Iterable[str]:
        at = 0
        while at < len(data):
            watched, mask, _, size = _HEAD.unpack_from(data, at)
            at += _HEAD.size + size
            if mask & _OVERFLOW:
                raise OSError("more writes than can be told one by one")
            name = data[at - size : at].rstrip(b"\0")
            if mask & _WRITTEN and name and watched in self._folders:
                yield os.path.join(self._folders[watched], os.fsdecode(name))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._descriptor)

    @staticmethod
    def _checked(result: int) -> int:
        if result < 0:
            import ctypes

            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result


def _libc() -> Any:
    try:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        libc.inotify_init1, libc.inotify_add_watch  # noqa: B018 - missing where there is no Linux
    except (ImportError, AttributeError) as error:
        raise OSError("files cannot be watched here") from error
    return libc

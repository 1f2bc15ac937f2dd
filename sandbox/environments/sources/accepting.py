"""Takes what a repository's own build gave: new modules of a tar file, which a stranger wrote.

Read by our own hand: `tarfile` reads one header of a gigabyte as willingly as a module.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

_MEMBERS = 2000
_BLOCK, _PIECE = 512, 2**20
_NAME_BYTES, _PART_BYTES, _DEPTH = 1000, 200, 50
_END = bytes(_BLOCK)
_FILES = frozenset({tarfile.REGTYPE, tarfile.AREGTYPE})


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """It is not what was asked for."""


def accept_modules(source: Path, known: Iterable[str], into: Path) -> str | None:
    """Unpacks it, if all of it is new modules of a tree; memory and time stay bounded.

    Args:
        source: as GNU tar writes it, of regular files alone.
        known: paths of the tree's own files: none of them, and no folder of theirs, is replaced.
        into: an empty folder; of no use where anything is refused.

    Returns:
        Why it is refused; None = it is not.

    Raises:
        OSError: it cannot be written.
    """
    places = _Places(known)
    try:
        with source.open("rb") as stream:
            for name, size in _members(stream):
                places.take(name)
                _write(stream, size, into / name)
    except _Refused as refusal:
        return f"what came out is not acceptable: {refusal}"
    except (tarfile.TarError, ValueError):
        return "what came out is no regular tar file"
    return None


def _members(stream: IO[bytes]) -> Iterator[tuple[str, int]]:
    """Name and size of each file; its bytes have to be read before the next one is asked for."""
    long_name = ""
    for _ in range(_MEMBERS):
        block = stream.read(_BLOCK)
        if block in {_END, b""}:
            return
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        if info.type == tarfile.GNUTYPE_LONGNAME and 0 < info.size <= _NAME_BYTES:
            data = b"".join(_content(stream, info.size))
            long_name = data.rstrip(b"\0").decode("utf-8", "surrogateescape")
        elif info.type in _FILES and info.size >= 0:
            yield long_name or info.name, info.size
            long_name = ""
        else:
            raise _Refused(repr(info.name)[:80])
    raise _Refused(f"more than {_MEMBERS} files")


def _content(stream: IO[bytes], size: int) -> Iterator[bytes]:
    """And what fills its last block."""
    left = size
    while left:
        piece = stream.read(min(left, _PIECE))
        if not piece:
            raise tarfile.ReadError
        left -= len(piece)
        yield piece
    stream.read(-size % _BLOCK)


def _write(stream: IO[bytes], size: int, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        file.writelines(_content(stream, size))


class _Places:
    """What lies where already."""

    def __init__(self, known: Iterable[str]) -> None:
        self._files = set(known)
        self._folders = {folder for path in self._files for folder in _parents(path)}

    def take(self, name: str) -> None:
        """Refuses what is no module's name, or has no room."""
        path = PurePosixPath(name)
        folders = _parents(name)
        is_module = path.suffix in {".so", ".py"} and _is_plain(path)
        is_new = str(path) not in self._files and str(path) not in self._folders
        if not (is_module and is_new and self._files.isdisjoint(folders)):
            raise _Refused(repr(name)[:80])
        self._files.add(str(path))
        self._folders.update(folders)


def _is_plain(path: PurePosixPath) -> bool:
    parts = path.parts
    lengths = [len(part.encode("utf-8", "replace")) for part in parts]
    is_short = max(lengths) <= _PART_BYTES and sum(lengths) <= _NAME_BYTES
    is_inside = not path.is_absolute() and ".." not in parts
    return is_inside and is_short and len(parts) <= _DEPTH and str(path).isprintable()


def _parents(path: str) -> list[str]:
    return [str(one) for one in PurePosixPath(path).parents][:-1]

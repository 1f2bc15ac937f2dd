"""Writes what is copied out of a guest: our own names checked, never through a link, bounded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self

from sandbox.engines.wire import Message
from sandbox.guest import protocol
from sandbox.interfaces import Wanted


@dataclass
class _Room:
    """What is left of the bounds of one kind of files."""

    wanted: Wanted
    files: int
    bytes: int


class Incoming:
    """Files of one run, as they come in parts, one after another.

    Args:
        folder: where they go, made when the first one comes; None = nothing is taken.
        wanted: what was asked for; nothing else is taken, whatever the guest sends.

    Attributes:
        found: name → path of every file that is there in full.
        notes: a line for each one that is not.
    """

    def __init__(self, folder: Path | None, wanted: Sequence[Wanted]) -> None:
        self._folder = folder
        self._rooms = [_Room(one, one.most_files, one.most_bytes) for one in wanted]
        self._room: _Room | None = None
        self._left = protocol.MAX_FILE_BYTES
        self._size = 0
        self._name = ""
        self._file: BinaryIO | None = None
        self._open = ExitStack()
        self._seen: set[str] = set()
        self.found: dict[str, Path] = {}
        self.notes: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._drop()

    def take(self, message: Message) -> None:
        name = message.text("path")
        if self._folder is None:
            return
        if name != self._name:
            self._begin(self._folder, name)
        if self._file is not None:
            self._append(self._file, message.body)
        if message.flag("last"):
            self._end()

    def _begin(self, folder: Path, name: str) -> None:
        self._drop()
        self._name, self._size = name, 0
        if not _is_inner(name) or name in self._seen or len(self._seen) >= protocol.MAX_FILES:
            self._leave("a name that cannot be used here")
            return
        matching = (one for one in self._rooms if protocol.matches(name, one.wanted.patterns))
        self._room = next(matching, None)
        if self._room is None or self._room.files <= 0:
            self._leave("nobody asked for it")
            return
        self._seen.add(name)
        self._room.files -= 1
        try:
            self._file = self._open.enter_context(_create(folder / name))
        except OSError as error:
            self._leave(error.strerror)

    def _append(self, file: BinaryIO, body: bytes) -> None:
        why = "too large" if self._is_too_much(len(body)) else _write(file, body)
        if why:
            self._leave(why)
            self._drop()

    def _is_too_much(self, size: int) -> bool:
        self._left -= size
        self._size += size
        if self._room is None:
            return True
        self._room.bytes -= size
        return min(self._left, self._room.bytes, self._room.wanted.file_bytes - self._size) < 0

    def _end(self) -> None:
        if self._file is not None and self._folder is not None:
            self.found[self._name] = self._folder / self._name
            self._file = None
        self._drop()
        self._name = ""

    def _drop(self) -> None:
        """Closes the file that is coming; nothing is left of one that is not whole."""
        if self._file is not None and self._folder is not None:
            with suppress(OSError):
                (self._folder / self._name).unlink()
        self._open.close()
        self._file = None

    def _leave(self, why: str | None) -> None:
        if len(self.notes) < protocol.MAX_NOTES:
            self.notes.append(f"not copied: {self._name[:200]!r} ({why})")


def _write(file: BinaryIO, body: bytes) -> str | None:
    """Why it could not be written."""
    try:
        file.write(body)
    except OSError as error:
        return error.strerror or "it cannot be written"
    return None


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, 0o600), "wb", buffering=0)


def _is_inner(name: str) -> bool:
    path = PurePosixPath(name)
    parts = path.parts
    plain = all(part.isprintable() and len(part) < 200 for part in parts)
    return bool(parts) and plain and not path.is_absolute() and ".." not in parts

"""Reads a few small files of an sdist, on the host: nothing is unpacked, and all is bounded."""

from __future__ import annotations

import bz2
import gzip
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

MEMBERS = 50_000
UNPACKED_BYTES = 4 * 2**30
_RATIO = 100  # unpacked to packed; texts come to 20
_FREE_BYTES = 64 * 2**20  # below that no ratio is too high
_TEXT_BYTES = 2**20
_READ_BYTES = 16 * 2**20  # more at once is asked for by no honest header
_WANTED = frozenset({"pyproject.toml", "setup.py", "setup.cfg", "PKG-INFO"})


@dataclass(frozen=True)
class Contents:
    """What an sdist says of itself.

    Attributes:
        texts: of `pyproject.toml`, `setup.py`, `setup.cfg` and `PKG-INFO`, those that are there.
        modules: names that it imports from itself.
        made_at: of its newest file, ISO 8601 with offset; None = no file bears a sensible time.
    """

    texts: dict[str, str]
    modules: frozenset[str] = frozenset()
    made_at: str | None = None


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """The archive asks for more than it may have."""


@dataclass(frozen=True)
class _Member:
    """One file of an archive; `read` gives at most so many bytes of it."""

    name: str
    size: int
    time: float
    read: Any


def read_sdist(path: Path, folder: str = "") -> Contents | str:
    """What it says of itself, or why it is refused.

    Args:
        folder: in which the package lies, where that is not the top.
    """
    depth = PurePosixPath(folder).parts
    try:
        with _members(path) as members:
            limit = min(UNPACKED_BYTES, _RATIO * _size(path) + _FREE_BYTES)
            return _contents(members, limit, depth)
    except _Refused as refusal:
        return str(refusal)
    except (
        tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError,
        RecursionError, NotImplementedError, RuntimeError,
    ):  # fmt: skip
        return "the archive is damaged"


def _size(path: Path) -> int:
    return path.stat().st_size


def _contents(members: Iterator[_Member], limit: int, folder: tuple[str, ...]) -> Contents:
    texts: dict[str, str] = {}
    modules: set[str] = set()
    total, newest = 0, 0.0
    for count, member in enumerate(members, 1):
        total += member.size
        if count > MEMBERS:
            raise _Refused(f"the archive has more than {MEMBERS} members")
        if total > limit or member.size < 0:
            raise _Refused(f"the archive unpacks to more than {limit // 2**20} MB")
        newest = max(newest, member.time)
        inner = PurePosixPath(member.name).parts[1:]
        if inner[: len(folder)] != folder:
            continue
        inner = inner[len(folder) :]
        if len(inner) == 1 and inner[0] in _WANTED and inner[0] not in texts:
            texts[inner[0]] = member.read(_TEXT_BYTES).decode("utf-8", errors="replace")
        modules.update(_modules(inner))
    return Contents(texts, frozenset(modules), _moment(newest))


def _modules(inner: tuple[str, ...]) -> Iterator[str]:
    """The folder or the module that a file stands for, from the root or from `src`."""
    for parts in (inner[:2], inner[1:3]):
        if len(parts) == 2:  # a folder, and something in it
            yield parts[0]
        elif parts and parts[0].endswith(".py"):
            yield parts[0].removesuffix(".py")


def _moment(time: float) -> str | None:
    """Times before 1990 are what reproducible archives write."""
    moment = datetime.fromtimestamp(min(time, 2**33), UTC)
    return moment.isoformat() if moment.year > 1990 else None


@contextmanager
def _members(path: Path) -> Iterator[Iterator[_Member]]:
    if path.name.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            yield _zip_members(archive)
        return
    unpack: Any = {".bz2": bz2.open, ".tar": open}.get(path.suffix, gzip.open)
    with (
        unpack(path, "rb") as stream,
        tarfile.open(fileobj=_Bounded(stream), mode="r:") as archive,  # type: ignore[call-overload]
    ):
        yield _tar_members(archive)


def _zip_members(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for info in archive.infolist():

        def read(limit: int, info: zipfile.ZipInfo = info) -> bytes:
            with archive.open(info) as stream:
                return stream.read(limit)

        yield _Member(info.filename, info.file_size, _zip_time(info), read)


def _zip_time(info: zipfile.ZipInfo) -> float:
    try:
        return datetime(*info.date_time, tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _tar_members(archive: tarfile.TarFile) -> Iterator[_Member]:
    while (info := archive.next()) is not None:
        cast("Any", archive).members.clear()  # it would keep all of them

        def read(limit: int, info: tarfile.TarInfo = info) -> bytes:
            stream = archive.extractfile(info) if info.isreg() else None
            return stream.read(limit) if stream else b""

        yield _Member(info.name, info.size, float(info.mtime), read)


class _Bounded:
    """An unpacked stream that `tarfile` can neither read as a whole, nor back, nor for ever."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _READ_BYTES:
            raise _Refused("the archive has a header that is too large")
        return self._stream.read(size)

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, position: int) -> int:
        if not self._stream.tell() <= position <= UNPACKED_BYTES:
            raise _Refused(f"the archive unpacks to more than {UNPACKED_BYTES // 2**20} MB")
        return self._stream.seek(position)

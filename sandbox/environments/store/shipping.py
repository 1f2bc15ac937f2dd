"""Files on their way into the Store: named by their content, sent as one tar stream."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PIECE = 2**20


@dataclass(frozen=True)
class Parcel:
    """A file and where it lies in the Store, below `files/`."""

    path: Path
    sha256: str
    executable: bool = False

    @property
    def folder(self) -> str:
        return f"files/{self.sha256}"

    @property
    def place(self) -> str:
        return f"{self.folder}/{self.path.name}"


def pack(
    texts: Mapping[str, bytes], parcels: Sequence[Parcel] = (), *, below: str = ""
) -> Iterator[bytes]:
    """A tar stream of small files, then of parcels, their checksums first.

    Args:
        below: folder for the parcels, with a slash at its end; they are read as they are sent.
    """
    for name, data in texts.items():
        yield _member(name, data)
    if parcels:
        sums = "".join(f"{one.sha256}  {one.sha256}/{one.path.name}\n" for one in parcels)
        yield _member(f"{below}sums", sums.encode())
    for one in parcels:
        size = one.path.stat().st_size
        name = f"{below}{one.sha256}/{one.path.name}"
        yield _header(name, size, 0o755 if one.executable else 0o644)
        with one.path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                yield piece
        yield _padding(size)
    yield b"\0" * 1024


def _member(name: str, data: bytes) -> bytes:
    return _header(name, len(data), 0o600) + data + _padding(len(data))


def _header(name: str, size: int, mode: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, mode
    return info.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return b"\0" * (-size % tarfile.BLOCKSIZE)

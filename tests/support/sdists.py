"""Tiny sdists with a build backend of their own: pip alone builds them, and runs what we put in."""

from __future__ import annotations

import ensurepip
import gzip
import io
import struct
import tarfile
from collections.abc import Mapping
from pathlib import Path

PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'

_BACKEND = """
import os, zipfile

NAME, VERSION, TAG = {name!r}, {version!r}, "py3-none-any"
EXTRA = {{}}
LINKS = {{}}

def pack(folder):
    stem = "%s-%s" % (NAME.replace("-", "_"), VERSION)
    files = {{NAME.replace("-", "_") + ".py": "VERSION = %r\\n" % VERSION}}
    files[stem + ".dist-info/METADATA"] = (
        "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (NAME, VERSION))
    files[stem + ".dist-info/WHEEL"] = (
        "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: %s\\n" % TAG)
    files[stem + ".dist-info/RECORD"] = ""
    files.update(EXTRA)
    path = "%s-%s.whl" % (stem, TAG)
    with zipfile.ZipFile(os.path.join(folder, path), "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
        for name, target in LINKS.items():
            link = zipfile.ZipInfo(name)
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, target)
    return path

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = "%s-%s.dist-info" % ({name!r}.replace("-", "_"), {version!r})
    os.mkdir(os.path.join(folder, info))
    with open(os.path.join(folder, info, "METADATA"), "w") as stream:
        stream.write("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    return info

def build_wheel(folder, config_settings=None, metadata_directory=None):
    act()
    return pack(folder)

def act():
    pass

{code}
"""


def backend(name: str, version: str, code: str) -> str:
    """A build backend.

    Args:
        code: module text; may define `act`, called before the wheel is packed, and set `NAME`,
            `VERSION`, `TAG`, `EXTRA` (path → text) and `LINKS` (path → target) of the wheel.
    """
    return _BACKEND.format(name=name, version=version, code=code)


def make_sdist(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    code: str = "",
    files: Mapping[str, str] | None = None,
) -> Path:
    """An sdist whose backend runs `code` (see `backend`); `files` replace what is in it."""
    texts = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "pyproject.toml": PYPROJECT,
        "backend.py": backend(name, version, code),
    }
    return pack(folder, name, version, texts if files is None else files)


def pack(folder: Path, name: str, version: str, files: Mapping[str, str | bytes]) -> Path:
    """The files as `name-version.tar.gz`; equal files, equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}.tar.gz"
    with (
        gzip.GzipFile(path, "wb", mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w") as archive,
    ):
        for inner, text in files.items():
            data = text.encode() if isinstance(text, str) else text
            info = tarfile.TarInfo(f"{name}-{version}/{inner}")
            info.size, info.mtime = len(data), 1_600_000_000
            archive.addfile(info, io.BytesIO(data))
    return path


def repeat_members(path: Path, count: int) -> None:
    """Let a zip file's directory list its last member so many times, under names of its own."""
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    entry = data[data.rindex(b"PK\x01\x02", 0, end) : end]
    length = int.from_bytes(entry[28:30], "little")
    entries = b"".join(
        entry[:46] + f"{number:0{length}x}".encode()[-length:] + entry[46 + length :]
        for number in range(count)
    )
    start = end - len(entry)
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(entries), start, 0)
    path.write_bytes(data[:start] + entries + tail)


def bundled_pip() -> Path:
    """The wheel of pip that came with this Python."""
    beside = Path(ensurepip.__file__).parent / "_bundled"
    places = (beside, Path("/usr/share/python-wheels"))
    return next(wheel for place in places for wheel in sorted(place.glob("pip-*.whl")))

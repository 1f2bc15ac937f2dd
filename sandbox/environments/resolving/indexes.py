"""Wheels that lie in folders of this machine: find-links, and indexes given as `file:` URLs."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from sandbox.domain import PackageIndexes
from sandbox.environments.remembering import Remembered
from sandbox.environments.resolving.metadata import Metadata, read_metadata

if TYPE_CHECKING:
    from packaging.version import Version

_LINK = re.compile(r"""href=["']([^"'#]+\.whl)(?:#sha256=([0-9a-f]{64}))?""", re.IGNORECASE)
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
_METADATA_BYTES = 2 * 2**20
_LARGE = 4 * 2**20  # bytes; what is smaller is read as fast as what is remembered of it
_GLIBC = 36  # Debian 12


@dataclass(frozen=True)
class Wheel:
    """A wheel in a folder of this machine.

    Attributes:
        sha256: as its index says; None = not known before the file is read.
    """

    path: Path
    name: str
    version: Version
    tags: frozenset[Tag]
    sha256: str | None = None

    def fits(self, python: str, machine: str) -> bool:
        return not self.tags.isdisjoint(supported_tags(python, machine))


@lru_cache(maxsize=64)
def supported_tags(python: str, machine: str) -> frozenset[Tag]:
    """What a Debian 12 container of that Python installs."""
    major, minor = map(int, python.split("."))
    platforms = [f"manylinux_2_{minor_}_{machine}" for minor_ in range(_GLIBC, 4, -1)]
    platforms += [f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}"]
    platforms.append(f"linux_{machine}")
    version = (major, minor)
    special = cpython_tags(version, platforms=platforms)
    general = compatible_tags(version, interpreter=f"cp{major}{minor}", platforms=platforms)
    return frozenset((*special, *general))


def as_folder(location: str) -> Path | None:
    """The folder that a find-links entry or index names; None = it is elsewhere."""
    if location.startswith("file:"):
        return Path(unquote(urlsplit(location).path))
    return None if "://" in location else Path(location)


def elsewhere(indexes: PackageIndexes) -> PackageIndexes:
    """What can be reached from another machine or a container."""
    remote = [url for url in indexes.extra_index_urls if as_folder(url) is None]
    links = [url for url in indexes.find_links if as_folder(url) is None]
    return replace(indexes, extra_index_urls=tuple(remote), find_links=tuple(links))


def own_builds(indexes: PackageIndexes) -> tuple[Wheel, ...]:
    """Wheels of find-links folders: the site's own builds, preferred over any index."""
    folders = filter(None, map(as_folder, indexes.find_links))
    found = (_wheel(path) for folder in folders for path in sorted(folder.glob("*.whl")))
    return tuple(wheel for wheel in found if wheel)


def local_wheels(indexes: PackageIndexes, names: Iterable[str]) -> tuple[Wheel, ...]:
    """Wheels of the named distributions in any folder of this machine."""
    wanted = frozenset(names)
    urls = filter(None, (indexes.index_url, *indexes.extra_index_urls))
    folders = [folder for folder in map(as_folder, urls) if folder]
    listed = (w for folder in folders for name in sorted(wanted) for w in _listed(folder / name))
    return (*(w for w in own_builds(indexes) if w.name in wanted), *listed)


@lru_cache(maxsize=1024)
def metadata_of(wheel: Wheel, cache: Path) -> Metadata | None:
    """What a wheel says of itself, read without unpacking it; None = it cannot be read.

    Args:
        cache: folder in which that is remembered: to find it in a large one takes a while.
    """
    try:
        is_large = wheel.path.stat().st_size >= _LARGE
        read = Remembered(cache / "metadata.json", _read_metadata) if is_large else _read_metadata
        return read_metadata(wheel.name, str(wheel.version), read(wheel.path))
    except (OSError, zipfile.BadZipFile, StopIteration, RuntimeError):
        return None


def _read_metadata(path: Path) -> str:
    """Without what is written for people."""
    with zipfile.ZipFile(path) as archive:
        names = (name for name in archive.namelist() if _METADATA.fullmatch(name))
        with archive.open(next(names)) as stream:
            text = stream.read(_METADATA_BYTES).decode(errors="replace")
    return text.partition("\n\n")[0] + "\n\n"


def _listed(page: Path) -> Iterator[Wheel]:
    """Files that a simple index's page links to, where they lie on this machine."""
    index = page / "index.html"
    if not index.is_file():
        return
    for link, sha256 in _LINK.findall(index.read_text(encoding="utf-8", errors="replace")):
        if "://" not in link or link.startswith("file:"):
            path = as_folder(link) if link.startswith("file:") else page / unquote(link)
            wheel = _wheel(path.resolve()) if path else None
            if wheel and wheel.path.is_file():
                yield replace(wheel, sha256=sha256 or None)


def _wheel(path: Path) -> Wheel | None:
    try:
        name, version, _, tags = parse_wheel_filename(path.name)
    except InvalidWheelFilename:
        return None
    return Wheel(path, str(canonicalize_name(name)), version, frozenset(tags))

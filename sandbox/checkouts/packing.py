"""A tree as a tar stream, made from git objects by our own hand.

Not `git archive`: the attributes of a repository (`export-ignore`, filters) have no say in it.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

from sandbox.checkouts.links import outer_links
from sandbox.checkouts.notes import read_links, submodules
from sandbox.checkouts.objects import EXECUTABLE, TreeEntry, list_entries, read_blobs
from sandbox.domain import Workspace
from sandbox.foreign import printable
from sandbox.paths import WorkspacePaths

_BLOCK, _PIECE = 512, 2**20
_Pack = Callable[..., bytes]


def open_tar(
    workspace: Workspace, tree: str, *, below: str = "", beside: Sequence[Path] = ()
) -> Iterator[bytes]:
    """The tree as an uncompressed tar stream, in chunks of at most 1 MiB.

    Folders 755, files 644 or 755, owner 0, all with the time of the workspace's commit; then the
    links that stay inside the tree. Equal trees give equal bytes. Memory stays flat whatever the
    files' size. Left out is what `skipped` names.

    Args:
        below: folder that everything lies in, within the stream.
        beside: folders whose files lie among the tree's own; where one is there already it stays.
    """
    repo = WorkspacePaths(Path(workspace.root)).repo
    entries = list_entries(repo, tree)
    files = [entry for entry in entries if entry.is_file]
    links = read_links(repo, entries)
    moment = int(datetime.fromisoformat(workspace.committed_at).timestamp())
    pack = partial(_header, f"{below}/" if below else "", moment)
    more = _more_files(beside, {entry.path for entry in entries})
    own = (entry.path for entry in entries if entry.is_file or entry.path in links)
    for folder in _folders([*own, *more]):
        yield pack(folder, tarfile.DIRTYPE, mode=0o755)
    yield from _packed_files(repo, files, pack)
    for path, file in more.items():
        yield from _padded(pack(path, tarfile.REGTYPE, mode=0o644, size=file.stat().st_size), file)
    yield from _packed_links(links, pack)
    yield b"\0" * (2 * _BLOCK)


def skipped(workspace: Workspace, tree: str) -> tuple[str, ...]:
    """What `open_tar` leaves out and why, one line each."""
    repo = WorkspacePaths(Path(workspace.root)).repo
    entries = list_entries(repo, tree)
    links = read_links(repo, entries)
    left = [f"{path} -> {links[path]}: the link leaves the tree" for path in outer_links(links)]
    absent = [f"{path}: a submodule, not fetched" for path in submodules(entries)]
    return tuple(printable(line) for line in (*left, *absent))


def _folders(paths: Iterable[str]) -> list[str]:
    parents = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    return sorted(parents - {"."})


def _more_files(folders: Sequence[Path], known: Collection[str]) -> dict[str, Path]:
    """By path, sorted, those that have a place among the tree's own, which are known."""
    found = {
        file.relative_to(folder): file
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file()
    }
    files, places = set(known), set(_folders(known))
    more: dict[str, Path] = {}
    for path in sorted(found):
        above = _folders([str(path)])
        if str(path) not in files | places and files.isdisjoint(above):
            more[str(path)] = found[path]
            files.add(str(path))
            places.update(above)
    return more


def _padded(header: bytes, file: Path) -> Iterator[bytes]:
    yield header
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece
    yield b"\0" * (-file.stat().st_size % _BLOCK)


def _packed_files(repo: Path, files: Sequence[TreeEntry], pack: _Pack) -> Iterator[bytes]:
    blobs = read_blobs(repo, (entry.sha for entry in files))
    for entry, (size, content) in zip(files, blobs, strict=True):
        mode = 0o755 if entry.mode == EXECUTABLE else 0o644
        yield pack(entry.path, tarfile.REGTYPE, mode=mode, size=size)
        yield from content
        if size % _BLOCK:
            yield b"\0" * (_BLOCK - size % _BLOCK)


def _packed_links(links: Mapping[str, str], pack: _Pack) -> Iterator[bytes]:
    """Last, so that whoever unpacks never writes through one."""
    outer = set(outer_links(links))
    for path in sorted(links.keys() - outer):
        yield pack(path, tarfile.SYMTYPE, mode=0o777, link=links[path])


def _header(  # noqa: PLR0913 - what a header of tar holds
    below: str, moment: int, path: str, kind: bytes, *, mode: int, size: int = 0, link: str = ""
) -> bytes:
    info = tarfile.TarInfo(below + path)
    info.type, info.mtime, info.mode, info.size, info.linkname = kind, moment, mode, size, link
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")

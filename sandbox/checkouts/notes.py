"""What a user should know of a tree before working with it, one line each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sandbox.checkouts.links import outer_links
from sandbox.checkouts.objects import LINK, SUBMODULE, TreeEntry, read_blobs
from sandbox.foreign import human_bytes, listed

_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?s:.*)^size (-?\d+)$", re.MULTILINE
)
_POINTER_BYTES = range(60, 1025)  # Git LFS itself takes nothing larger for a pointer


def tree_notes(repo: Path, entries: Sequence[TreeEntry]) -> tuple[str, ...]:
    """LFS pointers, links that leave the tree, submodules, names that collide or are odd."""
    pointers = lfs_pointers(repo, entries)
    lines = (
        _lfs_note(pointers),
        _named(
            "symbolic links that leave the tree, left out", outer_links(read_links(repo, entries))
        ),
        _named("submodules, not fetched", submodules(entries)),
        _named("names equal but for case or accents", collisions(entry.path for entry in entries)),
        _named("names that are not UTF-8", _not_utf8(entries)),
    )
    return tuple(line for line in lines if line)


def _named(what: str, names: Sequence[str]) -> str | None:
    return f"{len(names)} {what}: {listed(names)}" if names else None


def _lfs_note(pointers: Mapping[str, int]) -> str | None:
    if not pointers:
        return None
    size = human_bytes(sum(max(0, claimed) for claimed in pointers.values()))
    return (
        f"{len(pointers)} files are Git LFS pointers (claimed size {size}), their content is not "
        f"here: {listed(tuple(pointers))}"
    )


def lfs_pointers(repo: Path, entries: Sequence[TreeEntry]) -> dict[str, int]:
    """Path to claimed size in bytes; what a pointer claims may be nonsense."""
    small = [entry for entry in entries if entry.is_file and entry.size in _POINTER_BYTES]
    blobs = read_blobs(repo, (entry.sha for entry in small))
    found = {}
    for entry, (_, content) in zip(small, blobs, strict=True):
        match = _POINTER.match(b"".join(content))
        if match:
            found[entry.path] = int(match[1])
    return found


def read_links(repo: Path, entries: Sequence[TreeEntry]) -> dict[str, str]:
    """Path of each symbolic link to its text."""
    links = [entry for entry in entries if entry.mode == LINK]
    blobs = read_blobs(repo, (entry.sha for entry in links))
    return {
        entry.path: b"".join(content).decode("utf-8", "surrogateescape")
        for entry, (_, content) in zip(links, blobs, strict=True)
    }


def submodules(entries: Iterable[TreeEntry]) -> tuple[str, ...]:
    """Paths of the submodules."""
    return tuple(entry.path for entry in entries if entry.mode == SUBMODULE)


def collisions(paths: Iterable[str]) -> tuple[str, ...]:
    """Paths that a disk without case or accents would take for another one, folders included."""
    names = {part for path in paths for part in _prefixes(path)}
    seen: dict[str, list[str]] = {}
    for name in names:
        seen.setdefault(unicodedata.normalize("NFC", name).casefold(), []).append(name)
    return tuple(sorted(name for same in seen.values() if len(same) > 1 for name in same))


def _prefixes(path: str) -> Iterable[str]:
    parts = path.split("/")
    return ("/".join(parts[: length + 1]) for length in range(len(parts)))


def _not_utf8(entries: Iterable[TreeEntry]) -> tuple[str, ...]:
    return tuple(
        entry.path for entry in entries if any("\udc80" <= char <= "\udcff" for char in entry.path)
    )

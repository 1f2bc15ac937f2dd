"""The files of one git tree, read from the object database."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path, PurePosixPath

from sandbox.checkouts.notes import tree_notes
from sandbox.checkouts.objects import TreeEntry, listing_of, read_blobs
from sandbox.domain import Workspace
from sandbox.interfaces import SourceTree
from sandbox.paths import WorkspacePaths

_TOGETHER_BYTES = 32 * 2**20
_SMALL_BYTES = 2**20
_FIRST_TOGETHER = 32


class GitTree(SourceTree):
    """A tree of a workspace's clone; may be used from several threads, holds no process.

    A `read` of a small file reads small files of the same suffix with it, those of its folder
    first: few at the first time, eight times as many at each further one, for whoever looks
    at one `.py` looks at some more, or at all; 5,000 files are 4 processes, not 5,000.
    """

    def __init__(self, workspace: Workspace, tree: str) -> None:
        self.tree = tree
        self._repo = WorkspacePaths(Path(workspace.root)).repo
        self._read: dict[str, bytes] = {}
        self._together = _FIRST_TOGETHER

    @cached_property
    def entries(self) -> tuple[TreeEntry, ...]:
        """Links and submodules among them."""
        return listing_of(self._repo, self.tree)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of this tree, one line each."""
        return tree_notes(self._repo, self.entries)

    @cached_property
    def _files(self) -> dict[str, TreeEntry]:
        return {entry.path: entry for entry in self.entries if entry.is_file}

    def paths(self) -> tuple[str, ...]:
        return tuple(self._files)

    def closed(self) -> tuple[str, ...]:
        return tuple(entry.path for entry in self.entries if not entry.is_file)

    def size(self, path: str) -> int:
        """Bytes of a file; `KeyError` for what is not listed."""
        return self._files[path].size

    def read(self, path: str) -> bytes:
        if path not in self._read:
            self._load(self._neighbours(self._files[path]))
        return self._read[path]

    def _neighbours(self, wanted: TreeEntry) -> Iterable[TreeEntry]:
        """The file, and the unread small ones of its kind as far as they fit in memory."""
        chosen = [wanted]
        room = _TOGETHER_BYTES
        suffix = PurePosixPath(wanted.path).suffix
        files = list(self._files.values())
        folder = wanted.path.rpartition("/")[0]
        files.sort(key=lambda entry: entry.path.rpartition("/")[0] != folder)
        for entry in files:
            if len(chosen) >= self._together:
                break
            alike = entry.path.endswith(suffix) and entry.size <= _SMALL_BYTES
            if alike and entry is not wanted and entry.path not in self._read and entry.size < room:
                room -= entry.size
                chosen.append(entry)
        self._together *= 8
        return chosen

    def _load(self, entries: Iterable[TreeEntry]) -> None:
        chosen = tuple(entries)
        blobs = read_blobs(self._repo, (entry.sha for entry in chosen))
        for entry, (_, content) in zip(chosen, blobs, strict=True):
            self._read[entry.path] = b"".join(content)

"""The files of one git tree, read from the object database."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path, PurePosixPath

from sandbox.checkouts.notes import tree_notes
from sandbox.checkouts.objects import TreeEntry, list_entries, read_blobs
from sandbox.domain import Workspace
from sandbox.interfaces import SourceTree
from sandbox.paths import WorkspacePaths

_TOGETHER_BYTES = 32 * 2**20
_SMALL_BYTES = 2**20


class GitTree(SourceTree):
    """A tree of a workspace's clone; may be used from several threads, holds no process.

    The first `read` of a small file reads the small files of the same suffix with it, for whoever
    looks at one `.py` looks at them all; 5,000 files are one process, not 5,000.
    """

    def __init__(self, workspace: Workspace, tree: str) -> None:
        self.tree = tree
        self._repo = WorkspacePaths(Path(workspace.root)).repo
        self._read: dict[str, bytes] = {}

    @cached_property
    def entries(self) -> tuple[TreeEntry, ...]:
        """Links and submodules among them."""
        return list_entries(self._repo, self.tree)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of this tree, one line each."""
        return tree_notes(self._repo, self.entries)

    @cached_property
    def _files(self) -> dict[str, TreeEntry]:
        return {entry.path: entry for entry in self.entries if entry.is_file}

    def paths(self) -> tuple[str, ...]:
        return tuple(self._files)

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
        for entry in self._files.values():
            alike = entry.path.endswith(suffix) and entry.size <= _SMALL_BYTES
            if alike and entry is not wanted and entry.path not in self._read and entry.size < room:
                room -= entry.size
                chosen.append(entry)
        return chosen

    def _load(self, entries: Iterable[TreeEntry]) -> None:
        chosen = tuple(entries)
        blobs = read_blobs(self._repo, (entry.sha for entry in chosen))
        for entry, (_, content) in zip(chosen, blobs, strict=True):
            self._read[entry.path] = b"".join(content)

"""What is studied: files that are read and never run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence


class SourceTree(ABC):
    """The files of one tree, read-only; nothing outside of it can be reached through it.

    `paths` lists regular files only, POSIX, relative to the root, sorted. `read` raises `KeyError`
    for what is not listed. `closed` lists links and submodules, below which there may be more that
    is not listed. All are cheap to call again.
    """

    @abstractmethod
    def paths(self) -> tuple[str, ...]: ...

    @abstractmethod
    def read(self, path: str) -> bytes: ...

    def closed(self) -> tuple[str, ...]:
        return ()


class MemoryTree(SourceTree):
    """A tree held in memory: for tests, and for looking at edits before they are committed."""

    def __init__(self, files: Mapping[str, bytes | str], closed: Sequence[str] = ()) -> None:
        self._files = {
            path: text.encode() if isinstance(text, str) else text for path, text in files.items()
        }
        self._closed = tuple(closed)

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def read(self, path: str) -> bytes:
        return self._files[path]

    def closed(self) -> tuple[str, ...]:
        return self._closed


class EditedTree(SourceTree):
    """Another tree with some of its files as they are after edits.

    Args:
        edits: path → whole new content, of files that the tree has.
    """

    def __init__(self, tree: SourceTree, edits: Mapping[str, bytes]) -> None:
        self._tree, self._edits = tree, edits

    def paths(self) -> tuple[str, ...]:
        return self._tree.paths()

    def read(self, path: str) -> bytes:
        return self._edits[path] if path in self._edits else self._tree.read(path)

    def closed(self) -> tuple[str, ...]:
        return self._tree.closed()

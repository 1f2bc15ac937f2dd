"""What a repository is to the site: GitHub's words about it, its newest commit, its files."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Metadata:
    """What GitHub knows beside the files.

    Attributes:
        license_id: SPDX, None: none found.
        languages: name to bytes.
        size_kb: of the repository on GitHub's disk; `diskUsage` and `size`.
        pushed_at: ISO 8601 in UTC, `2024-05-01T12:00:00Z`.
    """

    owner: str
    name: str
    description: str | None = None
    stars: int = 0
    forks: int = 0
    license_id: str | None = None
    topics: tuple[str, ...] = ()
    languages: Mapping[str, int] = field(default_factory=dict)
    size_kb: int = 0
    created_at: str = "2020-01-01T00:00:00Z"
    pushed_at: str = "2024-01-01T00:00:00Z"
    is_archived: bool = False
    is_fork: bool = False
    branch: str = "main"

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def language(self) -> str | None:
        return max(self.languages, key=lambda name: self.languages[name], default=None)


@dataclass(frozen=True)
class Entry:
    """A file, a folder or a submodule.

    Attributes:
        path: from the root, with slashes.
        mode: as git writes it: `100644`, `040000`, `120000`, `160000`.
        kind: blob, tree or commit.
        size: bytes; 0 for what is no blob.
    """

    path: str
    mode: str
    kind: str
    sha: str
    size: int = 0

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]


@dataclass(frozen=True)
class Head:
    """The newest commit of the branch that is shown first.

    Attributes:
        committed_at: ISO 8601 in UTC.
        entries: everything at every depth, a folder before what is in it.
    """

    commit: str
    tree: str
    committed_at: str
    entries: tuple[Entry, ...]

    def entry(self, path: str) -> Entry | None:
        """What is at `path`; the root is a folder as well."""
        path = path.strip("/")
        if not path:
            return Entry("", "040000", "tree", self.tree)
        return next((entry for entry in self.entries if entry.path == path), None)

    def inside(self, folder: str) -> list[Entry]:
        """What lies in a folder, without what lies deeper."""
        return [entry for entry in self.entries if entry.folder == folder.strip("/")]

    def readme(self) -> Entry | None:
        """As GitHub looks for it: whatever its ending and letters, in the root."""
        names = [entry for entry in self.inside("") if entry.name.lower().startswith("readme")]
        return min((entry for entry in names if entry.kind == "blob"), key=_rank, default=None)


class Repository(abc.ABC):
    """Where one repository comes from.

    It does not change while it is served, and is read from several threads. Hashes are git's own;
    `head` is None for a repository without a commit; `blob` raises KeyError for a hash that is no
    file's.
    """

    @abc.abstractmethod
    def metadata(self) -> Metadata: ...

    @abc.abstractmethod
    def head(self) -> Head | None: ...

    @abc.abstractmethod
    def blob(self, sha: str) -> bytes: ...


def is_binary(content: bytes) -> bool:
    """As git decides it."""
    return b"\0" in content[:8000]


def _rank(entry: Entry) -> tuple[bool, str]:
    return (not entry.name.lower().endswith(".md"), entry.name)

"""A repository whose files are given; its hashes are those that git would give them."""

from __future__ import annotations

import calendar
import hashlib
import time
from collections.abc import Iterator, Mapping

from .repositories import Entry, Head, Metadata, Repository


class InMemory(Repository):
    """Files as one commit of the day it was pushed.

    Args:
        files: path to content; none: a repository without a commit.
    """

    def __init__(self, metadata: Metadata, files: Mapping[str, bytes]) -> None:
        self._metadata = metadata
        self._blobs = {_sha("blob", content): content for content in files.values()}
        self._head = _commit(metadata, files) if files else None

    def metadata(self) -> Metadata:
        return self._metadata

    def head(self) -> Head | None:
        return self._head

    def blob(self, sha: str) -> bytes:
        return self._blobs[sha]


def _commit(metadata: Metadata, files: Mapping[str, bytes]) -> Head:
    entries, tree = _folder(files)
    moment = calendar.timegm(time.strptime(metadata.pushed_at, "%Y-%m-%dT%H:%M:%SZ"))
    by = f"{metadata.owner} <{metadata.owner}@example.org> {moment} +0000"
    text = f"tree {tree}\nauthor {by}\ncommitter {by}\n\nAdd files\n"
    return Head(_sha("commit", text.encode()), tree, metadata.pushed_at, entries)


def _folder(files: Mapping[str, bytes], prefix: str = "") -> tuple[tuple[Entry, ...], str]:
    """Everything below a folder, and the folder's own hash."""
    found: list[Entry] = []
    lines = b""
    for name, inner in _children(files):
        path = f"{prefix}{name}"
        deeper: tuple[Entry, ...] = ()
        if isinstance(inner, bytes):
            entry = Entry(path, "100644", "blob", _sha("blob", inner), len(inner))
        else:
            deeper, sha = _folder(inner, f"{path}/")
            entry = Entry(path, "040000", "tree", sha)
        found += [entry, *deeper]
        lines += f"{entry.mode.lstrip('0')} {name}\0".encode() + bytes.fromhex(entry.sha)
    return tuple(found), _sha("tree", lines)


def _children(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes | dict[str, bytes]]]:
    """What lies in a folder, in git's order, in which a folder's name ends with a slash."""
    folders: dict[str, dict[str, bytes]] = {}
    plain: dict[str, bytes] = {}
    for path, content in files.items():
        name, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(name, {})[rest] = content
        else:
            plain[name] = content
    both: dict[str, bytes | dict[str, bytes]] = {**plain, **folders}
    for name in sorted(
        both, key=lambda one: f"{one}/".encode() if one in folders else one.encode()
    ):
        yield name, both[name]


def _sha(kind: str, content: bytes) -> str:
    return hashlib.sha1(
        f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False
    ).hexdigest()

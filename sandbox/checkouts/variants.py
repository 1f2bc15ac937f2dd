"""Variants as trees and commits under `refs/sandbox/`; working tree and index are never touched."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.checkouts.objects import (
    EXECUTABLE,
    FOLDER,
    REGULAR,
    open_objects,
    read_tree,
    resolve_sha,
    write_object,
    write_ref,
)
from sandbox.domain import Workspace
from sandbox.errors import InputError
from sandbox.foreign import shown
from sandbox.paths import WorkspacePaths

if TYPE_CHECKING:
    from sandbox.checkouts.objects import ObjectDatabase

BASE_REF = "refs/sandbox/base"
_AUTHOR = "sandbox <sandbox@localhost>"

# Name to (mode, SHA), as one level of a tree.
_Level = dict[bytes, tuple[str, str]]
# Name to new content, None = delete, or to the edits below that folder.
_Edits = dict[bytes, "bytes | _Edits | None"]


def base_tree(workspace: Workspace) -> str:
    """SHA of the tree the workspace was opened with: its commit's, with the submodules if asked."""
    repo = WorkspacePaths(Path(workspace.root)).repo
    return resolve_sha(repo, f"{BASE_REF}^{{tree}}")


def commit_variant(
    workspace: Workspace,
    tree: str,
    *,
    edits: Mapping[str, bytes | None],
    message: str,
    parents: Sequence[str] | None = None,
) -> tuple[str, str]:
    """Write a tree with edits, and a commit of it under `refs/sandbox/<commit>`.

    Equal arguments give equal SHAs at any time and on any machine, so several processes may write
    the same variant at once.

    Args:
        edits: POSIX path to new content; None deletes the file. A file keeps its executable bit.
        parents: SHAs of commits; None = the one that the workspace was opened with.

    Returns:
        SHA of the tree, SHA of the commit.

    Raises:
        InputError: a path that is no place for a file in this tree.
    """
    repo = WorkspacePaths(Path(workspace.root)).repo
    above = (resolve_sha(repo, BASE_REF),) if parents is None else tuple(parents)
    nested = _nested(edits)
    with open_objects(repo) as database:
        if nested:
            written = _write_level(_Objects(repo, database), tree, nested, "")
            tree = written or write_object(database, "tree", b"")
        text = _commit_text(tree, above, workspace.committed_at, message)
        commit = write_object(database, "commit", text)
    write_ref(repo, f"refs/sandbox/{commit}", commit)
    return tree, commit


def _commit_text(tree: str, parents: Sequence[str], moment: str, message: str) -> bytes:
    when = datetime.fromisoformat(moment)
    stamp = f"{_AUTHOR} {int(when.timestamp())} {when.strftime('%z') or '+0000'}"
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += [f"author {stamp}", f"committer {stamp}", "", message.rstrip("\n"), ""]
    return "\n".join(lines).replace("\0", "").encode("utf-8", "backslashreplace")


def _nested(edits: Mapping[str, bytes | None]) -> _Edits:
    root: _Edits = {}
    for path, content in edits.items():
        *folders, name = safe_parts(path)
        level = root
        for folder in folders:
            below = level.setdefault(folder, {})
            if not isinstance(below, dict):
                raise InputError(f"{shown(path)} lies below a file that is edited too")
            level = below
        if name in level:
            raise InputError(f"{shown(path)} is edited as a file and as a folder")
        level[name] = content
    return root


def safe_parts(path: str) -> tuple[bytes, ...]:
    """The parts of a path below the root of a tree.

    Raises:
        InputError: absolute, empty, leaving the tree, or in a `.git` folder, however disguised.
    """
    parts = path.split("/")
    for part in parts:
        if part in ("", ".", "..") or "\0" in part or _poses_as_git(part):
            raise InputError(f"{shown(path)} is no path inside a repository")
    return tuple(part.encode("utf-8", "surrogateescape") for part in parts)


def _poses_as_git(part: str) -> bool:
    """`.git` as other file systems read it: no case, no invisible characters, short names."""
    visible = "".join(char for char in part if unicodedata.category(char) != "Cf")
    bare = visible.casefold().rstrip(". ").partition(":")[0]
    return bare in (".git", "git~1")


@dataclass(frozen=True)
class _Objects:
    """Read from the clone, written to its database."""

    repo: Path
    database: ObjectDatabase


def _write_level(objects: _Objects, tree: str | None, edits: _Edits, where: str) -> str | None:
    """Write one folder and what is edited below it; returns None for a folder left empty."""
    level = _parse_level(read_tree(objects.repo, tree)) if tree else {}
    for name, edit in edits.items():
        path = where + name.decode("utf-8", "surrogateescape")
        mode, sha = level.get(name, (None, None))
        if isinstance(edit, dict):
            _refuse_below_file(mode, path)
            changed = _write_level(objects, sha, edit, f"{path}/")
            entry = (FOLDER, changed) if changed else None
        else:
            entry = _edited_file(objects.database, mode, edit, path)
        level.pop(name, None)
        if entry:
            level[name] = entry
    return write_object(objects.database, "tree", _format_level(level)) if level else None


def _refuse_below_file(mode: str | None, path: str) -> None:
    if mode not in (None, FOLDER):
        raise InputError(f"{shown(path)} is no folder, so nothing can be written below it")


def _edited_file(
    database: ObjectDatabase, mode: str | None, content: bytes | None, path: str
) -> tuple[str, str] | None:
    if mode == FOLDER:
        raise InputError(f"{shown(path)} is a folder, not a file")
    if content is None and mode is None:
        raise InputError(f"no file {shown(path)} to delete")
    if content is None:
        return None
    kept = EXECUTABLE if mode == EXECUTABLE else REGULAR
    return kept, write_object(database, "blob", content)


def _parse_level(data: bytes) -> _Level:
    level: _Level = {}
    at = 0
    while at < len(data):
        space, end = data.index(b" ", at), data.index(b"\0", at)
        mode = data[at:space].decode().zfill(6)
        level[data[space + 1 : end]] = (mode, data[end + 1 : end + 21].hex())
        at = end + 21
    return level


def _format_level(level: _Level) -> bytes:
    """As git wants it: sorted as if each folder's name ended in a slash, modes without zeros."""

    def key(item: tuple[bytes, tuple[str, str]]) -> bytes:
        name, (mode, _) = item
        return name + b"/" if mode == FOLDER else name

    return b"".join(
        mode.lstrip("0").encode() + b" " + name + b"\0" + bytes.fromhex(sha)
        for name, (mode, sha) in sorted(level.items(), key=key)
    )

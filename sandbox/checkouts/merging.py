"""A difference of two trees, brought into the files of a workspace that may have changed too."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.checkouts.objects import (
    EXECUTABLE,
    LINK,
    SUBMODULE,
    TreeEntry,
    list_entries,
    local_environment,
    read_blobs,
)
from sandbox.checkouts.process import run_git
from sandbox.checkouts.variants import safe_parts
from sandbox.checkouts.working import working_tree
from sandbox.domain import Workspace
from sandbox.errors import InputError, StoreError
from sandbox.foreign import listed, shown
from sandbox.paths import WorkspacePaths

_Tree = Mapping[str, TreeEntry]


class ClashError(InputError):
    """Both changed the same places, or something else is where a file has to be.

    Attributes:
        paths: where.
    """

    def __init__(self, message: str, *, hint: str | None = None, **facts: object) -> None:
        super().__init__(message, hint=hint, **facts)
        found = facts.get("paths", ())
        self.paths = tuple(map(str, found)) if isinstance(found, tuple) else ()


@dataclass(frozen=True)
class _Change:
    """One file as it is to be; None = it is to be gone; a submodule is a folder."""

    path: str
    content: bytes | None
    is_executable: bool = False
    is_folder: bool = False


class _ConflictError(Exception):
    """Two versions that cannot be one."""


def merge_in(workspace: Workspace, tree: str, base: str) -> tuple[str, ...]:
    """Change the workspace's files as `tree` differs from `base`; what they changed too is merged.

    All of it is written, or nothing. Links are written as files with their text, as in a clone.
    Called again after it was killed, it finishes.

    Returns:
        The paths that are other ones now.

    Raises:
        ClashError: they cannot be merged; nothing was written.
        InputError: a path lies behind a link.
        StoreError: the disk is full or cannot be written.
    """
    repo = WorkspacePaths(Path(workspace.root)).repo
    changes = _changes(workspace, repo, tree, base)
    with tempfile.TemporaryDirectory(prefix="bringing-", dir=workspace.root) as beside:
        written = {
            change.path: _written(change, Path(beside, str(at)))
            for at, change in enumerate(changes)
            if change.content is not None
        }
        for change in (one for one in changes if one.content is None and not one.is_folder):
            _remove(repo, change.path)
        for change in changes:
            if change.is_folder:
                _make_folder(repo / change.path)
            elif change.content is not None:
                _put(repo / change.path, written[change.path])
    return tuple(change.path for change in changes)


# ---------------------------------------------------------------- what is to be changed


def _changes(workspace: Workspace, repo: Path, tree: str, base_sha: str) -> list[_Change]:
    base, theirs, ours = (
        {entry.path: entry for entry in list_entries(repo, one)}
        for one in (base_sha, tree, working_tree(workspace))
    )
    gone = {path for path in base.keys() - theirs.keys() if ours.get(path) == base[path]}
    found: list[_Change] = []
    clashing: list[str] = []
    for path in sorted(base.keys() | theirs.keys()):
        three = (ours.get(path), base.get(path), theirs.get(path))
        if _state(three[1]) == _state(three[2]) or _is_done(three[0], three[2]):
            continue
        try:
            if not _check_place(repo, path, three, gone):
                found.append(_merged(repo, path, *three))
        except _ConflictError:
            clashing.append(path)
    if clashing:
        raise ClashError(f"changed in the same places: {listed(clashing)}", paths=tuple(clashing))
    return found


def _state(entry: TreeEntry | None) -> tuple[str, str] | None:
    return None if entry is None else (entry.sha, entry.mode)


def _is_done(ours: TreeEntry | None, theirs: TreeEntry | None) -> bool:
    """A link that is not in the index yet lies there as a file with its text."""
    if ours is not None and theirs is not None and theirs.mode == LINK:
        return ours.sha == theirs.sha
    return _state(ours) == _state(theirs)


def _check_place(
    repo: Path, path: str, three: Sequence[TreeEntry | None], gone: Collection[str]
) -> bool:
    """Neither a link on the way, nor a folder or an ignored file in its place.

    Args:
        gone: files that will be removed first.

    Returns:
        Whether an ignored file is there that is what it has to be already.
    """
    ours, _, theirs = three
    place, so_far = repo, ""
    for part in map(os.fsdecode, safe_parts(path)):
        if place.is_symlink():
            raise InputError(f"{shown(path)} lies behind a link in the workspace")
        if place.exists() and not place.is_dir() and so_far not in gone:
            raise _ConflictError
        place, so_far = place / part, f"{so_far}/{part}".lstrip("/")
    if place.is_symlink():
        raise InputError(f"{shown(path)} is a link in the workspace")
    if place.is_dir():
        _check_folder(repo, place, theirs, gone)
    elif place.exists() and ours is None:
        if theirs is not None and theirs.is_file and place.read_bytes() == _content(repo, theirs):
            return True
        raise _ConflictError
    return False


def _check_folder(
    repo: Path, folder: Path, theirs: TreeEntry | None, gone: Collection[str]
) -> None:
    """A folder may become a file where all of it goes; a submodule's may stay."""
    if theirs is None or theirs.mode == SUBMODULE:
        return
    for root, _, names in os.walk(folder):
        for name in names:
            if os.fsdecode(Path(root, name).relative_to(repo)) not in gone:
                raise _ConflictError


def _merged(
    repo: Path,
    path: str,
    ours: TreeEntry | None,
    base: TreeEntry | None,
    theirs: TreeEntry | None,
) -> _Change:
    is_executable = theirs is not None and theirs.mode == EXECUTABLE
    if _state(ours) == _state(base):
        if theirs is not None and theirs.mode == SUBMODULE:
            return _Change(path, None, is_folder=True)
        return _Change(path, _content(repo, theirs), is_executable)
    if (
        ours is None
        or theirs is None
        or not all(e is None or e.is_file for e in (ours, base, theirs))
    ):
        raise _ConflictError
    if base is not None and base.mode == theirs.mode:
        is_executable = ours.mode == EXECUTABLE
    with tempfile.TemporaryDirectory(prefix="sandbox-merge-") as folder:
        paths = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for place, entry in zip(paths, (ours, base, theirs), strict=True):
            place.write_bytes(_content(repo, entry) or b"")
        words = ("merge-file", "-p", *map(str, paths))
        done = run_git(words, cwd=Path(folder), environment=local_environment(repo))
    if done.exit_code:
        raise _ConflictError
    return _Change(path, done.stdout, is_executable)


def _content(repo: Path, entry: TreeEntry | None) -> bytes | None:
    if entry is None:
        return None
    return b"".join(part for _, parts in read_blobs(repo, [entry.sha]) for part in parts)


# ---------------------------------------------------------------- writing it


def _written(change: _Change, place: Path) -> Path:
    with _writing(place):
        place.write_bytes(change.content or b"")
        place.chmod(0o755 if change.is_executable else 0o644)
    return place


def _put(place: Path, source: Path) -> None:
    with _writing(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_dir():
            _remove_empty(place)
        source.replace(place)


def _make_folder(place: Path) -> None:
    with _writing(place):
        if place.is_file():
            place.unlink()
        place.mkdir(parents=True, exist_ok=True)


def _remove(repo: Path, path: str) -> None:
    """The file, and the folders that it leaves empty; a submodule only where it is empty."""
    place = repo / path
    with _writing(place):
        if place.is_dir():
            with contextlib.suppress(OSError):
                place.rmdir()
        else:
            place.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        for folder in place.parents:
            if folder == repo:
                break
            folder.rmdir()


def _remove_empty(folder: Path) -> None:
    for root, _, _ in os.walk(folder, topdown=False):
        Path(root).rmdir()


@contextlib.contextmanager
def _writing(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"cannot write {place}: {error.strerror}") from error

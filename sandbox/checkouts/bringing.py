"""A variant's code where a person works on it: in a worktree, or among the workspace's files."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.checkouts.objects import (
    EXECUTABLE,
    TreeEntry,
    list_entries,
    local_environment,
    local_git,
    read_blobs,
)
from sandbox.checkouts.process import run_git
from sandbox.checkouts.variants import base_tree, safe_parts
from sandbox.checkouts.working import scratch_index, working_tree
from sandbox.domain import Workspace
from sandbox.errors import InputError, StoreError
from sandbox.foreign import listed, printable, shown
from sandbox.paths import WorkspacePaths


def tree_of(workspace: Workspace, commit: str) -> str:
    """SHA of a variant's tree; raises InputError where its commit is not there any more."""
    repo = _repo(workspace)
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{tree}}")
    found = run_git(words, cwd=repo, environment=local_environment(repo))
    if found.exit_code or not commit:
        raise InputError(
            f"the code of this run is not in workspace {workspace.name} any more",
            hint="the workspace was made anew since; run the variant again",
        )
    return found.stdout.decode().strip()


# ---------------------------------------------------------------- a folder of its own


def add_worktree(workspace: Workspace, commit: str, folder: Path) -> None:
    """The commit's files in a new folder, byte for byte: a worktree of the workspace's clone.

    Raises:
        InputError: there is something in the folder already, or it lies in the workspace.
        StoreError: it cannot be written.
    """
    repo, tree = _repo(workspace), tree_of(workspace, commit)
    _check_new(folder, repo)
    words = ("worktree", "add", "--force", "--no-checkout", "--detach", "--quiet", "--")
    done = run_git((*words, str(folder), commit), cwd=repo, environment=local_environment(repo))
    if done.exit_code:
        reason = (done.stderr.strip().splitlines() or ["git gave no reason"])[-1]
        raise StoreError(f"cannot write {folder}: {printable(reason)[:300]}")
    try:
        _fill(repo, tree, folder)
    except BaseException:
        gone = ("worktree", "remove", "--force", "--", str(folder))
        run_git(gone, cwd=repo, environment=local_environment(repo))
        raise


def _fill(repo: Path, tree: str, folder: Path) -> None:
    """Not by `worktree add` itself: attributes of the repository would have a say in it."""
    with scratch_index(repo) as variables:
        local_git(repo, "read-tree", tree, variables=variables)
        local_git(repo, "checkout-index", "--all", f"--prefix={folder}/", variables=variables)
    own = (folder / ".git").read_text().removeprefix("gitdir:").strip()
    local_git(repo, "reset", "--quiet", variables={"GIT_DIR": own, "GIT_WORK_TREE": str(folder)})


def _check_new(folder: Path, repo: Path) -> None:
    try:
        is_full = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise StoreError(f"cannot look at {folder}: {error.strerror}") from error
    if is_full:
        raise InputError(f"{folder} is not empty", hint="name a folder that is not there yet")
    if folder.resolve().is_relative_to(repo.resolve()):
        raise InputError(
            f"{folder} lies in the workspace, whose runs would all have it",
            hint="name a folder elsewhere",
        )


# ---------------------------------------------------------------- the workspace's own files


def bring_in(workspace: Workspace, tree: str, base: str | None = None) -> tuple[str, ...]:
    """Changes the workspace's files as one tree differs from another.

    What was changed in the workspace meanwhile stays, merged line by line. All of it is written,
    or nothing.

    Args:
        tree, base: a variant's, and what that was made of; None = what was opened.

    Returns:
        The paths that are other ones now.

    Raises:
        InputError: both changed the same lines, or something else is in a file's place.
        StoreError: the disk is full or cannot be written.
    """
    repo = _repo(workspace)
    changes = _changes(workspace, tree, base or base_tree(workspace))
    with tempfile.TemporaryDirectory(prefix="bringing-", dir=workspace.root) as beside:
        written = [(change, _written(change, Path(beside, str(at)))) for at, change in
                   enumerate(changes)]  # fmt: skip
        for change, source in written:
            _put(repo / change.path, source)
    return tuple(change.path for change in changes)


@dataclass(frozen=True)
class _Change:
    """One file as it is to be; None = it is to be gone."""

    path: str
    content: bytes | None
    is_executable: bool = False


class _ClashError(Exception):
    """Two versions that cannot be one."""


def _changes(workspace: Workspace, tree: str, base_sha: str) -> list[_Change]:
    repo = _repo(workspace)
    base, theirs, ours = (
        {entry.path: entry for entry in list_entries(repo, one)}
        for one in (base_sha, tree, working_tree(workspace))
    )
    found: list[_Change] = []
    clashing: list[str] = []
    for path in sorted(base.keys() | theirs.keys()):
        three = (ours.get(path), base.get(path), theirs.get(path))
        if _state(three[1]) == _state(three[2]) or _state(three[0]) == _state(three[2]):
            continue
        try:
            _check_place(repo, path, is_known=three[0] is not None)
            found.append(_merged(repo, path, *three))
        except _ClashError:
            clashing.append(path)
    if clashing:
        raise InputError(
            f"changed in the workspace and by the run, in the same places: {listed(clashing)}",
            hint="have the run's code beside it: sandbox checkout RUN",
        )
    return found


def _state(entry: TreeEntry | None) -> tuple[str, str] | None:
    return None if entry is None else (entry.sha, entry.mode)


def _check_place(repo: Path, path: str, *, is_known: bool) -> None:
    """Neither a link on the way, nor a folder or an ignored file in its place."""
    place = repo
    for part in map(os.fsdecode, safe_parts(path)):
        if place.is_symlink():
            raise InputError(f"{shown(path)} lies behind a link in the workspace")
        if place.exists() and not place.is_dir():
            raise _ClashError
        place /= part
    if place.is_symlink():
        raise InputError(f"{shown(path)} is a link in the workspace")
    if place.is_dir() or (place.exists() and not is_known):
        raise _ClashError


def _merged(
    repo: Path,
    path: str,
    ours: TreeEntry | None,
    base: TreeEntry | None,
    theirs: TreeEntry | None,
) -> _Change:
    if any(entry is not None and not entry.is_file for entry in (ours, base, theirs)):
        raise _ClashError
    is_executable = theirs is not None and theirs.mode == EXECUTABLE
    if _state(ours) == _state(base):
        return _Change(path, _content(repo, theirs), is_executable)
    if ours is None or theirs is None:
        raise _ClashError
    if base is not None and base.mode == theirs.mode:
        is_executable = ours.mode == EXECUTABLE
    with tempfile.TemporaryDirectory(prefix="sandbox-merge-") as folder:
        paths = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for place, entry in zip(paths, (ours, base, theirs), strict=True):
            place.write_bytes(_content(repo, entry) or b"")
        words = ("merge-file", "-p", *map(str, paths))
        done = run_git(words, cwd=Path(folder), environment=local_environment(repo))
    if done.exit_code:
        raise _ClashError
    return _Change(path, done.stdout, is_executable)


def _content(repo: Path, entry: TreeEntry | None) -> bytes | None:
    if entry is None:
        return None
    return b"".join(part for _, parts in read_blobs(repo, [entry.sha]) for part in parts)


def _written(change: _Change, place: Path) -> Path | None:
    if change.content is None:
        return None
    with _writing(place):
        place.write_bytes(change.content)
        place.chmod(0o755 if change.is_executable else 0o644)
    return place


def _put(place: Path, source: Path | None) -> None:
    with _writing(place):
        if source is None:
            place.unlink(missing_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            source.replace(place)


@contextlib.contextmanager
def _writing(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"cannot write {place}: {error.strerror}") from error


def _repo(workspace: Workspace) -> Path:
    return WorkspacePaths(Path(workspace.root)).repo

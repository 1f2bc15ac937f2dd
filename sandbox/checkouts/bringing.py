"""A variant's code where a person works on it: in a worktree, or among the workspace's files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.checkouts.objects import TreeEntry, list_entries, read_blobs
from sandbox.checkouts.process import git_environment, run_git
from sandbox.checkouts.text import listed, printable, shown
from sandbox.checkouts.variants import base_tree, safe_parts
from sandbox.checkouts.working import working_tree
from sandbox.domain import Workspace
from sandbox.errors import InputError, StoreError
from sandbox.paths import WorkspacePaths


@dataclass(frozen=True)
class _Change:
    """One file as the variant has it; None = it has no such file."""

    path: str
    content: bytes | None
    mode: int = 0o644


def tree_of(workspace: Workspace, commit: str) -> str:
    """SHA of a variant's tree; raises InputError where its commit is not there any more."""
    repo = _repo(workspace)
    environment = git_environment(variables={"GIT_DIR": str(repo / ".git")})
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{tree}}")
    found = run_git(words, cwd=repo, environment=environment)
    if found.exit_code or not commit:
        raise InputError(
            f"the code of this run is not in workspace {workspace.name} any more",
            hint="the workspace was made anew since; run the variant again",
        )
    return found.stdout.decode().strip()


def add_worktree(workspace: Workspace, commit: str, folder: Path) -> None:
    """The commit's files in a new folder, a worktree of the workspace's clone.

    Raises:
        InputError: there is something in the folder already.
        StoreError: it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not empty", hint="name a folder that is not there yet")
    repo = _repo(workspace)
    environment = git_environment(variables={"GIT_DIR": str(repo / ".git")})
    words = ("worktree", "add", "--detach", "--quiet", "--", str(folder), commit)
    done = run_git(words, cwd=repo, environment=environment)
    if done.exit_code:
        reason = (done.stderr.strip().splitlines() or ["git gave no reason"])[-1]
        raise StoreError(f"cannot write {folder}: {printable(reason)[:300]}")


def bring_in(workspace: Workspace, tree: str) -> tuple[str, ...]:
    """Changes the workspace's files as a variant's tree differs from what was opened.

    What was changed in the workspace meanwhile stays, merged line by line.

    Returns:
        The paths that are other ones now.

    Raises:
        InputError: both changed the same lines; nothing is written then.
    """
    repo = _repo(workspace)
    changes = list(_changes(workspace, tree))
    for change in changes:
        place = repo.joinpath(*map(os.fsdecode, safe_parts(change.path)))
        if place.is_symlink() or not place.resolve().is_relative_to(repo.resolve()):
            raise InputError(f"{shown(change.path)} is a link in the workspace")
    for change in changes:
        _put(repo / change.path, change)
    return tuple(change.path for change in changes)


def _changes(workspace: Workspace, tree: str) -> Iterator[_Change]:
    """All of them, or none where some cannot be merged."""
    repo = _repo(workspace)
    base, theirs, ours = (
        {entry.path: entry for entry in list_entries(repo, one) if entry.is_file}
        for one in (base_tree(workspace), tree, working_tree(workspace))
    )
    differing = [
        path
        for path in sorted(base.keys() | theirs.keys())
        if _sha(base.get(path)) != _sha(theirs.get(path)) != _sha(ours.get(path))
    ]
    merged = {path: _merged(repo, ours.get(path), base.get(path), theirs.get(path))
              for path in differing}  # fmt: skip
    clashing = [path for path, content in merged.items() if isinstance(content, _Clash)]
    if clashing:
        raise InputError(
            f"changed in the workspace and by the run, in the same lines: {listed(clashing)}",
            hint="have the run's code beside it: sandbox checkout RUN",
        )
    for path, content in merged.items():
        entry = theirs.get(path)
        mode = 0o755 if entry is not None and entry.mode == "100755" else 0o644
        yield _Change(path, None if isinstance(content, _Clash) else content, mode)


class _Clash:
    """Two versions that cannot be one."""


def _merged(
    repo: Path, ours: TreeEntry | None, base: TreeEntry | None, theirs: TreeEntry | None
) -> bytes | _Clash | None:
    if _sha(ours) == _sha(base):
        return _content(repo, theirs)
    if ours is None or theirs is None:
        return _Clash()
    with tempfile.TemporaryDirectory(prefix="sandbox-merge-") as folder:
        paths = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for path, entry in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(_content(repo, entry) or b"")
        words = ("merge-file", "-p", *map(str, paths))
        done = run_git(words, cwd=Path(folder), environment=git_environment())
    return _Clash() if done.exit_code else done.stdout


def _content(repo: Path, entry: TreeEntry | None) -> bytes | None:
    if entry is None:
        return None
    return b"".join(part for _, parts in read_blobs(repo, [entry.sha]) for part in parts)


def _sha(entry: TreeEntry | None) -> str | None:
    return None if entry is None else entry.sha


def _put(place: Path, change: _Change) -> None:
    try:
        if change.content is None:
            place.unlink(missing_ok=True)
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f".{place.name}.sandbox")
        beside.write_bytes(change.content)
        beside.chmod(change.mode)
        beside.replace(place)
    except OSError as error:
        raise StoreError(f"cannot write {place}: {error.strerror}") from error


def _repo(workspace: Workspace) -> Path:
    return WorkspacePaths(Path(workspace.root)).repo

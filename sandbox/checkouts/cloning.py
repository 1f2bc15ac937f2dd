"""From a Repo to a Workspace: fetched beside its place, looked at, checked out, renamed into it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.checkouts.dates import author_date, code_date
from sandbox.checkouts.fetching import branches_to, fetch_commit, full_refspecs, inspect_commit
from sandbox.checkouts.folders import has_history, left_at_home, take_folder
from sandbox.checkouts.objects import local_git
from sandbox.checkouts.partial import take_partial
from sandbox.checkouts.remotes import Wanted, parse_refs, resolve
from sandbox.checkouts.tracking import source_remote
from sandbox.checkouts.transport import (
    CloneLimits,
    CloneOptions,
    IncompleteError,
    open_remote,
)
from sandbox.checkouts.variants import BASE_REF
from sandbox.checkouts.working import RAW_ATTRIBUTES
from sandbox.checkouts.workspaces import (
    is_workspace_name,
    load_workspace,
    remove_folder,
    save_workspace,
)
from sandbox.domain import Repo, Workspace
from sandbox.errors import StoreError, TargetError
from sandbox.foreign import shown
from sandbox.paths import WorkspacePaths

_FALLBACK_BRANCH = "main"


@dataclass(frozen=True)
class _Fetched:
    """What lies in the clone's object database now.

    Attributes:
        branch: local branch to be on; None = a detached HEAD.
        origin: address to write down as the remote; None for a folder without history.
        base: commit to check out if it is another one, which we made on top.
        written_at: see Workspace.
    """

    commit: str
    branch: str | None
    origin: str | None
    notes: tuple[str, ...] = ()
    base: str | None = None
    written_at: str | None = None


def clone(
    repo: Repo,
    paths: WorkspacePaths,
    *,
    name: str,
    ref: str | None = None,
    options: CloneOptions = CloneOptions(),  # noqa: B008 - frozen
) -> Workspace:
    """Make a workspace of a Repo, complete or not at all.

    The clone holds the one commit that was asked for with all its files, so it works without
    network afterwards; `deepen` brings the history. Several processes may make the same workspace
    at once: one of them wins, all get it.

    Args:
        ref: branch, tag, or commit, full or abbreviated; None = the default branch.

    Raises:
        TargetError: no repository, no such ref, empty, or the workspace is there for another one.
        RefusedError: larger than the limits, malformed, or redirected to another host.
        NetworkError: the remote does not answer, or not in time.
        StoreError: the disk is full.
    """
    if not is_workspace_name(name) or not is_workspace_name(paths.root.name):
        raise TargetError(
            f"{shown(name)} is no name for a workspace",
            hint="letters, digits, and . _ - between them, 64 at most",
        )
    if paths.root.exists():
        return _existing(repo, paths, ref)
    try:
        paths.root.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(paths)
        with _beside(paths) as folder:
            workspace = _make(repo, WorkspacePaths(folder), name, ref, options)
            workspace = replace(workspace, root=str(paths.root))
            return _move(workspace, folder, paths)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        raise StoreError(
            f"cannot write the workspace {paths.root}: {error.strerror}", hint="free some space"
        ) from error


def deepen(workspace: Workspace, *, options: CloneOptions = CloneOptions()) -> None:  # noqa: B008 - frozen
    """Fetch the whole history, all branches and tags; a clone that has it already is left alone."""
    repo = WorkspacePaths(Path(workspace.root)).repo
    if not (repo / ".git" / "shallow").is_file():
        return
    remote = open_remote(workspace.repo, options)
    remote, _ = remote.listing(repo)
    arguments = ("fetch", "--quiet", "--no-progress", "--unshallow", "--no-write-fetch-head")
    refspecs = full_refspecs(source_remote(workspace))
    result = remote.run((*arguments, "--", remote.url, *refspecs), cwd=repo, watched=repo)
    remote.check(result)


def _existing(repo: Repo, paths: WorkspacePaths, ref: str | None) -> Workspace:
    """The workspace that lies there already, if it is the one that was asked for."""
    workspace = load_workspace(paths)
    if workspace.repo.source != repo.source or workspace.ref != ref:
        raise TargetError(
            f"the workspace {workspace.name!r} is taken by {workspace.repo.source}"
            f" at {shown(workspace.ref or 'its default branch')}",
            hint="choose another name with --as",
        )
    return workspace


@contextlib.contextmanager
def _beside(paths: WorkspacePaths) -> Iterator[Path]:
    """A folder next to the workspace's place, locked while its maker lives, gone at the end."""
    parent = paths.root.parent
    with alone_in(parent):  # or another would find it without its lock, and take it for abandoned
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=f".clone-{paths.root.name}-"))
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        if folder.exists():
            remove_folder(folder)
        os.close(handle)


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Others who want the same wait."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove_abandoned(paths: WorkspacePaths) -> None:
    """Remove what a killed clone left: a folder whose lock nobody holds."""
    for folder in paths.root.parent.glob(f".clone-{paths.root.name}-*"):
        with contextlib.suppress(OSError), alone_in(folder.parent):
            handle = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove_folder(folder)
            finally:
                os.close(handle)


def _move(workspace: Workspace, folder: Path, paths: WorkspacePaths) -> Workspace:
    """Rename the finished folder into place; where another process was first, theirs is used."""
    try:
        folder.rename(paths.root)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        return _existing(workspace.repo, paths, workspace.ref)
    return workspace


def _make(
    repo: Repo, paths: WorkspacePaths, name: str, ref: str | None, options: CloneOptions
) -> Workspace:
    paths.repo.mkdir()
    local_git(paths.repo, "init", "--quiet", "--template=", "--initial-branch=main")
    fetched = _fetch(repo, paths.repo, ref, options)
    chosen = fetched.base or fetched.commit
    base, entries_notes = inspect_commit(paths.repo, chosen, fetched.origin, options)
    _check_out(paths.repo, fetched, base)
    workspace = Workspace(
        name=name,
        root=str(paths.root),
        repo=repo,
        commit=fetched.commit,
        ref=ref,
        committed_at=author_date(paths.repo, fetched.commit),
        written_at=fetched.written_at,
        notes=(*fetched.notes, *entries_notes),
    )
    save_workspace(workspace, paths)
    return workspace


def _fetch(repo: Repo, clone_folder: Path, ref: str | None, options: CloneOptions) -> _Fetched:
    if repo.is_folder and not has_history(Path(repo.source)):
        if ref is not None:
            raise TargetError(f"{repo.source} has no history, so no ref {shown(ref)}")
        commit, notes = take_folder(Path(repo.source), clone_folder, options.limits)
        return _Fetched(commit, _FALLBACK_BRANCH, None, notes)
    remote = open_remote(repo, options)
    moved, answer = remote.listing(clone_folder)
    refs = parse_refs(answer)
    wanted = resolve(refs, ref, source=repo.source)
    try:
        commit = fetch_commit(moved, clone_folder, wanted, refs)
    except IncompleteError:
        if not repo.is_folder:
            raise
        return _fetch_partial(repo, clone_folder, wanted, options.limits)
    notes = () if moved is remote else (f"{repo.source} has moved to {moved.source}",)
    if repo.is_folder and ref is None:
        notes += left_at_home(Path(repo.source), commit)
    branch = wanted.branch
    origin = repo.source if repo.is_folder else moved.source
    _write_refs(clone_folder, wanted, commit)
    written_at = code_date(repo, moved, commit, clone_folder.parent)
    return _Fetched(commit, branch, origin, notes, written_at=written_at)


def _fetch_partial(repo: Repo, clone_folder: Path, wanted: Wanted, limits: CloneLimits) -> _Fetched:
    """Take from a folder that is itself a partial clone, and tell the user's git so."""
    base, notes = take_partial(Path(repo.source), clone_folder, wanted.sha, limits)
    _write_refs(clone_folder, wanted, wanted.sha)
    _set(clone_folder, "core.repositoryFormatVersion", "1")
    _set(clone_folder, "extensions.partialClone", "origin")
    _set(clone_folder, "remote.origin.promisor", "true")
    written_at = code_date(repo, open_remote(repo, CloneOptions()), wanted.sha, clone_folder.parent)
    return _Fetched(wanted.sha, wanted.branch, repo.source, notes, base, written_at)


def _write_refs(clone_folder: Path, wanted: Wanted, commit: str) -> None:
    if wanted.branch is not None:
        local_git(clone_folder, "update-ref", f"refs/remotes/origin/{wanted.branch}", commit)
    elif wanted.ref is not None and wanted.ref.startswith("refs/tags/"):
        local_git(clone_folder, "update-ref", wanted.ref, commit)


def _check_out(clone_folder: Path, fetched: _Fetched, base: str) -> None:
    """Write the working tree byte for byte as stored, and the settings the user's git needs."""
    attributes = clone_folder / ".git" / "info" / "attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_text(RAW_ATTRIBUTES)
    local_git(clone_folder, "update-ref", BASE_REF, base)
    if fetched.branch is None:
        local_git(clone_folder, "update-ref", "--no-deref", "HEAD", base)
    else:
        local_git(clone_folder, "update-ref", f"refs/heads/{fetched.branch}", base)
        local_git(clone_folder, "symbolic-ref", "HEAD", f"refs/heads/{fetched.branch}")
    local_git(clone_folder, "reset", "--hard", "--quiet", variables={"GIT_WORK_TREE": "."})
    _date_before_index(clone_folder)
    attributes.unlink()
    # Links are written as small text files; without this the user's git would call them changed.
    _set(clone_folder, "core.symlinks", "false")
    if fetched.origin is not None:
        _set(clone_folder, "remote.origin.url", fetched.origin)
        _set(clone_folder, "remote.origin.fetch", branches_to("origin"))
    if fetched.origin is not None and fetched.branch is not None:
        _set(clone_folder, f"branch.{fetched.branch}.remote", "origin")
        _set(clone_folder, f"branch.{fetched.branch}.merge", f"refs/heads/{fetched.branch}")


def _date_before_index(clone_folder: Path) -> None:
    """Files as young as the index get the second before it.

    Each git would read them again, now and for ever: they may have changed in that very second.
    https://git-scm.com/docs/racy-git
    """
    index_s = int((clone_folder / ".git" / "index").stat().st_mtime)
    for folder, folders, files in os.walk(clone_folder):
        folders[:] = [name for name in folders if name != ".git"]
        for path in (os.path.join(folder, name) for name in files):  # noqa: PTH118 - many
            if os.lstat(path).st_mtime >= index_s:
                os.utime(path, (index_s - 1, index_s - 1), follow_symlinks=False)
    local_git(clone_folder, "update-index", "-q", "--refresh", variables={"GIT_WORK_TREE": "."})


def _set(clone_folder: Path, key: str, value: str) -> None:
    local_git(clone_folder, "config", key, value)

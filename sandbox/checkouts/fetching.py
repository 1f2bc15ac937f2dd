"""Fetches one commit, and holds its tree against the limits before a file of it is written."""

from __future__ import annotations

from pathlib import Path

from sandbox.checkouts.notes import tree_notes
from sandbox.checkouts.objects import list_entries, resolve_sha
from sandbox.checkouts.remotes import Refs, Wanted, no_such_ref
from sandbox.checkouts.transport import CloneOptions, Remote
from sandbox.checkouts.vendoring import vendor_submodules
from sandbox.errors import StoreError

_FETCH = ("fetch", "--quiet", "--no-progress", "--no-tags", "--no-write-fetch-head")


def branches_to(remote: str) -> str:
    """The refspec that keeps every branch of a source below `refs/remotes/<remote>/`."""
    return f"+refs/heads/*:refs/remotes/{remote}/*"


def full_refspecs(remote: str) -> tuple[str, str]:
    """All branches and tags."""
    return branches_to(remote), "+refs/tags/*:refs/tags/*"


def fetch_commit(
    remote: Remote, folder: Path, wanted: Wanted, refs: Refs, *, whole: bool = False
) -> str:
    """Fetch the one commit into the clone `folder`; its full SHA.

    Where the server does not hand out commits by SHA, or the SHA is abbreviated, fetch the whole
    history and look for it there.

    Args:
        whole: with its history, as a clone needs it that has the history so far.

    Raises:
        TargetError: the source does not have it.
        RefusedError, NetworkError, StoreError: as `Remote.check`.
    """
    depth = () if whole else ("--depth=1",)
    if wanted.is_full:
        arguments = (*_FETCH, *depth, "--", remote.url, wanted.sha)
        result = remote.run(arguments, cwd=folder, watched=folder)
        if not result.exit_code or wanted.ref is not None or not _is_refusal(result.stderr):
            remote.check(result)
            return _as_commit(folder, wanted.sha, refs, remote.source)
    arguments = (*_FETCH, "--", remote.url, *full_refspecs("origin"))
    result = remote.run(arguments, cwd=folder, watched=folder)
    remote.check(result)
    return _as_commit(folder, wanted.sha, refs, remote.source)


def _is_refusal(stderr: str) -> bool:
    phrases = ("not our ref", "unadvertised object", "couldn't find remote ref", "no such remote")
    return any(phrase in stderr for phrase in phrases)


def _as_commit(folder: Path, sha: str, refs: Refs, source: str) -> str:
    try:
        return resolve_sha(folder, f"{sha}^{{commit}}")
    except StoreError as error:
        raise no_such_ref(refs, sha, source) from error


def inspect_commit(
    folder: Path, commit: str, origin: str | None, options: CloneOptions
) -> tuple[str, tuple[str, ...]]:
    """Hold a commit that was fetched against the limits.

    Args:
        origin: address that its submodules' addresses may be relative to.

    Returns:
        SHA of the commit to check out: another one where submodules are asked for; notes.

    Raises:
        RefusedError: it is larger than the limits.
    """
    limits = options.limits
    notes: tuple[str, ...] = ()
    entries = list_entries(folder, commit, max_files=limits.files, max_bytes=limits.bytes)
    if options.submodules:
        commit, notes = vendor_submodules(origin or "", folder, commit, options)
        entries = list_entries(folder, commit, max_files=limits.files, max_bytes=limits.bytes)
    return commit, (*notes, *tree_notes(folder, entries))

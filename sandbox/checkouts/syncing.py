"""Brings a workspace to what its source has now; what the user changed stays, uncommitted."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.checkouts.cloning import alone_in, deepen
from sandbox.checkouts.dates import author_date, code_date
from sandbox.checkouts.fetching import branches_to, fetch_commit, inspect_commit
from sandbox.checkouts.folders import has_history, left_at_home
from sandbox.checkouts.merging import ClashError, merge_in
from sandbox.checkouts.objects import (
    change_refs,
    local_environment,
    local_git,
    resolve_sha,
    update_word,
)
from sandbox.checkouts.process import run_git
from sandbox.checkouts.quarantine import open_quarantine, release
from sandbox.checkouts.remotes import Refs, Wanted, parse_refs, resolve
from sandbox.checkouts.tracking import source_remote
from sandbox.checkouts.transport import CloneOptions, Remote, open_remote
from sandbox.checkouts.variants import BASE_REF
from sandbox.checkouts.vendoring import is_vendored
from sandbox.checkouts.workspaces import load_workspace, remove_folder, save_workspace
from sandbox.domain import Workspace
from sandbox.errors import InputError, TargetError
from sandbox.foreign import listed, printable, shown
from sandbox.paths import WorkspacePaths

_SYNCING = "refs/sandbox/syncing"
_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")

# A sync that is killed, at any point, leaves a workspace that works:
#
# 1. What the source sends lies in a quarantine beside the clone until it has been held against the
#    limits; a clone that gets its objects but no ref to them is as before.
# 2. The new base is written down under a ref of ours, then the description that the workspace will
#    have. From here on the next sync begins by finishing this one, without the source: were it
#    to start anew from a still newer commit, what was brought already would pass for the user's.
# 3. The files, each renamed into place. Killed here, some are the new ones and count as changed by
#    the user, as they are on disk; a run takes them as they are. Merging again finds those done.
# 4. The index, then all refs in one transaction. The index holds only what git need not read again.
# 5. The description. Until then the workspace names the old commit, and its base is the new one;
#    runs take the base. At last what step 2 wrote is removed.


@dataclass(frozen=True)
class Synced:
    """What a sync did.

    Attributes:
        workspace: as it is now.
        before, after: the commits it was and is at; equal where the source has nothing new.
        changed: paths of the workspace's files that were written or removed.
        notes: what the user should know of the new commit, one line each.
    """

    workspace: Workspace
    before: str
    after: str
    changed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Source:
    """What the source lists, and which commit of it the workspace follows."""

    remote: Remote
    refs: Refs
    wanted: Wanted
    notes: tuple[str, ...]


def sync(workspace: Workspace, *, options: CloneOptions = CloneOptions()) -> Synced:  # noqa: B008 - frozen
    """Bring what changed at the source since the workspace was opened into its files.

    What the user changed meanwhile stays, merged line by line and uncommitted; all of it comes, or
    nothing. Trees are compared, not histories, so a branch that was rewritten is no trouble. One
    sync of a workspace runs at a time; others wait. Submodules are kept as they were opened, with
    or without.

    Raises:
        TargetError: pinned to a tag or commit, the source has no history, is gone, or as `clone`.
        InputError: both changed the same lines; the workspace has commits of its own, and git has
            to merge (the hint says how, the source's history is there then); or git is at work.
        RefusedError, NetworkError, StoreError: as `clone`; nothing was changed.
    """
    paths = WorkspacePaths(Path(workspace.root))
    _refuse_without_history(workspace)
    load_workspace(paths)
    with alone_in(paths.root):
        before = load_workspace(paths)
        _refuse_busy(before, paths.repo)
        finished = _finish(before, paths)
        synced = _sync(load_workspace(paths), paths, options)
    changed = tuple(sorted({*finished, *synced.changed}))
    return replace(synced, before=before.commit, changed=changed)


def _refuse_without_history(workspace: Workspace) -> None:
    repo = workspace.repo
    if not repo.is_folder or has_history(Path(repo.source)):
        return
    if not Path(repo.source).is_dir():
        raise TargetError(f"the folder {repo.source} is not there any more")
    raise TargetError(
        f"{repo.source} has no history to compare with",
        hint=f"sandbox rm {workspace.name}, then open it again",
    )


def _refuse_busy(workspace: Workspace, repo: Path) -> None:
    """Before anything is written: the index would be refused to us, or a merge lost with it."""
    found = next((name for name in _UNDER_WAY if (repo / ".git" / name).exists()), None)
    if found is not None:
        raise InputError(
            f"git is in the middle of something in workspace {workspace.name}: {found}",
            hint=f"finish it or abort it in {repo}",
        )
    if (repo / ".git" / "index.lock").exists():
        raise InputError(
            f"another git is at work in workspace {workspace.name}",
            hint=f"if there is none, remove {repo / '.git' / 'index.lock'}",
        )


def _refuse_staged(workspace: Workspace, repo: Path) -> None:
    """What stands in the index alone would be lost with it."""
    staged, changed = (
        set(local_git(repo, "diff", "--name-only", "-z", "--no-ext-diff", *more).split(b"\0"))
        for more in (("--cached",), ())
    )
    if both := sorted(one.decode("utf-8", "replace") for one in staged & changed if one):
        raise InputError(
            f"what is staged in workspace {workspace.name} differs from its files: {listed(both)}",
            hint=f"commit it, or unstage it by git in {repo}",
        )


# ---------------------------------------------------------------- from the source


def _sync(workspace: Workspace, paths: WorkspacePaths, options: CloneOptions) -> Synced:
    repo = paths.repo
    base = resolve_sha(repo, BASE_REF)
    options = replace(options, submodules=is_vendored(repo, base, workspace.commit))
    with open_quarantine(paths) as quarantine:
        source = _look(workspace, quarantine, options)
    if source.wanted.sha == workspace.commit:
        change_refs(repo, _tracked(workspace, source.wanted.branch))
        return Synced(workspace, workspace.commit, workspace.commit)
    _refuse_staged(workspace, repo)
    is_merged = _head(repo) != base
    if is_merged:
        _fetch_history(workspace, repo, source, options)
        _refuse_own_commits(workspace, repo, source)
    with open_quarantine(paths) as quarantine:
        new, new_base = _receive(workspace, quarantine, source, options)
        release(quarantine, repo)
    notes = (*new.notes, *_rewritten(repo, workspace, new))
    if is_merged:
        _adopt(paths, new, new_base, source.wanted.branch)
        return Synced(new, workspace.commit, new.commit, (), notes)
    _begin(repo, paths, new, new_base)
    changed = _apply(workspace, paths, new, source.wanted.branch)
    return Synced(new, workspace.commit, new.commit, changed, notes)


def _look(workspace: Workspace, quarantine: Path, options: CloneOptions) -> _Source:
    remote = open_remote(workspace.repo, options)
    moved, answer = remote.listing(quarantine)
    refs = parse_refs(answer)
    wanted = resolve(refs, workspace.ref, source=workspace.repo.source)
    is_tag = wanted.ref is not None and wanted.ref.startswith("refs/tags/")
    if workspace.ref is not None and (wanted.ref is None or is_tag):
        raise TargetError(
            f"workspace {workspace.name} is pinned to {shown(workspace.ref)}",
            hint=f"open a branch beside it: sandbox open {workspace.repo.source} --ref BRANCH"
            f" --as {workspace.name}-new",
        )
    note = f"{workspace.repo.source} has moved to {moved.source}"
    return _Source(moved, refs, wanted, () if moved is remote else (note,))


def _receive(
    workspace: Workspace, quarantine: Path, source: _Source, options: CloneOptions
) -> tuple[Workspace, str]:
    """The workspace as it will be, and SHA of its base; nothing of either is in the clone yet."""
    whole = not (quarantine / ".git" / "shallow").is_file()
    remote, repo = source.remote, workspace.repo
    commit = fetch_commit(remote, quarantine, source.wanted, source.refs, whole=whole)
    origin = repo.source if repo.is_folder else remote.source
    base, tree_notes = inspect_commit(quarantine, commit, origin, options)
    notes = source.notes
    if repo.is_folder and workspace.ref is None:
        notes += left_at_home(Path(repo.source), commit)
    new = replace(
        workspace,
        commit=commit,
        committed_at=author_date(quarantine, commit),
        written_at=code_date(repo, remote, commit, quarantine),
        notes=(*notes, *tree_notes),
    )
    return new, base


def _rewritten(repo: Path, old: Workspace, new: Workspace) -> tuple[str, ...]:
    """Whether the history was rewritten can be told only where it is here."""
    if (repo / ".git" / "shallow").is_file() or _is_within(repo, old.commit, new.commit):
        return ()
    return (f"the history was rewritten at its source: {old.commit[:10]} is not in it any more",)


# ---------------------------------------------------------------- into the workspace


def _begin(repo: Path, paths: WorkspacePaths, new: Workspace, base: str) -> None:
    local_git(repo, "update-ref", _SYNCING, base)
    save_workspace(new, paths.syncing)


def _finish(workspace: Workspace, paths: WorkspacePaths) -> tuple[str, ...]:
    """What an earlier sync could not end is done now, unless the user went on meanwhile."""
    if not paths.syncing.description.is_file():
        return ()
    repo = paths.repo
    new = replace(load_workspace(paths.syncing), root=workspace.root)
    if _head(repo) not in (resolve_sha(repo, BASE_REF), _sha_of(repo, _SYNCING)):
        _forget(paths)
        return ()
    with contextlib.suppress(InputError):
        return _apply(workspace, paths, new, None)
    return ()


def _apply(
    workspace: Workspace, paths: WorkspacePaths, new: Workspace, branch: str | None
) -> tuple[str, ...]:
    """Steps 3 to 5; `branch` of the source, None = not known."""
    repo = paths.repo
    head, old_base, base = (_sha_of(repo, name) for name in ("HEAD", BASE_REF, _SYNCING))
    changed = _merge(workspace, paths, base, old_base)
    local_git(repo, "read-tree", "--reset", base)
    words = [update_word(BASE_REF, base, old_base), update_word("HEAD", base, head)]
    own = f"refs/heads/{branch}"
    # `HEAD` stands for the branch it is on, which a transaction may not name twice.
    if _sha_of(repo, own) == old_base and own != _branch_of_head(repo):
        words.append(update_word(own, base, old_base))
    change_refs(repo, (*words, *_tracked(new, branch)))
    save_workspace(new, paths)
    _forget(paths)
    return changed


def _merge(
    workspace: Workspace, paths: WorkspacePaths, base: str, old_base: str
) -> tuple[str, ...]:
    try:
        return merge_in(workspace, base, old_base)
    except ClashError as error:
        _forget(paths)
        raise ClashError(
            "changed in the workspace and at the source, in the same places:"
            f" {listed(error.paths)}",
            hint=f"commit what you have in {paths.repo}, then sync again and let git merge",
            paths=error.paths,
        ) from error
    except InputError:
        _forget(paths)
        raise


def _branch_of_head(repo: Path) -> str:
    """Full name; empty where HEAD is detached."""
    words = ("symbolic-ref", "--quiet", "HEAD")
    found = run_git(words, cwd=repo, environment=local_environment(repo))
    return found.stdout.decode("utf-8", "surrogateescape").strip()


def _forget(paths: WorkspacePaths) -> None:
    paths.syncing.description.unlink(missing_ok=True)
    local_git(paths.repo, "update-ref", "-d", _SYNCING)
    if paths.syncing.root.is_dir():
        remove_folder(paths.syncing.root)


def _tracked(workspace: Workspace, branch: str | None) -> tuple[str, ...]:
    """The source's branch as the clone knows it."""
    if branch is None:
        return ()
    tracking = f"refs/remotes/{source_remote(workspace)}/{branch}"
    return (update_word(tracking, workspace.commit),)


# ---------------------------------------------------------------- where the user has committed


def _fetch_history(
    workspace: Workspace, repo: Path, source: _Source, options: CloneOptions
) -> None:
    """All that git needs to merge, under the names of the source's remote."""
    if (repo / ".git" / "shallow").is_file():
        deepen(workspace, options=options)
        return
    fetch = ("fetch", "--quiet", "--no-progress", "--no-tags", "--no-write-fetch-head")
    refspec = branches_to(source_remote(workspace))
    words = (*fetch, "--", source.remote.url, refspec)
    result = source.remote.run(words, cwd=repo, watched=repo)
    source.remote.check(result)


def _refuse_own_commits(workspace: Workspace, repo: Path, source: _Source) -> None:
    if _is_within(repo, source.wanted.sha, _head(repo)):
        return
    branch = source.wanted.branch
    other = f"{source_remote(workspace)}/{branch}" if branch else source.wanted.sha
    raise InputError(
        f"workspace {workspace.name} has commits of its own, which git has to merge",
        hint=f"git -C {repo} merge {printable(other)}, then sync again",
    )


def _adopt(paths: WorkspacePaths, new: Workspace, base: str, branch: str | None) -> None:
    """The user's git has merged the commit: the files stay as they are, what counts as base moves.

    Killed between the two steps, the next sync does both again.
    """
    change_refs(paths.repo, (update_word(BASE_REF, base), *_tracked(new, branch)))
    save_workspace(new, paths)


def _head(repo: Path) -> str:
    """SHA of the commit that is checked out; empty where there is none."""
    return _sha_of(repo, "HEAD")


def _sha_of(repo: Path, name: str) -> str:
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return run_git(words, cwd=repo, environment=local_environment(repo)).stdout.decode().strip()


def _is_within(repo: Path, commit: str, history: str) -> bool:
    words = ("merge-base", "--is-ancestor", commit, history)
    return not run_git(words, cwd=repo, environment=local_environment(repo)).exit_code

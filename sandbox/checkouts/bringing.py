"""A variant's code where a person works on it: in a worktree, or among the workspace's files."""

from __future__ import annotations

from pathlib import Path

from sandbox.checkouts.merging import ClashError, merge_in
from sandbox.checkouts.objects import local_environment, local_git
from sandbox.checkouts.process import run_git
from sandbox.checkouts.variants import base_tree
from sandbox.checkouts.working import scratch_index
from sandbox.domain import Workspace
from sandbox.errors import InputError, StoreError
from sandbox.foreign import listed, printable
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
    try:
        return merge_in(workspace, tree, base or base_tree(workspace))
    except ClashError as error:
        raise InputError(
            f"changed in the workspace and by the run, in the same places: {listed(error.paths)}",
            hint="have the run's code beside it: sandbox checkout RUN",
        ) from error


def _repo(workspace: Workspace) -> Path:
    return WorkspacePaths(Path(workspace.root)).repo

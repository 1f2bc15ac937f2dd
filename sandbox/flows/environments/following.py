"""Packages at git repositories, for whoever builds them: brought here as data, from known hosts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import checkouts, environments
from sandbox.domain import Repo, Requirements, digest
from sandbox.errors import NetworkError, RefusedError, TargetError
from sandbox.flows.context import Context
from sandbox.flows.repositories.opening import clone_options, repo_of
from sandbox.paths import WorkspacePaths

if TYPE_CHECKING:
    from sandbox.environments import Fetched, GitAddress, NotMade


def without_itself(context: Context, found: Requirements, repo: Repo) -> Requirements:
    """A notebook for visitors installs the repository that it lies in: tweaks are of its files."""
    itself = [text for text in found.git if _is_of(context, text, repo)]
    told = (
        f"{text.partition(' @ ')[2]} left out: it is the repository itself, whose files are used"
        for text in itself
    )
    return replace(
        found,
        git=tuple(text for text in found.git if text not in itself),
        decisions=(*found.decisions, *told),
    )


def _is_of(context: Context, text: str, repo: Repo) -> bool:
    from packaging.requirements import Requirement

    address = environments.read_git_address(Requirement(text).url or "")
    try:
        return address is not None and _place(repo_of(context, address.url)) == _place(repo)
    except TargetError:
        return False


def _place(repo: Repo) -> str:
    """Host and path, whatever the protocol."""
    return repo.source.partition("://")[2].rpartition("@")[2].lower()


def fetch_git(
    context: Context, address: GitAddress, day: str | None, target: Path
) -> Fetched | NotMade:
    """The files of a repository as a tar file; a branch as it was at the end of the day.

    Nobody is shown the user's token: the address is a stranger's.

    Args:
        day: ISO date; None = now.
        target: the file; its folder is scratch for the time of the call.
    """
    try:
        repo = repo_of(context, address.url)
        options = clone_options(context, repo, as_user=False)
        scratch = target.parent
        then = checkouts.commit_at(repo, address.ref, day, folder=scratch, options=options)
        paths = WorkspacePaths(scratch / "clone")
        workspace = checkouts.clone(repo, paths, name="clone", ref=then.sha, options=options)
    except NetworkError as error:
        return environments.NotMade(
            f"{error.message} (to try again: sandbox build TARGET --refresh)"
        )
    except (TargetError, RefusedError) as error:
        return environments.NotMade(error.message)
    with target.open("wb") as stream:
        below = f"{workspace.commit}-{digest(address.folder)[:8]}"  # a lock knows no more of it
        tree = checkouts.tree_of(workspace, workspace.commit)
        stream.writelines(checkouts.open_tar(workspace, tree, below=below))
    notes = (*filter(None, [then.note]), *workspace.notes)
    return environments.Fetched(
        workspace.commit, workspace.committed_at, notes, lasts=not then.is_newest
    )

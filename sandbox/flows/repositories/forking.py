"""A workspace with a fork of the user's own behind it, and upstream's changes brought into it."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox import checkouts, github
from sandbox.domain import Repo, Workspace
from sandbox.errors import InputError, SandboxError, TargetError
from sandbox.flows.context import Context
from sandbox.flows.repositories import opening
from sandbox.flows.repositories.finding import open_site
from sandbox.flows.repositories.opening import Opened


def open_forked(
    context: Context, target: str, *, ref: str | None = None, name: str | None = None
) -> Opened:
    """Opens a target, and forks it: `origin` is the fork then, `upstream` what it is a fork of.

    Without a token it is opened only, and how to fork it later is told.

    Raises:
        InputError: it is not a repository of the GitHub that the settings name.
        RefusedError: it is empty, or its owner does not allow forks.
    """
    repo = opening.repository_of(context, target)
    full_name = name_on_github(context, repo)
    # Opened first: what cannot be opened leaves no fork behind.
    opened = opening.open_workspace(context, target, ref=ref, name=name)
    if context.token() is None:
        again = f"sandbox open {opened.workspace.name} --fork"
        context.tell(f"not forked, since there is no GitHub token; set GITHUB_TOKEN, then: {again}")
        return opened
    site = open_site(context)
    try:
        fork = github.fork(site, full_name)
    finally:
        site.close()
    _tell(context, fork)
    checkouts.set_remotes(opened.workspace, origin=fork.url, upstream=fork.upstream_url)
    return opened


def _tell(context: Context, fork: github.Fork) -> None:
    if fork.full_name == fork.upstream:
        context.tell(f"{fork.upstream} is your own: no fork is needed")
        return
    word = "forked" if fork.is_new else "your fork is there already:"
    context.tell(f"{word} {fork.upstream} → {fork.full_name}")
    if not fork.is_ready:
        context.tell("GitHub is still filling the fork; it can be pushed to in some minutes")


def name_on_github(context: Context, repo: Repo) -> str:
    """`owner/name`; raises InputError for what lies elsewhere."""
    web = f"{context.settings.github_web}/"
    ssh = f"ssh://git@{context.settings.github_host}/"
    site = next((one for one in (web, ssh) if repo.source.startswith(one)), None)
    if site is None:
        raise InputError(
            f"{repo.source} is not a repository of {context.settings.github_host}",
            hint="only there it is forked and published; github.base_url names another GitHub",
        )
    return "/".join(repo.source.removeprefix(site).removesuffix(".git").split("/")[:2])


@dataclass(frozen=True)
class Brought:
    """What `sync` brought.

    Attributes:
        synced: what became of the workspace.
        fork: the fork that was brought up to date as well; None = there is none, or it could not.
    """

    synced: checkouts.Synced
    fork: str | None = None


def sync(context: Context, target: str) -> Brought:
    """Brings what changed upstream into a workspace, and into the fork where there is one.

    Raises:
        TargetError: there is no such workspace, or it is pinned to a tag or commit.
        InputError: the same lines were changed here and there; nothing is changed here then.
    """
    paths = opening.known_paths(context, target)
    if paths is None:
        raise TargetError(f"no workspace called {target!r}", hint="list them with: sandbox list")
    workspace = checkouts.load_workspace(paths)
    fork = _own_fork(workspace)
    # A fork that was itself opened is where upstream's changes come from: it is filled first.
    brought = _sync_fork(context, workspace, fork) if fork == workspace.repo.source else None
    synced = checkouts.sync(workspace, options=opening.clone_options(context, workspace.repo))
    if fork != workspace.repo.source:
        brought = _sync_fork(context, synced.workspace, fork)
    return Brought(synced, brought)


def _own_fork(workspace: Workspace) -> str | None:
    """The address of the user's fork; None = none is known."""
    origin = checkouts.remote_url(workspace, "origin")
    upstream = checkouts.remote_url(workspace, "upstream")
    return origin if upstream not in {None, origin} else None


def _sync_fork(context: Context, workspace: Workspace, fork: str | None) -> str | None:
    """At GitHub itself, so that nothing has to be pushed; a fork that cannot be is told of."""
    branch = checkouts.followed_branch(workspace)
    if fork is None or branch is None or context.token() is None:
        return None
    site = open_site(context)
    try:
        name = name_on_github(context, Repo(fork, ""))
        github.merge_upstream(site, name, branch)
    except SandboxError as error:
        context.tell(f"the fork was not brought up to date: {error.message}")
        return None
    finally:
        site.close()
    return name

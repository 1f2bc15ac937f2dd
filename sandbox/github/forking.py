"""A copy of a repository in the user's own account: made, waited for, brought up to date."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.errors import InputError, RefusedError, TargetError
from sandbox.github.reading import is_full_name
from sandbox.github.site import Site

if TYPE_CHECKING:
    from github.Repository import Repository

PATIENCE_S = 60.0
"""GitHub makes forks in the background; small ones are there within seconds."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 5.0
NEW_S = 120.0


@dataclass(frozen=True)
class Account:
    """Whose token it is.

    Attributes:
        email: an address that GitHub makes for commits, so that no private one is told.
    """

    login: str
    name: str
    email: str


@dataclass(frozen=True)
class Fork:
    """A repository that the user can push to, and the one it is a copy of.

    Attributes:
        full_name, upstream: `owner/name`; equal where the user owns the source itself.
        url, upstream_url: what git clones from: on the site that was asked, whatever it said.
        branch: default branch of the source.
        is_new: it was made just now.
        is_ready: its branch can be fetched; False where GitHub took longer than our patience.
    """

    full_name: str
    upstream: str
    url: str
    upstream_url: str
    branch: str
    is_new: bool = False
    is_ready: bool = True


def account(site: Site) -> Account:
    """The account of the token.

    Raises:
        InputError: there is no token, or GitHub does not accept it.
    """
    if site.token() is None:
        raise InputError(
            "GitHub does that for accounts only, and there is no token",
            hint="set GITHUB_TOKEN, or log in with: gh auth login",
        )
    with site.translating("your account"):
        user = site.call("your account", site.github().get_user)
        login, name, number = str(user.login), user.name, int(user.id)
    host = "users.noreply.github.com" if site.host == "github.com" else f"users.noreply.{site.host}"
    return Account(login, name or login, f"{number}+{login}@{host}")


def fork(
    site: Site,
    full_name: str,
    *,
    wait: Callable[[float], None] = time.sleep,
) -> Fork:
    """Forks a repository, or finds the fork there is; renamed repositories are followed.

    Args:
        wait: between looks at whether GitHub has filled it.

    Raises:
        InputError: no token.
        TargetError: there is no such repository.
        RefusedError: it is empty, or its owner does not allow forks.
    """
    who = account(site)
    with site.translating(full_name):
        source = site.call(full_name, lambda: site.github().get_repo(full_name))
        if source.owner.login == who.login:
            # Not every GitHub names what a fork is a fork of.
            parent: Repository | None = source.parent if source.fork else None
            return _fork(site, (parent or source, source))
        if source.allow_forking is False:
            raise RefusedError(
                f"the owner of {source.full_name} does not allow forks",
                hint="open it without --fork; runs and patches work the same",
            )
        made = site.call(f"a fork of {source.full_name}", source.create_fork)
        if made.owner.login.lower() != who.login.lower():
            raise RefusedError(f"GitHub made a fork that is not {who.login}'s; it is not used")
        is_new = (time.time() - made.created_at.timestamp()) < NEW_S
        ready = _wait_for(site, made, source.default_branch, wait)
        return _fork(site, (source, made), is_new=is_new, is_ready=ready)


def merge_upstream(site: Site, full_name: str, branch: str) -> None:
    """Brings the source's changes into a branch of its fork, at GitHub; never by a merge there.

    Raises:
        RefusedError: the fork has commits of its own, or the token may not.
        TargetError: there is no such fork, or branch.
    """
    asked = f"the update of {full_name}"
    repository = site.call(full_name, lambda: site.github().get_repo(full_name))
    head = f"{repository.owner.login}:{branch}"
    parent: Repository | None = repository.parent  # which some GitHubs do not name
    ahead = site.call(asked, lambda: parent.compare(branch, head).ahead_by) if parent else 0
    if ahead:
        raise RefusedError(
            f"{full_name} has {ahead} commits of its own on {branch}",
            hint="merge there by git, or at GitHub: Sync fork",
        )
    site.call(asked, lambda: repository.merge_upstream(branch))


def _wait_for(site: Site, made: Repository, branch: str, wait: Callable[[float], None]) -> bool:
    pause, waited = _FIRST_WAIT_S, 0.0
    while True:
        try:
            site.call(f"branch {branch}", lambda: made.get_branch(branch))
        except TargetError:
            if waited >= PATIENCE_S:
                return False
        else:
            return True
        wait(pause)
        waited, pause = waited + pause, min(pause * 2, _LONGEST_WAIT_S)


def _fork(
    site: Site, pair: tuple[Repository, Repository], *, is_new: bool = False, is_ready: bool = True
) -> Fork:
    source, made = pair
    for one in pair:
        if not is_full_name(one.full_name):
            raise TargetError("GitHub named a repository in a way that is no OWNER/NAME")
    return Fork(
        full_name=made.full_name,
        upstream=source.full_name,
        url=f"{site.web}/{made.full_name}",
        upstream_url=f"{site.web}/{source.full_name}",
        branch=source.default_branch,
        is_new=is_new,
        is_ready=is_ready,
    )

"""The remotes that a workspace's clone names, for the user's own git; nothing is fetched here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.checkouts.fetching import branches_to
from sandbox.checkouts.objects import change_refs, local_environment, local_git
from sandbox.checkouts.process import run_git
from sandbox.domain import Workspace
from sandbox.errors import InputError
from sandbox.foreign import shown
from sandbox.paths import WorkspacePaths

_ORIGIN, _UPSTREAM = "origin", "upstream"
_SCHEMES = ("https", "http", "ssh", "file")


def set_remotes(workspace: Workspace, *, origin: str, upstream: str) -> None:
    """Call the place that was opened `upstream`, and a fork of it `origin`.

    What was known of the source's branches moves along, and the branches that follow it follow
    `upstream`; a plain `git push` goes to `origin`. Called again it changes nothing, and after an
    interruption it finishes.

    Raises:
        InputError: an address that is none, or holds a user name or token.
    """
    for address in (origin, upstream):
        _refuse_odd(address)
    repo = WorkspacePaths(Path(workspace.root)).repo
    if remote_url(workspace, _UPSTREAM) != upstream:
        change_refs(repo, _deletions(repo, _UPSTREAM))
        _set(repo, {f"remote.{_UPSTREAM}.url": upstream})
    _set(repo, {f"remote.{_UPSTREAM}.fetch": branches_to(_UPSTREAM)})
    if remote_url(workspace, _ORIGIN) == origin:
        return
    # The address of `origin` is the last thing that is written: until then all of this is done
    # again, and each step of it finds its work done.
    _move_refs(repo, workspace.commit)
    followers = {key: _UPSTREAM for key, name in _followed(repo).items() if name == _ORIGIN}
    settings = {f"remote.{_ORIGIN}.fetch": branches_to(_ORIGIN), "remote.pushDefault": _ORIGIN}
    _set(repo, {**followers, **settings, f"remote.{_ORIGIN}.url": origin})


def remote_url(workspace: Workspace, name: str) -> str | None:
    """The address that the clone has for a remote; None where it has no such remote."""
    repo = WorkspacePaths(Path(workspace.root)).repo
    return _values(repo, f"remote.{name}.url", "--get").strip("\0") or None


def followed_branch(workspace: Workspace) -> str | None:
    """The source's branch that the clone's own one follows; None = it is on no branch."""
    repo = WorkspacePaths(Path(workspace.root)).repo
    words = ("symbolic-ref", "--quiet", "--short", "HEAD")
    head = run_git(words, cwd=repo, environment=local_environment(repo)).stdout.decode().strip()
    merged = _values(repo, f"branch.{head}.merge", "--get").strip("\0") if head else ""
    return merged.removeprefix("refs/heads/") or None


def source_remote(workspace: Workspace) -> str:
    """The clone's name for the place that was opened: `upstream` beside a fork, else `origin`."""
    return _UPSTREAM if remote_url(workspace, _UPSTREAM) else _ORIGIN


def _refuse_odd(address: str) -> None:
    if not address.isprintable() or address.startswith("-") or any(c in address for c in " \\?#"):
        raise InputError(f"{shown(address)} is no address of a repository")
    if address.startswith("/"):
        return
    try:
        parts = urlsplit(address)
        host, user, password = parts.hostname, parts.username, parts.password
    except ValueError as error:
        raise InputError(f"{shown(address)} is no address of a repository") from error
    if parts.scheme not in _SCHEMES or not (host or parts.scheme == "file"):
        raise InputError(f"{shown(address)} is no address of a repository")
    if password is not None or (user is not None and (parts.scheme, user) != ("ssh", "git")):
        raise InputError(
            f"the address {shown(address)} holds a user name or token",
            hint="leave it out: git would write it into a file",
        )


def _move_refs(repo: Path, opened: str) -> None:
    """From `origin` to `upstream`, where that has none yet, in one transaction."""
    old, new = (_tracking(repo, name) for name in (_ORIGIN, _UPSTREAM))
    moved = {branch: sha for branch, sha in old.items() if branch not in (*new, "HEAD")}
    words = [f"create refs/remotes/{_UPSTREAM}/{branch}\0{sha}\0" for branch, sha in moved.items()]
    branches = [*_merged_into(repo)] if not old and not new else []
    words += [f"create refs/remotes/{_UPSTREAM}/{branch}\0{opened}\0" for branch in branches]
    change_refs(repo, [*words, *_deletions(repo, _ORIGIN)])


def _merged_into(repo: Path) -> set[str]:
    """The source's branches that the clone's own follow."""
    listing = _values(repo, r"^branch\..*\.merge$", "--get-regexp").split("\0")
    values = (entry.partition("\n")[2] for entry in listing)
    return {value.removeprefix("refs/heads/") for value in values if value.startswith("refs/heads")}


def _tracking(repo: Path, remote: str) -> dict[str, str]:
    """Branch to SHA."""
    where = f"refs/remotes/{remote}/"
    listing = local_git(repo, "for-each-ref", "--format=%(objectname) %(refname)", where)
    rows = (line.split(" ", 1) for line in listing.decode("utf-8", "surrogateescape").splitlines())
    return {name.removeprefix(where): sha for sha, name in rows}


def _deletions(repo: Path, remote: str) -> list[str]:
    names = [f"refs/remotes/{remote}/{branch}" for branch in _tracking(repo, remote)]
    return [f"option no-deref\0delete {name}\0\0" for name in names]


def _followed(repo: Path) -> dict[str, str]:
    """Setting of each branch that follows a remote, to that remote's name."""
    listing = _values(repo, r"^branch\..*\.remote$", "--get-regexp").split("\0")
    pairs = (entry.partition("\n") for entry in listing if entry)
    return {key: name for key, _, name in pairs}


def _values(repo: Path, key: str, how: str) -> str:
    """What the clone's own file says; a setting that is not there is no failure."""
    words = ("config", "--local", "--no-includes", "-z", how, key)
    found = run_git(words, cwd=repo, environment=local_environment(repo))
    return found.stdout.decode("utf-8", "surrogateescape")


def _set(repo: Path, settings: Mapping[str, str]) -> None:
    for key, value in settings.items():
        local_git(repo, "config", "--local", "--replace-all", key, value)

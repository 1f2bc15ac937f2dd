"""Submodules as plain files of the tree: git's own submodule machinery is never started."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.checkouts.objects import (
    SUBMODULE,
    TreeEntry,
    list_entries,
    local_environment,
    local_git,
    stack_commit,
)
from sandbox.checkouts.process import run_git
from sandbox.checkouts.targets import KNOWN_HOSTS, parse_target
from sandbox.checkouts.transport import CloneOptions, open_remote
from sandbox.checkouts.working import scratch_index
from sandbox.domain import Repo
from sandbox.errors import SandboxError, TargetError
from sandbox.foreign import printable, shown

_MOST = 100
_MESSAGE = "Put the submodules' files in their places"
_SETTING = re.compile(r"submodule\.(?P<name>.*)\.(?P<key>path|url)\n(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True)
class _Submodule:
    """One to be fetched: where it goes, which commit, and the settings of who names it."""

    entry: TreeEntry
    prefix: str
    parent: str
    address: str | None

    @property
    def path(self) -> str:
        return self.prefix + self.entry.path


def vendor_submodules(
    origin: str, repo: Path, commit: str, options: CloneOptions
) -> tuple[str, tuple[str, ...]]:
    """A commit on top of `commit` in which each submodule is a folder of files; and notes.

    Their addresses pass the same gate as what a user types, folders of this machine refused. One
    that cannot be had stays away and is told. Equal input gives an equal commit.
    """
    todo = list(_submodules_of(repo, commit, "", origin))
    notes: list[str] = []
    done = 0
    with scratch_index(repo) as variables:
        local_git(repo, "read-tree", commit, variables=variables)
        while todo and done < _MOST:
            submodule = todo.pop(0)
            done += 1
            try:
                source = _fetch(submodule, repo, options)
            except SandboxError as error:
                notes.append(f"submodule {printable(submodule.path)} not fetched: {error.message}")
                continue
            _insert(repo, submodule, variables)
            notes.append(f"submodule {printable(submodule.path)} fetched from {source}")
            below = submodule.path + "/"
            todo += _submodules_of(repo, submodule.entry.sha, below, source)
        tree = local_git(repo, "write-tree", variables=variables).decode().strip()
    return stack_commit(repo, commit, tree, _MESSAGE), tuple(notes)


def is_vendored(repo: Path, base: str, commit: str) -> bool:
    """Whether a base that lies on top of the commit that was opened was made for submodules."""
    if base == commit:
        return False
    return local_git(repo, "show", "--no-patch", "--format=%s", base).decode().strip() == _MESSAGE


def _submodules_of(repo: Path, commit: str, prefix: str, parent: str) -> Iterator[_Submodule]:
    links = [entry for entry in list_entries(repo, commit) if entry.mode == SUBMODULE]
    addresses = _addresses(repo, commit) if links else {}
    for entry in links:
        yield _Submodule(entry, prefix, parent, addresses.get(entry.path))


def _addresses(repo: Path, commit: str) -> dict[str, str]:
    """Path to address, as `.gitmodules` has them; read as data, no include is followed."""
    arguments = ("config", "--no-includes", "--blob", f"{commit}:.gitmodules", "-z", "--list")
    answer = run_git(arguments, cwd=repo, environment=local_environment(repo))
    settings: dict[str, dict[str, str]] = {}
    for record in answer.stdout.decode("utf-8", "surrogateescape").split("\0"):
        match = _SETTING.fullmatch(record)
        if match:
            settings.setdefault(match["name"], {})[match["key"]] = match["value"]
    return {each["path"]: each["url"] for each in settings.values() if {"path", "url"} <= set(each)}


def _fetch(submodule: _Submodule, repo: Path, options: CloneOptions) -> str:
    """Fetch its one commit into the clone's objects; returns the address it came from."""
    target = _source(submodule, options.known_hosts or KNOWN_HOSTS)
    remote, _ = open_remote(target, options).listing(repo)
    fetch = ("fetch", "--quiet", "--no-progress", "--no-tags", "--no-write-fetch-head", "--depth=1")
    result = remote.run((*fetch, "--", remote.url, submodule.entry.sha), cwd=repo, watched=repo)
    remote.check(result)
    return target.source


def _source(submodule: _Submodule, known_hosts: Sequence[str]) -> Repo:
    address = submodule.address
    if address is None:
        raise TargetError("no address is given for it")
    if address.startswith(("./", "../")):
        address = _joined(submodule.parent, address)
    if not address.startswith(("https://", "http://", "ssh://", "git@")):
        raise TargetError(f"the address {shown(address)} is not followed")
    return parse_target(address, known_hosts=known_hosts, folder_base=Path("/nonexistent"))


def _joined(parent: str, relative: str) -> str:
    """A relative address, seen from the repository that names it; never up to another host."""
    parts = urlsplit(parent)
    path = posixpath.normpath(posixpath.join(parts.path, relative))
    return f"{parts.scheme}://{parts.netloc}{path}" if parts.scheme else relative


def _insert(repo: Path, submodule: _Submodule, variables: dict[str, str]) -> None:
    path = submodule.path.encode("utf-8", "surrogateescape")
    removal = b"0 " + b"0" * 40 + b"\t" + path + b"\0"
    local_git(repo, "update-index", "-z", "--index-info", stdin=removal, variables=variables)
    tree = f"{submodule.entry.sha}^{{tree}}"
    local_git(repo, "read-tree", f"--prefix={submodule.path}/", tree, variables=variables)

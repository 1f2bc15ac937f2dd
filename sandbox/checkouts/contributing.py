"""A variant's change as a commit that others are shown, and what of it would leave the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.checkouts.bringing import tree_of
from sandbox.checkouts.objects import (
    SUBMODULE,
    TreeEntry,
    list_entries,
    local_environment,
    local_git,
    open_objects,
    read_blobs,
    resolve_sha,
    write_object,
    write_ref,
)
from sandbox.checkouts.process import run_git
from sandbox.checkouts.variants import BASE_REF
from sandbox.checkouts.working import scratch_index
from sandbox.domain import Workspace
from sandbox.errors import InputError
from sandbox.foreign import listed, shown
from sandbox.paths import WorkspacePaths

_Tree = Mapping[str, TreeEntry]
_NO_ENTRY = "0 " + "0" * 40


@dataclass(frozen=True)
class Person:
    """Who a commit is by, as everybody will read it."""

    name: str
    email: str


def commit_for_others(
    workspace: Workspace,
    *,
    tree_of_commit: str,
    parent: str,
    message: str,
    author: Person,
    at_s: float,
) -> str:
    """Write a commit on `parent` that changes what the variant changed; its SHA.

    Equal arguments give an equal SHA. Nothing of the variant's own commit is in it but the files
    that it changed: where `parent` is what it was made of, that is its whole tree, but for
    submodules that were put into the workspace, which stay links.

    Args:
        tree_of_commit: the variant's commit.
        parent: full SHA of a commit that the clone has.
        at_s: seconds since 1970, of author and committer, in UTC.

    Raises:
        InputError: a commit that is not here, a person git cannot write down, or changes of files
            that are other ones in `parent`.
    """
    repo = WorkspacePaths(Path(workspace.root)).repo
    _refuse_unwritable(author)
    tree = tree_of(workspace, tree_of_commit)
    above, parent_tree = _commit_in(repo, parent), tree_of(workspace, parent)
    tree = _onto(repo, parent_tree, _base_of(repo, workspace, tree_of_commit), tree)
    stamp = f"{author.name} <{author.email}> {int(at_s)} +0000"
    lines = [f"tree {tree}", f"parent {above}", f"author {stamp}", f"committer {stamp}"]
    text = "\n".join([*lines, "", message.strip("\n"), ""]).replace("\0", "")
    with open_objects(repo) as database:
        sha = write_object(database, "commit", text.encode("utf-8", "backslashreplace"))
    write_ref(repo, f"refs/sandbox/{sha}", sha)
    return sha


def changed_lines(workspace: Workspace, base: str, commit: str) -> dict[str, str]:
    """Path → what `commit` has other than `base`: lines that are new in it, the others left empty.

    Bytes that are no UTF-8 are replaced, so that every file can be looked through; a file that is
    removed has no lines, a link has its target.
    """
    repo = WorkspacePaths(Path(workspace.root)).repo
    old, new = ({entry.path: entry for entry in list_entries(repo, one)} for one in (base, commit))
    changed = [entry for path, entry in sorted(new.items()) if old.get(path) != entry]
    changed = [entry for entry in changed if entry.mode != SUBMODULE]
    wanted = [entry.sha for entry in changed]
    wanted += [old[one.path].sha for one in changed if one.path in old and one.size]
    read = (b"".join(chunks) for _, chunks in read_blobs(repo, wanted))
    blobs = {sha: data.decode("utf-8", "replace") for sha, data in zip(wanted, read, strict=True)}
    found = dict.fromkeys(sorted(old.keys() - new.keys()), "")
    for entry in changed:
        before = blobs.get(old[entry.path].sha, "") if entry.path in old else ""
        known = set(before.split("\n")) if before else set()
        lines = blobs[entry.sha].split("\n")
        found[entry.path] = "\n".join("" if line in known else line for line in lines)
    return found


def _refuse_unwritable(author: Person) -> None:
    for text in (author.name, author.email):
        if not text.strip() or not text.isprintable() or any(mark in text for mark in "<>"):
            raise InputError(f"{shown(text)} is no name or address for the author of a commit")


def _commit_in(repo: Path, commit: str) -> str:
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    found = run_git(words, cwd=repo, environment=local_environment(repo))
    if found.exit_code or not commit:
        raise InputError(f"no commit {shown(commit)} in the workspace")
    return found.stdout.decode().strip()


def _base_of(repo: Path, workspace: Workspace, commit: str) -> str:
    """SHA of the tree that a variant was made of.

    A variant's parent is the commit that was opened; what it started from may have submodules, too.
    """
    above = _commit_in(repo, f"{commit}^")
    return resolve_sha(repo, f"{BASE_REF if above == workspace.commit else above}^{{tree}}")


def _onto(repo: Path, parent: str, base: str, tree: str) -> str:
    """SHA of the parent's tree with the files in which the variant differs from its base."""
    onto, old, new = (
        {entry.path: entry for entry in list_entries(repo, one)} for one in (parent, base, tree)
    )
    changed = [path for path in sorted(old.keys() | new.keys()) if old.get(path) != new.get(path)]
    misfits = [path for path in changed if _misfits(path, onto, old)]
    if misfits:
        raise InputError(
            f"changed files are other ones in {parent[:10]}, or in a submodule: {listed(misfits)}",
            hint="sync the workspace, and run the variant again",
        )
    with scratch_index(repo) as variables:
        local_git(repo, "read-tree", parent, variables=variables)
        stdin = b"".join(_index_lines(changed, new))
        local_git(repo, "update-index", "-z", "--index-info", stdin=stdin, variables=variables)
        return local_git(repo, "write-tree", variables=variables).decode().strip()


def _misfits(path: str, onto: _Tree, old: _Tree) -> bool:
    """Whether the file is another one there, or a file or submodule lies on its way."""
    parts = path.split("/")
    above = ["/".join(parts[:length]) for length in range(1, len(parts))]
    if any(one in old and old[one].mode == SUBMODULE for one in (path, *above)):
        return True
    return onto.get(path) != old.get(path) or any(one in onto and one not in old for one in above)


def _index_lines(paths: Sequence[str], new: _Tree) -> list[bytes]:
    """Removals first: a file may become a folder."""
    gone = [(_NO_ENTRY, path) for path in paths if path not in new]
    there = [(f"{new[path].mode} {new[path].sha} 0", path) for path in paths if path in new]
    return [f"{facts}\t{path}\0".encode("utf-8", "surrogateescape") for facts, path in gone + there]

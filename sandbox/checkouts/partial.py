"""A commit out of a folder whose own clone is partial: what is there is taken, the rest is told.

Git's transport gives all of a commit or nothing. So the objects are packed from the folder's object
store by hand; nothing of its configuration is read, and it fetches nothing from anywhere.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sandbox.checkouts.objects import local_git, resolve_sha, stack_commit
from sandbox.checkouts.transport import CloneLimits, folder_bytes
from sandbox.checkouts.working import scratch_index
from sandbox.errors import RefusedError, TargetError
from sandbox.foreign import human_bytes, listed


def object_store(folder: Path) -> Path | None:
    """Where a working tree or bare repository keeps its objects; None for a linked one."""
    candidates = (folder / ".git" / "objects", folder / "objects")
    return next((path for path in candidates if path.is_dir()), None)


def take_partial(
    folder: Path, repo: Path, commit: str, limits: CloneLimits
) -> tuple[str, tuple[str, ...]]:
    """Copy the one commit's objects into the fresh clone `repo`, as far as the folder has them.

    Returns:
        SHA of a commit on top of it in which the files that are missing do not exist; notes.

    Raises:
        TargetError: the folder does not even have the commit and its trees.
        RefusedError: it is larger than the limits.
    """
    store = object_store(folder)
    if store is None:
        raise TargetError(f"{folder} is a linked working tree of a partial clone")
    present, missing = _objects(folder, store, commit)
    if commit not in present:
        raise TargetError(f"{folder} does not hold the commit {commit}")
    _copy(store, repo, present, limits)
    (repo / ".git" / "shallow").write_text(f"{commit}\n")
    return _without(repo, commit, missing, folder)


def _objects(folder: Path, store: Path, commit: str) -> tuple[list[str], set[str]]:
    """SHAs of the commit's objects: those that are there, and those that are not."""
    arguments = ("rev-list", "--objects", "--no-object-names", "--missing=print", commit)
    with scratch_index(folder, store) as variables:
        (Path(variables["GIT_DIR"]) / "shallow").write_text(f"{commit}\n")
        lines = local_git(folder, *arguments, variables=variables).decode().split()
    present = [line for line in lines if not line.startswith("?")]
    return present, {line[1:] for line in lines if line.startswith("?")}


def _copy(store: Path, repo: Path, present: Collection[str], limits: CloneLimits) -> None:
    packs = repo / ".git" / "objects" / "pack"
    packs.mkdir(exist_ok=True)
    wanted = "\n".join(present).encode() + b"\n"
    with scratch_index(repo, store) as variables:
        arguments = ("pack-objects", "-q", str(packs / "taken"))
        name = local_git(repo, *arguments, stdin=wanted, variables=variables).decode().strip()
    if folder_bytes(packs, limits.bytes) > limits.bytes:
        raise RefusedError(f"it is larger than {human_bytes(limits.bytes)}")
    pack = (packs / f"taken-{name}.pack").rename(packs / f"pack-{name}.pack")
    for rest in packs.glob("taken-*"):
        rest.unlink()
    # What came over a transport is checked on arrival; `--promisor`: references may lead nowhere.
    local_git(repo, "index-pack", "--fsck-objects", "--promisor=partial", str(pack))


def _without(
    repo: Path, commit: str, missing: Collection[str], folder: Path
) -> tuple[str, tuple[str, ...]]:
    listing = local_git(repo, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")
    rows = [row.partition(b"\t") for row in listing if row]
    gone = [path for facts, _, path in rows if facts.split()[2].decode() in missing]
    removal = b"".join(b"0 " + b"0" * 40 + b"\t" + path + b"\0" for path in gone)
    with scratch_index(repo) as variables:
        local_git(repo, "read-tree", f"{commit}^{{tree}}", variables=variables)
        local_git(repo, "update-index", "-z", "--index-info", stdin=removal, variables=variables)
        tree = local_git(repo, "write-tree", variables=variables).decode().strip()
    if tree == resolve_sha(repo, f"{commit}^{{tree}}"):
        return commit, ()
    names = tuple(path.decode("utf-8", "surrogateescape") for path in gone)
    note = f"{folder} is a partial clone without {len(names)} of its files: {listed(names)}"
    return stack_commit(repo, commit, tree, "Leave out the files that are not here"), (note,)

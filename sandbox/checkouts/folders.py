"""A folder without a history of its own, taken into a fresh clone as one commit."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.checkouts.objects import (
    EXECUTABLE,
    LINK,
    REGULAR,
    local_git,
    open_objects,
    write_object,
)
from sandbox.checkouts.process import git_environment, run_git
from sandbox.checkouts.transport import CloneLimits
from sandbox.checkouts.working import scratch_index
from sandbox.errors import RefusedError, StoreError
from sandbox.foreign import human_bytes, listed

if TYPE_CHECKING:
    from sandbox.checkouts.objects import ObjectDatabase

_LEFT_OUT = {
    *("__pycache__", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
    *(".tox", ".nox", "node_modules"),
}
_AUTHOR = "sandbox <sandbox@localhost>"


@dataclass
class _Taken:
    """What was taken so far."""

    index: list[bytes] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    bytes: int = 0
    newest: float = 0.0


def has_history(folder: Path) -> bool:
    """Whether git would clone from here: a working tree's top, or a bare repository."""
    bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir()
    return bare or (folder / ".git").exists()


def uncommitted(folder: Path, commit: str) -> tuple[str, ...]:
    """Files of a working tree that `commit` does not hold as they are, ignored ones left out.

    No configuration of that folder is read, so no filter of it runs; a bare one has no such files.
    """
    index = folder / ".git" / "index"
    if not index.is_file():
        return ()
    asked = (
        ("ls-files", "-z", "--modified", "--deleted", "--others", "--exclude-standard"),
        ("diff-index", "-z", "--cached", "--name-only", commit),
    )
    found: set[str] = set()
    with scratch_index(folder) as variables:
        shutil.copy2(index, variables["GIT_INDEX_FILE"])
        environment = git_environment(variables=variables)
        for arguments in asked:
            answer = run_git(arguments, cwd=folder, environment=environment).stdout
            found.update(answer.decode("utf-8", "surrogateescape").split("\0"))
    return tuple(sorted(found - {""}))


def left_at_home(folder: Path, commit: str) -> tuple[str, ...]:
    """What a user who typed a folder may expect to find in the workspace, and will not: a note."""
    files = uncommitted(folder, commit)
    if not files:
        return ()
    return (f"{len(files)} changes of {folder} are not committed, so not here: {listed(files)}",)


def changed_since(folder: Path, commit: str, committed_at: str) -> tuple[str, ...]:
    """Files of a source folder that are not as they were when it was opened at that commit.

    Args:
        committed_at: ISO 8601; a folder without a history is dated by its newest file.
    """
    if has_history(folder):
        return uncommitted(folder, commit)
    opened_at = datetime.fromisoformat(committed_at).timestamp() + 1
    files = _walk(folder, _Taken())
    return tuple(path for path in files if (folder / path).lstat().st_mtime > opened_at)


def take_folder(folder: Path, repo: Path, limits: CloneLimits) -> tuple[str, tuple[str, ...]]:
    """Write the folder's files into the fresh clone `repo` as one commit.

    Equal files with equal times give an equal commit; its date is that of the newest file. Links
    are taken as links; caches, virtual environments and nested repositories are left out.

    Returns:
        SHA of the commit, notes.

    Raises:
        RefusedError: it holds more files or bytes than a clone may.
    """
    taken = _Taken()
    with open_objects(repo) as database:
        for path in _walk(folder, taken):
            _take(database, folder, path, taken)
            _refuse_too_much(folder, taken, limits)
        local_git(repo, "update-index", "-z", "--index-info", stdin=b"".join(taken.index))
        tree = local_git(repo, "write-tree").decode().strip()
        text = _commit_text(tree, taken.newest, folder)
        commit = write_object(database, "commit", text)
    notes = [f"{folder} is no git repository: its files were copied into a history of their own"]
    if taken.left_out:
        notes.append(f"left out of the copy: {listed(taken.left_out)}")
    return commit, tuple(notes)


def _walk(folder: Path, taken: _Taken) -> Iterator[str]:
    """Relative paths of files and links, sorted; a linked folder counts as a link."""
    for root, folders, files in os.walk(folder, onerror=_cannot_read):
        inside = Path(root).relative_to(folder)
        linked = [name for name in folders if (Path(root) / name).is_symlink()]
        skip = [name for name in folders if name not in linked and _is_left_out(Path(root) / name)]
        taken.left_out += [f"{inside / name}/" for name in sorted(skip)]
        folders[:] = sorted(set(folders) - {*linked, *skip})
        for name in sorted((*files, *linked)):
            yield str(inside / name)


def _cannot_read(error: OSError) -> None:
    raise StoreError(f"cannot read {error.filename}: {error.strerror}") from error


def _is_left_out(folder: Path) -> bool:
    names = (".git", "pyvenv.cfg")
    return folder.name in _LEFT_OUT or any((folder / name).exists() for name in names)


def _take(database: ObjectDatabase, folder: Path, path: str, taken: _Taken) -> None:
    name = os.fsencode(path)
    try:
        status = (folder / path).lstat()
        if stat.S_ISLNK(status.st_mode):
            target = os.fsencode((folder / path).readlink())
            mode, sha = LINK, write_object(database, "blob", target)
        elif stat.S_ISREG(status.st_mode):
            mode = EXECUTABLE if status.st_mode & stat.S_IXUSR else REGULAR
            sha = _store_file(database, folder / path)
        else:
            taken.left_out.append(path)
            return
    except OSError as error:
        raise StoreError(f"cannot copy {folder / path}: {error.strerror}") from error
    taken.bytes += status.st_size
    taken.newest = max(taken.newest, status.st_mtime)
    taken.index.append(f"{mode} {sha} 0\t".encode() + name + b"\0")


def _store_file(database: ObjectDatabase, path: Path) -> str:
    with path.open("rb") as file:
        return write_object(database, "blob", file, os.fstat(file.fileno()).st_size)


def _refuse_too_much(folder: Path, taken: _Taken, limits: CloneLimits) -> None:
    if taken.bytes > limits.bytes or len(taken.index) > limits.files:
        raise RefusedError(
            f"{folder} holds more than {human_bytes(limits.bytes)} or {limits.files} files",
            hint="name a smaller folder, or raise the clone's limits",
        )


def _commit_text(tree: str, newest: float, folder: Path) -> bytes:
    moment = datetime.fromtimestamp(max(0.0, newest), tz=UTC)
    stamp = f"{_AUTHOR} {int(moment.timestamp())} +0000"
    name = folder.name.encode("utf-8", "backslashreplace").decode()
    head = f"tree {tree}\nauthor {stamp}\ncommitter {stamp}\n\n"
    return f"{head}the files of {name}\n".encode()

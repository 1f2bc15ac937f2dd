"""The working tree as it is, as a git tree; and a scratch index for work on trees.

A git with a scratch index sees no configuration of the clone and applies no attributes: what is on
disk is what is stored, byte for byte.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sandbox.checkouts.objects import listing_of, local_git
from sandbox.checkouts.process import git_environment, run_git
from sandbox.checkouts.transport import CloneLimits
from sandbox.checkouts.variants import base_tree
from sandbox.domain import Workspace
from sandbox.errors import RefusedError, StoreError
from sandbox.foreign import human_bytes, listed
from sandbox.paths import WorkspacePaths

RAW_ATTRIBUTES = "* -text !eol -ident -filter -working-tree-encoding !merge !diff\n"
_STAGED = re.compile(
    rb"(?P<mode>\d{6}) (?P<sha>[0-9a-f]{40}) 0\t(?P<path>[^\0]*)\0.*?  size: (?P<size>\d+)\t",
    re.DOTALL,
)


def working_tree(workspace: Workspace, *, limits: CloneLimits = CloneLimits()) -> str:  # noqa: B008 - frozen
    """SHA of a tree that holds the working tree as it is, untracked files included, ignored not.

    Touches neither the working tree nor its index; equal to `base_tree` when nothing was changed.
    A file that Git LFS has filled in counts with its content.

    Raises:
        RefusedError: the untracked files are more, or larger, than a clone may be.
    """
    repo = WorkspacePaths(Path(workspace.root)).repo
    base = base_tree(workspace)
    with scratch_index(repo) as variables:
        listing = _copy_index(repo, base, variables)
        _forget_refilled(repo, base, variables, listing)
        _refuse_too_much(repo, variables, limits)
        local_git(repo, "add", "--all", ".", variables=variables)
        return local_git(repo, "write-tree", variables=variables).decode().strip()


@contextlib.contextmanager
def scratch_index(repo: Path, store: Path | None = None) -> Iterator[dict[str, str]]:
    """Variables for a git that works on the clone's objects and files with an index of its own.

    Args:
        store: folder of the objects; None = the clone's.
    """
    with tempfile.TemporaryDirectory(prefix="sandbox-index-") as folder:
        git_dir = Path(folder)
        (git_dir / "refs").mkdir()
        (git_dir / "info").mkdir()
        (git_dir / "HEAD").write_text("ref: refs/heads/none\n")
        (git_dir / "info" / "attributes").write_text(RAW_ATTRIBUTES)
        exclude = repo / ".git" / "info" / "exclude"
        if exclude.is_file():
            shutil.copyfile(exclude, git_dir / "info" / "exclude")
        yield {
            "GIT_DIR": folder,
            "GIT_WORK_TREE": str(repo),
            "GIT_OBJECT_DIRECTORY": str(store or repo / ".git" / "objects"),
            "GIT_INDEX_FILE": str(git_dir / "index"),
        }


def _copy_index(repo: Path, base: str, variables: dict[str, str]) -> bytes:
    """Start from the user's index, for what it knows of unchanged files spares reading them.

    Returns:
        What it lists, with what it knows of each file.
    """
    with contextlib.suppress(OSError):
        shutil.copy2(repo / ".git" / "index", variables["GIT_INDEX_FILE"])
    environment = git_environment(variables=variables)
    listed_by = ("ls-files", "-z", "--stage", "--debug")
    found = run_git(listed_by, cwd=repo, environment=environment)
    if not found.exit_code and Path(variables["GIT_INDEX_FILE"]).is_file():
        return found.stdout
    Path(variables["GIT_INDEX_FILE"]).unlink(missing_ok=True)
    local_git(repo, "read-tree", base, variables=variables)
    return local_git(repo, *listed_by, variables=variables)


def _forget_refilled(repo: Path, base: str, variables: dict[str, str], listing: bytes) -> None:
    """Have files read again whose size on disk was never that of their blob.

    After `git lfs pull` the index calls a file unchanged that holds the content, not the pointer.
    """
    sizes = {entry.sha: entry.size for entry in listing_of(repo, base)}
    stale = b"".join(
        b"%b %b 0\t%b\0" % (entry["mode"], entry["sha"], entry["path"])
        for entry in _STAGED.finditer(listing)
        if sizes.get(entry["sha"].decode(), int(entry["size"])) != int(entry["size"])
    )
    if stale:
        local_git(repo, "update-index", "-z", "--index-info", stdin=stale, variables=variables)


def _refuse_too_much(repo: Path, variables: dict[str, str], limits: CloneLimits) -> None:
    names = local_git(
        repo, "ls-files", "-z", "--others", "--exclude-standard", variables=variables
    ).split(b"\0")
    paths = [name.decode("utf-8", "surrogateescape") for name in names if name]
    total = sum(_size(repo / path) for path in paths)
    if len(paths) > limits.files or total > limits.bytes:
        raise RefusedError(
            f"{len(paths)} untracked files of {human_bytes(total)} lie in {repo}: {listed(paths)}",
            hint="add what the code does not need to .gitignore, or raise the clone's limits",
        )


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise StoreError(f"cannot look at {path}: {error.strerror}") from error

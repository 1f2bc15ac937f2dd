"""A place for what a source sends, beside the clone: what is refused there never was in it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sandbox.checkouts.objects import local_git
from sandbox.checkouts.workspaces import remove_folder
from sandbox.errors import StoreError
from sandbox.files import write_text
from sandbox.paths import WorkspacePaths

_PREFIX = "fetching-"


@contextlib.contextmanager
def open_quarantine(paths: WorkspacePaths) -> Iterator[Path]:
    """A clone without refs, files or settings that knows the workspace's objects.

    Gone when the block ends. The caller holds the workspace's lock: what an earlier one left when
    it was killed is removed.
    """
    for left in paths.root.glob(f"{_PREFIX}*"):
        remove_folder(left)
    folder = Path(tempfile.mkdtemp(dir=paths.root, prefix=_PREFIX))
    try:
        local_git(folder, "init", "--quiet", "--template=")
        alternates = folder / ".git" / "objects" / "info" / "alternates"
        alternates.parent.mkdir(exist_ok=True)
        alternates.write_text(f"{paths.repo / '.git' / 'objects'}\n")
        _add_shallow(paths.repo, folder)
        yield folder
    finally:
        remove_folder(folder)


def release(quarantine: Path, repo: Path) -> None:
    """Move the objects into the clone; one that is killed meanwhile has some more, unused.

    Raises:
        StoreError: the disk is full or cannot be written.
    """
    source, target = (place / ".git" / "objects" for place in (quarantine, repo))
    files = [path for path in source.rglob("*") if path.is_file() and path.parent.name != "info"]
    try:
        # Git takes an index as the sign that its pack is there.
        for path in sorted(files, key=lambda path: path.suffix == ".idx"):
            place = target / path.relative_to(source)
            place.parent.mkdir(exist_ok=True)
            path.replace(place)
        _add_shallow(quarantine, repo)
    except OSError as error:
        raise StoreError(
            f"cannot write into {repo}: {error.strerror}", hint="free some space"
        ) from error


def _add_shallow(source: Path, target: Path) -> None:
    """The commits at which a history ends, of one clone to those of the other."""
    places = [folder / ".git" / "shallow" for folder in (source, target)]
    lines = {line for place in places if place.is_file() for line in place.read_text().split()}
    if lines:
        write_text(places[1], "".join(f"{line}\n" for line in sorted(lines)), safely=True)

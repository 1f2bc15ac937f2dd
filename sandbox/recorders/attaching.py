"""Files of runs that are recorded already: read back, and added to a sweep."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sandbox.recorders import store
from sandbox.recorders.artifacts import copy_artifacts, keep_artifacts, local_folder, open_regular
from sandbox.recorders.backends import open_backend

_DEEPEST = 4
_MOST_ENTRIES = 5000


def read_kept(folder: Path, run_id: str, name: str, *, most: int) -> bytes | None:
    """A file of a run; None = not on this machine, larger than `most` bytes, or a link.

    Args:
        folder: what `artifact_folder` gives.
    """
    try:
        with open_regular(folder / run_id / "artifacts" / name) as stream:
            if os.fstat(stream.fileno()).st_size > most:
                return None
            return stream.read(most)
    except OSError:
        return None


def kept_files(folder: Path, run_id: str) -> tuple[str, ...]:
    """Names of a run's files on this machine, sorted; of very many the first that are met."""
    root = folder / run_id / "artifacts"
    return tuple(sorted(islice(_names(root, "", _DEEPEST), _MOST_ENTRIES)))


def _names(folder: Path, before: str, depth: int) -> Iterator[str]:
    try:
        entries = list(islice(os.scandir(folder), _MOST_ENTRIES))
    except OSError:
        return
    for entry in entries:
        if entry.is_file(follow_symlinks=False):
            yield before + entry.name
        elif depth and entry.is_dir(follow_symlinks=False):
            yield from _names(Path(entry.path), f"{before}{entry.name}/", depth - 1)


def attach(
    tracking_uri: str,
    name: str,
    data: bytes,
    *,
    experiment: str,
    sweep_id: str,
    schema: Path | None = None,
) -> bool:
    """Keeps a file with a sweep itself, in the place of a former one; False = it is not there.

    Raises:
        StoreError: the store cannot be used.
    """
    with store.translated(tracking_uri), tempfile.TemporaryDirectory() as made:
        backend = open_backend(tracking_uri, schema)
        found = backend.experiment_id(experiment)
        runs = backend.sweep_runs(found, sweep_id) if found else ()
        parent = next((one for one in runs if "sandbox.key" not in one.data.tags), None)
        if parent is None or parent.info.lifecycle_stage != "active":
            return False
        path = Path(made) / "file"
        path.write_bytes(data)
        uri, files = str(parent.info.artifact_uri), {name: path}
        folder = local_folder(uri)
        missing = (
            copy_artifacts(folder, files)
            if folder
            else keep_artifacts(backend.client(), str(parent.info.run_id), uri, files)
        )
        return not missing

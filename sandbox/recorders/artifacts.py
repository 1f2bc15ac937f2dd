"""Files of a run into MLflow's artifact store: regular files only, never through a link."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sandbox.domain import digest
from sandbox.recorders.texts import one_line

if TYPE_CHECKING:
    from typing import BinaryIO

    from mlflow import MlflowClient

_UNFIT = re.compile(r"[^\w.\- +=,()@/]")
_PART_LIMIT = 120


def artifact_folder(root: Path, experiment: str) -> Path:
    """Where an experiment's runs have their files: `<run id>/artifacts/` below it."""
    fit = re.fullmatch(r"\w[\w.\-]{0,80}", experiment, re.ASCII)
    return root.absolute() / (experiment if fit else digest(experiment)[:16])


def plan_artifacts(named: Mapping[str, str]) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Where each file goes, relative to the run's artifacts, and a note for each left out.

    Names may come from studied code: what MLflow or a browser could misread is replaced, what
    leads out of the folder is refused.
    """
    planned: dict[str, Path] = {}
    notes: list[str] = []
    for name, path in named.items():
        reason = _unfit_name(name) or _unfit_file(path)
        if reason:
            notes.append(f"file {one_line(name, 80)!r} is not kept: {reason}")
            continue
        target = _target(name)
        if target in planned:
            target = (
                f"{digest(name)[:8]}-{target}"
                if "/" not in target
                else f"{target}-{digest(name)[:8]}"
            )
        planned[target] = Path(path)
    return planned, tuple(notes)


def _unfit_name(name: str) -> str | None:
    parts = name.split("/")
    leads_out = name.startswith("/") or any(part in {"", ".", ".."} for part in parts)
    return "its name is not a path inside a folder" if leads_out else None


def _unfit_file(path: str) -> str | None:
    """Why this is no file to keep, told without opening it: opening a pipe would wait."""
    try:
        kind = os.lstat(path).st_mode
    except (OSError, ValueError) as error:
        return str(getattr(error, "strerror", None) or error)
    return None if stat.S_ISREG(kind) else "it is no regular file"


def _target(name: str) -> str:
    parts = (_UNFIT.sub("_", part) for part in name.split("/"))
    return str(PurePosixPath(*(_short(part) for part in parts)))


def _short(part: str) -> str:
    """Within what file systems take, the ending kept: it decides how the UI shows the file."""
    if len(part.encode()) <= _PART_LIMIT:
        return part
    ending = PurePosixPath(part).suffix[:16]
    start = part.encode()[: _PART_LIMIT - 26].decode(errors="ignore")
    return f"{start}-{digest(part)[:8]}{ending}"


def keep_artifacts(
    client: MlflowClient, run_id: str, artifact_uri: str, files: Mapping[str, Path]
) -> tuple[str, ...]:
    """Copy or upload; given again, the same files are there once. Returns what went missing."""
    folder = local_folder(artifact_uri)
    if folder is not None:
        return copy_artifacts(folder, files)
    return _keep(files, lambda target, source: _upload(client, run_id, target, source))


def copy_artifacts(folder: Path, files: Mapping[str, Path]) -> tuple[str, ...]:
    """As `keep_artifacts`, where MLflow keeps them in a local folder: 20 times quicker."""
    return _keep(files, lambda target, source: _copy(source, folder / target))


def _keep(files: Mapping[str, Path], keep: Callable[[str, BinaryIO], None]) -> tuple[str, ...]:
    notes: list[str] = []
    for target, path in files.items():
        try:
            source = open_regular(path)
        except OSError as error:
            notes.append(f"file {target!r} is not kept: {error.strerror}")
            continue
        with source:
            keep(target, source)
    return tuple(notes)


def local_folder(artifact_uri: str) -> Path | None:
    """The folder behind an artifact URI on this machine; None for any other kind."""
    parts = urlsplit(artifact_uri)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and not parts.query:
        return Path(unquote(parts.path))
    return Path(artifact_uri) if artifact_uri.startswith("/") else None


def open_regular(path: Path) -> BinaryIO:
    """Opens without following a link or waiting for a pipe's other end; checked once open."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is no regular file", str(path))
    return os.fdopen(descriptor, "rb")


def read_beginning(path: Path, most: int) -> str:
    """So many bytes of a regular file as text; nothing where it cannot be read."""
    try:
        with open_regular(path) as source:
            return source.read(most).decode(errors="replace")
    except OSError:
        return ""


@contextmanager
def as_files(contents: Mapping[str, bytes]) -> Iterator[dict[str, Path]]:
    """Contents by name, as files to be kept."""
    with tempfile.TemporaryDirectory(prefix="sandbox-files-") as folder:
        paths = {name: Path(folder) / digest(name)[:16] for name in contents}
        for name, path in paths.items():
            path.write_bytes(contents[name])
        yield paths


def _copy(source: BinaryIO, target: Path) -> None:
    """Beside and renamed, so that the UI never shows half a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{digest(target.name)[:16]}.part")
    part.unlink(missing_ok=True)
    with part.open("xb") as stream:
        shutil.copyfileobj(source, stream, 2**20)
    part.replace(target)


def _upload(client: MlflowClient, run_id: str, target: str, source: BinaryIO) -> None:
    """Through MLflow's client, which names a file after the one it reads and follows links."""
    name = PurePosixPath(target)
    folder = None if name.parent == PurePosixPath() else str(name.parent)
    with _staged(source, name.name) as staged:
        client.log_artifact(run_id, str(staged), folder)


@contextmanager
def _staged(source: BinaryIO, name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sandbox-upload-") as folder:
        staged = Path(folder) / name
        with staged.open("xb") as stream:
            shutil.copyfileobj(source, stream, 2**20)
        yield staged

"""The description of a workspace on disk: written beside and renamed, read with suspicion."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import stat
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sandbox.domain import Repo, Workspace
from sandbox.errors import SandboxError, StoreError, TargetError
from sandbox.foreign import printable
from sandbox.paths import Home, WorkspacePaths

_VERSION = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_log = logging.getLogger(__name__)


def is_workspace_name(text: str) -> bool:
    """Whether a text can name a workspace, and with it a folder in the home."""
    return bool(_NAME.fullmatch(text))


def save_workspace(workspace: Workspace, paths: WorkspacePaths) -> None:
    """Write `workspace.toml`; whoever reads meanwhile sees the old one or the new one."""
    paths.root.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=paths.root, prefix=".workspace-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_format(workspace))
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(paths.description)
    except OSError as error:
        Path(beside).unlink(missing_ok=True)
        raise StoreError(f"cannot write {paths.description}: {error.strerror}") from error


def load_workspace(paths: WorkspacePaths) -> Workspace:
    """Read `workspace.toml`.

    Raises:
        TargetError: there is none, or it cannot be understood.
    """
    try:
        data = tomllib.loads(paths.description.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise TargetError(
            f"no workspace called {paths.root.name!r}", hint="list them with: sandbox list"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(paths, str(error)) from error
    try:
        return _parse(data, paths.root)
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(paths, f"{type(error).__name__} {error}") from error


def list_workspaces(
    home: Home, *, on_damaged: Callable[[SandboxError], None] | None = None
) -> tuple[Workspace, ...]:
    """All workspaces of a home by name; a damaged one is told to `on_damaged`, or logged."""
    report = on_damaged or (lambda error: _log.warning("%s", error))
    return tuple(_load_all(home, report))


def _load_all(home: Home, report: Callable[[SandboxError], None]) -> Iterator[Workspace]:
    folders = sorted(home.workspaces.iterdir()) if home.workspaces.is_dir() else []
    for folder in folders:
        if folder.name.startswith(".") or not folder.is_dir():
            continue
        try:
            yield load_workspace(WorkspacePaths(folder))
        except TargetError as error:
            report(error)


def remove_workspace(paths: WorkspacePaths) -> None:
    """Remove a workspace with everything in it, a damaged one too.

    It is renamed first, so a removal that is interrupted leaves no half of a workspace.
    """
    if paths.root.is_symlink() or not paths.root.is_dir():
        raise TargetError(f"no workspace called {paths.root.name!r}", hint="sandbox list")
    grave = Path(tempfile.mkdtemp(dir=paths.root.parent, prefix=".removed-"))
    try:
        paths.root.rename(grave / paths.root.name)
        remove_folder(grave)
    except OSError as error:
        raise StoreError(f"cannot remove {paths.root}: {error.strerror}") from error


def remove_folder(folder: Path) -> None:
    """Remove a folder of ours, read-only parts included; what is gone already is fine."""

    def unlock(function: Callable[[str], object], path: str, error: object) -> None:
        if isinstance(error, tuple) and issubclass(error[0], FileNotFoundError):
            return
        for locked in (os.path.dirname(path), path):  # noqa: PTH120 - a text, not a Path
            if not os.path.islink(locked):  # noqa: PTH114
                os.chmod(locked, stat.S_IRWXU)  # noqa: PTH101
        function(path)

    shutil.rmtree(folder, onerror=unlock)


def _damaged(paths: WorkspacePaths, why: str) -> TargetError:
    return TargetError(
        f"{paths.description} is damaged: {printable(why)[:200]}",
        hint=f"remove the workspace and open it again: sandbox rm {paths.root.name}",
    )


def _format(workspace: Workspace) -> str:
    repo = workspace.repo
    lines = [
        f"version = {_VERSION}",
        *_line("name", workspace.name),
        *_line("commit", workspace.commit),
        *_line("ref", workspace.ref),
        *_line("committed_at", workspace.committed_at),
        *_line("written_at", workspace.written_at),
        f"notes = [{', '.join(_quoted(note) for note in workspace.notes)}]",
        "",
        "[repo]",
        *_line("source", repo.source),
        *_line("name", repo.name),
        *_line("full_name", repo.full_name),
    ]
    return "\n".join(lines) + "\n"


def _line(key: str, value: str | None) -> list[str]:
    return [] if value is None else [f"{key} = {_quoted(value)}"]


def _quoted(text: str) -> str:
    """A basic TOML string: JSON's escapes, and no lone surrogate, which UTF-8 cannot hold."""
    whole = text.encode("utf-8", "backslashreplace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def _parse(data: Mapping[str, object], root: Path) -> Workspace:
    if data.get("version") != _VERSION:
        raise ValueError(f"version is {data.get('version')!r}, not {_VERSION}")
    repo = data["repo"]
    notes = data.get("notes", [])
    if not isinstance(repo, dict) or not isinstance(notes, list):
        raise TypeError("repo has to be a table, notes a list")
    return Workspace(
        name=_text(data, "name"),
        root=str(root),
        repo=Repo(_text(repo, "source"), _text(repo, "name"), _optional(repo, "full_name")),
        commit=_text(data, "commit"),
        ref=_optional(data, "ref"),
        committed_at=_text(data, "committed_at"),
        written_at=_optional(data, "written_at"),
        notes=tuple(str(note) for note in notes),
    )


def _text(data: Mapping[str, object], key: str) -> str:
    value = data[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} has to be a text")
    return value


def _optional(data: Mapping[str, object], key: str) -> str | None:
    return _text(data, key) if key in data else None

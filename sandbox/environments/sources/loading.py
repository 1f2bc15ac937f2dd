"""Whether what a repository has made can be imported in the Environment that it was made for."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from sandbox.domain import digest
from sandbox.environments.checking.loading import NOT_TOLD, load_all
from sandbox.environments.sources.in_place import MadeModules
from sandbox.environments.store.building import Build
from sandbox.files import write_text
from sandbox.interfaces import SourceTree, Workbench

_RULES = 1
_CODE_BYTES = 64 * 2**20  # of the repository's own, which a compiled module may import


def load_modules(
    workbench: Workbench, tree: SourceTree, made: Sequence[MadeModules], build: Build
) -> dict[str, str]:
    """Those libraries that do not load, with the error; remembered beside what was made.

    Raises:
        EngineError: no container can be started.
    """
    modules = [place for one in made for place in one.compiled]
    if not modules:
        return {}
    keys = sorted(one.key for one in made)
    key = digest(_RULES, keys, modules, build.environment.id, build.base)[:32]
    path = made[0].folder.parent / f"loaded-{key}.json"
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return {str(place): str(error) for place, error in known.items()}
    except (OSError, ValueError, AttributeError):
        pass
    with TemporaryFile(dir=path.parent) as stream:
        _pack(stream, tree, [one.folder for one in made])
        errors = load_all(workbench, build.base, build.python, modules, stream)
    if NOT_TOLD not in errors.values():
        write_text(path, json.dumps(errors))
    return errors


def _pack(stream: IO[bytes], tree: SourceTree, folders: Sequence[Path]) -> None:
    left = _CODE_BYTES
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for folder in folders:
            archive.add(folder, ".")
        for path in (one for one in tree.paths() if one.endswith(".py")):
            data = tree.read(path)
            left -= len(data)
            if left < 0:
                return
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))

"""Whether what a repository has made can be imported in the Environment that it was made for."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from sandbox.domain import digest
from sandbox.environments.checking.loading import NOT_TOLD, load_all
from sandbox.environments.sources.in_place import MadeModules
from sandbox.environments.store.building import Build
from sandbox.files import write_text
from sandbox.interfaces import SourceTree, Workbench

_RULES = 2
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
    code = [(path, digest(data.hex())) for path, data in _code(tree)]
    key = digest(_RULES, keys, modules, code, build.environment.id, build.base)[:32]
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


def _code(tree: SourceTree) -> Iterator[tuple[str, bytes]]:
    left = _CODE_BYTES
    for path in (one for one in tree.paths() if one.endswith(".py")):
        data = tree.read(path)
        left -= len(data)
        if left < 0:
            return
        yield path, data


def _pack(stream: IO[bytes], tree: SourceTree, folders: Sequence[Path]) -> None:
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for folder in folders:
            archive.add(folder, ".")
        for path, data in _code(tree):
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))

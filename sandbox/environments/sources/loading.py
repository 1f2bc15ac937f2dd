"""Whether what a repository has made can be imported in the Environment that it was made for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice

from sandbox.domain import digest
from sandbox.environments.checking.loading import load_all
from sandbox.environments.sources.in_place import MadeModules
from sandbox.environments.store.building import Build
from sandbox.files import write_text
from sandbox.interfaces import SourceTree, Workbench

_RULES = 1
_FILES = 5000  # of the repository's own code, which a compiled module may import


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
    own = (one for one in tree.paths() if one.endswith(".py"))
    files = {one: tree.read(one) for one in islice(own, _FILES)}
    for one in made:
        found = (file for file in one.folder.rglob("*") if file.is_file())
        files |= {file.relative_to(one.folder).as_posix(): file.read_bytes() for file in found}
    errors = load_all(workbench, build.base, build.python, modules, files)
    write_text(path, json.dumps(errors))
    return errors

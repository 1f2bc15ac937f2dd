"""Submodules that a repository names and that were not fetched, by what imports call them."""

from __future__ import annotations

import posixpath
import re

from sandbox.environments.code.names import is_known, is_standard
from sandbox.interfaces import SourceTree

_FILE = ".gitmodules"
_PATH = re.compile(r"^\s*path\s*=\s*(\S+?)/?\s*$", re.MULTILINE)
_LARGE = 100_000  # characters that are looked at


def absent_submodules(tree: SourceTree) -> dict[str, str]:
    """Folder of each by its name as a module; what an index is known to have is no such."""
    paths = frozenset(tree.paths())
    if _FILE not in paths:
        return {}
    named = _PATH.findall(tree.read(_FILE).decode("utf-8", "replace")[:_LARGE])
    absent = (path for path in named if not any(one.startswith(f"{path}/") for one in paths))
    return {name: path for path in absent if _is_module(name := posixpath.basename(path))}


def _is_module(name: str) -> bool:
    return name.isidentifier() and not is_known(name) and not is_standard(name)

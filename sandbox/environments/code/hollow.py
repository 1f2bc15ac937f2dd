"""Folders called like somebody's package in which there is nothing to import."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator

from sandbox.environments.code.names import is_known
from sandbox.interfaces import SourceTree

_START = "__init__.py"
_MODULES = (".py", ".so", ".pyx")


def hollow_packages(tree: SourceTree) -> frozenset[str]:
    """Paths of the empty `__init__.py` of such folders: whoever imports them means the other one.

    A folder `numpy` that holds notebooks about it; runs look for it behind what is installed.
    """
    paths = tree.paths()
    starts = [path for path in paths if posixpath.basename(path) == _START]
    known = [path for path in starts if is_known(posixpath.basename(posixpath.dirname(path)))]
    full = frozenset(_full(paths)) if known else frozenset()
    return frozenset(
        path for path in known if posixpath.dirname(path) not in full and not tree.read(path)
    )


def _full(paths: Collection[str]) -> Iterator[str]:
    """Folders with a module, or a package that is not of tests, in them."""
    for path in paths:
        folder, name = posixpath.split(path)
        if name != _START and name.endswith(_MODULES):
            yield folder
        elif name == _START and posixpath.basename(folder) != "tests":
            yield posixpath.dirname(folder)

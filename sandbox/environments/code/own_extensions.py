"""Modules that a repository compiles itself, as its `setup.py` files say; these are never run."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sandbox import syntax
from sandbox.environments.code.names import is_known, is_standard
from sandbox.environments.code.reading import LARGE
from sandbox.interfaces import SourceTree

_CLASSES = {
    "Extension": "",
    "CppExtension": "",
    "CUDAExtension": "an NVIDIA GPU and CUDA's compiler",
}
"""Of setuptools and of `torch.utils.cpp_extension`: what they need that is not here."""

_SETUPS = 50  # files that are read
_known: WeakKeyDictionary[SourceTree, dict[str, OwnExtension]] = WeakKeyDictionary()


@dataclass(frozen=True)
class OwnExtension:
    """A compiled module of the repository's own.

    Attributes:
        setup: path of the file that compiles it.
        needs: what that takes and is not here; empty = a compiler.
    """

    setup: str
    needs: str


def own_extensions(tree: SourceTree) -> dict[str, OwnExtension]:
    """By top-level module, read once for each tree; what an index is known to have is no such."""
    if tree not in _known:
        _known[tree] = _read(tree)
    return _known[tree]


def _read(tree: SourceTree) -> dict[str, OwnExtension]:
    setups = [path for path in tree.paths() if posixpath.basename(path) == "setup.py"]
    found: dict[str, OwnExtension] = {}
    for path in sorted(setups)[:_SETUPS]:
        for name, needs in _named(tree.read(path)):
            top = name.partition(".")[0]
            if top.isidentifier() and not is_known(top) and not is_standard(top):
                found.setdefault(top, OwnExtension(path, needs))
    return found


def _named(data: bytes) -> Iterator[tuple[str, str]]:
    """The literal names of extensions, and what these need."""
    if len(data) > LARGE:
        return
    try:
        module = syntax.parse(data.decode("utf-8", "replace"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    calls = (node for node in syntax.walk(module) if isinstance(node, ast.Call))
    for call in calls:
        keywords = [one.value for one in call.keywords if one.arg == "name"]
        needs = _CLASSES.get(_called(call))
        name = next(iter([*keywords, *call.args]), None)
        text = name.value if isinstance(name, ast.Constant) else None
        if needs is not None and isinstance(text, str):
            yield text, needs


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")

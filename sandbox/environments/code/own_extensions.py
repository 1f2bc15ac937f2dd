"""Modules that a repository makes itself, as its `setup.py` files say; these are only read here."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sandbox import syntax
from sandbox.environments.code.names import is_known, is_standard
from sandbox.environments.code.reading import LARGE
from sandbox.interfaces import SourceTree

_CUDA = "an NVIDIA GPU and CUDA's compiler"
_CLASSES = {"Extension": "", "CppExtension": "", "Pybind11Extension": "", "CUDAExtension": _CUDA}
"""Of setuptools, `torch.utils.cpp_extension` and pybind11: what they need that is not here."""
_COMPILERS = frozenset({"cythonize", *(name for name, needs in _CLASSES.items() if not needs)})

_NAME = re.compile(r"[\w./-]+")
_PARTS = re.compile(r"[./]")
_SETUPS = 50  # files that are read
_WRITES = frozenset({"w", "wt", "w+", "wb"})
_known: WeakKeyDictionary[SourceTree, dict[str, OwnSetup]] = WeakKeyDictionary()


@dataclass(frozen=True)
class OwnSetup:
    """What a `setup.py` says of the modules that it makes.

    Attributes:
        path: of the file.
        names: literal names of extensions, dotted; what each needs that is not here, empty = a
            compiler.
        words: parts of names and paths that stand in it.
        compiles, writes: it makes extensions without CUDA; it writes files.
        parallel: they are compiled for OpenMP.
        start: folder in which it is to be run: its own, or the root where its paths begin there.
    """

    path: str
    names: dict[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    compiles: bool = False
    writes: bool = False
    parallel: bool = False
    start: str = ""

    @property
    def folder(self) -> str:
        return posixpath.dirname(self.path)


@dataclass(frozen=True)
class OwnExtension:
    """A compiled module of the repository's own.

    Attributes:
        setup: path of the file that compiles it.
        needs: what that takes and is not here; empty = a compiler.
    """

    setup: str
    needs: str


def own_setups(tree: SourceTree) -> dict[str, OwnSetup]:
    """By folder, read once for each tree."""
    if tree not in _known:
        paths = [path for path in tree.paths() if posixpath.basename(path) == "setup.py"]
        paths.sort(key=lambda path: (path.count("/"), path))
        known = frozenset(tree.paths())
        found = (_read(path, tree.read(path), known) for path in paths[:_SETUPS])
        _known[tree] = {one.folder: one for one in found}
    return _known[tree]


def own_extensions(tree: SourceTree) -> dict[str, OwnExtension]:
    """By top-level module; what an index is known to have is no such."""
    found: dict[str, OwnExtension] = {}
    for setup in own_setups(tree).values():
        for name, needs in setup.names.items():
            top = name.partition(".")[0]
            if top.isidentifier() and not is_known(top) and not is_standard(top):
                found.setdefault(top, OwnExtension(setup.path, needs))
    return found


def _read(path: str, data: bytes, known: Collection[str]) -> OwnSetup:
    if len(data) > LARGE:
        return OwnSetup(path)
    try:
        module = syntax.parse(data.decode("utf-8", "replace"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return OwnSetup(path)
    nodes = list(syntax.walk(module))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant)]
    names = [text for text in texts if isinstance(text, str) and _NAME.fullmatch(text)]
    return OwnSetup(
        path,
        dict(sorted(_named(calls), key=lambda one: one[1], reverse=True)),  # the least it takes
        words=frozenset(word for text in names for word in _PARTS.split(text)),
        compiles=any(_word(node) in _COMPILERS for node in nodes),
        writes=any(_called(call) == "open" and _is_writing(call) for call in calls),
        parallel=b"-fopenmp" in data,
        start=_start(posixpath.dirname(path), names, known),
    )


def _start(folder: str, names: Iterable[str], known: Collection[str]) -> str:
    """Files that it names lie where it is to be run."""
    paths = [posixpath.normpath(name) for name in names]
    here = any(posixpath.join(folder, path) in known for path in paths)
    return folder if here or not any(path in known for path in paths) else ""


def _named(calls: list[ast.Call]) -> Iterator[tuple[str, str]]:
    """The literal names of extensions, and what these need."""
    for call in calls:
        keywords = [one.value for one in call.keywords if one.arg == "name"]
        needs = _CLASSES.get(_called(call))
        name = next(iter([*keywords, *call.args]), None)
        text = name.value if isinstance(name, ast.Constant) else None
        if needs is not None and isinstance(text, str):
            yield text, needs or (_CUDA if _has_cuda(call) else "")


def _has_cuda(call: ast.Call) -> bool:
    """Whether one of the sources that it names is for CUDA's compiler."""
    texts = (node.value for node in syntax.walk(call) if isinstance(node, ast.Constant))
    return any(isinstance(text, str) and text.endswith((".cu", ".cuh")) for text in texts)


def _is_writing(call: ast.Call) -> bool:
    given = [*call.args[1:2], *(one.value for one in call.keywords if one.arg == "mode")]
    return any(isinstance(one, ast.Constant) and one.value in _WRITES for one in given)


def _called(node: ast.Call) -> str:
    return _word(node.func)


def _word(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")

"""Which imports mean the repository's own modules, and which files those are."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sandbox.environments.code.import_statements import Import
from sandbox.environments.code.names import is_known, is_standard
from sandbox.environments.code.own_builds import Missing
from sandbox.environments.code.own_extensions import OwnExtension

_OTHERS = re.compile(r"\.cpython-.*-darwin\.|\.cpython-(2\d|3[3-6]m?)-")
"""Modules that are compiled for another system, or for a Python that none is run with."""

_LOOKED_FOR = 300  # modules that are not where they should be
_MANY = 30  # folders on the search path, the entries' own among them


@dataclass
class LocalModules:
    """The repository's own modules, as Python would find them.

    Attributes:
        paths: all files of the tree.
        entries: where Python starts; none = every file may be one.
        folders: what code adds to `sys.path`; grows while code is read.
        guessed: module → file, for those that no search path leads to.
        closed: links and submodules, below which there may be more.
        compiled: those that its own `setup.py` files make, by their top-level name.
    """

    paths: frozenset[str]
    entries: Sequence[str]
    folders: list[str] = field(default_factory=list)
    guessed: dict[str, str] = field(default_factory=dict)
    closed: Collection[str] = ()
    compiled: Mapping[str, OwnExtension] = field(default_factory=dict)

    def __post_init__(self) -> None:
        beside = dict.fromkeys(posixpath.dirname(entry) for entry in self.entries)
        self._beside = list(beside)[:_MANY]
        self._folders = {path.partition("/")[0] for path in self.paths if path.endswith(".py")}
        self._modules = set(places(self.paths))
        self._deeper: dict[str, bool] = {}
        self._by_name: dict[str, list[str]] = {}
        for path in sorted(self.paths, key=lambda path: (path.count("/"), path)):
            for name in _module_names(path):
                self._by_name.setdefault(name, []).append(path)

    def add_folders(self, folders: Iterable[str]) -> None:
        """Remember what code adds to `sys.path`, as far as a person would."""
        new = [folder for folder in folders if folder not in self.folders]
        self.folders = [*self.folders, *new][:_MANY]

    def files(self, imported: Import, path: str) -> tuple[str, ...] | None:
        """Files that the import in `path` loads; None = not one of the repository's own."""
        if imported.level:
            return tuple(self._below(imported, _package(path, imported.level)))
        for root in self._roots(imported, path):
            found = list(self._below(imported, root))
            files = tuple(file for file in found if file != path)
            if files or (found and path.endswith("/__init__.py")):  # a package means itself
                return files
        if is_known(imported.module) or is_standard(imported.module):
            return None
        return self._anywhere(imported)

    def missing(self, imported: Import, path: str) -> Iterator[Missing]:
        """Modules of the repository that the import in `path` means, and that are not there."""
        root = self._root(imported, path)
        if root is None:
            return
        place = posixpath.join(root, *imported.module.split(".")) if imported.module else root
        if any(map(self._is_file, _upwards(place))):
            return
        if place in self._modules or not place:
            wanted = [posixpath.join(place, name) for name in imported.names if name != "*"]
        else:
            wanted = [place]
        for one in wanted:
            elsewhere = not imported.level and self._lies_deeper(one, root)
            if not (one in self._modules or elsewhere or self._is_closed(one)):
                yield Missing(one, imported.optional, is_name=one != place)

    def _is_closed(self, place: str) -> bool:
        above = (str(folder) for folder in (PurePosixPath(place), *PurePosixPath(place).parents))
        return any(folder in self.closed or f"{folder}.py" in self.closed for folder in above)

    def _is_file(self, place: str) -> bool:
        """What is imported from below one is its own affair: `six.moves`."""
        return f"{place}.py" in self.paths and f"{place}/__init__.py" not in self.paths

    def _lies_deeper(self, place: str, root: str) -> bool:
        """Some search path leads to another folder of that name, in which it is."""
        end = f"/{place.removeprefix(f'{root}/') if root else place}"
        if end not in self._deeper and len(self._deeper) < _LOOKED_FOR:
            self._deeper[end] = any(one.endswith(end) for one in self._modules)
        return self._deeper.get(end, False)

    def _root(self, imported: Import, path: str) -> str | None:
        """Folder that holds the import's first part; None = it is not the repository's own."""
        if imported.level:
            return _package(path, imported.level)
        for root in self._roots(imported, path):
            top = posixpath.join(root, imported.top)
            if f"{top}.py" in self.paths:
                return None
            if f"{top}/__init__.py" in self.paths:
                return root
        return None

    def _roots(self, imported: Import, path: str) -> Iterable[str]:
        """Beside the entry, what is added, the root, `src`; beside another file for unknown names.

        A package's own `datasets.py` is not what `import datasets` beside it means, unless the
        package's folder is where Python starts.
        """
        own = posixpath.dirname(path)
        starts = path in self.entries or not self.entries or own in self._beside
        roots = [own] if starts else []
        roots += [*self._beside, *self.folders, "", "src"]
        roots += [own] if not starts and not is_known(imported.module) else []
        return dict.fromkeys(roots)

    def _below(self, imported: Import, root: str) -> Iterator[str]:
        """`a/__init__.py`, `a/b.py` and so on below one root."""
        parts = imported.module.split(".") if imported.module else []
        stems = [posixpath.join(root, *parts[:count]) for count in range(1, len(parts) + 1)]
        whole = posixpath.join(root, *parts)
        stems += [posixpath.join(whole, name) for name in imported.names]
        for stem in stems:
            yield from (p for p in (f"{stem}.py", f"{stem}/__init__.py") if p in self.paths)

    def _anywhere(self, imported: Import) -> tuple[str, ...] | None:
        """A file or folder of that name, for what is not known to be offered by a distribution."""
        candidates = self._by_name.get(imported.top, [])
        if not candidates:
            return () if imported.top in self._folders else None
        self.guessed.setdefault(imported.top, candidates[0])
        root = posixpath.dirname(candidates[0].removesuffix("/__init__.py"))
        return tuple(self._below(imported, root)) or (candidates[0],)


def _upwards(place: str) -> Iterator[str]:
    while place:
        yield place
        place = posixpath.dirname(place)


def places(paths: Iterable[str]) -> Iterator[str]:
    """All that can be imported, as paths without an ending: modules, compiled ones, folders."""
    for path in paths:
        folder, name = posixpath.split(path)
        if name.endswith((".py", ".so")) and not _OTHERS.search(name):
            yield posixpath.join(folder, name.partition(".")[0])
        yield from _upwards(folder)


def _module_names(path: str) -> Iterator[str]:
    """What `import …` could call the file: its own name, or that of its package."""
    folder, name = posixpath.split(path)
    if name == "__init__.py":
        yield posixpath.basename(folder)
    elif name.endswith(".py"):
        yield name.removesuffix(".py")


def _package(path: str, level: int) -> str:
    for _ in range(level):
        path = posixpath.dirname(path)
    return path

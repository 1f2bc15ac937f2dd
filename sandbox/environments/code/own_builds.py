"""What the code imports of the repository itself that only its own build makes; pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.environments.code.own_extensions import OwnSetup, own_extensions, own_setups
from sandbox.interfaces import SourceTree

_SOURCES = (".c", ".cc", ".cpp", ".cu", ".cxx", ".pyx", ".pyx.in", ".template")
_BUILDS = 5  # a repository's own
_MODULES, _LONG = 50, 250  # of one build; what a place has at most


@dataclass(frozen=True)
class Missing:
    """A module of the repository's own that is imported and not there.

    Attributes:
        place: path without its ending, where Python looks for it, from the root.
        optional: the code goes on without it.
        is_name: of `from . import a`, which may be no module at all.
    """

    place: str
    optional: bool = False
    is_name: bool = False

    @property
    def name(self) -> str:
        return posixpath.basename(self.place)


@dataclass(frozen=True)
class OwnBuild:
    """One `setup.py` that makes what is imported.

    Attributes:
        setup: its path.
        modules: places of what it is to make, see `Missing`.
        needed: those of them that the code cannot do without.
        compiles: it takes a compiler; else it only writes files.
        parallel: compiled for OpenMP.
        start: folder in which it is run.
    """

    setup: str
    modules: tuple[str, ...]
    needed: tuple[str, ...] = ()
    compiles: bool = True
    parallel: bool = False
    start: str = ""

    @property
    def folder(self) -> str:
        return posixpath.dirname(self.setup)


def find_builds(
    tree: SourceTree, missing: Sequence[Missing], compiled: Mapping[str, bool]
) -> tuple[OwnBuild, ...]:
    """The builds that are worth a try, none that needs CUDA.

    Args:
        compiled: top-level modules that are extensions of the repository's own, and whether the
            code cannot do without.
    """
    setups = own_setups(tree)
    sources = [path for path in tree.paths() if path.endswith(_SOURCES)] if missing else []
    wanted: dict[str, dict[str, bool]] = {}
    for one in (one for one in missing if len(one.place) <= _LONG):
        maker = next(filter(None, (setups.get(folder) for folder in _above(one.place))), None)
        if maker is not None and _makes(maker, one, sources):
            wanted.setdefault(maker.folder, {}).setdefault(one.place, not one.optional)
    extensions = own_extensions(tree) if compiled else {}
    for top, needed in compiled.items():
        if not extensions[top].needs:
            wanted.setdefault(posixpath.dirname(extensions[top].setup), {})[top] = needed
    return tuple(_build(setups[folder], wanted[folder]) for folder in sorted(wanted)[:_BUILDS])


def find_elsewhere(tree: SourceTree, missing: Sequence[Missing]) -> Mapping[str, str]:
    """Of what the code cannot do without the modules that are made elsewhere only: what they need.

    Such as an extension for CUDA, by its dotted name.
    """
    setups = own_setups(tree)
    found: dict[str, str] = {}
    for one in (one for one in missing if not (one.optional or one.is_name)):
        maker = next(filter(None, (setups.get(folder) for folder in _above(one.place))), None)
        needs = _needs(maker, one) if maker is not None else []
        if needs and "" not in needs:
            found[one.place.replace("/", ".")] = needs[0]
    return found


def _build(setup: OwnSetup, modules: Mapping[str, bool]) -> OwnBuild:
    """What is needed goes before what is not, where there is too much of it."""
    first = sorted(modules, key=lambda place: (not modules[place], place))[:_MODULES]
    needed = tuple(place for place in first if modules[place])
    places = tuple(sorted(first))
    return OwnBuild(setup.path, places, needed, setup.compiles, setup.parallel, setup.start)


def _above(place: str) -> Iterator[str]:
    folder = posixpath.dirname(place)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _makes(setup: OwnSetup, one: Missing, sources: Sequence[str]) -> bool:
    """Whether something speaks for it: the setup names it, or compiles a source of its name.

    What `from . import a` names is an extension only where the setup says so.
    """
    needs = _needs(setup, one)
    if needs or one.is_name:
        return "" in needs
    below = f"{setup.folder}/" if setup.folder else ""
    stems = (
        posixpath.basename(path).partition(".")[0] for path in sources if path.startswith(below)
    )
    named = one.name in setup.words
    return (setup.compiles and (named or one.name in stems)) or (setup.writes and named)


def _needs(setup: OwnSetup, one: Missing) -> list[str]:
    """What the extensions that it names so need; empty = a compiler."""
    return [needs for name, needs in setup.names.items() if name.rpartition(".")[2] == one.name]

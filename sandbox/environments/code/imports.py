"""What the entries import, followed through the repository's own modules, statically."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sandbox.environments.code.commands import Command
from sandbox.environments.code.elsewhere import needs_of
from sandbox.environments.code.hollow import hollow_packages
from sandbox.environments.code.import_statements import Import
from sandbox.environments.code.local_modules import LocalModules
from sandbox.environments.code.names import (
    OF_A_PROGRAM,
    distribution_of,
    is_known,
    is_only_on_colab,
    is_standard,
    why_not_on_an_index,
)
from sandbox.environments.code.own_builds import Missing, OwnBuild, find_builds, find_elsewhere
from sandbox.environments.code.own_extensions import OwnExtension, own_extensions
from sandbox.environments.code.reading import Code, read_code
from sandbox.environments.code.submodules import absent_submodules
from sandbox.environments.telling import listed
from sandbox.interfaces import SourceTree

_FILES = 2000  # files that are looked at
_DISTRIBUTIONS = 500  # that are inferred; more than that nobody imports
_NOT_ENTRIES = ("setup.py", "conftest.py", "noxfile.py", "docs/", "doc/", "test/", "tests/")
_ALWAYS_THERE = ("__main__", "pip")

# What was read of a tree holds as long as the tree: each entry is followed by itself, and a hundred
# of them may share their modules.
_codes: WeakKeyDictionary[SourceTree, dict[str, Code]] = WeakKeyDictionary()


@dataclass
class Imported:
    """Third-party modules by distribution, and what was noticed on the way.

    Attributes:
        needed, optional: distribution → import name as written.
        targets: what is imported of needed distributions, `module` or `module:name`.
        dotted: the same as dotted names, those of Python's own library among them.
        called: names of what is called.
        installs, offered: by file, what it installs in any case, and under an `if`.
        pythons: versions that notebooks were last run with, by file.
        elsewhere: what other machines have, and what those are.
        compiled: top-level modules that the repository compiles itself, and whether the code cannot
            do without.
        missing: other modules of the repository's own that are not there.
        absent: names of submodules that were not fetched.
    """

    needed: dict[str, str] = field(default_factory=dict)
    optional: dict[str, str] = field(default_factory=dict)
    targets: set[str] = field(default_factory=set)
    dotted: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    installs: dict[str, list[Command]] = field(default_factory=dict)
    offered: dict[str, list[Command]] = field(default_factory=dict)
    pythons: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    compiled: dict[str, bool] = field(default_factory=dict)
    missing: dict[str, Missing] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    left_out: dict[str, set[str]] = field(default_factory=dict)
    decisions: list[str] = field(default_factory=list)


def follow_imports(tree: SourceTree, entries: Sequence[str]) -> Imported:
    """Walk from the entries (none given = every script and notebook) through local modules."""
    found = Imported()
    paths = frozenset(tree.paths())
    starts = [path for path in entries if path in paths]
    hollow = hollow_packages(tree)
    local = LocalModules(
        paths - hollow,
        starts,
        compiled=own_extensions(tree),
        closed=frozenset(tree.closed()),
    )
    absent = absent_submodules(tree)
    queue = (starts or list(_every_entry(paths)))[::-1]
    seen: set[str] = set()
    while queue and len(seen) < _FILES:
        path = queue.pop()
        if path not in seen:
            seen.add(path)
            queue += _read(path, tree, local, absent, found)
    if queue:
        found.decisions.append(f"more than {_FILES} files of code, the rest is not looked at")
    if len(found.needed) > _DISTRIBUTIONS:
        found.decisions.append(
            f"more than {_DISTRIBUTIONS} packages imported, the rest is left out"
        )
    for name, needs in find_elsewhere(tree, tuple(found.missing.values())).items():
        found.elsewhere.setdefault(name, needs)
        found.left_out.setdefault(f"it needs {needs}, not to be had here", set()).add(name)
    _tell_found(found, local)
    _tell_hollow(found, hollow)
    _tell_missing(found, builds_of(tree, found))
    for distribution in found.needed.keys() & found.optional.keys():
        del found.optional[distribution]
    return found


def third_party_imports(tree: SourceTree, *, entries: Sequence[str]) -> tuple[str, ...]:
    """Everything of others that the entries cannot do without, for trying it out.

    Returns:
        `module` for `import a.b`, `module:name` for each name of `from module import name`; sorted,
        each once, without what the code can do without.
    """
    return tuple(sorted(follow_imports(tree, entries).targets))


def elsewhere_imports(tree: SourceTree, *, entries: Sequence[str]) -> dict[str, str]:
    """Modules that only other machines have: what those machines are."""
    return dict(sorted(follow_imports(tree, entries).elsewhere.items()))


def own_builds(tree: SourceTree, *, entries: Sequence[str]) -> tuple[OwnBuild, ...]:
    """What the repository has to make itself before the entries find all that they import."""
    return builds_of(tree, follow_imports(tree, entries))


def builds_of(tree: SourceTree, found: Imported) -> tuple[OwnBuild, ...]:
    """The same, where the entries were followed already."""
    return find_builds(tree, tuple(found.missing.values()), found.compiled)


def _every_entry(paths: Iterable[str]) -> Iterator[str]:
    for path in sorted(paths):
        if path.endswith((".py", ".ipynb")) and not path.startswith(_NOT_ENTRIES):
            yield path


def _read(
    path: str,
    tree: SourceTree,
    local: LocalModules,
    absent: Mapping[str, str],
    found: Imported,
) -> Iterator[str]:
    """Notes what one file says; the files of the repository that it loads."""
    code = _code_of(path, tree)
    local.add_folders(code.folders)
    _note(path, code, found)
    written = {posixpath.basename(name).removesuffix(".py") for name in code.written}
    for imported in code.imports:
        files = local.files(imported, path)
        for file in files or ():
            local.add_folders(_code_of(file, tree).folders)  # holds for the imports that follow
            yield file
        if files is not None:
            missing = local.missing(imported, path)
            _take_missing((one for one in missing if one.name not in written), found)
            continue
        if imported.top in written:
            line = f"{path}: {imported.top} is a module that it writes or fetches itself"
            found.decisions.append(line)
        elif imported.top in local.compiled:
            _take_compiled(imported, local.compiled[imported.top], found)
        elif imported.top in absent:
            _take_absent(imported, absent[imported.top], found)
        elif _is_bound(imported, code):
            _take_bound(imported, code.bound[imported.top], path, found)
        else:
            _take(imported, found, certain=code.problem is None)


def _code_of(path: str, tree: SourceTree) -> Code:
    """Read once for each tree."""
    codes = _codes.setdefault(tree, {})
    code = codes[path] = codes.get(path) or read_code(path, tree.read(path))
    return code


def _note(path: str, code: Code, found: Imported) -> None:
    if code.problem:
        found.decisions.append(f"{path}: {code.problem}")
    found.called |= code.called
    if code.installs:
        found.installs[path] = code.installs
    if code.offered:
        found.offered[path] = code.offered
    if code.python:
        found.pythons[path] = code.python


def _take(imported: Import, found: Imported, *, certain: bool) -> None:
    module = imported.module
    if not module or module in _ALWAYS_THERE:
        return
    dotted = _dotted(imported)
    if certain and not imported.optional:
        found.dotted.update(dotted)
    needs = needs_of(module)
    if needs and not imported.optional:
        _take_elsewhere(imported, needs, found)
    if needs or is_standard(module):
        return
    why = next(filter(None, map(why_not_on_an_index, dotted)), None)
    if why:
        found.left_out.setdefault(why, set()).add(
            module if is_only_on_colab(module) else imported.top
        )
        if why == OF_A_PROGRAM and not imported.optional:
            found.targets.update(_targets(imported))  # it is tried, and told that it fails
        return
    chosen = found.optional if imported.optional else found.needed
    if len(chosen) > _DISTRIBUTIONS:
        return
    for name in dotted:
        chosen.setdefault(distribution_of(name), module)
    if not imported.optional:
        found.targets.update(_targets(imported))


def _is_bound(imported: Import, code: Code) -> bool:
    """Whether it goes on from a name that the file has from elsewhere, and that no package has."""
    top, goes_on = imported.top, "." in imported.module or imported.names
    return bool(goes_on) and top in code.bound and not (is_known(top) or is_standard(top))


def _take_bound(imported: Import, meant: str, path: str, found: Imported) -> None:
    """Whoever has put a package of that name on an index is not meant; tried, and fails as told."""
    line = f"{path}: {imported.top} is a name for {meant} there, no module; not looked for"
    found.decisions.append(line)
    if not imported.optional:
        found.targets.update(_targets(imported))


def _take_elsewhere(imported: Import, needs: str, found: Imported) -> None:
    """Not looked for; tried, and told that it fails, where the file cannot be run without it."""
    where = "in a part of the code that need not run" if imported.deferred else "in any case"
    why = f"it needs {needs}, not to be had here, and is imported {where}"
    found.left_out.setdefault(why, set()).add(imported.top)
    found.elsewhere.setdefault(imported.module, needs)
    if not imported.deferred:
        found.targets.update(_targets(imported))


def _take_missing(missing: Iterable[Missing], found: Imported) -> None:
    for one in missing:
        known = found.missing.setdefault(one.place, one)
        if known.optional and not one.optional:
            found.missing[one.place] = one


def _take_absent(imported: Import, folder: str, found: Imported) -> None:
    """Whoever has put a package of that name on an index is not meant; fails as told."""
    found.absent.add(imported.top)
    why = f"the submodule {folder} was not fetched"
    found.left_out.setdefault(why, set()).add(imported.top)
    if not imported.optional:
        found.targets.update(_targets(imported))


def _take_compiled(imported: Import, own: OwnExtension, found: Imported) -> None:
    """Whoever has put a package of that name on an index is not meant."""
    found.compiled[imported.top] = found.compiled.get(imported.top, False) or not imported.optional
    if imported.optional:
        return
    if own.needs:
        _take_elsewhere(imported, own.needs, found)


def _dotted(imported: Import) -> list[str]:
    named = [f"{imported.module}.{name}" for name in imported.names if name != "*"]
    return named or [imported.module]


def _targets(imported: Import) -> list[str]:
    named = [f"{imported.module}:{name}" for name in imported.names if name != "*"]
    return named or [imported.module]


def _tell_hollow(found: Imported, starts: Iterable[str]) -> None:
    imported = {name.partition(".")[0] for name in found.dotted}
    for folder in sorted(posixpath.dirname(path) for path in starts):
        top = posixpath.basename(folder)
        if top in imported:
            line = f"{folder}/ holds nothing to import: import {top} means the package"
            found.decisions.append(line)


def _tell_missing(found: Imported, builds: Iterable[OwnBuild]) -> None:
    made = {place for build in builds for place in build.modules}
    needed = (one for one in found.missing.values() if not one.optional and not one.is_name)
    names = [one.place.replace("/", ".") for one in needed if one.place not in made]
    names = [name for name in names if name not in found.elsewhere]
    if names:
        line = f"imported, and neither there nor made by a setup.py: {listed(sorted(names), 12)}"
        found.decisions.append(line)


def _tell_found(found: Imported, local: LocalModules) -> None:
    for module, file in sorted(local.guessed.items()):
        found.decisions.append(f"import {module} is taken for the repository's own {file}")
    for why, modules in sorted(found.left_out.items()):
        found.decisions.append(f"import of {', '.join(sorted(modules))} left out: {why}")

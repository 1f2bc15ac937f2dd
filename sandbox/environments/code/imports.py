"""What the entries import, followed through the repository's own modules, statically."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sandbox.environments.code.names import (
    distribution_of,
    is_only_on_colab,
    is_standard,
    needed_besides,
)
from sandbox.environments.code.reading import Code, Import, read_code
from sandbox.environments.findings import Finding, Notes, shown
from sandbox.environments.manifests.requirements_txt import take_line
from sandbox.interfaces import SourceTree

_FILES = 2000  # files that are looked at
_NOT_ENTRIES = ("setup.py", "conftest.py", "noxfile.py", "docs/", "doc/", "test/", "tests/")


@dataclass
class Imported:
    """Third-party modules by distribution, and what was noticed on the way.

    Attributes:
        needed, optional: distribution → import name as written.
        installs: Findings of `!pip install` lines of notebooks.
    """

    needed: dict[str, str] = field(default_factory=dict)
    optional: dict[str, str] = field(default_factory=dict)
    installs: list[Finding] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)


def follow_imports(tree: SourceTree, entries: Sequence[str]) -> Imported:
    """Walk from the entries (none given = every script and notebook) through local modules."""
    found = Imported()
    paths = frozenset(tree.paths())
    queue = [path for path in entries if path in paths] or list(_every_entry(paths))
    seen: set[str] = set()
    while queue and len(seen) < _FILES:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        code = read_code(path, tree.read(path))
        _note(path, code, found)
        roots = _roots(path, entries)
        for imported in code.imports:
            local = list(_local_files(imported, path, roots, paths))
            queue += local
            if not local and not imported.level:
                _take(imported, found)
    for distribution in found.needed.keys() & found.optional.keys():
        del found.optional[distribution]
    return found


def third_party_imports(tree: SourceTree, *, entries: Sequence[str]) -> tuple[str, ...]:
    """Modules of others that the entries cannot do without, as they name them."""
    return tuple(sorted(set(follow_imports(tree, entries).needed.values())))


def _every_entry(paths: Iterable[str]) -> Iterator[str]:
    for path in sorted(paths):
        if path.endswith((".py", ".ipynb")) and not path.startswith(_NOT_ENTRIES):
            yield path


def _note(path: str, code: Code, found: Imported) -> None:
    if code.problem:
        found.decisions.append(f"{path}: {code.problem}, its imports are not known")
    if code.installs:
        notes = Notes(path)
        for argument in code.installs:
            take_line(argument, notes)
        found.installs.append(notes.finding())


def _roots(path: str, entries: Sequence[str]) -> tuple[str, ...]:
    """Where Python would look: beside the file, beside the entries, the root, `src`."""
    beside = [posixpath.dirname(entry) for entry in entries]
    return tuple(dict.fromkeys([posixpath.dirname(path), *beside, "", "src"]))


def _local_files(
    imported: Import, path: str, roots: Sequence[str], paths: frozenset[str]
) -> Iterator[str]:
    """Files of the repository that the import loads; empty = not one of its own modules."""
    if imported.level:
        base = path
        for _ in range(imported.level):
            base = posixpath.dirname(base)
        roots = (base,)
    for root in roots:
        files = list(_module_files(imported, root, paths))
        if files:
            yield from files
            return


def _module_files(imported: Import, root: str, paths: frozenset[str]) -> Iterator[str]:
    """`a/__init__.py`, `a/b.py` and so on below one root."""
    parts = imported.module.split(".") if imported.module else []
    stems = [posixpath.join(root, *parts[:count]) for count in range(1, len(parts) + 1)]
    if imported.level or stems:
        whole = posixpath.join(root, *parts)
        stems += [posixpath.join(whole, name) for name in imported.names]
    for stem in stems:
        yield from (p for p in (f"{stem}.py", f"{stem}/__init__.py") if p in paths)


def _take(imported: Import, found: Imported) -> None:
    module = imported.module
    if is_standard(module):
        return
    longer = [f"{module}.{name}" for name in imported.names] or [module]
    if any(map(is_only_on_colab, [module, *longer])):
        found.decisions.append(f"{module} exists only on a hosted notebook service, left out")
        return
    chosen = found.optional if imported.optional else found.needed
    for name in longer:
        for distribution in filter(None, (distribution_of(name), needed_besides(name))):
            chosen.setdefault(distribution, module)


def tell_optional(found: Imported) -> list[str]:
    """A line for each import that the code can do without."""
    return [
        f"{shown(module)} is imported only if it is there, left out ({distribution})"
        for distribution, module in sorted(found.optional.items())
    ]

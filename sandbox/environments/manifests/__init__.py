"""Reads what a repository declares, as text and never by running it; which file counts.

Nearest to the entry wins: the entry's own folder, then upwards to the root. Within one folder:
requirements*.txt, pyproject.toml, setup.cfg, setup.py, environment.yml. Never follows an address.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatch

from sandbox.environments.findings import Finding
from sandbox.environments.manifests.conda import read_conda
from sandbox.environments.manifests.pyproject import read_pyproject
from sandbox.environments.manifests.requirements_txt import read_requirements
from sandbox.environments.manifests.setup_files import read_setup_cfg, read_setup_py
from sandbox.interfaces import SourceTree

__all__ = ["read_manifests"]

Reader = Callable[[SourceTree, str], Finding]

_KINDS: tuple[tuple[str, Reader], ...] = (
    ("requirements.txt", read_requirements),
    ("requirements[-_.]cpu.txt", read_requirements),
    ("requirements*.txt", read_requirements),
    ("pyproject.toml", read_pyproject),
    ("setup.cfg", read_setup_cfg),
    ("setup.py", read_setup_py),
    ("environment*.y*ml", read_conda),
    ("conda*.y*ml", read_conda),
)
_NOT_FOR_RUNNING = ("dev", "test", "doc", "lint", "ci", "style", "build")


def read_manifests(tree: SourceTree, entries: Sequence[str]) -> tuple[Finding, ...]:
    """One Finding per manifest that counts, in order of precedence."""
    found: dict[str, Finding] = {}
    for folder in dict.fromkeys(posixpath.dirname(entry) for entry in entries or ("",)):
        for path, finding in _nearest(tree, folder):
            found.setdefault(path, finding)
    left_out = [path for path in _at_root(tree) if path not in found]
    if found and left_out:
        told = f"{', '.join(left_out)} left out: {next(iter(found))} is nearer or comes first"
        first = next(iter(found))
        found[first] = replace(found[first], decisions=(*found[first].decisions, told))
    return tuple(found.values())


def _nearest(tree: SourceTree, folder: str) -> Iterator[tuple[str, Finding]]:
    """The first manifest upwards that asks for packages, and what others say of Python."""
    settled = False
    for place in _upwards(folder):
        for path, reader in _in_folder(tree, place):
            finding = reader(tree, path)
            if not settled and finding.packages:
                settled = True
                yield path, finding
            elif finding.python or not (settled or finding.packages):
                yield path, _only_python(path, finding, told=not settled)


def _only_python(path: str, finding: Finding, *, told: bool) -> Finding:
    """The manifest without its packages: another one's count, or it names none."""
    lines = finding.decisions if told else ()
    if finding.python:
        lines = (*lines, f"{path}: asks for Python {finding.python}")
    elif not lines:
        lines = (f"{path}: names no packages",)
    return replace(finding, packages=(), constraints=(), decisions=lines)


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _in_folder(tree: SourceTree, folder: str) -> list[tuple[str, Reader]]:
    """Manifests of a folder in order of precedence, each once."""
    names = [p for p in tree.paths() if posixpath.dirname(p) == folder]
    found: dict[str, Reader] = {}
    for pattern, reader in _KINDS:
        for path in names:
            name = posixpath.basename(path).lower()
            if fnmatch(name, pattern) and not _is_for_developers(name):
                found.setdefault(path, reader)
    return list(found.items())


def _is_for_developers(name: str) -> bool:
    words = name.removesuffix(".txt").replace("_", "-").replace(".", "-").split("-")
    return any(word.startswith(_NOT_FOR_RUNNING) for word in words[1:])


def _at_root(tree: SourceTree) -> list[str]:
    return [path for path, _ in _in_folder(tree, "")]

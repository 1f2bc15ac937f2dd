"""Reads what a repository declares, as text and never by running it; which file counts.

Nearest to the entry wins: the entry's own folder, then upwards to the root. Within one folder, and
in `binder`, `requirements`, `env` and the like in it, the first file counts that asks for packages:

    requirements*.txt · pyproject.toml · Pipfile · setup.cfg · setup.py · requirements/*.txt ·
    environment.yml

A file that only says `-e .`, or names nothing but git repositories, passes on to the next one.
Then, for what is still open:

    locks beside it         constraints, or the packages where there is no manifest
    Python                  the first that says a range; else what was used, the most telling first:
                            runtime.txt, .python-version, Dockerfile, devcontainer.json, tox.ini,
                            workflows, README
    system packages         apt.txt, Dockerfile, devcontainer.json, README
    offered packages        extras, developers' groups, Dockerfile, README: only what is imported

What was left out is said. Addresses of git repositories are read, and none is followed here.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sandbox.environments.findings import Finding
from sandbox.environments.manifests.kinds import Role, anywhere, in_folder
from sandbox.environments.telling import listed
from sandbox.interfaces import SourceTree

__all__ = ["read_manifests"]

_NEVER_RUN = ("dockerfile", "docker-compose", "compose.y", "devcontainer.json", "makefile")
_HOOKS = frozenset({"postbuild", "start"})


def read_manifests(tree: SourceTree, entries: Sequence[str]) -> tuple[Finding, ...]:
    """One Finding per file that says something, in order of precedence."""
    found: dict[str, Finding] = {}
    for folder in dict.fromkeys(posixpath.dirname(entry) for entry in entries or ("",)):
        for path, finding in _nearest(tree, folder):
            found.setdefault(path, finding)
    asking = [path for path, finding in found.items() if finding.asks]
    if not asking:
        asking = [path for path, finding in _only_one(tree, found)]
    told = _tell_left_out(tree, asking, found)
    return (*found.values(), Finding(decisions=(*told, *_tell_never_run(tree))))


def _nearest(tree: SourceTree, folder: str) -> Iterator[tuple[str, Finding]]:
    """The first manifest upwards that asks for packages, its locks, and what others say besides."""
    settled = False
    hints: list[tuple[str, Finding]] = []
    for place in _upwards(folder):
        here = [(path, kind.role, kind.read(tree, path)) for path, kind in in_folder(tree, place)]
        hints += [(path, _as_hint(finding)) for path, role, finding in here if role is Role.hint]
        asking = [row for row in here if row[1] is not Role.hint]
        yield from _of_folder(asking, settled=settled)
        settled = settled or any(one.packages or one.constraints for _, _, one in asking)
    yield from hints


def _of_folder(
    here: Sequence[tuple[str, Role, Finding]], *, settled: bool
) -> Iterator[tuple[str, Finding]]:
    """Manifests of one folder, then its locks; `settled`: a nearer folder has asked already."""
    asked = passed_on = False
    for path, role, finding in here:
        if role is Role.lock:
            if not settled:
                yield path, _as_lock(finding, alone=not (asked or passed_on))
                asked = True
        elif not (settled or asked) and finding.asks:
            yield path, finding
            passed_on = finding.asks_itself or not finding.packages
            asked = not passed_on
        else:
            silent = not (settled or asked or finding.packages or finding.git)
            yield path, _without_packages(path, finding, told=silent)


def _as_hint(finding: Finding) -> Finding:
    """What says nothing is no source."""
    says = (finding.python, finding.pythons, finding.system_packages, finding.constraints)
    told = finding.decisions
    if finding.python:
        told = (*told, f"{finding.sources[0]}: names Python {finding.python}")
    return replace(finding, sources=finding.sources if any(says) else (), decisions=told)


def _as_lock(finding: Finding, *, alone: bool) -> Finding:
    """Where nothing asks for packages, the lock's own stand in for it."""
    path = finding.sources[0]
    if not finding.constraints:
        return finding
    if alone:
        return replace(finding, packages=finding.constraints, constraints=())
    told = f"{path}: its versions are preferred where they still fit ({len(finding.constraints)})"
    return replace(finding, decisions=(*finding.decisions, told))


def _without_packages(path: str, finding: Finding, *, told: bool) -> Finding:
    """The manifest without its packages: another one's count, or it names none."""
    lines = finding.decisions if told or finding.unreadable else ()
    if finding.python:
        lines = (*lines, f"{path}: asks for Python {finding.python}")
    elif told and not lines:
        lines = (f"{path}: names no packages",)
    offered = (*finding.offered, *finding.packages)
    bare = replace(finding, packages=(), constraints=(), offered=offered, sources=())
    elsewhere = (*finding.offered_git, *finding.git)
    return replace(bare, git=(), offered_git=elsewhere, decisions=lines, asks_itself=False)


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _only_one(tree: SourceTree, found: dict[str, Finding]) -> Iterator[tuple[str, Finding]]:
    """The one manifest of another folder, where no folder upwards has any."""
    others = [(path, kind) for path, kind in anywhere(tree) if path not in found]
    if len(others) == 1:
        path, kind = others[0]
        finding = kind.read(tree, path)
        if finding.packages or finding.git:
            told = f"{path}: lies beside the code, and is the only one there is"
            found[path] = replace(finding, decisions=(told, *finding.decisions))
            yield path, found[path]


def _tell_left_out(
    tree: SourceTree, asking: Sequence[str], found: dict[str, Finding]
) -> Iterator[str]:
    """Manifests whose packages did not count, and why."""
    if not asking:
        return
    silent = [path for path in found if path not in asking]
    asked = [path for path, kind in in_folder(tree, "") if kind.role is Role.manifest]
    left_out = [
        path for path in asked if path not in asking and _names_packages(path, found, silent)
    ]
    if left_out:
        yield f"{listed(left_out)} left out: {listed(asking)} is nearer or comes first"


def _names_packages(path: str, found: dict[str, Finding], silent: Sequence[str]) -> bool:
    return path not in found or (path in silent and bool(found[path].offered))


def _tell_never_run(tree: SourceTree) -> Iterator[str]:
    """What would run code of the repository if we let it."""
    names = {path: posixpath.basename(path).lower() for path in tree.paths()[:20_000]}
    found = [path for path, name in names.items() if path.count("/") < 2 and _would_run(path, name)]
    if found:
        yield f"never run, at most read for hints: {listed(found)}"


def _would_run(path: str, name: str) -> bool:
    hook = name in _HOOKS and posixpath.dirname(path) in {"", "binder", ".binder"}
    return hook or name.startswith(_NEVER_RUN)

"""poetry.lock, uv.lock, pdm.lock, pylock.toml and Pipfile.lock: exact versions that once worked.

They limit what the manifest beside them asks for, and stand in for it where there is none. Their
hashes and addresses are never used: the index that is configured decides what is fetched.
"""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Iterator

from packaging.markers import (
    InvalidMarker,
    Marker,
    UndefinedComparison,
    UndefinedEnvironmentName,
)
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from sandbox.environments.findings import MANY, Finding, Notes, decode
from sandbox.environments.manifests.pyproject import Table, load_toml, strings, table
from sandbox.interfaces import SourceTree

_MINORS = range(7, 15)
_LARGE = 8 * 2**20  # bytes; locks with hashes are long


def read_toml_lock(tree: SourceTree, path: str) -> Finding:
    """poetry, uv, pdm and PEP 751: a list of packages with names and versions."""
    notes = Notes(path)
    document = load_toml(tree, path, notes, _LARGE)
    python = document.get("requires-python") or table(document, "metadata").get("python-versions")
    if isinstance(python, str) and not python.startswith(("^", "~", "*")):
        notes.require_python(python)
    listed = document.get("package", document.get("packages"))
    given = listed if isinstance(listed, list) else []
    packages: list[Table] = [one for one in given if isinstance(one, dict)]
    if not packages:
        notes.tell("names no packages")
    _take_all(packages, notes)
    return notes.finding()


def _take_all(packages: list[Table], notes: Notes) -> None:
    names = Counter(str(package.get("name")) for package in packages)
    for package in packages[: 2 * MANY]:
        version = package.get("version")
        holds = _holds(package)
        if not isinstance(version, str) or _is_local(package) or holds is None:
            continue
        if holds or names[str(package.get("name"))] == 1:
            notes.limit(f"{package.get('name')}=={version}{holds}")


def _is_local(package: Table) -> bool:
    """The project itself, folders, git: whatever no index offers under that version."""
    source = table(package, "source")
    elsewhere = {"editable", "virtual", "directory", "path", "git", "url"}
    kinds = {str(source.get("type")), *source}
    return bool(kinds & elsewhere or {"git", "path", "directory", "vcs"} & set(package))


def _holds(package: Table) -> str | None:
    """A short marker for the Pythons on which this version holds here; None = on none of them.

    uv writes a page of markers for every platform and combination of extras.
    """
    forks = strings(package.get("resolution-markers"))
    given = forks or strings([package.get("markers", package.get("marker"))])
    try:
        markers = [Marker(text) for text in given]
        return _short(markers) if markers else ""
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, RecursionError):
        return None


def _short(markers: list[Marker]) -> str | None:
    minors = [minor for minor in _MINORS if any(one.evaluate(_machine(minor)) for one in markers)]
    if not minors:
        return None
    if len(minors) == len(_MINORS):
        return ""
    first, last = minors[0], minors[-1]
    return f' ; python_version >= "3.{first}" and python_version <= "3.{last}"'


def _machine(minor: int) -> dict[str, str]:
    """A container's environment; extras are none."""
    return {
        "extra": "",
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": platform.machine(),
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"3.{minor}.9",
        "python_version": f"3.{minor}",
        "sys_platform": "linux",
    }


def read_pipfile_lock(tree: SourceTree, path: str) -> Finding:
    """`default` only: what is there for developers limits nothing."""
    notes = Notes(path)
    try:
        document = json.loads(decode(tree.read(path), notes, limit=_LARGE))
    except (ValueError, RecursionError):
        notes.tell_unreadable("is not JSON")
        return notes.finding()
    document = document if isinstance(document, dict) else {}
    requires = table(table(document, "_meta"), "requires")
    if isinstance(requires.get("python_version"), str):
        notes.require_python(f"=={requires['python_version']}")
    for text in list(_locked(table(document, "default")))[:MANY]:
        notes.limit(text)
    return notes.finding()


def _locked(packages: Table) -> Iterator[str]:
    for name, about in packages.items():
        version = about.get("version") if isinstance(about, dict) else None
        marker = about.get("markers") if isinstance(about, dict) else None
        if isinstance(version, str) and _is_specifier(version):
            yield f"{name}{version}{f' ; {marker}' if isinstance(marker, str) else ''}"


def _is_specifier(text: str) -> bool:
    try:
        return bool(SpecifierSet(text))
    except InvalidSpecifier:
        return False

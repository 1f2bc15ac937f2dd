"""Pipfile: what pipenv was asked for."""

from __future__ import annotations

from sandbox.environments.findings import MANY, Finding, Notes, shown
from sandbox.environments.manifests.pyproject import (
    load_toml,
    strings,
    table,
    take_without_version,
)
from sandbox.interfaces import SourceTree

_USUAL = "pypi"  # pipenv itself writes a source of that name and host into every Pipfile


def read_pipfile(tree: SourceTree, path: str) -> Finding:
    """Packages and Python; those for developers only if they are imported, sources never."""
    notes = Notes(path)
    document = load_toml(tree, path, notes)
    for name, url in _sources(document.get("source")):
        host = url.partition("://")[2].partition("/")[0]
        if not host.rpartition(".")[0] == name == _USUAL:
            notes.tell(f"its index {shown(url)} left out: only the configured one is used")
    for name, value in list(table(document, "packages").items())[:MANY]:
        _take(name, value, notes)
    for name, value in list(table(document, "dev-packages").items())[:MANY]:
        notes.offer(f"{name}{value if isinstance(value, str) and value != '*' else ''}")
    requires = table(document, "requires")
    python = requires.get("python_version", requires.get("python_full_version"))
    if isinstance(python, str) and python != "*":
        notes.require_python(f"=={python}")
    if not (notes.packages or notes.decisions):
        notes.tell("names no packages")
    return notes.finding()


def _sources(value: object) -> list[tuple[object, str]]:
    """Name and address of each."""
    given = value if isinstance(value, list) else [value]
    found = [(one.get("name"), one.get("url")) for one in given if isinstance(one, dict)]
    return [(name, url.rstrip("/")) for name, url in found if isinstance(url, str)]


def _take(name: str, value: object, notes: Notes) -> None:
    version = value.get("version") if isinstance(value, dict) else value
    marker = value.get("markers") if isinstance(value, dict) else None
    extras = strings(value.get("extras")) if isinstance(value, dict) else []
    places = {"git", "url", "path", "file", "ref", "editable"}
    if not isinstance(version, str) and isinstance(value, dict) and places & set(value):
        take_without_version(name, value, notes)
        return
    exact = f"[{','.join(extras)}]" if extras else ""
    exact += version if isinstance(version, str) and version != "*" else ""
    notes.add(f"{name}{exact}{f' ; {marker}' if isinstance(marker, str) else ''}")

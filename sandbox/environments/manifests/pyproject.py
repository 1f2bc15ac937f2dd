"""pyproject.toml: PEP 621 and poetry, read as data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

from sandbox.environments.findings import MANY, Finding, Notes, decode, shown
from sandbox.interfaces import SourceTree

_VERSION = re.compile(r"\d+(\.\d+)*")


def read_pyproject(tree: SourceTree, path: str) -> Finding:
    """Dependencies of the project, without extras and development groups."""
    notes = Notes(path)
    try:
        document = tomllib.loads(decode(tree.read(path), notes))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        notes.tell(f"is not TOML, left out ({error})")
        return notes.finding()
    _read_project(_table(document, "project"), notes)
    poetry = _table(_table(document, "tool"), "poetry")
    _read_poetry(_table(poetry, "dependencies"), notes)
    return notes.finding()


def _table(document: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _read_project(project: Mapping[str, object], notes: Notes) -> None:
    if project.get("requires-python"):
        notes.require_python(project["requires-python"])
    listed = project.get("dependencies")
    for text in (listed if isinstance(listed, list) else [])[:MANY]:
        notes.add(str(text))
    if isinstance(project.get("dynamic"), list) and "dependencies" in str(project["dynamic"]):
        notes.tell("dependencies are computed by its build, not read")


def _read_poetry(dependencies: Mapping[str, object], notes: Notes) -> None:
    for name, value in list(dependencies.items())[:MANY]:
        version = value.get("version") if isinstance(value, dict) else value
        if isinstance(value, dict) and value.get("optional"):
            notes.tell(f"{shown(name)} is optional, left out")
        elif not isinstance(version, str):
            notes.tell(f"{shown(name)} left out: only packages of the configured index are used")
        elif name.lower() == "python":
            notes.require_python(from_poetry(version))
        else:
            notes.add(f"{name}{from_poetry(version)}")


def from_poetry(version: str) -> str:
    """A poetry constraint as PEP 440: `^1.2` is `>=1.2,<2`; unions keep their first part."""
    parts = [part.strip() for part in version.split("||", maxsplit=1)[0].split(",")]
    return ",".join(filter(None, (_one(part) for part in parts)))


def _one(part: str) -> str:
    if part in {"", "*"}:
        return ""
    if part[0] == "^":
        return _caret(part[1:].strip())
    if part[0] == "~" and not part.startswith("~="):
        numbers = part[1:].strip().split(".")
        return f">={'.'.join(numbers)},=={'.'.join(numbers[:2])}.*"
    return f"=={part}" if _VERSION.match(part) else part


def _caret(version: str) -> str:
    numbers = [int(number) for number in version.split(".") if number.isdigit()] or [0]
    leading = next((i for i, number in enumerate(numbers) if number), len(numbers) - 1)
    upper = [*numbers[:leading], numbers[leading] + 1]
    return f">={version},<{'.'.join(map(str, upper))}"

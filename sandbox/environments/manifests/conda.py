"""environment.yml and conda.yaml: conda's names turned into PyPI's; what has none is named."""

from __future__ import annotations

import posixpath
import re

from sandbox.environments.findings import MANY, Finding, Notes, decode, shown
from sandbox.environments.manifests.conda_packages import take_package, tell_without
from sandbox.environments.manifests.requirements_txt import read_file, take_line
from sandbox.interfaces import SourceTree

_ITEM = re.compile(r"(?:[\w./-]+::)?([\w.-]+)\s*(.*)")


def read_conda(tree: SourceTree, path: str) -> Finding:
    """Dependencies of a conda environment, those of its `pip:` list among them."""
    notes = Notes(path)
    items = _dependencies(decode(tree.read(path), notes, limit=256 * 1024), notes)
    without: list[str] = []
    for item in items[:MANY]:
        if isinstance(item, str):
            _take_item(item, notes, without)
        elif isinstance(item, dict) and isinstance(item.get("pip"), list):
            _take_pip(tree, path, item["pip"], notes)
        else:
            notes.tell(f"{type(item).__name__} among the dependencies, left out")
    tell_without(without, notes)
    return notes.finding()


def _dependencies(text: str, notes: Notes) -> list[object]:
    """The list, never expanded: an alias bomb stays as small as it is written."""
    import yaml

    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        notes.tell_unreadable(f"is not YAML ({type(error).__name__})")
        return []
    items = document.get("dependencies") if isinstance(document, dict) else None
    if not isinstance(items, list):
        notes.tell("has no list of dependencies")
        return []
    return items


def _take_item(item: str, notes: Notes, without: list[str]) -> None:
    match = _ITEM.fullmatch(item.strip())
    if match is None:
        notes.tell(f"{shown(item)} is not a requirement, left out")
        return
    take_package(match[1], match[2], notes, without)


def _take_pip(tree: SourceTree, path: str, lines: list[object], notes: Notes) -> None:
    for line in lines[:MANY]:
        text = line.strip() if isinstance(line, str) else ""
        file = re.fullmatch(r"(?:-r|--requirement)[\s=]+(.+)", text)
        target = posixpath.normpath(
            posixpath.join(posixpath.dirname(path), file[1] if file else "")
        )
        if file and target in tree.paths():
            read_file(tree, target, notes, {target})
        elif text:
            take_line(text, notes)
        else:
            notes.tell(f"{type(line).__name__} in the list for pip, left out")

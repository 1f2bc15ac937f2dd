"""environment.yml and conda.yaml: conda's names turned into PyPI's; what has none is named."""

from __future__ import annotations

import posixpath
import re

from sandbox.environments.code.conda_names import from_conda
from sandbox.environments.findings import MANY, Finding, Notes, decode, shown
from sandbox.environments.manifests.requirements_txt import read_file, take_line
from sandbox.environments.telling import listed
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
    if without:
        notes.tell(f"without a counterpart on PyPI, left out: {listed(without, 12)}")
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
    name, version = match[1], conda_version(match[2])
    if name.lower() == "python":
        notes.require_python(version)
        return
    known = from_conda(name)
    if name.lower() in {"pip", "setuptools", "wheel"}:
        return
    if known is None:
        without.append(name.lower())
    else:
        notes.add(f"{known}{version}")


def conda_version(text: str) -> str:
    """A conda version as PEP 440: `=1.2` means any 1.2, a build string is dropped."""
    text = text.split("[", maxsplit=1)[0].strip().replace(" ", "").split("|")[0]
    fuzzy = re.fullmatch(r"=([^=<>!]+?)(\.?\*)?(=.*)?", text)
    if fuzzy is None:
        return f"=={text}" if text[:1].isdigit() else text
    exact = fuzzy[3] is not None or fuzzy[1].count(".") >= 2
    return f"=={fuzzy[1]}" if exact and not fuzzy[2] else f"=={fuzzy[1]}.*"


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

"""requirements*.txt: lines that name packages are taken, everything else is left out and told."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from sandbox.environments.findings import MANY, Finding, Notes, decode, shown
from sandbox.interfaces import SourceTree

_COMMENT = re.compile(r"(^|\s)#.*$")
_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)[\s=]*(.+)")
_HASH = re.compile(r"\s+--hash[=\s]\S+")
_OPTION = re.compile(r"\s+--[\w-]+([=\s].*)?$")
_CONDA_EXPORT = re.compile(r"([\w.-]+)=([\w.!+]+)=[\w.]+$")
_ADDRESS = re.compile(r"^(\w+\+)?\w+://|^[./~\\]|\.(whl|tar\.gz|zip)$", re.IGNORECASE)


def read_requirements(tree: SourceTree, path: str) -> Finding:
    """Everything that the file asks for, files of the tree that it includes among it."""
    notes = Notes(path)
    _read_file(tree, path, notes, set())
    return notes.finding()


def _read_file(
    tree: SourceTree, path: str, notes: Notes, seen: set[str], *, constraint: bool = False
) -> None:
    seen.add(path)
    for line in logical_lines(decode(tree.read(path), notes), notes):
        include = _INCLUDE.fullmatch(line)
        if include is None:
            take_line(line, notes, constraint=constraint)
            continue
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), include[2].strip()))
        if target not in tree.paths():
            notes.tell(f"{shown(line)} left out: no such file in the repository")
        elif target in seen:
            notes.tell(f"{shown(line)} left out: it has been read already")
        else:
            only_limits = constraint or include[1] in {"-c", "--constraint"}
            _read_file(tree, target, notes, seen, constraint=only_limits)


def logical_lines(text: str, notes: Notes) -> Iterator[str]:
    """Lines with continuations joined, comments and blank ones gone, at most `MANY`."""
    joined = re.sub(r"\\\r?\n", " ", text)
    lines = (_COMMENT.sub("", line).strip() for line in joined.splitlines())
    for count, line in enumerate(line for line in lines if line):
        if count == MANY:
            notes.tell(f"more than {MANY} lines, the rest is left out")
            return
        yield line


def take_line(line: str, notes: Notes, *, constraint: bool = False) -> None:
    """One line of a requirements file, or one argument of `pip install`."""
    text = _HASH.sub("", line)
    if not text.startswith("-") and _OPTION.search(text):
        notes.tell(f"{shown(line)}: its options are left out")
        text = _OPTION.sub("", text)
    exported = _CONDA_EXPORT.fullmatch(text)
    if exported:
        text = f"{exported[1]}=={exported[2]}"
    if text.startswith("-"):
        notes.tell(f"option {shown(line)} left out")
    elif _ADDRESS.search(text.split(" ")[0]):
        notes.tell(f"{shown(line)} left out: only packages of the configured index are used")
    elif "${" in text:
        notes.tell(f"{shown(line)} left out: variables are never expanded")
    elif constraint:
        notes.constrain(text)
    else:
        notes.add(text)

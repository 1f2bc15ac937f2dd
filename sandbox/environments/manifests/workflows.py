"""Files of continuous integration: the Python versions that the authors test with, no more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.environments.findings import Finding, Notes, decode
from sandbox.interfaces import SourceTree

_VERSION = re.compile(r"(?<![0-9.])3\.[0-9]{1,2}(?![0-9])")
_KEY = re.compile(
    r"^(\s*)(?:-\s*)?['\"]?(?:python|python-version|python_version|py|python-versions)['\"]?\s*:(.*)$",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"\bpython:(3\.[0-9]{1,2})")


def read_workflow(tree: SourceTree, path: str) -> Finding:
    """Read line by line, not as YAML: 3.10 is a version here, not the number 3.1."""
    notes = Notes(path)
    lines = decode(tree.read(path), notes, limit=256 * 1024).splitlines()
    found = set(_versions(lines[:5000]))
    for version in sorted(found, key=lambda text: -int(text.partition(".")[2])):
        notes.use_python(version)
    return notes.finding()


def _versions(lines: list[str]) -> Iterator[str]:
    """After a key like `python-version`: in its line, or in the list below it."""
    below: int | None = None
    for line in lines:
        key = _KEY.match(line)
        depth = len(line) - len(line.lstrip())
        if key:
            below = len(key[1])
            yield from _VERSION.findall(key[2].partition("#")[0])
        elif below is not None and line.strip() and depth >= below and line.lstrip()[0] in "-],'\"":
            yield from _VERSION.findall(line.partition("#")[0])
        elif line.strip():
            below = None
        yield from _IMAGE.findall(line)

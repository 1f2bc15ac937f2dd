"""README files: install lines, and sentences that name a Python version; hints, no more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.environments.addresses import GitAddress, read_clone_address
from sandbox.environments.code.commands import find_commands
from sandbox.environments.findings import Finding, Notes, decode
from sandbox.environments.manifests.installing import offer_commands
from sandbox.interfaces import SourceTree

_LARGE = 512 * 1024
_SENTENCE = re.compile(
    r"\bpython[\s*_`:=~-]{0,4}(?:version[s]?[\s*_`:]*)?(?P<least>>=\s*|≥\s*)?v?(?P<two>2\.[0-9](?:\.[0-9]+)?"
    r"(?:\s*(?:,|/|or|and|&)\s*(?:python\s*)?)+)?(?P<version>3\.[0-9]{1,2})(?:\.[0-9]+|\.x)?"
    r"(?P<more>\s*\+|\s*(?:or|and)\s+(?:above|higher|later|newer|greater|up)\b)?",
    re.IGNORECASE,
)
_AT_LEAST = re.compile(r"(at least|minimum|or newer than)\W+(\w+\W+)?$", re.IGNORECASE)
_TWO = re.compile(r"\bpython[\s*_`:=~-]{0,4}2(\.[0-9])?\b", re.IGNORECASE)
_CLONE = re.compile(r"git clone .{0,60}?(https://\S+)")
_INSTALL = re.compile(r"pip3? install (?:-\S+ )*\.(?:\s|\[|$)|setup\.py (?:install|develop)")
_NEAR = 6  # lines, from a clone to its installation
_THREE = re.compile(r"\bpython[\s*_`:=~-]{0,4}3|\b3\.[0-9]", re.IGNORECASE)


def read_readme(tree: SourceTree, path: str) -> Finding:
    """What it offers to install, the Python it names, and the least Python it names."""
    notes = Notes(path)
    text = decode(tree.read(path), Notes(path), limit=_LARGE)
    plain = text.replace("%20", " ").replace("%7C", "|").replace("%2B", "+")
    offer_commands(find_commands(plain), notes)
    notes.offered_git += _cloned(plain)
    least: list[str] = []
    for match in list(_SENTENCE.finditer(plain))[:50]:
        bounded = match["least"] or match["more"] or _AT_LEAST.search(plain[: match.start()][-40:])
        if bounded:
            least.append(match["version"])
        else:
            notes.use_python(match["version"])
    if least:
        notes.require_python(f">={least[0]}")
    elif _TWO.search(plain) and not _THREE.search(plain):
        notes.tell("names Python 2 only; its code may have to be changed before it runs")
    return notes.finding()


def _cloned(text: str) -> Iterator[GitAddress]:
    """`git clone https://…`, and a few lines on `pip install .`: another's package, by hand."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for at, line in enumerate(lines):
        match = _CLONE.search(line)
        address = read_clone_address(match[1]) if match else None
        if address is not None and any(map(_INSTALL.search, lines[at : at + _NEAR])):
            yield address

"""Files that only say which Python: runtime.txt, .python-version, tox.ini."""

from __future__ import annotations

import configparser
import re

from sandbox.environments.findings import Finding, Notes, decode, shown
from sandbox.interfaces import SourceTree

_SMALL = 64 * 1024


def read_runtime_txt(tree: SourceTree, path: str) -> Finding:
    """`python-3.7.17`: what Binder and Heroku install, so a strong statement.

    Netlify writes `3.9` and builds the documentation with it, which is a hint at most.
    """
    notes = Notes(path)
    text = decode(tree.read(path), notes, limit=_SMALL).strip()
    match = re.match(r"python-([0-9]+\.[0-9]+)", text)
    if match:
        notes.require_python(f"=={match[1]}")
    elif re.fullmatch(r"3\.[0-9]+(\.[0-9]+)?", text):
        notes.use_python(text)
    else:
        notes.tell(f"{shown(text)} is no Python version, left out")
    return notes.finding()


def read_python_version(tree: SourceTree, path: str) -> Finding:
    """`.python-version` of pyenv and uv: what one author happened to use."""
    notes = Notes(path)
    lines = decode(tree.read(path), notes, limit=_SMALL).split()
    for line in lines[:5]:
        notes.use_python(line.removeprefix("cpython-").removeprefix("python"))
    if not notes.pythons:
        notes.tell(f"{shown(' '.join(lines))} is no version of Python 3, left out")
    return notes.finding()


def read_tox_ini(tree: SourceTree, path: str) -> Finding:
    """`envlist = py{37,38}, py310-lint`: what is tested with, the newest first."""
    notes = Notes(path)
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(decode(tree.read(path), notes, limit=_SMALL))
        listed = parser.get("tox", "envlist", fallback=parser.get("tox", "env_list", fallback=""))
    except configparser.Error as error:
        notes.tell_unreadable(f"cannot be read ({type(error).__name__})")
        return notes.finding()
    grouped = re.sub(r"py\{([0-9.,\s]+)\}", lambda m: _spelt(m[1]), listed[:2000])
    minors = {int(minor) for minor in re.findall(r"\bpy3\.?([0-9]{1,2})\b", grouped)}
    for minor in sorted(minors, reverse=True):
        notes.use_python(f"3.{minor}")
    return notes.finding()


def _spelt(versions: str) -> str:
    return ",".join(f"py{version.strip()}" for version in versions.split(","))

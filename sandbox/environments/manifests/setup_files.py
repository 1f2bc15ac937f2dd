"""setup.cfg and setup.py: read, never executed."""

from __future__ import annotations

import ast
import configparser
from collections.abc import Iterator

from sandbox.environments.findings import MANY, Finding, Notes, decode
from sandbox.interfaces import SourceTree


def read_setup_cfg(tree: SourceTree, path: str) -> Finding:
    """What `[options]` requires."""
    notes = Notes(path)
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(decode(tree.read(path), notes))
    except configparser.Error as error:
        notes.tell(f"cannot be read, left out ({type(error).__name__})")
        return notes.finding()
    listed = parser.get("options", "install_requires", fallback="")
    if listed.startswith("file:"):
        notes.tell("install_requires names a file, not followed")
        listed = ""
    for line in [line.strip() for line in listed.splitlines()][:MANY]:
        if line and not line.startswith("#"):
            notes.add(line)
    python = parser.get("options", "python_requires", fallback="").strip()
    if python:
        notes.require_python(python)
    return notes.finding()


def read_setup_py(tree: SourceTree, path: str) -> Finding:
    """Literal `install_requires` and `python_requires` of the call of `setup`."""
    notes = Notes(path)
    try:
        module = ast.parse(decode(tree.read(path), notes))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        notes.tell("is not Python 3, left out")
        return notes.finding()
    names = _assigned(module)
    for keyword in _setup_keywords(module):
        value = _literal(keyword.value, names)
        if keyword.arg == "install_requires":
            _take_list(value, notes)
        elif keyword.arg == "python_requires" and isinstance(value, str):
            notes.require_python(value)
    return notes.finding()


def _take_list(value: object, notes: Notes) -> None:
    if isinstance(value, str):
        value = value.splitlines()
    if not isinstance(value, (list, tuple)):
        notes.tell("install_requires is computed, not read")
        return
    for text in value[:MANY]:
        if str(text).strip():
            notes.add(str(text))


def _setup_keywords(module: ast.Module) -> Iterator[ast.keyword]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and _called(node.func) == "setup":
            yield from node.keywords


def _called(function: ast.expr) -> str | None:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None


def _assigned(module: ast.Module) -> dict[str, ast.expr]:
    """Names given a value once at module level: `REQUIRED = [...]`."""
    return {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _literal(node: ast.expr, names: dict[str, ast.expr]) -> object:
    if isinstance(node, ast.Name):
        node = names.get(node.id, node)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None

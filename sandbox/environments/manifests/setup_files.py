"""setup.cfg and setup.py: read, never executed."""

from __future__ import annotations

import ast
import configparser
import posixpath
from collections.abc import Iterator

from sandbox.environments.code.reading import parse
from sandbox.environments.findings import MANY, Finding, Notes, decode, shown
from sandbox.environments.manifests.pyproject import take_classifiers
from sandbox.environments.manifests.requirements_txt import read_file
from sandbox.interfaces import SourceTree


def read_setup_cfg(tree: SourceTree, path: str) -> Finding:
    """What `[options]` requires; extras only if they are imported."""
    notes = Notes(path)
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(decode(tree.read(path), notes))
    except configparser.Error as error:
        notes.tell_unreadable(f"cannot be read ({type(error).__name__})")
        return notes.finding()
    notes.project = parser.get("metadata", "name", fallback=None)
    listed = parser.get("options", "install_requires", fallback="")
    if listed.strip().startswith("file:"):
        _follow(tree, path, listed.strip().removeprefix("file:").split(","), notes)
        listed = ""
    for line in _lines(listed):
        notes.add(line)
    if parser.has_section("options.extras_require"):
        for lines in parser["options.extras_require"].values():
            for line in _lines(lines):
                notes.offer(line)
    python = parser.get("options", "python_requires", fallback="").strip()
    if python:
        notes.require_python(python)
    take_classifiers(parser.get("metadata", "classifiers", fallback="").splitlines(), notes)
    return notes.finding()


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")][:MANY]


def read_setup_py(tree: SourceTree, path: str) -> Finding:
    """Literal arguments of the call of `setup`, and files that its requirements are read from."""
    notes = Notes(path)
    module = parse(decode(tree.read(path), notes))
    if module is None:
        notes.tell("is not Python 3, left out")
        return notes.finding()
    names = _assigned(module)
    for keyword in _setup_keywords(module, names):
        value = _literal(keyword.value, names)
        if keyword.arg == "install_requires" and not _take_list(value, notes):
            _follow_files(tree, path, keyword.value, notes)
        else:
            _take_keyword(str(keyword.arg), value, notes)
    return notes.finding()


def _take_keyword(name: str, value: object, notes: Notes) -> None:
    if name in {"python_requires", "requires_python"} and isinstance(value, str):
        notes.require_python(value)
    elif name == "name" and isinstance(value, str):
        notes.project = value
    elif name == "extras_require" and isinstance(value, dict):
        for lines in value.values():
            for line in lines if isinstance(lines, (list, tuple)) else [lines]:
                notes.offer(str(line))
    elif name == "classifiers" and isinstance(value, (list, tuple)):
        take_classifiers(map(str, value), notes)


def _take_list(value: object, notes: Notes) -> bool:
    """Whether the value is a list that could be read."""
    if isinstance(value, str):
        value = value.splitlines()
    if not isinstance(value, (list, tuple)):
        return False
    for text in value[:MANY]:
        if str(text).strip():
            notes.add(str(text))
    return True


def _follow_files(tree: SourceTree, path: str, node: ast.expr, notes: Notes) -> None:
    """`open("requirements.txt").read().splitlines()`: named there, or anywhere in the file."""
    module = parse(decode(tree.read(path), Notes(path))) or node
    near = [text for text in _texts(node) if text.endswith((".txt", ".in"))]
    far = [text for text in _texts(module) if text.endswith((".txt", ".in")) and "req" in text]
    if not _follow(tree, path, list(dict.fromkeys(near or far)), notes):
        notes.tell("install_requires is computed, not read")


def _follow(tree: SourceTree, path: str, files: list[str], notes: Notes) -> bool:
    """Takes over requirement files of the tree; whether there were any."""
    places = [posixpath.join(posixpath.dirname(path), file.strip()) for file in files]
    there = [place for place in map(posixpath.normpath, places) if place in tree.paths()]
    for place in there:
        notes.tell(f"its requirements are those of {shown(place)[1:-1]}")
        read_file(tree, place, notes, {place})
    return bool(there)


def _texts(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def _setup_keywords(module: ast.Module, names: dict[str, ast.expr]) -> Iterator[ast.keyword]:
    """Keywords of `setup(…)`; those of `setup(**config)` with a literal `config`, too."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and _called(node.func) == "setup":
            for keyword in node.keywords:
                yield from [keyword] if keyword.arg else _unpacked(keyword.value, names)


def _unpacked(node: ast.expr, names: dict[str, ast.expr]) -> Iterator[ast.keyword]:
    value = names.get(node.id) if isinstance(node, ast.Name) else node
    if isinstance(value, ast.Dict):
        for key, inner in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield ast.keyword(arg=key.value, value=inner)
    elif isinstance(value, ast.Call) and _called(value.func) == "dict":
        yield from (keyword for keyword in value.keywords if keyword.arg)


def _called(function: ast.expr) -> str | None:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None


def _assigned(module: ast.Module) -> dict[str, ast.expr]:
    """Names given a value at module level: `REQUIRED = [...]`."""
    return {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _literal(node: ast.expr, names: dict[str, ast.expr], depth: int = 5) -> object:
    """The value of a literal, a name that stands for one, or a sum of such lists; else None."""
    if isinstance(node, ast.Name) and depth:
        return _literal(names[node.id], names, depth - 1) if node.id in names else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and depth:
        left, right = (_literal(side, names, depth - 1) for side in (node.left, node.right))
        return [*left, *right] if isinstance(left, list) and isinstance(right, list) else None
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None

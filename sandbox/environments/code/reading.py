"""The Python in a file, script or notebook alike: modules it imports and packages it installs."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

LARGE = 20 * 2**20  # bytes of one file that are looked at

_LEAVES = {"exit", "quit", "_exit", "abort"}
_MISSING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_INSTALL = re.compile(r"^[!%]\s*(?:python3?\s+-m\s+|sudo\s+)?pip3?\s+install\s+(.+)$")
_PYTHON_CELLS = ("%%time", "%%capture", "%%timeit", "%%prun")
_WITH_VALUE = {
    *("-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-t", "--target"),
    *("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--prefix"),
}


@dataclass(frozen=True)
class Import:
    """One import statement's target.

    Attributes:
        module: dotted; for `from a import b` also tried as `a.b`.
        level: leading dots of a relative import.
        optional: the code goes on without it.
    """

    module: str
    names: tuple[str, ...] = ()
    level: int = 0
    optional: bool = False


@dataclass(frozen=True)
class Code:
    """What a file says: imports, arguments of `pip install` lines, and whether it could be read."""

    imports: tuple[Import, ...] = ()
    installs: tuple[str, ...] = ()
    problem: str | None = None


def read_code(path: str, data: bytes) -> Code:
    """Never raises: what cannot be read is said in `problem`."""
    if len(data) > LARGE:
        return Code(problem="too large to be read")
    text = data.decode("utf-8-sig", errors="replace")
    if path.endswith(".ipynb"):
        return _read_notebook(text)
    found = imports_of(text)
    return Code(problem="is not Python 3") if found is None else Code(found)


def imports_of(text: str) -> tuple[Import, ...] | None:
    """None = not Python 3."""
    try:
        return tuple(find_imports(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _read_notebook(text: str) -> Code:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Code(problem="is not JSON")
    imports: list[Import] = []
    installs: list[str] = []
    for source in _cells(document):
        python, lines = split_magics(source)
        installs += [argument for line in lines for argument in pip_arguments(line)]
        imports += imports_of(python) or ()
    return Code(tuple(imports), tuple(installs))


def _cells(document: object) -> Iterator[str]:
    """Sources of the code cells, of nbformat 4 and 3."""
    root = document if isinstance(document, dict) else {}
    listed = root.get("worksheets")
    for sheet in listed if isinstance(listed, list) else [root]:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        for cell in cells if isinstance(cells, list) else []:
            if isinstance(cell, dict) and cell.get("cell_type") == "code":
                source = cell.get("source", cell.get("input", ""))
                yield "".join(map(str, source)) if isinstance(source, list) else str(source)


def split_magics(source: str) -> tuple[str, list[str]]:
    """A cell's Python with magics blanked out, and the magic and shell lines."""
    lines = source.splitlines()
    if lines and lines[0].startswith("%%") and not lines[0].startswith(_PYTHON_CELLS):
        return "", [f"!{line.strip()}" for line in lines[1:]] if lines[0][2:4] in {
            "ba",
            "sh",
        } else []
    magics = [line.strip() for line in lines if line.lstrip().startswith(("!", "%"))]
    python = [
        re.sub(r"\S.*", "pass", line) if line.lstrip().startswith(("!", "%", "?")) else line
        for line in lines
    ]
    return "\n".join(python), magics


def pip_arguments(line: str) -> list[str]:
    """What a `!pip install …` line asks for; options are kept, for the reader to tell."""
    match = _INSTALL.match(line)
    if match is None:
        return []
    try:
        words = shlex.split(re.split(r"[;&|]|>\s*/|2>", match[1])[0], comments=True)
    except ValueError:
        return []
    found, words = [], words[::-1]
    while words:
        word = words.pop()
        found.append(f"{word} {words.pop()}" if word in _WITH_VALUE and words else word)
    return [word for word in found if word not in {"-q", "-qq", "--quiet", "-U", "--upgrade"}]


def find_imports(tree: ast.AST, *, optional: bool = False) -> Iterator[Import]:
    """Imports wherever they stand, but under `if TYPE_CHECKING`."""
    blocks = (ast.stmt, ast.excepthandler, ast.match_case)
    for node in (child for child in ast.iter_child_nodes(tree) if isinstance(child, blocks)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, optional=optional) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(node.module or "", names, node.level, optional)
        elif isinstance(node, ast.Try):
            yield from _in_try(node, optional=optional)
        elif not _is_for_type_checkers(node):
            yield from find_imports(node, optional=optional)


def _is_for_type_checkers(node: ast.AST) -> bool:
    test = node.test if isinstance(node, ast.If) else None
    return "TYPE_CHECKING" in {getattr(test, "id", None), getattr(test, "attr", None)}


def _in_try(node: ast.Try, *, optional: bool) -> Iterator[Import]:
    """The body may fail where an ImportError is caught and the code goes on."""
    caught = [handler for handler in node.handlers if _catches_missing(handler)]
    goes_on = bool(caught) and not any(map(_gives_up, caught))
    body = ast.Module(body=node.body, type_ignores=[])
    yield from find_imports(body, optional=optional or goes_on)
    for handler in node.handlers:
        yield from find_imports(handler, optional=optional or goes_on)
    rest = ast.Module(body=[*node.orelse, *node.finalbody], type_ignores=[])
    yield from find_imports(rest, optional=optional)


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(
        isinstance(name, ast.Name) and name.id in _MISSING for name in ast.walk(handler.type)
    )


def _gives_up(handler: ast.ExceptHandler) -> bool:
    names = [getattr(n, "id", getattr(n, "attr", "")) for n in ast.walk(handler)]
    return any(isinstance(n, ast.Raise) for n in ast.walk(handler)) or bool(_LEAVES & set(names))

"""The Python in a file, script or notebook alike: imports, installs, and what it does besides."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sandbox import syntax
from sandbox.environments.code.commands import Command, find_commands
from sandbox.environments.code.elsewhere import needs_of
from sandbox.environments.code.import_statements import (
    Import,
    bound_elsewhere,
    find_deferred,
    find_imports,
    guess_imports,
)
from sandbox.environments.code.names import is_known
from sandbox.environments.code.search_path import added_folders

__all__ = ["LARGE", "Code", "find_imports", "parse", "read_code"]

LARGE = 20 * 2**20  # bytes of one file that are looked at
_MANY = 2000  # imports of one file
_FEW = 100  # install lines and folders of one file

_PYTHON_CELLS = ("%%time", "%%capture", "%%timeit", "%%prun", "%%memit", "%%snakeviz", "%%wandb")
_SHELL_CELLS = ("%%bash", "%%sh", "%%shell", "%%script bash", "%%!")
_WRITES = re.compile(r"%%(?:writefile|file)\s+(?:-a\s+)?(\S+\.py)\s*$")
_FETCHES = re.compile(r"\b(?:wget|curl)\s[^;&|]*/(\w+\.py)\b")
_EXTENSION = re.compile(r"%(?:re)?load_ext\s+([\w.]+)")
_MAGIC_IMPORTS = {"%pylab": ("numpy", "matplotlib"), "%matplotlib": ("matplotlib",)}
_OWN_EXTENSIONS = {"autoreload", "storemagic", "google.colab.data_table"}
_WIDGET = re.compile(r"%matplotlib\s+(widget|ipympl)")


@dataclass
class Code:
    """What a file says.

    Attributes:
        installs: commands that it runs in any case; `offered`: those under an `if`.
        folders: what it adds to `sys.path`, relative to the root.
        called: names of attributes and functions that are called.
        bound: names that imports give to something else than a module called so → what it is.
        written: module files that a notebook writes itself, or fetches with a shell line.
        python: `X.Y…` that the notebook was last run with.
        problem: why nothing, or not all, of it could be read.
    """

    imports: list[Import] = field(default_factory=list)
    installs: list[Command] = field(default_factory=list)
    offered: list[Command] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    called: set[str] = field(default_factory=set)
    bound: dict[str, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    python: str | None = None
    problem: str | None = None


def read_code(path: str, data: bytes) -> Code:
    """Never raises: what cannot be read is said in `problem`."""
    if len(data) > LARGE:
        return Code(problem="too large to be read, its imports are not known")
    text = _decode(data)
    if path.endswith(".ipynb"):
        return _read_notebook(path, text)
    code = Code()
    if not _read_python(path, text, code):
        code.problem = "is not Python 3, its imports are read line by line"
    return _bounded(code)


def _bounded(code: Code) -> Code:
    """Each thing once; what no person would write is cut."""
    code.imports = list(dict.fromkeys(code.imports))[:_MANY]
    code.installs = list(dict.fromkeys(code.installs))[:_FEW]
    code.offered = list(dict.fromkeys(code.offered))[:_FEW]
    code.folders = list(dict.fromkeys(code.folders))[:_FEW]
    return code


def _decode(data: bytes) -> str:
    """Latin-1 where a file says so in its first lines, UTF-8 otherwise."""
    if re.search(rb"coding[:=]\s*(latin|iso-8859)", b"\n".join(data[:300].splitlines()[:2])):
        return data.decode("latin-1")
    return data.decode("utf-8-sig", errors="replace")


def _read_python(path: str, text: str, code: Code) -> bool:
    """Adds what the text says; False = it is not Python 3, so that only lines were looked at."""
    module = parse(text)
    if module is None:
        code.imports += guess_imports(text)
        return False
    code.imports += _with_deferred(module)
    code.bound.update(bound_elsewhere(module))
    code.folders += added_folders(module, path)
    calls = (node.func for node in ast.walk(module) if isinstance(node, ast.Call))
    code.called |= {getattr(func, "attr", getattr(func, "id", "")) for func in calls}
    return True


def _with_deferred(module: ast.Module) -> Iterator[Import]:
    """Its imports; of those that other machines have it is told which need not run.

    What nobody knows and need not run the code can do without where it says itself what it lacks,
    or asks for it by its name (`if get_image_backend() == "accimage":`).
    """
    found = list(find_imports(module))
    asked = _compared(module)
    told = {one.module for one in found if one.guarded or one.module in asked}
    guarded = {name for name in told if not is_known(name)}
    looks = guarded or any(needs_of(one.module) for one in found)
    deferred = find_deferred(module) if looks else frozenset()
    for one in found:
        is_deferred = not one.level and one.module in deferred
        is_optional = one.optional or (is_deferred and one.module in guarded)
        yield replace(one, deferred=is_deferred, optional=is_optional)


def _compared(module: ast.Module) -> frozenset[str]:
    """Texts that something is compared with."""
    sides = (
        side
        for node in ast.walk(module)
        if isinstance(node, ast.Compare)
        for side in (node.left, *node.comparators)
    )
    texts = (side.value for side in sides if isinstance(side, ast.Constant))
    return frozenset(text for text in texts if isinstance(text, str))


def parse(text: str) -> ast.Module | None:
    """None = not Python 3."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a stranger's odd escapes are not ours to tell
        try:
            module: ast.Module = syntax.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return module


def _read_notebook(path: str, text: str) -> Code:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Code(problem="is not JSON, its imports are not known")
    root = document if isinstance(document, dict) else {}
    code = Code(python=_language_version(root))
    broken = [not _read_cell(path, source, code) for source in _cells(root)]
    if code.python and code.python.startswith("2"):
        code.python, code.problem = None, "was written for Python 2"
    elif broken and all(broken):
        code.problem = "no cell of it is Python 3, imports are read line by line"
    return _bounded(code)


def _language_version(document: dict[str, object]) -> str | None:
    for key in ("language_info", "kernelspec"):
        metadata = document.get("metadata")
        about = metadata.get(key) if isinstance(metadata, dict) else None
        version = about.get("version") if isinstance(about, dict) else None
        if isinstance(version, str) and re.match(r"[0-9]\.[0-9]", version):
            return version[:20]
        if isinstance(about, dict) and about.get("name") == "python2":
            return "2"
    return None


def _cells(root: dict[str, object]) -> Iterator[str]:
    """Sources of the code cells, of nbformat 4 and 3."""
    listed = root.get("worksheets")
    for sheet in listed if isinstance(listed, list) else [root]:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        for cell in cells if isinstance(cells, list) else []:
            if isinstance(cell, dict) and cell.get("cell_type") == "code":
                source = cell.get("source", cell.get("input", ""))
                yield "".join(map(str, source)) if isinstance(source, list) else str(source)


def _read_cell(path: str, source: str, code: Code) -> bool:
    """Adds what a cell says; False = it should be Python 3 and is not."""
    first, _, rest = source.lstrip().partition("\n")
    written = _WRITES.match(first)
    if written:
        code.written.append(written[1])
    if first.startswith(_SHELL_CELLS):
        code.installs += find_commands(rest)
        code.written += _FETCHES.findall(rest)
        return True
    if written is None and first.startswith("%%") and not first.startswith(_PYTHON_CELLS):
        return True
    _read_magics(source, code)
    python = "\n".join(map(_without_magic, source.splitlines()))
    return _read_python(path, python, code)


def _without_magic(line: str) -> str:
    """`pass` at the same depth; `files = !ls` is an assignment of nothing."""
    if line.lstrip().startswith(("!", "%", "?")) or re.match(r"[\w.]+\?{1,2}\s*$", line):
        return re.sub(r"\S.*", "pass", line)
    return re.sub(r"^(\s*[\w.]+\s*=\s*)[!%].*$", r"\1None", line)


def _read_magics(source: str, code: Code) -> None:
    for line in re.sub(r"\\\s*\n", " ", source).splitlines():
        magic = line.strip()
        if not magic.startswith(("!", "%")):
            continue
        chosen = code.offered if line[:1].isspace() else code.installs
        chosen += find_commands(magic)
        code.written += _FETCHES.findall(magic)
        modules = _MAGIC_IMPORTS.get(magic.split(" ")[0], ())
        loaded = _EXTENSION.match(magic)
        modules += (loaded[1],) if loaded and loaded[1] not in _OWN_EXTENSIONS else ()
        modules += ("ipympl",) if _WIDGET.match(magic) else ()
        code.imports += (Import(module) for module in modules)

"""Notebooks as cells of Python: reading, magics blanked out, one cell's text replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.tunables.json_text import locate, quote
from sandbox.tunables.sources import Skipped, Source, parse, split_lines

_MAGIC = re.compile(r"^[ \t]*(?:[%!?]|[\w., ]+=[ \t]*[%!][ \t]*\w|[\w.]+\?{1,2}[ \t]*$)")
_PYTHON_CELL_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun", "%%memit", "%%python3")
_LOWEST_FORMAT = 4


@dataclass(frozen=True)
class Cell:
    """A code cell: its index among all cells, its text, and whether it is tagged `parameters`."""

    index: int
    text: str
    is_parameters: bool = False


@dataclass(frozen=True)
class Notebook:
    """The code cells of one notebook.

    Attributes:
        language: what its kernel speaks, lower case; `python` when nothing is said.
    """

    path: str
    cells: tuple[Cell, ...]
    language: str


def read_notebook(path: str, data: bytes) -> Notebook:
    """The code of a notebook.

    Raises:
        ValueError: not JSON, not a notebook, or of a format older than 4.
    """
    document = _load(data)
    version = document.get("nbformat")
    if not isinstance(version, int) or version < _LOWEST_FORMAT:
        raise ValueError(f"notebook format {version!r}; 4 or later is needed")
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise ValueError("a notebook without cells")  # noqa: TRY004 - bad input, not a caller's mistake
    return Notebook(path, tuple(_code_cells(cells)), _language(document))


def parse_cells(notebook: Notebook) -> tuple[list[Source], list[Skipped]]:
    """Every cell that is Python, parsed, and those passed over with the reason."""
    sources: list[Source] = []
    skipped: list[Skipped] = []
    for cell in notebook.cells:
        try:
            tree = parse(python_of(cell.text), cell=True)
        except ValueError as error:
            skipped.append(Skipped(f"{notebook.path}:cell {cell.index}", str(error)))
        else:
            sources.append(Source(notebook.path, cell.text, tree, cell.index))
    return sources, skipped


def python_of(text: str) -> str:
    """The cell with magics and shell lines blanked; every other character stays in its place."""
    lines = split_lines(text)
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("%%") and not first.startswith(_PYTHON_CELL_MAGICS):
        return "\n" * len(lines)
    blanked: list[str] = []
    continued = False
    for line in lines:
        is_magic = continued or bool(_MAGIC.match(line))
        continued = is_magic and line.rstrip().endswith("\\")
        blanked.append(_blank(line) if is_magic else line)
    return "".join(blanked)


def replace_cell(data: bytes, index: int, text: str) -> bytes:
    """The notebook with one cell's text replaced and every other byte kept."""
    document = data.decode("utf-8")
    path = ("cells", index, "source")
    start, end = locate(document, path)
    old = json.loads(document[start:end])
    if isinstance(old, str):
        return (document[:start] + quote(text, like=document) + document[end:]).encode()
    return _replace_lines(document, path, old, text).encode()


def _replace_lines(document: str, path: tuple[str | int, ...], old: list[str], text: str) -> str:
    new = _cut_like(old, text)
    changed = [i for i, (one, other) in enumerate(zip(old, new, strict=False)) if one != other]
    if len(old) == len(new):
        for i in reversed(changed):
            start, end = locate(document, (*path, i))
            document = document[:start] + quote(new[i], like=document) + document[end:]
        return document
    start, end = locate(document, path)
    lines = ", ".join(quote(line, like=document) for line in new)
    return f"{document[:start]}[{lines}]{document[end:]}"


def _cut_like(old: list[str], text: str) -> list[str]:
    """The new text in pieces as long as the old ones where they are equal, lines elsewhere."""
    lines = text.splitlines(keepends=True)
    if "".join(old).splitlines(keepends=True) == old:
        return lines
    head: list[str] = []
    at = 0
    for piece in old:
        if not text.startswith(piece, at):
            break
        head.append(piece)
        at += len(piece)
    return [*head, *text[at:].splitlines(keepends=True)]


def _load(data: bytes) -> Mapping[str, object]:
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError("not valid JSON") from error
    if not isinstance(document, dict):
        raise ValueError("not a notebook: no JSON object")  # noqa: TRY004 - bad input, not a caller's mistake
    return document


def _code_cells(cells: list[object]) -> Iterator[Cell]:
    for index, cell in enumerate(cells):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if isinstance(source, str):
            yield Cell(index, source, "parameters" in _tags(cell))


def _tags(cell: Mapping[str, object]) -> list[object]:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return tags if isinstance(tags, list) else []


def _language(document: Mapping[str, object]) -> str:
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return "python"
    for section, key in (("kernelspec", "language"), ("language_info", "name")):
        found = metadata.get(section)
        name = found.get(key) if isinstance(found, dict) else None
        if isinstance(name, str) and name:
            return "python" if name.lower().startswith(("python", "ipython")) else name.lower()
    return "python"


def _blank(line: str) -> str:
    """A statement that does nothing, of equal length, so that blocks stay whole."""
    body = line.rstrip("\r\n")
    indent = body[: len(body) - len(body.lstrip())]
    return f"{indent}0".ljust(len(body)) + line[len(body) :] if body.strip() else line

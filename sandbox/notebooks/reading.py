"""From the bytes of an .ipynb file to a notebook that can be relied upon."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sandbox.errors import EntryError
from sandbox.notebooks.parsing import parse_object

if TYPE_CHECKING:
    from nbformat import NotebookNode

CELL_TYPES = frozenset({"code", "markdown", "raw"})

_PYTHON = re.compile(r"(i?python|python *[23](\.\d+)*)\s*(\(.*\))?", re.IGNORECASE)
_FOREIGN_KERNELS = re.compile(
    r"(ir|bash|scala|almond|julia.*|javascript|deno|ruby|octave|matlab|sos|sagemath|spark)\d*",
    re.IGNORECASE,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONFLICT = re.compile(r"^<<<<<<< .*^=======$.*^>>>>>>> ", re.MULTILINE | re.DOTALL)


def read_notebook(raw: bytes, *, path: str) -> NotebookNode:
    """A notebook of the current format, in which every cell has what its type requires.

    Committed outputs are kept; `prepare` takes them away. What was guessed or repaired on the way
    is told by `notebook_notes`.

    Args:
        path: only to be named in errors; never opened.

    Raises:
        EntryError: not a notebook, or one of another language than Python.
    """
    return _assemble(*_read(raw, path))


def check_notebook(raw: bytes, *, path: str) -> None:
    """Raises what `read_notebook` does; nbformat, which takes long to import, is not needed."""
    _read(raw, path)


def _read(raw: bytes, path: str) -> tuple[dict[str, Any], list[dict[str, Any]], list[str]]:
    """Metadata, cells, and what was guessed or repaired."""
    content: dict[str, Any] = parse_object(raw, path=path)
    notes: list[str] = []
    content = _of_format_4(content, path, notes)
    notes += refuse_other_languages(content["metadata"], path)
    cells = [_cell(cell, notes) for cell in content["cells"]]
    _refuse_conflicts(cells, path)
    return content["metadata"], cells, notes


def notebook_notes(notebook: NotebookNode) -> tuple[str, ...]:
    """What `read_notebook` guessed or repaired, one line each."""
    return tuple(notebook.metadata.get("sandbox", {}).get("notes", ()))


def _unusable(path: str, why: str) -> EntryError:
    return EntryError(
        f"{path} is not a notebook that can be run: {why}",
        hint="open it in Jupyter and save it again, or take another entry",
        path=path,
    )


# ---------------------------------------------------------------- format


def _of_format_4(content: dict[str, Any], path: str, notes: list[str]) -> dict[str, Any]:
    version = content.get("nbformat", 4 if "cells" in content else None)
    if not isinstance(version, int):
        raise _unusable(path, "it has neither cells nor a format number")
    if version < 4:
        content = _upgraded(content, path)
        notes.append(f"notebook format {version} upgraded to 4: such notebooks are often Python 2")
    elif version > 4:
        raise _unusable(path, f"its format {version} is newer than 4")
    if not isinstance(content.get("cells"), list):
        raise _unusable(path, "its cells are not a list")
    if not isinstance(content.get("metadata"), dict):
        content = {**content, "metadata": {}}
    return content


def _upgraded(content: dict[str, Any], path: str) -> dict[str, Any]:
    import nbformat

    if "worksheets" not in content:
        raise _unusable(path, f"it calls itself format {content['nbformat']} and has no worksheets")
    try:
        content.setdefault("metadata", {})
        old = nbformat.from_dict(content)  # type: ignore[no-untyped-call]
        return dict(nbformat.convert(old, 4))  # type: ignore[no-untyped-call]
    except Exception as error:
        # The upgrade walks foreign data without checking it: anything may come out.
        raise _unusable(path, f"it cannot be upgraded to format 4 ({error!r:.80})") from error


# ---------------------------------------------------------------- language


def refuse_other_languages(metadata: dict[str, Any], path: str) -> list[str]:
    """Notes on the kernel that the notebook asks for.

    Raises:
        EntryError: it is not one of Python.
    """
    kernel = _text(_dict(metadata, "kernelspec").get("name"))
    language = _language(metadata)
    foreign = not _PYTHON.fullmatch(language) if language else _FOREIGN_KERNELS.fullmatch(kernel)
    if foreign:
        named = f"{shown(kernel or language)} ({shown(language)})" if language else shown(kernel)
        raise EntryError(
            f"{path} needs kernel {named}, and only Python notebooks can be run",
            hint="take another entry; list them with: sandbox scan",
            path=path,
        )
    if kernel.startswith("python2") or language in {"python2", "python 2"}:
        return ["written for Python 2; it runs in the environment's Python 3"]
    if kernel not in {"", "python3"}:
        return [f"kernel {shown(kernel)!r} replaced by the environment's Python"]
    return []


def _language(metadata: dict[str, Any]) -> str:
    candidates = (
        _dict(metadata, "language_info").get("name"),
        _dict(metadata, "kernelspec").get("language"),
        metadata.get("language"),  # format 3
    )
    return next((_text(name).lower() for name in candidates if _text(name)), "")


def _dict(content: dict[str, Any], key: str) -> dict[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def shown(name: str) -> str:
    """A foreign name, short and printable enough for a message."""
    return "".join(char if char.isprintable() else "?" for char in name[:40])


# ---------------------------------------------------------------- cells


def _cell(cell: object, notes: list[str]) -> dict[str, Any]:
    """The cell with the keys of its type and no other; what cannot be used is left out."""
    given = cell if isinstance(cell, dict) else {}
    kind = given.get("cell_type")
    if kind not in CELL_TYPES:
        notes.append(f"a cell of unknown type {shown(str(kind))!r} is kept as text")
        kind = "raw"
    made = {
        "cell_type": kind,
        "source": _source(given.get("source", ""), notes),
        "metadata": _metadata(given),
        "id": given.get("id"),
    }
    if kind == "code":
        made |= {"outputs": _outputs(given.get("outputs")), "execution_count": None}
    elif isinstance(given.get("attachments"), dict):
        files = given["attachments"].items()
        made["attachments"] = {name: file for name, file in files if isinstance(file, dict)}
    return made


def _metadata(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = dict(_dict(cell, "metadata"))
    tags = metadata.get("tags", [])
    listed = tags if isinstance(tags, list) else []
    return metadata | {"tags": [tag for tag in listed if isinstance(tag, str)]}


def _source(source: object, notes: list[str]) -> str:
    lines: Iterable[object] = source if isinstance(source, list) else [source]
    text = "".join(line for line in lines if isinstance(line, str))
    if _SURROGATE.search(text):
        notes.append("half a character (a lone surrogate) was replaced in a cell")
        return _SURROGATE.sub("\ufffd", text)
    return text


def _outputs(outputs: object) -> list[dict[str, Any]]:
    listed = outputs if isinstance(outputs, list) else []
    return [output for output in listed if isinstance(output, dict) and _is_output(output)]


def _is_output(output: dict[str, Any]) -> bool:
    kind = output.get("output_type")
    if kind in {"display_data", "execute_result"}:
        output.setdefault("metadata", {})
        return isinstance(output.get("data"), dict) and isinstance(output["metadata"], dict)
    if kind == "stream":
        return isinstance(output.get("name"), str) and _is_text(output.get("text"))
    return kind == "error"


def _is_text(text: object) -> bool:
    lines = text if isinstance(text, list) else [text]
    return all(isinstance(line, str) for line in lines)


def _refuse_conflicts(cells: list[dict[str, Any]], path: str) -> None:
    for number, cell in enumerate(cells, start=1):
        if cell["cell_type"] == "code" and _CONFLICT.search(cell["source"]):
            raise _unusable(path, f"cell {number} holds an unresolved merge conflict")


def _assemble(
    metadata: dict[str, Any], cells: list[dict[str, Any]], notes: list[str]
) -> NotebookNode:
    from nbformat.v4.nbjson import to_notebook

    _identify(cells, notes)
    if notes:
        metadata = {**metadata, "sandbox": {"notes": sorted(set(notes))}}
    else:
        metadata = {key: value for key, value in metadata.items() if key != "sandbox"}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    notebook: NotebookNode = to_notebook(content)  # type: ignore[no-untyped-call]
    return notebook


def _identify(cells: list[dict[str, Any]], notes: list[str]) -> None:
    """Ids by position where the file has none, so that equal files give equal notebooks."""
    taken: set[str] = set()
    for index, cell in enumerate(cells):
        given = _text(cell["id"])
        if given in taken:
            notes.append(f"two cells had the id {shown(given)!r}; the later one was renamed")
        usable = re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", given) and given not in taken
        cell["id"] = given if usable else _free(f"cell-{index}", taken)
        taken.add(cell["id"])


def _free(name: str, taken: set[str]) -> str:
    return name if name not in taken else _free(f"{name}-x", taken)

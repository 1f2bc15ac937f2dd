"""What a notebook put out, as plain text that is safe to print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from nbformat import NotebookNode

# papermill's own cells: they stand in no notebook that a user or a repository wrote.
OWN_TAGS = frozenset({"injected-parameters", "papermill-error-cell-tag"})

_STRINGS = r"\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # titles, links, device strings
_CONTROL_SEQUENCE = r"\x1b\[[0-?]*[ -/]*[@-~]"
_ESCAPES = re.compile(rf"{_CONTROL_SEQUENCE}|{_STRINGS}|\x1b[ -/]*[0-~]?")
_NOT_A_COLOUR = re.compile(
    rf"(?!\x1b\[[0-9;]*m)(?:{_CONTROL_SEQUENCE}|{_STRINGS}|\x1b(?!\[)[ -/]*[0-~]?|\x1b(?=\[))"
)
_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
# Half characters, NUL, and the marks that turn the reading direction of what follows.
_UNSHOWABLE = re.compile("[\x00\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_REWRITES = re.compile(r"\r|\x08+")


class CellOutputs(NamedTuple):
    """One code cell and what it put out; `cell` counts from 0 as in the notebook given."""

    cell: int
    source: str
    outputs: list[NotebookNode]


def cell_outputs(notebook: NotebookNode) -> Iterator[CellOutputs]:
    """Every code cell in order; cells that papermill added are neither given nor counted."""
    for index, cell in zip(cell_numbers(notebook), notebook.cells, strict=True):
        if cell.cell_type == "code" and not is_own(cell):
            yield CellOutputs(index, cell.source, list(cell.get("outputs", [])))


def cell_with_count(notebook: NotebookNode, count: int) -> int | None:
    """Index of the cell that was the so-manyth to run; None = it is papermill's, or there is none.

    Indices are those before papermill added cells.
    """
    for index, cell in zip(cell_numbers(notebook), notebook.cells, strict=True):
        if cell.get("execution_count") == count and not is_own(cell):
            return index
    return None


def cell_numbers(notebook: NotebookNode) -> list[int]:
    """For every cell its index in the notebook before papermill added cells.

    An added cell has the index of the one before it.
    """
    numbers: list[int] = []
    count = 0
    for cell in notebook.cells:
        count += not is_own(cell)
        numbers.append(max(count - 1, 0))
    return numbers


def is_own(cell: Any) -> bool:
    """Whether papermill added the cell."""
    return bool(OWN_TAGS.intersection(cell.metadata.get("tags", ())))


def log_text(notebook: NotebookNode) -> str:
    """All output as plain text, with a line before each cell's.

    What a progress bar wrote over itself stands on lines of its own: nothing is lost.
    """
    parts = []
    for index, _, outputs in cell_outputs(notebook):
        text = "".join(_closed(plain_text(output_text(output))) for output in outputs)
        if text:
            parts.append(f"--- cell {index + 1} ---\n{text}")
    return "\n".join(parts)


def _closed(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"


def output_text(output: Any) -> str:
    """The text of one output; for data without a text its types in angle brackets."""
    if output.output_type == "stream":
        return joined(output.get("text", ""))
    if output.output_type == "error":
        return error_text(output)
    data = output.get("data", {})
    if "text/plain" in data:
        return joined(data["text/plain"])
    return f"<{', '.join(sorted(data))}>"


def error_text(output: Any) -> str:
    """The traceback, colours kept; name and value where there is none."""
    lines = output.get("traceback")
    if isinstance(lines, list) and lines:
        return "\n".join(str(line) for line in lines)
    return f"{output.get('ename', '')}: {output.get('evalue', '')}"


def joined(text: object) -> str:
    """Text as nbformat has it on disk (lines) or in memory (one string)."""
    return "".join(map(str, text)) if isinstance(text, list) else str(text)


def plain_text(text: str) -> str:
    """Text without colours, cursor movements and controls; each rewrite on a new line."""
    text = _REWRITES.sub("\n", _ESCAPES.sub("", text.replace("\r\n", "\n")))
    return _printable(text)


def coloured_text(text: str) -> str:
    """Text that keeps its colours and loses every other escape; each line in its last state."""
    text = re.sub(r"\r+\n", "\n", _NOT_A_COLOUR.sub("", text))
    text = "\n".join(_last_state(line) for line in text.split("\n"))
    return _printable(text)


def shown_text(text: str) -> str:
    """As `coloured_text`, without the colours."""
    return coloured_text(text).replace("\x1b", "")


def _last_state(line: str) -> str:
    """What a terminal shows of a line that was written over, near enough for a page."""
    shown = line.rstrip("\r").rsplit("\r", 1)[-1]
    return re.sub(r"\x08+", " ", shown)


def _printable(text: str) -> str:
    return _UNSHOWABLE.sub("\ufffd", _CONTROLS.sub("", text))

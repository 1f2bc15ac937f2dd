"""Writes a notebook often and whole: beside its place, then renamed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.errors import StoreError

if TYPE_CHECKING:
    from nbformat import NotebookNode

_LINED_MIME_TYPES = frozenset({"application/javascript", "image/svg+xml"})


def save_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write the notebook as nbformat writes it; a reader sees the old file or the new one."""
    NotebookFile(path).write(notebook)


class NotebookFile:
    """A notebook on disk that is written again after every change.

    The text is the one that `nbformat.writes` gives, without validating and copying the whole
    notebook each time, which would cost more than a short variant's own work.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._texts: list[str] = []

    def write(self, notebook: NotebookNode, *, changed: Collection[int] | None = None) -> None:
        """Write it.

        Args:
            changed: indices of the cells that changed since the last time; None = any may have.

        Raises:
            StoreError: the disk is full, or the folder is not there or not writable.
        """
        if changed is None or len(self._texts) != len(notebook.cells):
            self._texts = [_cell_text(cell) for cell in notebook.cells]
        else:
            for index in changed:
                self._texts[index] = _cell_text(notebook.cells[index])
        raw = self._text(notebook).encode(errors="replace")
        try:
            self._part.write_bytes(raw)
            self._part.replace(self._path)
        except OSError as error:
            raise StoreError(
                f"cannot write {self._path.name} ({len(raw)} bytes): {error.strerror}",
                hint="make room on the disk, or set another folder: SANDBOX_HOME",
            ) from error

    def _text(self, notebook: NotebookNode) -> str:
        rest = {key: value for key, value in notebook.items() if key != "cells"}
        dropped = {"orig_nbformat", "orig_nbformat_minor", "signature"}
        rest["metadata"] = {k: v for k, v in notebook.metadata.items() if k not in dropped}
        cells = ",\n  ".join(self._texts)
        cells = f"[\n  {cells}\n ]" if cells else "[]"
        return f'{{\n "cells": {cells},\n{_dumped(rest)[2:]}'


def _cell_text(cell: Any) -> str:
    # No raw line end stands within a JSON string, so indenting the lines is safe.
    return _dumped(_on_disk(cell)).replace("\n", "\n  ")


def _dumped(value: object) -> str:
    options = {"ensure_ascii": False, "indent": 1, "sort_keys": True, "separators": (",", ": ")}
    try:
        return json.dumps(value, allow_nan=False, **options)  # type: ignore[arg-type]
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False, **options)  # type: ignore[arg-type]


def _finite(value: Any) -> Any:
    """The value with NaN and infinities as text: with them the file would be no JSON."""
    if isinstance(value, float) and not float("-inf") < value < float("inf"):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _on_disk(cell: Any) -> dict[str, Any]:
    """The cell with long texts as lists of lines, kind to whoever compares two versions."""
    made = dict(cell)
    made["source"] = cell.source.splitlines(keepends=True)
    made["metadata"] = {key: value for key, value in cell.metadata.items() if key != "trusted"}
    if "attachments" in cell:
        made["attachments"] = {k: _lined_bundle(v) for k, v in cell.attachments.items()}
    if cell.cell_type == "code":
        made["outputs"] = [_output_on_disk(output) for output in cell.outputs]
    return made


def _output_on_disk(output: Any) -> dict[str, Any]:
    made = dict(output)
    if output.output_type == "stream":
        made["text"] = _lined(output["text"])
    elif output.output_type in {"display_data", "execute_result"}:
        made["data"] = _lined_bundle(output["data"])
    return made


def _lined_bundle(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        kind: _lined(value) if kind.startswith("text/") or kind in _LINED_MIME_TYPES else value
        for kind, value in data.items()
    }


def _lined(text: Any) -> Any:
    return text.splitlines(keepends=True) if isinstance(text, str) else text

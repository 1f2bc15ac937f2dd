"""papermill's manager of a running notebook, saving to one fixed file.

Imports papermill, so it is imported by functions only.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from papermill.engines import NotebookExecutionManager

from sandbox.notebooks.saving import NotebookFile

SAVED_EVERY_S = 1.0


class FileManager(NotebookExecutionManager):  # type: ignore[misc]
    """As papermill's, but for where, how and how often it saves.

    A cell that starts or ends is saved when the last save is a while ago: replacing a file costs
    up to 2 ms (ext4 flushes it then), and making its text as much, where a cell takes less.
    papermill changes the process's working directory for each save and formats the file's name,
    which several runs in one process, and names with braces, do not survive.
    """

    last_save_time: datetime

    def __init__(self, notebook: Any, path: Path, *, autosave_s: float) -> None:
        self._file = NotebookFile(path)
        self._changed: set[int] | None = None
        self._is_complete = False
        super().__init__(notebook, progress_bar=False, autosave_cell_every=autosave_s)

    def mark(self, index: int) -> None:
        """The cell at this index changed since the last save."""
        if self._changed is not None:
            self._changed.add(index)

    def save(self, **_kwargs: object) -> None:
        waited_s = (self.now() - self.last_save_time).total_seconds()
        if waited_s < SAVED_EVERY_S and not self._is_complete:
            return
        self._file.write(self.nb, changed=self._changed)
        self._changed = set()
        self.last_save_time = self.now()

    def cell_start(self, cell: Any, cell_index: int = 0, **kwargs: object) -> None:
        self.mark(cell_index)
        super().cell_start(cell, cell_index, **kwargs)

    def cell_complete(self, cell: Any, cell_index: int = 0, **_kwargs: object) -> None:
        """As papermill's, which has the time it wrote itself read by a parser of all formats."""
        told, ended_at = cell.metadata.papermill, self.now()
        told["end_time"] = ended_at.isoformat()
        if started := told.get("start_time"):
            told["duration"] = (ended_at - datetime.fromisoformat(started)).total_seconds()
        if told["status"] != self.FAILED:
            told["status"] = self.COMPLETED
        self.mark(cell_index)
        self.save()

    def notebook_complete(self, **kwargs: object) -> None:
        self._changed = None
        self._is_complete = True
        super().notebook_complete(**kwargs)

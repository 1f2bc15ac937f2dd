"""papermill's manager of a running notebook, saving to one fixed file.

Imports papermill, so it is imported by functions only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from papermill.engines import NotebookExecutionManager

from sandbox.notebooks.saving import NotebookFile

START_SAVED_EVERY_S = 1.0


class FileManager(NotebookExecutionManager):  # type: ignore[misc]
    """As papermill's, but for where and how it saves.

    papermill changes the process's working directory for each save and formats the file's name,
    which several runs in one process, and names with braces, do not survive.
    """

    def __init__(self, notebook: Any, path: Path, *, autosave_s: float) -> None:
        self._file = NotebookFile(path)
        self._changed: set[int] | None = None
        self._is_quiet = False
        super().__init__(notebook, progress_bar=False, autosave_cell_every=autosave_s)

    def mark(self, index: int) -> None:
        """The cell at this index changed since the last save."""
        if self._changed is not None:
            self._changed.add(index)

    def save(self, **_kwargs: object) -> None:
        if self._is_quiet:
            return
        self._file.write(self.nb, changed=self._changed)
        self._changed = set()
        self.last_save_time = self.now()

    def cell_start(self, cell: Any, cell_index: int = 0, **kwargs: object) -> None:
        """As papermill's; saved when the last save is a while ago.

        A start brings no output, and replacing a file costs up to 2 ms (ext4 flushes it then).
        """
        self.mark(cell_index)
        self._is_quiet = (self.now() - self.last_save_time).total_seconds() < START_SAVED_EVERY_S
        super().cell_start(cell, cell_index, **kwargs)
        self._is_quiet = False

    def cell_complete(self, cell: Any, cell_index: int = 0, **kwargs: object) -> None:
        self.mark(cell_index)
        super().cell_complete(cell, cell_index, **kwargs)

    def notebook_complete(self, **kwargs: object) -> None:
        self._changed = None
        super().notebook_complete(**kwargs)

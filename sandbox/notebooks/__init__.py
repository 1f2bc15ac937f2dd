"""Notebooks: read, prepared, executed through papermill, shown; never decides where code runs.

Cells run in whatever `Execution` is handed in; what they put out is a stranger's data throughout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.notebooks.changing import with_texts
    from sandbox.notebooks.courses import Course, Grove, course_of, plant, run_sources
    from sandbox.notebooks.differing import CellDifference, compare_notebooks
    from sandbox.notebooks.executing import CellError, Executed, execute, get_ready
    from sandbox.notebooks.html import cell_html, to_html
    from sandbox.notebooks.images import image_of, images_of
    from sandbox.notebooks.opening import ExecutionRequest
    from sandbox.notebooks.preparing import prepare
    from sandbox.notebooks.reading import check_notebook, notebook_notes, read_notebook
    from sandbox.notebooks.results import add_results
    from sandbox.notebooks.saving import save_notebook
    from sandbox.notebooks.scripts import script_notebook, working_directory
    from sandbox.notebooks.text import CellOutputs, cell_outputs, cell_with_count, log_text
    from sandbox.notebooks.trunk import SharingExecution, Trunk, alone

__all__ = [
    "CellDifference",
    "CellError",
    "CellOutputs",
    "Course",
    "Executed",
    "ExecutionRequest",
    "Grove",
    "SharingExecution",
    "Trunk",
    "add_results",
    "alone",
    "cell_html",
    "cell_outputs",
    "cell_with_count",
    "check_notebook",
    "compare_notebooks",
    "course_of",
    "execute",
    "get_ready",
    "image_of",
    "images_of",
    "log_text",
    "notebook_notes",
    "plant",
    "prepare",
    "read_notebook",
    "run_sources",
    "save_notebook",
    "script_notebook",
    "to_html",
    "with_texts",
    "working_directory",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.notebooks.changing": "with_texts",
        "sandbox.notebooks.courses": "Course Grove course_of plant run_sources",
        "sandbox.notebooks.differing": "CellDifference compare_notebooks",
        "sandbox.notebooks.executing": "CellError Executed execute get_ready",
        "sandbox.notebooks.html": "cell_html to_html",
        "sandbox.notebooks.images": "image_of images_of",
        "sandbox.notebooks.opening": "ExecutionRequest",
        "sandbox.notebooks.preparing": "prepare",
        "sandbox.notebooks.reading": "check_notebook notebook_notes read_notebook",
        "sandbox.notebooks.results": "add_results",
        "sandbox.notebooks.saving": "save_notebook",
        "sandbox.notebooks.scripts": "script_notebook working_directory",
        "sandbox.notebooks.text": "CellOutputs cell_outputs cell_with_count log_text",
        "sandbox.notebooks.trunk": "SharingExecution Trunk alone",
    },
)

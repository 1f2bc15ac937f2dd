"""What a notebook has to be before papermill gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}

# What an earlier execution left behind, to be read as ours if this one fails.
_OF_A_RUN = ("papermill", "widgets", "signature", "orig_nbformat", "orig_nbformat_minor")
_CELL_OF_A_RUN = ("papermill", "execution", "ExecuteTime")


def prepare(notebook: NotebookNode) -> NotebookNode:
    """A copy without anything that an earlier run left, for the environment's own Python.

    Committed outputs go first of all: where a cell fails, the author's result would else be read
    as this run's. Whatever the kernel was called, it becomes the plain `python3` that papermill
    does not have to look for.
    """
    import copy

    from nbformat import from_dict

    made = copy.deepcopy(notebook)
    metadata = {key: value for key, value in made.metadata.items() if key not in _OF_A_RUN}
    metadata |= {"kernelspec": dict(KERNELSPEC), "language_info": dict(LANGUAGE_INFO)}
    made.metadata = from_dict(metadata)  # type: ignore[no-untyped-call]
    for index, cell in enumerate(made.cells):
        _clear(cell, index)
    made.nbformat, made.nbformat_minor = 4, 5
    return made


def _clear(cell: Any, index: int) -> None:
    cell.setdefault("id", f"cell-{index}")
    cell.metadata.setdefault("tags", [])
    for key in _CELL_OF_A_RUN:
        cell.metadata.pop(key, None)
    if cell.cell_type == "code":
        cell.outputs = []
        cell.execution_count = None

"""papermill with its own engine and a real kernel, to be run in a process of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import nbformat
import papermill
from traitlets.config import Config

Ending = tuple[int, int | None, str, str]


def run_notebook(
    notebook: Any, folder: Path, parameters: dict[str, Any] | None, **options: Any
) -> tuple[Any, Ending | None]:
    """The notebook as papermill wrote it, and the error that it raised at the end.

    A kernel's client leaves event loops open in its thread, which is why not even the tests of
    papermill itself run it where warnings are errors.
    """
    source, target = folder / "in.ipynb", folder / "out.ipynb"
    nbformat.write(notebook, source)
    ending = None
    with tempfile.TemporaryDirectory() as sockets:
        if "engine_name" not in options:
            options["config"] = talk_by_files(sockets)
        try:
            papermill.execute_notebook(source, target, parameters, progress_bar=False, **options)
        except papermill.PapermillExecutionError as error:
            ending = (error.cell_index, error.exec_count, error.ename, error.evalue)
    return nbformat.read(target, as_version=4), ending


def talk_by_files(folder: str) -> Config:
    """Has a kernel talk through sockets in a folder of its own.

    A port is chosen by the client, let go, and bound by the kernel later: of several kernels that
    start at once, one now and then finds its port taken, and dies.
    """
    return Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}})

"""Where an Execution comes from when papermill's own command line asks for this engine.

This room opens none: whoever can, registers a function in the entry point group below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from sandbox.errors import EngineError
from sandbox.interfaces import Execution

GROUP = "sandbox.executions"


@dataclass(frozen=True)
class ExecutionRequest:
    """What papermill was called with, as far as it tells where to run.

    Attributes:
        notebook: path of the notebook as typed; None when it came through a pipe.
        folder: working directory that was asked for, absolute.
        start_timeout_s: how long opening may take.
    """

    notebook: str | None
    folder: str
    start_timeout_s: float = 60.0


OpenExecution = Callable[[ExecutionRequest], AbstractContextManager[Execution]]


def open_default_execution(
    request: ExecutionRequest, *, registered: Iterable[EntryPoint] | None = None
) -> AbstractContextManager[Execution]:
    """An Execution for the notebook; leaving the context closes all that was opened for it.

    Args:
        registered: where to look; None = what is installed.

    Raises:
        EngineError: nothing is registered that could open one.
    """
    for point in entry_points(group=GROUP) if registered is None else registered:
        opener: OpenExecution = point.load()
        return opener(request)
    raise EngineError(
        "nothing here can open a session for papermill's command line",
        hint="run it with: sandbox run FOLDER NOTEBOOK -p name=value",
    )

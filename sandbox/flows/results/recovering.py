"""Takes up what commands that were killed left behind: their finished runs are recorded, once."""

from __future__ import annotations

import shutil

from sandbox import checkouts, recorders
from sandbox.domain import Workspace
from sandbox.errors import StoreError
from sandbox.flows.context import Context
from sandbox.flows.results.concluding import concluding
from sandbox.flows.results.noting import tell_notes
from sandbox.flows.results.recording import open_recorder

LOOKED_AT = 50
"""How many of a workspace's sweeps are looked at, the newest first."""


def record_left_behind(context: Context, workspace: Workspace) -> tuple[str, ...]:
    """Records what is in the workspace's journals and not in the store; a line for each sweep.

    Sweeps that another process is answering right now are left alone.
    """
    sweeps = context.home.workspace(workspace.name).sweeps
    folders = sorted(sweeps.glob("*/"), reverse=True)[:LOOKED_AT]
    lines = tuple(line for one in folders for line in _take_up(context, workspace, one.name))
    tell_notes(context, workspace)
    return lines


def _take_up(context: Context, workspace: Workspace, sweep_id: str) -> tuple[str, ...]:
    paths = context.home.workspace(workspace.name).sweep(sweep_id)
    if recorders.is_settled(paths.journal):
        return ()
    contents = recorders.load(paths.journal)
    missing = len(contents.runs) - len(contents.recorded)
    if contents.sweep is None or (contents.concluded is not None and not missing):
        return ()
    try:
        with recorders.Journal(paths.journal) as journal:
            recorder = open_recorder(context, workspace.name)
            told = concluding(context, workspace.name)
            recorders.record_pending(journal, recorder, end="cancelled", conclude=told)
            # Recorded runs have their files in the store now; the others never came to an end.
            shutil.rmtree(paths.runs, ignore_errors=True)
    except StoreError as error:
        return (f"sweep {sweep_id} is left as it is: {error.message}",)
    notes = (f"sweep {sweep_id}: {note}" for note in contents.notes)
    if contents.ended and not missing:
        return ()
    if contents.ended:
        lacked = _are(missing, "run that the store lacked", "runs that the store lacked")
        return (f"sweep {sweep_id}: {lacked} recorded", *notes)
    finished = _are(len(contents.runs), "finished run", "finished runs")
    return (f"sweep {sweep_id} was interrupted: {finished} recorded", *notes)


def _are(count: int, one: str, many: str) -> str:
    return f"1 {one} is" if count == 1 else f"{count} {many} are"


def record_everywhere(context: Context) -> tuple[str, ...]:
    """The same for all workspaces."""
    found = checkouts.list_workspaces(context.home, on_damaged=lambda _error: None)
    return tuple(line for one in found for line in record_left_behind(context, one))

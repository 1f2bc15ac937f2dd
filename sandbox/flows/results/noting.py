"""Notes of runs: kept in the workspace at once, told to the tracking store then or later."""

from __future__ import annotations

from sandbox import recorders
from sandbox.domain import Note, Workspace
from sandbox.errors import InputError, StoreError
from sandbox.flows.context import Context
from sandbox.flows.results import retrieving
from sandbox.flows.results.recording import tracking_uri
from sandbox.flows.results.retrieving import Found, find_run
from sandbox.foreign import without_userinfo

LONGEST = 4000
"""Characters of a note."""


def add_note(context: Context, words: str, text: str) -> tuple[Found, Note, str | None]:
    """A thought about a run, named as for `find_run`; why MLflow has not got it yet, if so.

    Raises:
        InputError: no such run, or nothing was said.
    """
    told = text.strip()
    if not told:
        raise InputError("an empty note", hint='say something: sandbox note RUN "…"')
    if len(told) > LONGEST:
        raise InputError(
            f"a note of {len(told)} characters", hint=f"{LONGEST} are kept; say it in fewer"
        )
    found = find_run(context, words)
    note = retrieving.keep_note(context, found, told)
    return found, note, tell_notes(context, found.workspace)


def notes_of(context: Context, found: Found) -> tuple[Note, ...]:
    """All notes of a run, in time."""
    notes = recorders.load_notes(context.home.workspace(found.workspace.name).notes)
    return notes.of_sweep(found.sweep.id).get(found.run.key, ())


def tell_notes(context: Context, workspace: Workspace) -> str | None:
    """Brings the tracking store up to date; why that cannot be now, where it cannot.

    A sweep that goes on tells the notes of its runs when it ends.
    """
    path = context.home.workspace(workspace.name).notes
    if not recorders.has_pending(path):
        return None
    notes = recorders.load_notes(path)
    problems = [
        problem
        for sweep_id in dict.fromkeys(note.sweep for note in notes.pending)
        if (problem := _tell(context, workspace, sweep_id, notes))
    ]
    if not problems:
        recorders.notes_told(path, len(notes.all))
    return next(iter(problems), None)


def _tell(
    context: Context, workspace: Workspace, sweep_id: str, notes: recorders.Notes
) -> str | None:
    path = context.home.workspace(workspace.name).sweep(sweep_id).journal
    contents = recorders.load(path)
    if contents.sweep is None or contents.ended is None:
        return f"sweep {sweep_id} has not ended yet"
    wanted = notes.of_sweep(sweep_id)
    if wanted.keys() - contents.recorded.keys():
        return f"sweep {sweep_id} is not recorded yet"
    try:
        with recorders.Journal(path):
            there = recorders.tell_notes(
                tracking_uri(context),
                wanted,
                experiment=workspace.name,
                sweep_id=sweep_id,
                schema=context.home.schema,
            )
    except StoreError as error:
        return error.message
    if there is None:
        return f"nothing of {workspace.name} is in {without_userinfo(tracking_uri(context))}"
    for note in notes.pending:
        if note.sweep == sweep_id and note.run not in there:
            context.tell(f"{note.name} is not in MLflow any more: the note stays in the workspace")
    return None

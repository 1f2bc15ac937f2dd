"""Runs of former sweeps by name: what differs between two, and their code back in one's hands."""

from __future__ import annotations

import dataclasses
import difflib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import checkouts, github, notebooks, recorders
from sandbox.comparing import differing, pinned, text_difference
from sandbox.domain import Note, Run, Sweep, Workspace
from sandbox.errors import InputError, StoreError
from sandbox.flows.context import Context
from sandbox.foreign import listed

if TYPE_CHECKING:
    from sandbox.notebooks import CellDifference

BASELINE = "baseline"
_RUN_ID = re.compile(r"[0-9a-f]{6,32}")
_MOST_BYTES = 2**23


@dataclass(frozen=True)
class Found:
    """A run, and where it stands."""

    workspace: Workspace
    sweep: Sweep
    run: Run

    @property
    def name(self) -> str:
        """As it is named within its sweep."""
        return f"{self.run.name} #{self.run.repeat + 1}" if self.run.repeat else self.run.name


@dataclass(frozen=True)
class Difference:
    """What makes one run another one than a second, and what came of it.

    Attributes:
        facts: status, cause, entry and environment, where they are different.
        parameters, metrics: name → (of the left, of the right); None = it has none.
        packages: the same; None = not known: the tracking store is elsewhere, or has them no more.
        source: unified patch from left to right; None = the commits are not there any more.
        output: the same of what they printed; None = not known.
        notebook: every cell of the executed notebooks; None = not known.
    """

    left: Found
    right: Found
    facts: Mapping[str, tuple[str | None, str | None]]
    parameters: Mapping[str, tuple[str | None, str | None]]
    metrics: Mapping[str, tuple[float | None, float | None]]
    packages: Mapping[str, tuple[str | None, str | None]] | None
    source: str | None
    output: str | None
    notebook: tuple[CellDifference, ...] | None = None


def find_run(context: Context, words: str) -> Found:
    """A run by MLflow's id or a beginning of it, by its name in the latest sweep, or `SWEEP:NAME`.

    Args:
        words: `value=3`, `baseline`, `value=3 #2` (its second repeat), `20261127-…:value=3`,
            `makemore:value=3` (of that workspace's latest sweep).

    Raises:
        InputError: there is none, or several; near names are in the hint.
    """
    sweeps = list(_newest_first(context))
    head, colon, name = words.partition(":")
    if colon and (named := [one for one in sweeps if head in {one[1], one[0].name}]):
        return _by_name(context, named[0], name.strip())
    if _RUN_ID.fullmatch(words) and (found := _by_id(context, sweeps, words)):
        return found
    if not sweeps:
        raise InputError("there are no runs yet", hint="try: sandbox sweep TARGET …")
    return _by_name(context, sweeps[0], words)


def _newest_first(context: Context) -> Iterator[tuple[Workspace, str]]:
    """Every workspace's sweeps, as (workspace, sweep id)."""
    found = [
        (workspace, folder.name)
        for workspace in checkouts.list_workspaces(context.home)
        for folder in context.home.workspace(workspace.name).sweeps.glob("*/")
    ]
    yield from sorted(found, key=lambda one: one[1], reverse=True)


def _runs_of(context: Context, place: tuple[Workspace, str]) -> Iterator[Found]:
    workspace, sweep_id = place
    contents = recorders.load(context.home.workspace(workspace.name).sweep(sweep_id).journal)
    for run in contents.runs:
        if contents.sweep is not None:
            yield Found(workspace, contents.sweep, _identified(run, contents.recorded))


def _identified(run: Run, recorded: Mapping[str, str]) -> Run:
    return dataclasses.replace(run, run_id=recorded.get(run.key))


def _by_id(context: Context, sweeps: Iterable[tuple[Workspace, str]], start: str) -> Found | None:
    hits = [
        one
        for place in sweeps
        for one in _runs_of(context, place)
        if (one.run.run_id or "").startswith(start)
    ]
    if len(hits) > 1:
        raise InputError(f"{len(hits)} runs have an id that begins with {start}")
    return next(iter(hits), None)


def _by_name(context: Context, place: tuple[Workspace, str], name: str) -> Found:
    known = {one.name: one for one in _runs_of(context, place)}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    shown = f"near: {listed(near)}" if near else f"it has: {listed(list(known), 3) or 'none yet'}"
    raise InputError(
        f"no run called {name!r} in sweep {place[1]} of {place[0].name}",
        hint=f"{shown}; of another sweep: SWEEP:NAME",
    )


def compare_two(context: Context, words: str, other: str | None = None) -> Difference:
    """What the first run has other than the second.

    Args:
        other: None = the baseline of its own sweep.

    Raises:
        InputError: no such run, or runs of different workspaces.
    """
    right = find_run(context, words)
    left = find_run(context, other) if other else _baseline_of(context, right)
    if left.workspace.name != right.workspace.name:
        raise InputError(
            f"{left.name} is of {left.workspace.name}, {right.name} of {right.workspace.name}",
            hint="two runs of one workspace can be compared",
        )
    locks, logs = (
        [kept_file(context, one, name) for one in (left, right)] for name in ("lock.txt", "log.txt")
    )
    mask = github.masker(context.environ)  # runs of earlier versions have theirs in what is kept
    source = _source(left, right)
    return Difference(
        left,
        right,
        differing(*(_masked(_facts(one.run), mask) for one in (left, right))),
        differing(*(_masked(one.run.parameters, mask) for one in (left, right))),
        differing(left.run.metrics, right.run.metrics),
        None if None in locks else differing(*(pinned(lock or "") for lock in locks)),
        source and mask(source),
        None if None in logs else text_difference(*(mask(log or "") for log in logs)),
        _cells(context, left, right),
    )


def _masked(texts: Mapping[str, str], mask: Callable[[str], str]) -> dict[str, str]:
    return {name: mask(text) for name, text in texts.items()}


def _cells(context: Context, left: Found, right: Found) -> tuple[CellDifference, ...] | None:
    raw = [_kept_bytes(context, one, "notebook.ipynb") for one in (left, right)]
    if raw[0] is None or raw[1] is None:
        return None
    return notebooks.compare_notebooks(raw[0], raw[1], change=github.masker(context.environ))


def _baseline_of(context: Context, found: Found) -> Found:
    """With the same seeds where there is one."""
    known = {one.name: one for one in _runs_of(context, (found.workspace, found.sweep.id))}
    for name in (f"{BASELINE} #{found.run.repeat + 1}", BASELINE):
        if name in known and known[name].run.key != found.run.key:
            return known[name]
    if found.run.name.partition(" #")[0] == BASELINE:
        raise InputError(
            f"{found.name} is the baseline itself", hint="name a second run to compare with"
        )
    raise InputError(
        f"sweep {found.sweep.id} of {found.workspace.name} has no baseline",
        hint="name a second run to compare with",
    )


def baseline_or_none(context: Context, found: Found) -> Found | None:
    """The baseline of a run's own sweep; None = it has none."""
    try:
        return _baseline_of(context, found)
    except InputError:
        return None


def _facts(run: Run) -> dict[str, str]:
    facts = {"status": run.status, "cause": run.cause, "entry": run.entry}
    return {name: text for name, text in {**facts, "environment": run.environment}.items() if text}


def _source(left: Found, right: Found) -> str | None:
    try:
        trees = [checkouts.tree_of(one.workspace, one.run.commit) for one in (left, right)]
    except InputError:
        return None
    return checkouts.diff(right.workspace, *trees)


def check_out(context: Context, words: str, folder: Path | None = None) -> tuple[Found, Path]:
    """The run's code in a folder; None = one named for it, where the user is."""
    found = find_run(context, words)
    plain = re.sub(r"[^A-Za-z0-9._=-]+", "-", f"{found.workspace.name}-{found.name}")[:80]
    place = context.folder / (folder or plain.strip("-"))
    checkouts.add_worktree(found.workspace, found.run.commit, place)
    remember(context, found, "checked out", f"in {place}")
    return found, place


def apply_run(context: Context, words: str) -> tuple[Found, tuple[str, ...]]:
    """The run's changes in the workspace's own files; the paths that are other ones now.

    They are what it has other than its sweep's baseline, as the files were then.
    """
    found = find_run(context, words)
    tree = checkouts.tree_of(found.workspace, found.run.commit)
    try:
        baseline = _baseline_of(context, found)
        base = checkouts.tree_of(found.workspace, baseline.run.commit)
    except InputError as error:
        base = None
        context.tell(f"{error.message}: what was opened is taken for it")
    paths = checkouts.bring_in(found.workspace, tree, base)
    if paths:
        remember(context, found, "applied", listed(paths))
    return found, paths


def keep_note(context: Context, found: Found, text: str, *, kind: str = "note") -> Note:
    """Written down in the workspace; the tracking store is told later.

    Raises:
        StoreError: it cannot be written.
    """
    note = Note(found.sweep.id, found.run.key, found.name, text, time.time(), kind)
    recorders.add_note(context.home.workspace(found.workspace.name).notes, note)
    return note


def remember(context: Context, found: Found, kind: str, text: str) -> None:
    """What was done with a run, for the journal; it is done all the same where that fails."""
    try:
        keep_note(context, found, text, kind=kind)
    except StoreError as error:
        context.tell(f"the journal will not tell of it: {error.message}")


def kept_file(context: Context, found: Found, name: str) -> str | None:
    """A file of the run, as far as it is kept on this machine and is of a size to be compared."""
    data = _kept_bytes(context, found, name)
    return None if data is None else data.decode("utf-8", "replace")


def _kept_bytes(context: Context, found: Found, name: str) -> bytes | None:
    run = found.run
    places = [Path(run.artifacts[name])] if name in run.artifacts else []
    if run.run_id is not None:
        folder = recorders.artifact_folder(context.home.artifacts, found.workspace.name)
        places.append(folder / run.run_id / "artifacts" / name)
    for place in places:
        try:
            with place.open("rb") as stream:
                data = stream.read(_MOST_BYTES + 1)
        except OSError:
            continue
        return data if len(data) <= _MOST_BYTES else None
    return None

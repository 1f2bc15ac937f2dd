"""Runs of former sweeps by name: what differs between two, and their code back in one's hands."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sandbox import checkouts, recorders
from sandbox.domain import Run, Sweep, Workspace
from sandbox.errors import InputError
from sandbox.flows.context import Context

V = TypeVar("V")

BASELINE = "baseline"
_RUN_ID = re.compile(r"[0-9a-f]{6,32}")
_PINNED = re.compile(r"^([A-Za-z0-9][\w.\-]*)\s*==\s*([^\s;\\]+)", re.MULTILINE)
_MOST_LOG_BYTES = 2**20


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
        parameters, metrics, packages: name → (of the left, of the right); None = it has none.
        source: unified patch from left to right, empty where the code is the same.
        output: the same of what they printed; empty where it is the same or not kept.
    """

    left: Found
    right: Found
    parameters: Mapping[str, tuple[str | None, str | None]]
    metrics: Mapping[str, tuple[float | None, float | None]]
    packages: Mapping[str, tuple[str | None, str | None]]
    source: str
    output: str


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
    for place in sweeps:
        hits = [one for one in _runs_of(context, place) if (one.run.run_id or "").startswith(start)]
        if len(hits) > 1:
            raise InputError(f"{len(hits)} runs have an id that begins with {start}")
        if hits:
            return hits[0]
    return None


def _by_name(context: Context, place: tuple[Workspace, str], name: str) -> Found:
    known = {one.name: one for one in _runs_of(context, place)}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or list(known)[:3]
    shown = f"it has: {', '.join(near)}" if near else "it has none yet"
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
    left = find_run(context, other or f"{right.sweep.id}:{BASELINE}")
    if left.workspace.name != right.workspace.name:
        raise InputError(
            f"{left.name} is of {left.workspace.name}, {right.name} of {right.workspace.name}",
            hint="two runs of one workspace can be compared",
        )
    workspace = right.workspace
    trees = [checkouts.tree_of(workspace, one.run.commit) for one in (left, right)]
    packages = [_packages(_kept(context, one, "lock.txt")) for one in (left, right)]
    logs = [_kept(context, one, "log.txt") for one in (left, right)]
    return Difference(
        left,
        right,
        _differing(left.run.parameters, right.run.parameters),
        _differing(left.run.metrics, right.run.metrics),
        _differing(*packages) if all(packages) else {},
        checkouts.diff(workspace, *trees),
        _text_difference(*logs),
    )


def check_out(context: Context, words: str, folder: Path | None = None) -> tuple[Found, Path]:
    """The run's code in a folder; None = one named for it, where the user is."""
    found = find_run(context, words)
    plain = re.sub(r"[^A-Za-z0-9._=-]+", "-", f"{found.workspace.name}-{found.name}")[:80]
    place = context.folder / (folder or plain.strip("-"))
    checkouts.tree_of(found.workspace, found.run.commit)
    checkouts.add_worktree(found.workspace, found.run.commit, place)
    return found, place


def apply_run(context: Context, words: str) -> tuple[Found, tuple[str, ...]]:
    """The run's changes in the workspace's own files; the paths that are other ones now."""
    found = find_run(context, words)
    tree = checkouts.tree_of(found.workspace, found.run.commit)
    return found, checkouts.bring_in(found.workspace, tree)


def _differing(
    left: Mapping[str, V], right: Mapping[str, V]
) -> dict[str, tuple[V | None, V | None]]:
    names = [*left, *(name for name in right if name not in left)]
    pairs = {name: (left.get(name), right.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if not _same(*pair)}


def _same(one: object, other: object) -> bool:
    return one == other or (one != one and other != other)  # noqa: PLR0124 - NaN


def _kept(context: Context, found: Found, name: str) -> str:
    """A file of the run; empty where the tracking store is elsewhere or has it no more."""
    run = found.run
    places = [Path(run.artifacts[name])] if name in run.artifacts else []
    if run.run_id is not None:
        folder = context.home.artifacts / found.workspace.name / run.run_id / "artifacts"
        places.append(folder / name)
    for place in places:
        try:
            with place.open("rb") as stream:
                return stream.read(_MOST_LOG_BYTES).decode("utf-8", "replace")
        except OSError:
            continue
    return ""


def _packages(lock: str) -> dict[str, str]:
    return {name.lower(): version for name, version in _PINNED.findall(lock)}


def _text_difference(left: str, right: str) -> str:
    if not (left and right):
        return ""
    lines = difflib.unified_diff(
        left.splitlines(), right.splitlines(), "left", "right", n=1, lineterm=""
    )
    return "\n".join(lines)

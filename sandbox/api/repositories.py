"""Verbs over a repository: open it, build what it needs, say what can be tweaked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import checkouts, flows
from sandbox.errors import InputError
from sandbox.flows.context import Context

if TYPE_CHECKING:
    from sandbox.domain import Workspace
    from sandbox.flows.environments.building import Built
    from sandbox.flows.environments.exporting import Exported
    from sandbox.flows.environments.surveying import Survey
    from sandbox.flows.questions.scanning import Scan
    from sandbox.flows.repositories.opening import Opened


def open_workspace(
    context: Context, target: str, *, ref: str | None = None, name: str | None = None
) -> Opened:
    """Clones the target into a workspace, or finds the one it has."""
    return flows.opening.open_workspace(context, target, ref=ref, name=name)


def list_workspaces(context: Context) -> tuple[Workspace, ...]:
    """All workspaces by name; what is damaged is told and left out."""
    return checkouts.list_workspaces(
        context.home, on_damaged=lambda error: context.tell(f"passed over: {error.message}")
    )


def remove_workspace(context: Context, name: str) -> Workspace:
    """Removes clone, lock and journals; what MLflow recorded stays."""
    paths = context.home.workspace(name)
    workspace = checkouts.load_workspace(paths)
    checkouts.remove_workspace(paths)
    return workspace


def build(  # noqa: PLR0913 - the options of one command
    context: Context,
    target: str,
    entry: str | None = None,
    *,
    lock: Path | None = None,
    accelerator: str | None = None,
    follow: bool | None = None,
    added: Sequence[str] = (),
    refresh: bool = False,
) -> Survey:
    """Builds the environment of an entry; None = of the recipe's, or of all there are.

    Args:
        lock: a `lock.txt` of ours; it is built as it is, and used for this workspace from now on.
        accelerator: `cpu`, `cuda`, or `auto` = `cuda` where a GPU can be had; holds for the
            workspace from now on; None = what it was told last, else the settings'.
        follow: fetches packages that are named by a git repository's address; holds as that does.
        added: packages that are needed besides, `apt:NAME` for one of Debian's; hold as that does.
        refresh: asks again for what is known; a lock that was given and what was added before are
            forgotten.

    Raises:
        InputError: what is added is no package, or goes into a lock that is given.
    """
    locked = flows.exporting.load_lock(context, lock) if lock else None
    if locked and added:
        raise InputError("a lock is built as it is, without --with", hint="give one of them")
    flows.asking.packages_of(added)
    context.meet_engine()
    opened = flows.opening.open_workspace(context, target)
    source = flows.reading.source_tree(opened, checkouts.working_tree(opened.workspace))
    wanted = flows.building.Wanted(locked, accelerator, follow, tuple(added), refresh)
    named = entry or (opened.recipe.entry if opened.recipe else None)
    if named is None:
        entries = flows.reading.entries_of(source)
    else:
        entries = (
            flows.planning.choose_entry(
                source, flows.requests.Request(target, entry=named), opened.recipe
            ),
        )
    for line in context.engine.reap():
        context.tell(line)
    return flows.surveying.build_entries(context, opened, source, entries, wanted=wanted)


def check_export(context: Context, folder: Path) -> None:
    """Raises InputError where `export` would refuse the folder: before minutes of building."""
    flows.exporting.check_folder(context, folder)


def export(context: Context, built: Built, folder: Path) -> Exported:
    """Writes a folder that `docker build` accepts: Dockerfile, lock, wheels that no index has.

    Raises:
        InputError: there is something else in the folder.
    """
    return flows.exporting.export_environment(context, built, folder)


def scan(context: Context, target: str, entry: str | None = None) -> Scan:
    """Entries, and the tunables of one of them; installs and runs nothing."""
    return flows.scanning.scan(flows.opening.open_workspace(context, target), entry)

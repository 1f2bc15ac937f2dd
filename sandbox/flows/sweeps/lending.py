"""An Execution for a notebook that somebody else runs: papermill's own command line."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox import checkouts, notebooks
from sandbox.domain import Entry, EntryKind, Workspace, digest
from sandbox.flows.context import Context
from sandbox.flows.environments.building import Built, build_workspace
from sandbox.flows.environments.compiling import OwnModules
from sandbox.flows.repositories.opening import Opened
from sandbox.interfaces import Execution, Session, SessionSpec, Work
from sandbox.paths import WorkspacePaths


@contextmanager
def lend_execution(context: Context, request: notebooks.ExecutionRequest) -> Iterator[Execution]:
    """A Session in a copy of the folder that papermill works in, with what its notebook imports.

    The copy is gone afterwards; what was resolved for the folder is kept for the next time.
    """
    folder = Path(request.folder)
    known = context.home.cache / "lent" / f"{digest(str(folder))[:16]}.json"
    known.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=context.home.cache, prefix="lent-") as place:
        paths = WorkspacePaths(Path(place) / "folder")
        repo = checkouts.parse_target(str(folder), folder_base=folder)
        workspace = checkouts.clone(repo, paths, name="folder")
        if known.is_file():
            shutil.copyfile(known, paths.environment)
        tree = checkouts.base_tree(workspace)
        entry = _entry(request)
        source = checkouts.GitTree(workspace, tree)
        built = build_workspace(context, Opened(workspace, paths), source, [entry])
        shutil.copyfile(paths.environment, known)
        with _session(context, built) as session:
            yield session.begin(_work(workspace, tree, entry, built.own))


def _session(context: Context, built: Built) -> Session:
    build = built.build
    gpus = built.environment.accelerator == "cuda"
    spec = SessionSpec(build.base, build.python, limits=context.settings.limits, gpus=gpus)
    return context.engine.open_session(spec)


def _entry(request: notebooks.ExecutionRequest) -> Entry:
    """The notebook within the folder; one from elsewhere still runs, with what the folder needs."""
    path = os.path.relpath(Path(request.folder) / (request.notebook or ""), request.folder)
    return Entry(path, EntryKind.notebook, cwd=".")


def _work(workspace: Workspace, tree: str, entry: Entry, own: OwnModules) -> Work:
    return Work(
        tree=tree,
        open_tree=lambda: checkouts.open_tar(workspace, tree, beside=own.folders),
        kind=EntryKind.notebook,
        path=entry.path,
    )

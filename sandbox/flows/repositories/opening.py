"""From a target to a Workspace: found, or cloned and kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import checkouts, recipes
from sandbox.domain import Repo, Workspace
from sandbox.errors import SandboxError, TargetError
from sandbox.flows.context import Context
from sandbox.paths import WorkspacePaths

if TYPE_CHECKING:
    from sandbox.recipes import Recipe

LONGEST_NAME = 255
"""Bytes that a folder's name can have; whatever is longer names no workspace."""


@dataclass(frozen=True)
class Opened:
    """A Workspace, the recipe that named it where one did, and whether it is new."""

    workspace: Workspace
    paths: WorkspacePaths
    recipe: Recipe | None = None
    new: bool = False


def open_workspace(
    context: Context, target: str, *, ref: str | None = None, name: str | None = None
) -> Opened:
    """The workspace of a target; cloned first where there is none.

    A target is looked up as a workspace's name, then as a recipe's, then as a repository.

    Raises:
        TargetError: no such target, or the name belongs to another repository.
    """
    paths = _named(context, target)
    if paths is not None:
        return _known(context, paths, ref)
    repo, recipe, usual_name = _repository(context, target)
    wanted = ref or (recipe.commit if recipe else None) or checkouts.pasted_ref(target)
    return _open(context, repo, recipe, (name or usual_name, wanted))


def known_paths(context: Context, target: str, *, name: str | None = None) -> WorkspacePaths | None:
    """Where the workspace is that `open_workspace` would find; None = it would make one.

    Raises:
        TargetError: no such target.
    """
    paths = _named(context, target)
    if paths is None:
        paths = context.home.workspace(name or _repository(context, target)[2])
    return paths if paths.description.is_file() else None


def repository_of(context: Context, target: str) -> Repo:
    """What a target is a clone of, or would be; nothing is made.

    Raises:
        TargetError: no such target.
    """
    paths = _named(context, target)
    return checkouts.load_workspace(paths).repo if paths else _repository(context, target)[0]


def _named(context: Context, target: str) -> WorkspacePaths | None:
    paths = context.home.workspace(target) if _is_name(target) else None
    return paths if paths is not None and paths.description.is_file() else None


def _repository(context: Context, target: str) -> tuple[Repo, Recipe | None, str]:
    """With the recipe that names it, and what a workspace of it is called."""
    recipe = _recipe(context, target) if _is_name(target) else None
    repo = repo_of(context, recipe.repo if recipe else target)
    return repo, recipe, recipe.name if recipe else repo.name


def _recipe(context: Context, name: str) -> Recipe | None:
    return recipes.known_recipe(name, context.recipes)


def _is_name(target: str) -> bool:
    plain = "/" not in target and ":" not in target and not target.startswith(".")
    return plain and len(os.fsencode(target)) <= LONGEST_NAME


def _known(context: Context, paths: WorkspacePaths, ref: str | None) -> Opened:
    workspace = checkouts.load_workspace(paths)
    if ref is not None and ref not in (workspace.ref, workspace.commit):
        raise TargetError(
            f"workspace {workspace.name} is pinned to {workspace.ref or workspace.commit[:10]}",
            hint=f"open another one: sandbox open {workspace.repo.source} --ref {ref} --as NAME",
        )
    recipe = _recipe(context, workspace.name)
    same = recipe is not None and _is_of(context, recipe, workspace)
    return Opened(workspace, paths, recipe if same else None)


def _is_of(context: Context, recipe: Recipe, workspace: Workspace) -> bool:
    """Whether the workspace is what this recipe opens; it may have got its name otherwise."""
    if recipe.commit is not None:
        return recipe.commit == workspace.commit
    return repo_of(context, recipe.repo).source == workspace.repo.source


def repo_of(context: Context, address: str) -> Repo:
    """What an address names; raises TargetError where it is none, or no known host's."""
    return checkouts.parse_target(
        address,
        known_hosts=context.settings.git_hosts,
        folder_base=context.folder,
        github=context.settings.github_web,
    )


def _open(
    context: Context, repo: Repo, recipe: Recipe | None, wanted: tuple[str, str | None]
) -> Opened:
    """Two commands that open one name at the same time: the second finds what the first made."""
    name, ref = wanted
    paths = context.home.workspace(name)
    if paths.description.is_file():  # whole from the moment that it is there
        return _reuse(context, paths, repo, ref)
    from filelock import FileLock

    lock = context.home.lock(f"open-{name}")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        if paths.description.is_file():
            return _reuse(context, paths, repo, ref)
        context.tell(f"cloning {repo.source} …")
        options = clone_options(context, repo)
        workspace = checkouts.clone(repo, paths, name=name, ref=ref, options=options)
    context.tell(f"workspace {name}: {repo.source} at {workspace.commit[:10]}")
    for note in workspace.notes:
        context.tell(note)
    return Opened(workspace, paths, recipe, new=True)


def _reuse(context: Context, paths: WorkspacePaths, repo: Repo, ref: str | None) -> Opened:
    opened = _known(context, paths, ref)
    if opened.workspace.repo.source != repo.source:
        raise TargetError(
            f"the name {opened.workspace.name} belongs to {opened.workspace.repo.source}",
            hint=f"choose another one with: sandbox open {repo.source} --as NAME",
        )
    if repo.is_folder and opened.workspace.ref is None:
        _tell_changes(context, opened.workspace)
    return opened


def _tell_changes(context: Context, workspace: Workspace) -> None:
    """A workspace is a copy: what was changed in the folder since then is not in it."""
    try:
        changed = checkouts.changed_since(
            Path(workspace.repo.source), workspace.commit, workspace.committed_at
        )
    except SandboxError:
        changed = ("its history",)
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        context.tell(
            f"{workspace.repo.source} has changed since it was opened ({changed[0]}{more}), and is"
            f" used as it was; take it anew with: sandbox rm {workspace.name}"
        )


def clone_options(context: Context, repo: Repo, *, as_user: bool = True) -> checkouts.CloneOptions:
    """How git reaches a repository; the token is asked for where it would be shown.

    Args:
        as_user: else nobody is shown it.
    """
    settings = context.settings
    is_there = repo.source.startswith(f"{settings.github_web}/")
    token = context.token() if is_there and as_user else None
    return checkouts.CloneOptions(
        token=token.text if token else None,
        token_host=settings.github_host,
        config=settings.git_config,
        known_hosts=settings.git_hosts,
    )

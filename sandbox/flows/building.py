"""From a Workspace to an Environment in the Store: detect, resolve, build; cached at every step."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox import checkouts, environments
from sandbox.domain import Entry, EntryKind, Environment, Requirements
from sandbox.flows.context import Context
from sandbox.flows.files import write_text
from sandbox.flows.locking import Asked, load_locks, save_lock
from sandbox.flows.opening import Opened
from sandbox.interfaces import SourceTree
from sandbox.recipes import Recipe

NOTEBOOK_NEEDS = ("ipython", "matplotlib-inline")
"""What shows outputs as Jupyter does; asked for beside what the repository needs."""


@dataclass(frozen=True)
class Built:
    """A built Environment, and what was found on the way to it.

    Attributes:
        lock: absolute path of the workspace's lock.
    """

    build: environments.Build
    requirements: Requirements
    lock: str = ""

    @property
    def environment(self) -> Environment:
        return self.build.environment


def build_workspace(
    context: Context,
    opened: Opened,
    tree: SourceTree,
    entries: Sequence[Entry],
    *,
    locked: Environment | None = None,
) -> Built:
    """Builds what the entries need; at once where nothing changed since the last time.

    Args:
        locked: is taken as it is, from now on, whatever the repository says.
    """
    found = environments.detect(
        tree,
        entries=[entry.path for entry in entries],
        committed_at=opened.workspace.written_at or opened.workspace.committed_at,
    )
    requirements = _with_recipe(found, opened.recipe)
    notebooks = any(entry.kind is EntryKind.notebook for entry in entries)
    extra = NOTEBOOK_NEEDS if notebooks else ()
    environment = _resolved(context, opened, requirements, extra, locked)
    build = _build(context, environment, _imports(tree, entries))
    as_of = None if locked else requirements.as_of
    write_text(opened.paths.lock, environments.lock_text(environment, as_of=as_of))
    return Built(build, requirements, str(opened.paths.lock))


def _with_recipe(found: Requirements, recipe: Recipe | None) -> Requirements:
    """A recipe knows better than what was detected."""
    if recipe is None:
        return found
    decisions = list(found.decisions)
    changes: dict[str, object] = {}
    for name in ("packages", "python", "as_of"):
        value = getattr(recipe, name)
        if value:
            changes[name] = value
            shown = ", ".join(value) if isinstance(value, tuple) else value
            decisions.append(f"{name} from the recipe {recipe.name}: {shown}")
    return dataclasses.replace(found, decisions=tuple(decisions), **changes)  # type: ignore[arg-type]


def _resolved(
    context: Context,
    opened: Opened,
    requirements: Requirements,
    extra: Sequence[str],
    locked: Environment | None,
) -> Environment:
    """The lock; the known one where nothing it depends on has changed."""
    indexes = context.settings.load_indexes()
    key = Asked(requirements, tuple(extra), indexes, context.engine.name, "cpu").key
    if locked is not None:
        save_lock(opened.paths.environment, key, locked)
        return locked
    known = load_locks(opened.paths.environment).get(key)
    if known is not None:
        return known
    context.tell("resolving the environment …")
    environment = environments.resolve(
        requirements,
        indexes=indexes,
        pythons=available_pythons(context),
        extra=extra,
        cache=context.home.cache,
    )
    save_lock(opened.paths.environment, key, environment)
    return environment


def _build(
    context: Context, environment: Environment, imports: Sequence[str]
) -> environments.Build:
    workbench = context.engine.workbench()
    base = environments.ensure_base(
        workbench,
        python=environment.python,
        cache=context.home.cache,
        registry=context.settings.registry,
        image=context.settings.base_image,
        on_line=context.tell,
    )
    return environments.build(
        environment,
        workbench,
        base=base,
        indexes=context.settings.load_indexes(),
        home=context.home,
        imports=imports,
        on_line=context.tell,
    )


def _imports(tree: SourceTree, entries: Sequence[Entry]) -> Sequence[str]:
    return environments.third_party_imports(tree, entries=[entry.path for entry in entries])


def available_pythons(context: Context) -> tuple[str, ...]:
    """Python versions an Environment can be built for, `X.Y`."""
    return environments.available_pythons(
        cache=context.home.cache, registry=context.settings.registry, engine=context.engine.name
    )


def source_tree(opened: Opened, tree: str) -> SourceTree:
    """The files of one tree of the workspace."""
    return checkouts.GitTree(opened.workspace, tree)

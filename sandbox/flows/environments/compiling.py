"""What a repository has to make itself before its entries find all that they import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import checkouts, environments
from sandbox.domain import Dropped, Environment, digest
from sandbox.errors import BuildError, NetworkError
from sandbox.flows.environments import reading
from sandbox.flows.environments.tooling import Tooling
from sandbox.flows.repositories.opening import Opened
from sandbox.interfaces import SourceTree


@dataclass(frozen=True)
class OwnModules:
    """What came of it.

    Attributes:
        made: what lies beside the repository's files when these are run.
        failed: modules that the entries cannot do without and that could not be made.
        setups: the files that have made it.
        told: one line for each `setup.py` that was run, or was to be.
    """

    made: tuple[environments.MadeModules, ...] = ()
    failed: tuple[Dropped, ...] = ()
    setups: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def folders(self) -> tuple[Path, ...]:
        return tuple(one.folder for one in self.made)

    @property
    def key(self) -> str:
        """Of what lies there; empty = nothing does."""
        return digest(*(one.key for one in self.made))[:16] if self.made else ""

    def identify(self, environment: Environment) -> str:
        """What a Run ran in: the same only where this is, too."""
        return "+".join(filter(None, [environment.id, self.key]))


NOTHING_OWN = OwnModules()


def make_own(
    tooling: Tooling,
    opened: Opened,
    tree: SourceTree,
    entries: Sequence[str],
    environment: Environment,
) -> OwnModules:
    """Runs those `setup.py` files in quarantine that make what the entries import.

    One that fails is told, and is no error: the entry may do without.
    """
    builds = reading.own_builds_of(tree, entries)
    if not builds:
        return NOTHING_OWN
    workspace, sha = opened.workspace, reading.sha_of(tree)
    own_tree = environments.OwnTree(
        tree, lambda: checkouts.open_tar(workspace, sha), workspace.committed_at
    )
    made: list[environments.MadeModules] = []
    failed: list[Dropped] = []
    setups: list[str] = []
    told: list[str] = []
    for build in builds:
        result = _make(tooling, own_tree, build, environment)
        if isinstance(result, environments.MadeModules):
            made.append(result)
            setups.append(build.setup)
            there = [one for one in build.modules if one not in result.lacking]
            told.append(f"{_named(there)}, made by {build.setup} in quarantine")
            lacking, cause = result.lacking, environments.NotMade("")
        else:
            lacking, cause = build.modules, result
        why = f": {cause.why}" if cause.why else ""
        if lacking:
            told.append(f"{_named(lacking)}, not made by {build.setup}{why}")
        why = f"{build.setup} does not make it{why}"
        lost = (one for one in build.needed if one in lacking)
        failed += (Dropped(_dotted(one), why, cause.log) for one in lost)
    return OwnModules(tuple(made), tuple(failed), tuple(setups), tuple(told))


def own_names(tree: SourceTree, entries: Sequence[str]) -> frozenset[str]:
    """Modules that the repository makes itself and that the entries cannot do without."""
    builds = reading.own_builds_of(tree, entries)
    return frozenset(_dotted(place) for build in builds for place in build.needed)


def _make(
    tooling: Tooling,
    tree: environments.OwnTree,
    build: environments.OwnBuild,
    environment: Environment,
) -> environments.MadeModules | environments.NotMade:
    try:
        return tooling.make_modules(tree, build, environment)
    except BuildError as error:
        return environments.NotMade(error.message)
    except NetworkError as error:
        if build.needed:
            raise
        return environments.NotMade(error.message)  # once more the next time


def _named(places: Sequence[str]) -> str:
    return ", ".join(map(_dotted, places))


def _dotted(place: str) -> str:
    return place.replace("/", ".")

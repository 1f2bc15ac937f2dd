"""What a repository has to make itself before its entries find all that they import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
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
        failed: modules that the entries cannot do without and that could not be made; `missed`:
            those that they can.
        broken: those that were made and do not load, with the error alone.
        setups: the files that have made it.
        told: one line for each `setup.py` that was run, or was to be.
    """

    made: tuple[environments.MadeModules, ...] = ()
    failed: tuple[Dropped, ...] = ()
    missed: tuple[Dropped, ...] = ()
    broken: tuple[Dropped, ...] = ()
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
    build: environments.Build,
) -> OwnModules:
    """Runs those `setup.py` files in quarantine that make what the entries import.

    One that fails is told, and is no error: the entry may do without. What comes out is loaded in
    the Environment it is for.
    """
    asked = reading.own_builds_of(tree, entries)
    if not asked:
        return NOTHING_OWN
    workspace, sha = opened.workspace, reading.sha_of(tree)
    own_tree = environments.OwnTree(
        tree, lambda: checkouts.open_tar(workspace, sha), workspace.committed_at
    )
    results = [(one, _make(tooling, own_tree, one, build.environment)) for one in asked]
    made = [one for _, one in results if isinstance(one, environments.MadeModules)]
    broken = tooling.load_modules(tree, made, build) if made else {}
    found = [_Result(one, result, broken) for one, result in results]
    return OwnModules(
        tuple(made),
        failed=tuple(lost for one in found for lost in one.lost(needed=True)),
        missed=tuple(lost for one in found for lost in one.lost(needed=False)),
        broken=tuple(Dropped(_dotted(one), error) for one, error in broken.items()),
        setups=tuple(one.build.setup for one in found if one.there),
        told=tuple(line for one in found for line in one.told()),
    )


@dataclass(frozen=True)
class _Result:
    """What came of one build; `broken`: what was made and does not load, with the error."""

    build: environments.OwnBuild
    made: environments.MadeModules | environments.NotMade
    broken: Mapping[str, str]

    @property
    def lacking(self) -> tuple[str, ...]:
        made = self.made
        return made.lacking if isinstance(made, environments.MadeModules) else self.build.modules

    @property
    def there(self) -> list[str]:
        lost = {*self.lacking, *self.broken}
        return [one for one in self.build.modules if one not in lost]

    def told(self) -> Iterator[str]:
        setup = self.build.setup
        if self.there:
            yield f"{_named(self.there)}, made by {setup} in quarantine"
        for why, places in groupby(self.lacking, lambda one: self._cause(one).why):
            yield f"{_named(list(places))}, not made by {setup}{_because(why)}"
        for one, error in self._broken.items():
            yield f"{_dotted(one)}, made by {setup}, cannot be imported: {error}"

    def lost(self, *, needed: bool) -> Iterator[Dropped]:
        """What is not there, of what the code cannot do without, or of what it can."""
        setup, causes = self.build.setup, {one: self._cause(one) for one in self.lacking}
        gone = {one: f"{setup} does not make it{_because(why.why)}" for one, why in causes.items()}
        gone |= {one: f"{setup} makes it, and {error}" for one, error in self._broken.items()}
        for one, reason in gone.items():
            if (one in self.build.needed) == needed:
                yield Dropped(_dotted(one), reason, causes[one].log if one in causes else ())

    def _cause(self, place: str) -> environments.NotMade:
        if isinstance(self.made, environments.NotMade):
            return self.made
        return self.made.reasons.get(place, environments.NotMade(""))

    @property
    def _broken(self) -> dict[str, str]:
        return {one: self.broken[one] for one in self.build.modules if one in self.broken}


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


def _because(why: str) -> str:
    return f": {why}" if why else ""


def _named(places: Sequence[str]) -> str:
    return ", ".join(map(_dotted, places))


def _dotted(place: str) -> str:
    return place.replace("/", ".")

"""A whole repository's entries: one Environment for all of them where that is possible."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.domain import Dropped, Entry
from sandbox.errors import BuildError
from sandbox.flows import reading
from sandbox.flows.building import Built, Wanted, build_workspace, write_lock
from sandbox.flows.context import Context
from sandbox.flows.locking import Shared, save_shared
from sandbox.flows.opening import Opened
from sandbox.interfaces import SourceTree

_ALONE = 8  # entries that are tried by themselves: a hundred notebooks often fail for one reason


@dataclass(frozen=True)
class EntryOutcome:
    """Whether an entry finds what it imports.

    Attributes:
        environment: id of the Environment in which it was tried.
        failed: imports of its own that do not work there, and why.
    """

    path: str
    environment: str
    failed: tuple[Dropped, ...] = ()


@dataclass(frozen=True)
class Survey:
    """What became of a repository's entries.

    Attributes:
        built: the Environment for all of them together.
        entries: one each; those that cannot live in it were tried in one of their own.
    """

    built: Built
    entries: tuple[EntryOutcome, ...] = ()

    @property
    def failed(self) -> tuple[Dropped, ...]:
        """Imports that some entry does not get to work, wherever it is run; each once."""
        if not self.entries:
            return self.built.build.imports_failed
        return tuple({lost.name: lost for one in self.entries for lost in one.failed}.values())

    @property
    def ok(self) -> tuple[str, ...]:
        """Imports that work for every entry that has them."""
        build, lost = self.built.build, {one.name for one in self.failed}
        names = (*build.imports_ok, *(one.name for one in build.imports_failed))
        return tuple(sorted(set(names) - lost))

    @property
    def works(self) -> bool:
        """Whether there is an entry that finds what it imports."""
        if not self.entries:
            return not self.failed
        return any(not one.failed for one in self.entries)


def build_entries(
    context: Context,
    opened: Opened,
    tree: SourceTree,
    entries: Sequence[Entry],
    *,
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
) -> Survey:
    """Builds one Environment for all the entries, and others for those that fail in it."""
    built = build_workspace(context, opened, tree, entries, wanted=wanted)
    failed = {one.name: one for one in built.build.imports_failed}
    alone = _Alone(context, opened, tree, dataclasses.replace(wanted, refresh=False))
    outcomes = []
    for entry in entries:
        own = reading.imports_of(tree, [entry.path])
        lost = tuple(failed[name] for name in own if name in failed)
        outcome = EntryOutcome(entry.path, built.environment.id, lost)
        outcomes.append(alone.improve(entry, outcome) if lost and len(entries) > 1 else outcome)
    write_lock(opened, built)  # those of entries by themselves have taken its place
    if len(entries) > 1:
        whole = built.environment.id
        fine = (one.path for one in outcomes if one.environment == whole and not one.failed)
        shared = Shared(built.question, built.environment, tuple(fine))
        save_shared(opened.paths.shared, shared)
    return Survey(built, tuple(outcomes))


@dataclass
class _Alone:
    """Tries entries by themselves; those that fail for the same reasons are tried once."""

    context: Context
    opened: Opened
    tree: SourceTree
    wanted: Wanted
    left: int = _ALONE
    known: dict[tuple[str, ...], EntryOutcome] = field(default_factory=dict)

    def improve(self, entry: Entry, outcome: EntryOutcome) -> EntryOutcome:
        """Its outcome in an Environment of its own, where that is better."""
        names = tuple(one.name for one in outcome.failed)
        if names not in self.known and self.left:
            self.left -= 1
            self.known[names] = self._build(entry, outcome)
        better = self.known.get(names, outcome)
        return dataclasses.replace(better, path=outcome.path)

    def _build(self, entry: Entry, outcome: EntryOutcome) -> EntryOutcome:
        self.context.tell(f"{entry.path}: trying it in an environment of its own")
        try:
            built = build_workspace(
                self.context, self.opened, self.tree, [entry], wanted=self.wanted
            )
        except BuildError as error:
            self.context.tell(f"{entry.path}: {error.message}")
            return outcome
        own = EntryOutcome(entry.path, built.environment.id, built.build.imports_failed)
        return own if len(own.failed) < len(outcome.failed) else outcome

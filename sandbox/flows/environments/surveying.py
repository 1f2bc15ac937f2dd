"""A whole repository's entries: one Environment for all of them where that is possible."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox import environments
from sandbox.domain import Dropped, Entry
from sandbox.errors import BuildError
from sandbox.flows.context import Context
from sandbox.flows.environments import reading
from sandbox.flows.environments.building import Built, Wanted, build_workspace, write_lock
from sandbox.flows.environments.compiling import own_names
from sandbox.flows.environments.grouping import Group, group_up
from sandbox.flows.environments.lessons import told_apart
from sandbox.flows.environments.locking import Shared, save_shared
from sandbox.flows.repositories.opening import Opened
from sandbox.interfaces import SourceTree

_BUILDS = 10  # besides the one for all entries


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
        entries: one each; those that cannot live in it were tried in others.
        machines: modules that only other machines have: what those machines are.
    """

    built: Built
    entries: tuple[EntryOutcome, ...] = ()
    machines: Mapping[str, str] = field(default_factory=dict)

    @property
    def elsewhere(self) -> dict[str, str]:
        """Of `machines` those that do not work here, also where an entry can do without them."""
        fine = {name.partition(":")[0] for name in self.ok}
        return {name: what for name, what in self.machines.items() if name not in fine}

    @property
    def failed(self) -> tuple[Dropped, ...]:
        """Imports that some entry does not get to work, wherever it is run; each once."""
        if not self.entries:
            return (*self.built.build.imports_failed, *self.built.own.failed)
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
    apart = dataclasses.replace(wanted, refresh=False, apart=True)
    others = _Others(context, opened, tree, apart, built)
    outcomes = {entry.path: others.outcome(entry, built) for entry in entries}
    if len(entries) > 1:
        outcomes = others.improve(entries, outcomes)
        built = others.only_one_used(outcomes) or built
        write_lock(opened, built)  # those of the others have taken its place
        save_shared(opened.paths.shared, _shared(built, outcomes, others.built))
    for line in told_apart(opened.paths.lessons, entries):
        context.tell(line)
    machines = reading.elsewhere_of(tree, [entry.path for entry in entries])
    return Survey(built, tuple(outcomes.values()), machines)


def _shared(
    built: Built, outcomes: Mapping[str, EntryOutcome], others: Mapping[str, Built]
) -> Shared:
    """Which Environment each entry that finds what it imports can be run in."""
    environments_ = {built.environment.id: built.environment}
    environments_ |= {key: one.environment for key, one in others.items()}
    fine = {path: one.environment for path, one in outcomes.items() if not one.failed}
    return Shared(built.question, environments_, fine)


@dataclass
class _Others:
    """Tries entries that fail together in less and less company.

    Attributes:
        whole: what was built for all of them.
    """

    context: Context
    opened: Opened
    tree: SourceTree
    wanted: Wanted
    whole: Built
    left: int = _BUILDS
    built: dict[str, Built] = field(default_factory=dict)

    def outcome(self, entry: Entry, built: Built) -> EntryOutcome:
        """Of one entry in an Environment that was made for it and others."""
        failed = {one.name: one for one in (*built.build.imports_failed, *built.own.failed)}
        own = reading.imports_of(self.tree, [entry.path])
        made = sorted(own_names(self.tree, [entry.path])) if built.own.failed else ()
        lost = tuple(failed[name] for name in (*own, *made) if name in failed)
        return EntryOutcome(entry.path, built.environment.id, lost)

    def improve(
        self, entries: Sequence[Entry], outcomes: Mapping[str, EntryOutcome]
    ) -> dict[str, EntryOutcome]:
        """Outcomes in other Environments, where those are better.

        All entries together are a group, too, where what is large, and was not tried, may help.
        """
        best, tried = dict(outcomes), set[frozenset[str]]()
        if not self._may_want_what_is_large():
            tried.add(frozenset(entry.path for entry in entries))
        curable = [entry for entry in entries if not self._is_lost(outcomes[entry.path])]
        while self.left:
            failing = [(entry, _names(best[entry.path])) for entry in curable]
            groups = group_up([one for one in failing if one[1]], self._said, self.left)
            fresh = [group for group in groups if group.paths not in tried]
            if not fresh:
                break
            for group in fresh[: self.left]:
                tried.add(group.paths)
                best |= self._try(group, best)
        return best

    def only_one_used(self, outcomes: Mapping[str, EntryOutcome]) -> Built | None:
        """What was built besides, where every entry is better off in it."""
        used = {one.environment for one in outcomes.values()}
        return self.built.get(used.pop()) if len(used) == 1 else None

    def _may_want_what_is_large(self) -> bool:
        known = environments.find_remedies(
            self.whole.build.imports_failed, self.whole.environment, self.whole.requirements
        )
        return any(one.from_index for one in known)

    def _is_lost(self, outcome: EntryOutcome) -> bool:
        """Whether no Environment has all that it imports."""
        whole, asked = self.whole.environment, self.whole.requirements
        return any(environments.is_hopeless(one, whole, asked) for one in outcome.failed)

    def _said(self, entry: Entry) -> tuple[str, ...]:
        """The files that say what it needs."""
        when = self.opened.workspace.committed_at
        return reading.requirements_of(self.tree, [entry.path], when).sources

    def _try(self, group: Group, best: Mapping[str, EntryOutcome]) -> dict[str, EntryOutcome]:
        self.left -= 1
        first, *more = sorted(group.paths)
        told = f"{first} and {len(more)} more" if more else first
        own = "of their own" if more else "of its own"
        self.context.tell(f"{told}: trying an environment {own}")
        wanted = dataclasses.replace(
            self.wanted, seen=self._seen(group, best), seen_in=self.whole.environment
        )
        try:
            built = build_workspace(
                self.context, self.opened, self.tree, group.entries, wanted=wanted
            )
        except BuildError as error:
            self.context.tell(f"{told}: {error.message}")
            return {}
        if built.environment.id != self.whole.environment.id:
            self.built[built.environment.id] = built
        found = {entry.path: self.outcome(entry, built) for entry in group.entries}
        return {
            path: one for path, one in found.items() if len(one.failed) < len(best[path].failed)
        }

    def _seen(self, group: Group, best: Mapping[str, EntryOutcome]) -> tuple[Dropped, ...]:
        """What the group could not import in the Environment for all, if tried nowhere else."""
        found = [best[path] for path in sorted(group.paths)]
        whole = [one for one in found if one.environment == self.whole.environment.id]
        return tuple({lost.name: lost for one in whole for lost in one.failed}.values())


def _names(outcome: EntryOutcome) -> frozenset[str]:
    return frozenset(one.name for one in outcome.failed)

"""From a Workspace to an Environment in the Store: detect, resolve, build, mend; all cached."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sandbox import environments
from sandbox.domain import Dropped, Entry, EntryKind, Environment, Requirements
from sandbox.errors import BuildError, InputError
from sandbox.files import write_text
from sandbox.flows.context import Context
from sandbox.flows.environments import asking, reading
from sandbox.flows.environments.compiling import NOTHING_OWN, OwnModules, make_own
from sandbox.flows.environments.following import without_itself
from sandbox.flows.environments.lessons import (
    Lesson,
    drop_lessons,
    forget_lessons,
    kept_lessons,
    with_lessons,
)
from sandbox.flows.environments.locking import (
    GIVEN,
    Asked,
    give_lock,
    load_locks,
    load_shared,
    save_lock,
)
from sandbox.flows.environments.tooling import Tooling
from sandbox.flows.repositories.opening import Opened
from sandbox.interfaces import SourceTree

if TYPE_CHECKING:
    from sandbox.environments import Remedy

NOTEBOOK_NEEDS = ("ipython!=8.23.0", "matplotlib-inline")
"""What shows outputs as Jupyter does; asked for beside what the repository needs.

IPython 8.23.0 alone does not say which typing-extensions it wants.
"""

_ROUNDS = 5  # of remedies; each brings to light what the one before had hidden


@dataclass(frozen=True)
class Built:
    """A built Environment, and what was found on the way to it.

    Attributes:
        lock: absolute path of the workspace's lock.
        question: key of what was asked, before any remedy.
        system, no_system: system packages that it has, and those that could not be had.
        own: what the repository makes itself.
        lessons: what failed runs have taught, and holds in it.
    """

    build: environments.Build
    requirements: Requirements
    lock: str = ""
    question: str = ""
    system: tuple[str, ...] = ()
    no_system: tuple[Dropped, ...] = ()
    own: OwnModules = NOTHING_OWN
    lessons: tuple[Lesson, ...] = ()

    @property
    def environment(self) -> Environment:
        return self.build.environment

    @property
    def dropped(self) -> tuple[Dropped, ...]:
        """What was asked for and is not there."""
        return (*self.environment.dropped, *self.no_system)

    @property
    def decisions(self) -> tuple[str, ...]:
        """Everything that was guessed, mapped, relaxed or mended, in the order it was decided."""
        asking = (
            f"import {name.partition(':')[0]} asks for credentials, which a run has to be given"
            for name in self.build.imports_asking
        )
        lines = (*self.requirements.decisions, *self.environment.decisions, *asking)
        return tuple(dict.fromkeys(lines))


@dataclass(frozen=True)
class Wanted:
    """How an Environment is to be made.

    Attributes:
        locked: is taken as it is, from now on, whatever the repository says.
        accelerator: `cpu`, `cuda` or `auto`, for this workspace from now on; None = what it was
            told last, else the settings'.
        follow: whether packages at git repositories are fetched, told and kept as `accelerator` is.
        added: PEP 508 or `apt:NAME`, what is needed besides, for this workspace from now on.
        refresh: what is known is forgotten first, among it a lock that was given and what was added
            before.
        apart: for entries that cannot live with the others; what is large is tried, too.
        seen: what they could not import in another Environment, `seen_in`.
        lessons: is to hold, for a single entry; None = what failed runs have taught of it.
    """

    locked: Environment | None = None
    accelerator: str | None = None
    follow: bool | None = None
    added: tuple[str, ...] = ()
    refresh: bool = False
    apart: bool = False
    seen: tuple[Dropped, ...] = ()
    seen_in: Environment | None = None
    lessons: tuple[Lesson, ...] | None = None


@dataclass(frozen=True)
class _Job:
    """What one Environment is for."""

    context: Context
    opened: Opened
    tooling: Tooling
    tree: SourceTree
    entries: tuple[Entry, ...]
    apart: bool = False
    follow: bool = False
    lessons: tuple[Lesson, ...] = ()

    @property
    def paths(self) -> list[str]:
        return [entry.path for entry in self.entries]

    @cached_property
    def imports(self) -> tuple[str, ...]:
        return reading.imports_of(self.tree, self.paths)

    @property
    def extra(self) -> tuple[str, ...]:
        notebooks = any(entry.kind is EntryKind.notebook for entry in self.entries)
        return NOTEBOOK_NEEDS if notebooks else ()

    @property
    def key(self) -> str:
        """Of what the entries ask, before any remedy."""
        return self.asked(self.require()).key

    def require(self) -> Requirements:
        """What the entries need, from the files or the recipe."""
        workspace = self.opened.workspace
        written_at = workspace.written_at or workspace.committed_at
        found = reading.requirements_of(self.tree, self.paths, written_at, follow=self.follow)
        found = without_itself(self.context, found, workspace.repo)
        found = asking.with_recipe(found, self.opened.recipe)
        found = with_lessons(found, self.lessons)
        return asking.with_added(found, self.opened.paths.added)

    def asked(self, requirements: Requirements) -> Asked:
        """The question whose answer is a lock."""
        tooling, engine = self.tooling, self.context.engine.name
        return Asked(requirements, self.extra, tooling.indexes, engine, tooling.accelerator)


def build_workspace(
    context: Context,
    opened: Opened,
    tree: SourceTree,
    entries: Sequence[Entry],
    *,
    wanted: Wanted = Wanted(),
) -> Built:
    """Builds what the entries need; at once where nothing changed since the last time.

    Where imports fail and a remedy is known it is tried, and kept if it helps; a lock that was
    given is taken as it is.

    Raises:
        BuildError: nothing fits together, or it cannot be installed.
        InputError: something is to be added to a lock that was given.
    """
    if wanted.refresh:
        opened.paths.environment.unlink(missing_ok=True)
        opened.paths.shared.unlink(missing_ok=True)
        told = (asking.forget(opened.paths.added), forget_lessons(opened.paths.lessons))
        for line in filter(None, told):
            context.tell(line)
    taught = kept_lessons(opened.paths.lessons, entries) if wanted.lessons is None else ()
    try:
        return _build(context, opened, tree, entries, _with(wanted, taught))
    except BuildError as error:
        if not taught:
            raise
        built = _build(context, opened, tree, entries, wanted)
        context.tell(drop_lessons(opened.paths.lessons, entries[0], error.message))
        return built


def _with(wanted: Wanted, lessons: tuple[Lesson, ...]) -> Wanted:
    return dataclasses.replace(wanted, lessons=lessons) if lessons else wanted


def _build(
    context: Context, opened: Opened, tree: SourceTree, entries: Sequence[Entry], wanted: Wanted
) -> Built:
    accelerator = asking.told(opened.paths.accelerator, wanted.accelerator, asking.ACCELERATORS)
    chosen_for = accelerator or context.settings.accelerator
    tooling = Tooling(context, chosen_for, refresh=wanted.refresh)
    follow = asking.told(opened.paths.follow, asking.word(wanted.follow), asking.ANSWERS)
    job = _Job(
        context,
        opened,
        tooling,
        tree,
        tuple(entries),
        apart=wanted.apart or len(entries) == 1,
        follow=follow == "yes" if follow else context.settings.git_follow,
        lessons=wanted.lessons or (),
    )
    if wanted.added and GIVEN in load_locks(opened.paths.environment):
        raise InputError(
            "the lock that was given is built as it is, without --with",
            hint="forget it with: sandbox build TARGET --refresh --with …",
        )
    asking.add(opened.paths.added, wanted.added)
    requirements = job.require()
    if wanted.locked is not None:
        give_lock(opened.paths.environment, wanted.locked)
    if GIVEN in load_locks(opened.paths.environment):
        built = _attempt(job, dataclasses.replace(requirements, as_of=None))
    else:
        _adopt_shared(job, requirements)
        built = _foreseen(job, requirements, wanted) or _mended(job, requirements)
    own = make_own(tooling, opened, tree, job.paths, built.build)
    linked = _linked(job, built, own)
    if linked is not None:
        loaded = make_own(tooling, opened, tree, job.paths, linked.build)
        if len(loaded.broken) < len(own.broken):
            built, own = linked, loaded
    write_lock(opened, built)
    question = job.asked(requirements).key
    lock = str(opened.paths.lock)
    return dataclasses.replace(built, lock=lock, question=question, own=own, lessons=job.lessons)


def _adopt_shared(job: _Job, requirements: Requirements) -> None:
    """An entry that can live in an Environment of others asks for none of its own."""
    shared = load_shared(job.opened.paths.shared)
    path, key = job.opened.paths.environment, job.asked(requirements).key
    is_plain = len(job.entries) == 1 and not job.lessons
    if shared is None or not is_plain or job.entries[0].path not in shared.entries:
        return
    everything = dataclasses.replace(job, entries=reading.entries_of(job.tree))
    if key not in load_locks(path) and everything.key == shared.question:
        save_lock(path, key, shared.environments[shared.entries[job.entries[0].path]])


def write_lock(opened: Opened, built: Built) -> None:
    """The workspace's `lock.txt`."""
    text = environments.lock_text(built.environment, as_of=built.requirements.as_of)
    write_text(opened.paths.lock, text)


def _foreseen(job: _Job, requirements: Requirements, wanted: Wanted) -> Built | None:
    """With the known remedies for what failed elsewhere; None = none, or they are not enough.

    What fails for one entry among others fails for it alone, too, mostly: that need not be built.
    """
    if wanted.seen_in is None:
        return None
    known = job.tooling.find_remedies(wanted.seen, wanted.seen_in, requirements)
    cures = [one for one in known if one and not one.is_guess and not one.from_index]
    for one in cures:
        job.context.tell(one.told)
    built = _with_remedies(job, requirements, cures) if cures else None
    return built if built and not _lost(built) else None


def _mended(job: _Job, requirements: Requirements) -> Built:
    """The Environment with the fewest imports that fail, of those that known remedies lead to."""
    best = current = _attempt(job, requirements)
    tried: set[Remedy] = set()
    for _ in range(_ROUNDS):
        following = next(_advances(job, current, tried), None)
        if following is None:
            break
        current = following
        if _lost(current) < _lost(best):
            best = current
    if current is not best:
        job.context.tell("what was tried last does not help, so it is left")
    return best


def _linked(job: _Job, built: Built, own: OwnModules) -> Built | None:
    """With the libraries of Debian that what was made is linked to; None = it lacks none."""
    if not own.broken or GIVEN in load_locks(job.opened.paths.environment):
        return None
    known = job.tooling.find_remedies(own.broken, built.environment, built.requirements)
    cures = [one for one in known if one.system_packages]
    _tell(cures, job, set())
    return _with_remedies(job, built.requirements, cures) if cures else None


def _lost(built: Built) -> int:
    return len(built.build.imports_failed)


def _advances(job: _Job, built: Built, tried: set[Remedy]) -> Iterator[Built]:
    """With remedies: fewer imports fail, or as many for other reasons, for failures come in rows.

    What is known goes before what is guessed, which may cure one import and harm others; what takes
    gigabytes comes last, and only for entries that cannot live with the others.
    """
    failed = built.build.imports_failed
    known = job.tooling.find_remedies(failed, built.environment, built.requirements)
    fresh = [one for one in known if one not in tried and (job.apart or not one.from_index)]
    changes = [one for one in fresh if one]
    _tell([one for one in fresh if not one], job, tried)
    light = [one for one in changes if not one.from_index]
    for remedies in ([one for one in light if not one.is_guess], light, changes):
        if remedies and not tried.issuperset(remedies):
            _tell(remedies, job, tried)
            following = _with_remedies(job, built.requirements, remedies)
            if following and _leads_on(job, following, built):
                yield following


def _tell(remedies: Sequence[Remedy], job: _Job, tried: set[Remedy]) -> None:
    """Each once, when it is tried and not before."""
    for one in remedies:
        if one not in tried:
            job.context.tell(one.told)
    tried.update(remedies)


def _leads_on(job: _Job, following: Built, built: Built) -> bool:
    """Fewer fail; or as many, but not as before; or more, for what is known to be curable alone.

    One library that is missing keeps all of a package from being imported, and Debian has it. What
    fails alike in another release fails as before.
    """
    before = {_failure(one) for one in built.build.imports_failed}
    new = [one for one in following.build.imports_failed if _failure(one) not in before]
    if _lost(following) <= _lost(built):
        return _lost(following) < _lost(built) or bool(new)
    return all(_failure(one).libraries or _is_curable(job, one, following) for one in new)


def _failure(one: Dropped) -> environments.Failure:
    return environments.read_failure(one.name, one.why)


def _is_curable(job: _Job, one: Dropped, built: Built) -> bool:
    known = job.tooling.find_remedies([one], built.environment, built.requirements)
    return any(cure and not cure.is_guess for cure in known)


def _with_remedies(
    job: _Job, requirements: Requirements, remedies: Sequence[Remedy]
) -> Built | None:
    """None = it cannot be built so."""
    try:
        return _attempt(job, environments.apply_remedies(requirements, remedies))
    except BuildError as error:
        job.context.tell(f"that does not help: {error.message}")
        return None


def _attempt(job: _Job, requirements: Requirements) -> Built:
    with environments.Standby() as standby:
        environment = _resolved(job, requirements, standby)
        base = job.tooling.base(environment.python, environment.system_packages)
        build = job.tooling.build(environment, base, imports=job.imports, standby=standby)
    return Built(build, requirements, system=base.packages, no_system=base.dropped)


def _resolved(job: _Job, requirements: Requirements, standby: environments.Standby) -> Environment:
    """The lock; the known one where nothing it depends on has changed."""
    path, key = job.opened.paths.environment, job.asked(requirements).key
    locks = load_locks(path)
    known = locks.get(GIVEN) or locks.get(key)
    if known is not None:
        return known
    job.context.tell("resolving the environment …")
    environment = job.tooling.resolve(requirements, extra=job.extra, standby=standby)
    save_lock(path, key, environment)
    if environment.wheel_bytes:
        told = f"{len(environment.packages)} packages, {environment.wheel_bytes / 1e6:.0f} MB"
        job.context.tell(f"{told} to download at most; what the Store has is not fetched again")
    return environment

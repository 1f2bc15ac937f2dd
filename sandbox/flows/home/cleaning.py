"""What is kept on disk, who uses it, and what of it can go: looked at first, removed when asked."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sandbox import checkouts, environments
from sandbox.environments import Cache, Contents, Stored
from sandbox.flows.context import Context
from sandbox.flows.environments.locking import load_locks
from sandbox.interfaces import Holding, Workbench
from sandbox.paths import Home

PATIENCE_S = 2.0
"""So long the Store is measured; what is left then has the sizes of when it was built."""

UNUSED = "packages"
DAY_S = 86400.0
"""An image younger than that may be for an environment that is about to be built."""


@dataclass(frozen=True)
class Policy:
    """What may go.

    Attributes:
        older_than_s: only what was not used for so long, but that also where a workspace has it;
            None = whatever no workspace has.
        everything: also what workspaces have; it is built again when it is needed.
    """

    older_than_s: float | None = None
    everything: bool = False

    def is_old(self, used_at: float) -> bool:
        return self.older_than_s is not None and time.time() - used_at >= self.older_than_s


@dataclass(frozen=True)
class Item:
    """Something that is kept on disk.

    Attributes:
        kind: `environment`, `packages`, `image`, `container`, `volume` or `cache`.
        holds: what it is, for people.
        size_bytes: on disk, what it shares with others included; None = not known.
        frees_bytes: what is given back when it goes alone; None = not known.
        used_by: workspaces that have it.
        used_at: when it was last used, or made where that is not known; seconds since the epoch.
        keep: why it stays; None = it can go.
        holding: what the engine calls it.
    """

    kind: str
    name: str
    holds: str
    size_bytes: int | None = None
    frees_bytes: int | None = None
    used_by: tuple[str, ...] = ()
    used_at: float = 0.0
    keep: str | None = None
    holding: Holding | None = None


@dataclass(frozen=True)
class Cleaned:
    """What is there, and what became of what could go.

    Attributes:
        items: as they were found.
        left_behind: what killed commands had left, removed at once; a line for each thing.
        applied: things were removed, not only looked at.
        removed: names of what is gone.
        kept: name → why it could not be removed.
        estimated: how many Environments have the sizes of when they were built.
        freed_bytes: given back in the Store, the caches and by images together.
    """

    items: tuple[Item, ...]
    left_behind: tuple[str, ...] = ()
    applied: bool = False
    removed: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)
    freed_bytes: int = 0
    free_bytes: int = 0
    estimated: int = 0


def survey(context: Context, policy: Policy) -> Cleaned:
    """Looks at everything; changes nothing."""
    workbench = context.engine.workbench()
    holdings = workbench.holdings.all()
    images = [one.name for one in holdings if one.kind == "image"]
    contents = environments.look(workbench, context.home, patience_s=PATIENCE_S, images=images)
    users = users_of(context)
    uses = environments.last_uses(context.home, workbench.identity)
    bases = {image: environments.image_id(workbench, image) for image in holdings}
    contents = _without_base(contents, frozenset(filter(None, bases.values())))
    stored = [_environment(one, users, uses, policy) for one in contents.environments]
    age = 0.0 if policy.everything else policy.older_than_s
    caches = environments.list_caches(context.home, older_than_s=age)
    staying = {
        one.base for one, item in zip(contents.environments, stored, strict=True) if item.keep
    }
    items = (
        *stored,
        *_packages(contents),
        *(_holding(one, bases[one], staying, policy) for one in holdings),
        *map(_cache, caches),
    )
    late = sum(not one.looked_through for one in contents.environments)
    return Cleaned(items, free_bytes=contents.free_bytes, estimated=late)


def _without_base(contents: Contents, bases: frozenset[str]) -> Contents:
    """An interpreter is linked to its base: without it an Environment is of no use any more."""
    if not bases:
        return contents
    found = [
        replace(one, complete=one.complete and one.base in bases) for one in contents.environments
    ]
    return replace(contents, environments=tuple(found))


def users_of(context: Context) -> dict[str, tuple[str, ...]]:
    """Environment's id → workspaces that have it."""
    found: dict[str, tuple[str, ...]] = {}
    for one in checkouts.list_workspaces(context.home, on_damaged=lambda _error: None):
        locks = load_locks(context.home.workspace(one.name).environment)
        for known in {environment.id for environment in locks.values()}:
            found[known] = (*found.get(known, ()), one.name)
    for path in sorted((context.home.cache / "lent").glob("*.json")):
        for environment in load_locks(path).values():
            found.setdefault(environment.id, ("papermill",))
    return found


def _environment(
    one: Stored, users: Mapping[str, tuple[str, ...]], uses: Mapping[str, float], policy: Policy
) -> Item:
    item = Item(
        "environment",
        one.key,
        f"Python {one.python}, {one.packages} packages" if one.complete else "of no use",
        one.size_bytes,
        one.new_bytes,
        users.get(one.environment, ()),
        max(uses.get(one.key, 0.0), one.built_at),
    )
    return replace(item, keep=_reason(item, one, policy))


def _reason(item: Item, one: Stored, policy: Policy) -> str | None:
    """Why an Environment stays."""
    recent = time.time() - environments.OTHERS_S
    if not one.complete:
        return None
    if any(when > recent for when in one.users.values()):
        return "another home uses it"
    if policy.everything:
        return None
    if policy.older_than_s is not None:
        return None if policy.is_old(item.used_at) else "used lately"
    return f"{', '.join(item.used_by)} has it" if item.used_by else None


def _packages(contents: Contents) -> Iterator[Item]:
    if contents.unused_bytes:
        holds, size = "downloaded, in no environment", contents.unused_bytes
        yield Item(UNUSED, "unused packages", holds, size, size)


def _holding(one: Holding, base: str | None, staying: set[str], policy: Policy) -> Item:
    item = Item(one.kind, one.name, "base image", one.size_bytes, None, (), one.created_at)
    if one.kind == "container":
        return replace(item, holds="of a command that runs", keep="in use", holding=one)
    if one.kind == "volume":
        return replace(item, holds="a Store", keep="holds environments", holding=one)
    keep = None
    if one.in_use or base is None:
        keep = "in use" if one.in_use else "no base image"
    elif base in staying:
        keep = "environments are built on it"
    elif not policy.everything and time.time() - one.created_at < (policy.older_than_s or DAY_S):
        keep = "made lately"
    frees = one.size_bytes if one.own_bytes is None else one.own_bytes
    return replace(item, frees_bytes=frees, keep=keep, holding=one)


def _cache(one: Cache) -> Item:
    keep = None if one.old_bytes else "makes the next build quick"
    frees = one.old_bytes or one.size_bytes
    return Item(
        "cache", f"cache/{one.name}", one.holds, one.size_bytes, frees, (), one.used_at, keep
    )


def apply(context: Context, found: Cleaned, policy: Policy) -> Cleaned:
    """Removes what the survey says can go; what is used by now stays, and is told."""
    going = [one for one in found.items if one.keep is None]
    workbench = context.engine.workbench()
    images = [one.name for one in found.items if one.kind == "image"]
    removed, kept, freed = _free_store(context.home, workbench, going, images)
    for one in going:
        if one.holding is not None:
            why = environments.remove_base(workbench, context.home, one.holding)
            kept.update({one.name: why} if why else {})
            removed += [] if why else [one.name]
            freed += 0 if why else one.frees_bytes or 0
        elif one.kind == "cache":
            freed += _free_cache(context.home, one, policy)
            removed.append(one.name)
    return replace(found, applied=True, removed=tuple(removed), kept=kept, freed_bytes=freed)


def _free_cache(home: Home, one: Item, policy: Policy) -> int:
    age = 0.0 if policy.everything else policy.older_than_s or 0.0
    return environments.free_cache(home, one.name.partition("/")[2], older_than_s=age)


def _free_store(
    home: Home, workbench: Workbench, going: Sequence[Item], images: Sequence[str]
) -> tuple[list[str], dict[str, str], int]:
    """(what is gone, what is not and why, bytes given back)."""
    keys = [one.name for one in going if one.kind == "environment"]
    if not keys and not any(one.kind == UNUSED for one in going):
        return [], {}, 0
    done = environments.free(workbench, home, keys, unused=True, images=images)
    names = {"cache": "unused packages"}
    removed = [names.get(key, key) for key in done.bytes_by_key]
    kept = {names.get(key, key): why for key, why in done.kept.items()}
    return removed, kept, sum(done.bytes_by_key.values())

"""From a lock to an interpreter in the Store: found there in a moment, else installed."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.domain import Dropped, Environment, PackageIndexes, digest
from sandbox.environments.resolving.sourcing import MakeWheels
from sandbox.environments.store.places import Place, Tell
from sandbox.environments.store.records import Record, load_record, save_record
from sandbox.environments.store.standby import Standby
from sandbox.environments.store.using import Use, use
from sandbox.interfaces import Workbench
from sandbox.paths import Home


@dataclass(frozen=True)
class Build:
    """A built Environment.

    Attributes:
        base: image it was built on and has to be run on.
        python: path of its interpreter as seen inside.
        cached: it was there already.
        imports_ok: modules that import, without network.
        imports_failed: modules that do not, with the last line of the error.
        imports_asking: modules among those that import which ask for credentials; tried with some
            that stand in for them.
        size_bytes: on disk; None = not known.
        new_bytes: those of them that no other Environment had when it was built.
        use: keeps it from being removed for as long as this value lives.
    """

    environment: Environment
    base: str
    python: str
    cached: bool
    elapsed_s: float
    imports_ok: tuple[str, ...] = ()
    imports_failed: tuple[Dropped, ...] = ()
    imports_asking: tuple[str, ...] = ()
    size_bytes: int | None = None
    new_bytes: int | None = None
    use: Use = field(default_factory=Use, repr=False, compare=False)


def build(  # noqa: PLR0913 - each is a thing of its own, and all but two are keywords
    environment: Environment,
    workbench: Workbench,
    *,
    base: str,
    indexes: PackageIndexes,
    home: Home,
    imports: Sequence[str] = (),
    make_wheels: MakeWheels | None = None,
    on_line: Tell | None = None,
    standby: Standby | None = None,
    again: bool = False,
) -> Build:
    """Build the Environment into the Store, or find it there; then try the imports.

    Safe to call from several processes at once: builds of one Environment wait for each other, also
    those of other homes and machines in the same Store. A second call takes milliseconds and
    reaches neither network nor engine. What is returned is not removed from the Store while it
    lives.

    Args:
        base: image's id, of `ensure_base`.
        imports: third-party modules to import in the finished Environment, without network.
        make_wheels: makes those that the lock has from source; None = such a lock is refused.
        on_line: told what happens, line by line.
        standby: where it is installed, if that was started on this base.
        again: imports that are known to fail are tried once more.

    Raises:
        BuildError: the lock cannot be installed.
        NetworkError: an index does not answer.
        StoreError: the disk is full.
    """
    started = time.monotonic()
    place = Place(environment, workbench, base, indexes, home, on_line, standby or Standby())
    used = use(home.use_lock(place.key), base_lock(home, base))
    record = _known(place, again=again)
    cached = record is not None and record.is_fresh()
    if record is None or not cached or not record.imports.keys() >= set(imports):
        record, cached = _made(place, make_wheels, imports, again=again)
    else:
        os.utime(place.record)  # tells `sandbox clean` when it was used last
    failed = [Dropped(name, why) for name in imports if (why := record.imports[name]) is not None]
    return Build(
        environment,
        base,
        place.python,
        cached,
        time.monotonic() - started,
        tuple(name for name in imports if record.imports[name] is None),
        tuple(failed),
        tuple(name for name in imports if name in record.asking),
        record.size_bytes,
        record.new_bytes,
        used,
    )


def _known(place: Place, *, again: bool) -> Record | None:
    found = load_record(place.record, place.workbench.identity)
    return found.without_failures() if found and again else found


def _made(
    place: Place, make_wheels: MakeWheels | None, imports: Sequence[str], *, again: bool
) -> tuple[Record, bool]:
    """The record of a build that is in the Store now, and whether it was there before."""
    from filelock import FileLock

    from sandbox.environments.store.installing import ensure

    lock = place.home.lock(f"build-{place.key}")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        known = _known(place, again=again)
        record, cached = ensure(place, known, make_wheels, imports)
        save_record(place.record, record)
    return record, cached


def base_lock(home: Home, base: str) -> Path:
    """Held by who uses an Environment on that base."""
    return home.use_lock(f"base-{digest(base)[:16]}")

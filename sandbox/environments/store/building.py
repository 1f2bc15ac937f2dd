"""From a lock to an interpreter in the Store: wheels only, hard-linked, all or nothing."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from filelock import FileLock

from sandbox.domain import Dropped, Environment, PackageIndexes, digest
from sandbox.environments.checking.importing import try_imports
from sandbox.environments.resolving.indexes import elsewhere
from sandbox.environments.resolving.sourcing import MakeWheel
from sandbox.environments.resolving.uv import configuration, mask, uv_binary
from sandbox.environments.store import faults, scripts
from sandbox.environments.store.digests import Digests
from sandbox.environments.store.records import Record, load_record, save_base, save_record
from sandbox.environments.store.shipping import Parcel, pack_parcels, pack_texts
from sandbox.environments.store.telling import WAITING, figures_line, readable
from sandbox.environments.store.using import Use, use
from sandbox.environments.store.wheels import Goods, gather
from sandbox.errors import StoreError
from sandbox.interfaces import Step, StepResult, Workbench
from sandbox.paths import Home

Tell = Callable[[str], None]
_BUILD_TIMEOUT_S = 3600.0
_TO_SEND, _TO_FETCH = 3, 4
_SENDINGS = 3  # what was sent may be freed again before it is used


@dataclass(frozen=True)
class Build:
    """A built Environment.

    Attributes:
        base: image it was built on and has to be run on.
        python: path of its interpreter as seen inside.
        cached: it was there already.
        imports_ok: modules that import, without network.
        imports_failed: modules that do not, with the last line of the error.
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
    size_bytes: int | None = None
    new_bytes: int | None = None
    use: Use = field(default_factory=Use, repr=False, compare=False)


@dataclass(frozen=True)
class _Place:
    """Where one Environment on one base is built, and with what."""

    environment: Environment
    workbench: Workbench
    base: str
    indexes: PackageIndexes
    home: Home
    on_line: Tell | None

    @property
    def key(self) -> str:
        """An interpreter is linked to its base, so each base has its own."""
        return f"{self.environment.id}-{digest(self.base)[:8]}"

    @property
    def python(self) -> str:
        return f"{self.workbench.store}/environments/{self.key}/bin/python"

    @property
    def record(self) -> Path:
        """Each Workbench has its own, so that two of them do not forget in turns."""
        where = digest(self.workbench.identity)[:8]
        return self.home.builds / f"{self.key}-{where}.json"

    def run(self, script: str, *arguments: str, **options: object) -> StepResult:
        command = ("sh", "-c", script, "sandbox", self.workbench.store, *arguments)
        return self.workbench.run(Step(self.base, command, **options))  # type: ignore[arg-type]

    def say(self, line: str) -> None:
        if self.on_line is not None:
            self.on_line(line)


def build(  # noqa: PLR0913 - each is a thing of its own, and all but two are keywords
    environment: Environment,
    workbench: Workbench,
    *,
    base: str,
    indexes: PackageIndexes,
    home: Home,
    imports: Sequence[str] = (),
    make_wheel: MakeWheel | None = None,
    on_line: Tell | None = None,
) -> Build:
    """Build the Environment into the Store, or find it there; then try the imports.

    Safe to call from several processes at once: builds of one Environment wait for each other, also
    those of other homes and machines in the same Store. A second call takes milliseconds and
    reaches neither network nor engine. What is returned is not removed from the Store while it
    lives.

    Args:
        base: image's id, of `ensure_base`.
        imports: third-party modules to import in the finished Environment, without network.
        make_wheel: makes those that the lock has from source; None = such a lock is refused.
        on_line: told what happens, line by line.

    Raises:
        BuildError: the lock cannot be installed.
        NetworkError: an index does not answer.
        StoreError: the disk is full.
    """
    started = time.monotonic()
    place = _Place(environment, workbench, base, indexes, home, on_line)
    used = use(home.use_lock(place.key), base_lock(home, base))
    record = load_record(place.record, workbench.identity)
    cached = record is not None and record.is_fresh()
    if record is None or not cached or not record.imports.keys() >= set(imports):
        with FileLock(_made_folder(home.lock(f"build-{place.key}"))):
            known = load_record(place.record, workbench.identity)
            record, cached = _ensure(place, known, make_wheel)
            record = _try_imports(place, record, imports)
            save_record(place.record, record)
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
        record.size_bytes,
        record.new_bytes,
        used,
    )


def base_lock(home: Home, base: str) -> Path:
    """Held by who uses an Environment on that base."""
    return home.use_lock(f"base-{digest(base)[:16]}")


def _made_folder(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _ensure(
    place: _Place, known: Record | None, make_wheel: MakeWheel | None
) -> tuple[Record, bool]:
    """The build's record, and whether it was there before."""
    if known is not None and known.is_fresh():
        return known, True
    save_base(place.home, place.workbench.identity, place.base)
    fresh = Record(place.workbench.identity, place.python, place.base, seen_at=time.time())
    if known is not None or place.environment.from_source:
        done = place.run(
            scripts.KNOWN, place.key, place.home.identity, store_writable=True
        )  # before wheels are made for nothing
        faults.check(done, place.indexes, "look into the Store")
        if (seen := _figures(done, "complete")) is not None:
            kept = replace(known or fresh, seen_at=fresh.seen_at)
            return _with_figures(kept, seen), True
    started = time.monotonic()
    digests = Digests(place.home.cache / "digests.json")
    goods = gather(place.environment, place.indexes, make_wheel, digest=digests)
    binary = uv_binary()
    uv = Parcel(binary, digests(binary), executable=True)
    word, figures = _install(place, goods, uv)
    record = _with_figures(fresh, figures)
    if word == "built":
        place.say(figures_line(record.size_bytes, record.new_bytes, time.monotonic() - started))
    return record, word == "complete"


def _with_figures(record: Record, figures: dict[str, int]) -> Record:
    return replace(
        record,
        size_bytes=figures.get("size_bytes", record.size_bytes),
        new_bytes=figures.get("new_bytes", record.new_bytes),
    )


def _figures(done: StepResult, word: str) -> dict[str, int] | None:
    """What follows the word in what a step said, numbers only; None = it did not say it."""
    for line in reversed(done.output.splitlines()):
        first, _, rest = line.partition(" ")
        if first == word:
            try:
                said = json.loads(rest)
            except ValueError:
                return {}
            return {name: value for name, value in said.items() if isinstance(value, int)}
    return None


def _install(place: _Place, goods: Goods, uv: Parcel) -> tuple[str, dict[str, int]]:
    """`built` or `complete`, and its figures; the network is reached only where it is needed."""
    parcels = {one.place: one for one in (uv, *goods.parcels)}
    done, network = _attempt(place, goods, uv, network=False), False
    for _ in range(_SENDINGS):
        if done.exit_code == _TO_SEND:
            words = (line.partition("missing ") for line in done.output.splitlines())
            missing = {path for _, word, path in words if word}
            _upload(place, tuple(one for path, one in parcels.items() if path in missing))
        elif done.exit_code != _TO_FETCH or network:
            break
        done, network = _attempt(place, goods, uv, network=True), True
    faults.check(done, place.indexes, "install the packages")
    for word in ("built", "complete"):
        if (figures := _figures(done, word)) is not None:
            return word, figures
    raise StoreError("the Store did not say how a build ended", hint="see: sandbox doctor")


def _attempt(place: _Place, goods: Goods, uv: Parcel, *, network: bool) -> StepResult:
    environment = place.environment
    if network:
        count = len(environment.packages)
        place.say(f"installing {count} packages for Python {environment.python}")
    return place.run(
        scripts.BUILD,
        place.key,
        place.home.identity,
        environment.python,
        uv.place,
        scripts.inside("compiling"),
        "yes" if network else "no",
        stdin=pack_texts(_texts(place, goods, uv)),
        network=network,
        store_writable=True,
        timeout_s=_BUILD_TIMEOUT_S,
        on_line=lambda line: _say_progress(place, mask(line, place.indexes), network=network),
    )


def _texts(place: _Place, goods: Goods, uv: Parcel) -> dict[str, bytes]:
    certificate = place.indexes.certificate
    remote = elsewhere(place.indexes)
    # uv knows a wheel by its path, so that must be the same in each build for files to be shared
    folders = [f"{place.workbench.store}/{wheel.folder}" for wheel in goods.parcels]
    needed = [uv.place, *(wheel.place for wheel in goods.parcels)]
    environment = place.environment
    mark = {"environment": environment.id, "base": place.base, "python": environment.python}
    return {
        "lock.txt": goods.lock.encode() + b"\n" if goods.lock else b"",
        "uv.toml": configuration(remote, [*remote.find_links, *folders]).encode(),
        "ca.pem": Path(certificate).read_bytes() if certificate else b"",
        "needed.txt": "".join(f"{path}\n" for path in needed).encode(),
        "mark.json": json.dumps({**mark, "lock": digest(environment.lock)}).encode(),
    }


def _upload(place: _Place, parcels: tuple[Parcel, ...]) -> None:
    """One at a time, so that two builds do not send the same gigabyte twice."""
    with FileLock(place.home.lock("upload")):
        absent = _missing(place, (one.place for one in parcels)) if len(parcels) > 1 else None
        chosen = tuple(one for one in parcels if absent is None or one.place in absent)
        names = ", ".join(one.path.name for one in chosen[:3])
        more = f" and {len(chosen) - 3} more" if len(chosen) > 3 else ""
        size = sum(one.path.stat().st_size for one in chosen)
        place.say(f"sending to the Store ({size / 1e6:.0f} MB): {names}{more}")
        done = place.run(scripts.UPLOAD, stdin=pack_parcels(chosen), store_writable=True)
        faults.check(done, place.indexes, "send files to the Store")


def _missing(place: _Place, paths: Iterable[str]) -> frozenset[str]:
    done = place.run(scripts.MISSING, *paths)
    faults.check(done, place.indexes, "look into the Store")
    lines = (line.partition("missing ") for line in done.output.splitlines())
    return frozenset(path for _, word, path in lines if word)


def _try_imports(place: _Place, record: Record, imports: Sequence[str]) -> Record:
    """Import what is not known yet."""
    names = [name for name in dict.fromkeys(imports) if name not in record.imports]
    if not names:
        return record
    place.say(f"importing {', '.join(names)}")
    return record.knowing(try_imports(place.workbench, place.base, record.python, names))


def _say_progress(place: _Place, line: str, *, network: bool) -> None:
    """Without network a step may fail, and is taken again with it: that is nobody's concern."""
    told = readable(line)
    if told and (network or told.startswith(WAITING)):
        place.say(told)

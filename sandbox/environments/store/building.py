"""From a lock to an interpreter in the Store: wheels only, hard-linked, all or nothing."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from packaging.version import Version

from sandbox.domain import Dropped, Environment, PackageIndexes, digest
from sandbox.environments.checking.importing import try_imports
from sandbox.environments.resolving.indexes import elsewhere, local_wheels
from sandbox.environments.resolving.uv import check_machine, configuration, mask, uv_binary
from sandbox.environments.store import scripts
from sandbox.environments.store.records import Record, load_record, save_record
from sandbox.environments.store.shipping import Parcel, pack_parcels, pack_texts, parcel
from sandbox.errors import BuildError, StoreError
from sandbox.interfaces import Step, StepResult, Workbench
from sandbox.paths import Home

Tell = Callable[[str], None]
_BUILD_TIMEOUT_S = 3600.0


_PROGRESS = ("Downloading", "Prepared", "Installed", "Bytecode", "warning", "error")


@dataclass(frozen=True)
class Build:
    """A built Environment.

    Attributes:
        base: image it was built on and has to be run on.
        python: path of its interpreter as seen inside.
        cached: it was there already.
        imports_ok: modules that import, without network.
        imports_failed: modules that do not, with the last line of the error.
    """

    environment: Environment
    base: str
    python: str
    cached: bool
    elapsed_s: float
    imports_ok: tuple[str, ...] = ()
    imports_failed: tuple[Dropped, ...] = ()


@dataclass(frozen=True)
class _Place:
    """Where one Environment on one base is built, and with what."""

    environment: Environment
    workbench: Workbench
    base: str
    indexes: PackageIndexes
    on_line: Tell | None

    @property
    def key(self) -> str:
        """An interpreter is linked to its base, so each base has its own."""
        return f"{self.environment.id}-{digest(self.base)[:8]}"

    @property
    def python(self) -> str:
        return f"{self.workbench.store}/environments/{self.key}/bin/python"

    def run(self, script: str, *arguments: str, **options: object) -> StepResult:
        command = ("sh", "-c", script, "sandbox", self.workbench.store, *arguments)
        return self.workbench.run(Step(self.base, command, **options))  # type: ignore[arg-type]


def build(  # noqa: PLR0913 - each is a thing of its own, and all but two are keywords
    environment: Environment,
    workbench: Workbench,
    *,
    base: str,
    indexes: PackageIndexes,
    home: Home,
    imports: Sequence[str] = (),
    on_line: Tell | None = None,
) -> Build:
    """Build the Environment into the Store, or find it there; then try the imports.

    Safe to call from several processes at once: builds of one Environment wait for each other.
    A second call takes milliseconds and reaches neither network nor engine.

    Args:
        base: image's id, of `ensure_base`.
        imports: third-party modules to import in the finished Environment, without network.
        on_line: told what happens, line by line.

    Raises:
        BuildError: the lock cannot be installed.
        NetworkError: an index does not answer.
        StoreError: the disk is full.
    """
    started = time.monotonic()
    place = _Place(environment, workbench, base, indexes, on_line)
    path = home.cache / "builds" / f"{place.key}.json"
    record = load_record(path, workbench.identity)
    cached = record is not None
    if record is None or not record.imports.keys() >= set(imports):
        lock = home.lock(f"build-{place.key}")
        lock.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock):
            record, cached = _ensure(place, home, load_record(path, workbench.identity))
            record = _try_imports(place, record, imports)
            save_record(path, record)
    failed = [Dropped(name, why) for name in imports if (why := record.imports[name]) is not None]
    return Build(
        environment,
        base,
        place.python,
        cached,
        time.monotonic() - started,
        tuple(name for name in imports if record.imports[name] is None),
        tuple(failed),
    )


def _ensure(place: _Place, home: Home, record: Record | None) -> tuple[Record, bool]:
    """The build's record, and whether it was there before."""
    if record is not None:
        return record, True
    fresh = Record(place.workbench.identity, place.python)
    uv = parcel(uv_binary(), executable=True)
    wheels = _own_wheels(place)
    mark = f"environments/{place.key}/.complete"
    missing = _missing(place, (mark, uv.place, *(wheel.place for wheel in wheels)))
    if mark not in missing:
        return fresh, True
    _upload(place, tuple(one for one in (uv, *wheels) if one.place in missing), home)
    _install(place, uv, wheels)
    return fresh, False


def _missing(place: _Place, paths: Iterable[str]) -> frozenset[str]:
    done = place.run(scripts.MISSING, *paths)
    _check(place, done, "look into the Store")
    lines = (line.partition("missing ") for line in done.output.splitlines())
    return frozenset(path for _, word, path in lines if word)


def _own_wheels(place: _Place) -> tuple[Parcel, ...]:
    """Wheels in folders of this machine that the lock asks for; they cannot be fetched inside."""
    environment = place.environment
    locked: dict[str, tuple[Version, frozenset[str]]] = {}
    for line in environment.lock.splitlines():
        pin, *sums = line.split(" --hash=sha256:")
        name, _, text = pin.partition("==")
        locked[name] = (Version(text), frozenset(sums))
    found: dict[str, Parcel] = {}
    for wheel in local_wheels(place.indexes, locked):
        version, hashes = locked[wheel.name]
        fits = wheel.version == version and wheel.fits(environment.python, platform.machine())
        if fits and wheel.name not in found and (not hashes or wheel.digest() in hashes):
            found[wheel.name] = Parcel(wheel.path, wheel.digest())
    return tuple(found.values())


def _upload(place: _Place, parcels: tuple[Parcel, ...], home: Home) -> None:
    """One at a time, so that two builds do not send the same gigabyte twice."""
    if not parcels:
        return
    with FileLock(home.lock("upload")):
        absent = _missing(place, (one.place for one in parcels)) if len(parcels) > 1 else None
        chosen = tuple(one for one in parcels if absent is None or one.place in absent)
        names = ", ".join(one.path.name for one in chosen[:3])
        size = sum(one.path.stat().st_size for one in chosen)
        _say(place, f"sending {len(chosen)} files to the Store ({size / 2**20:.0f} MB): {names}")
        done = place.run(scripts.UPLOAD, stdin=pack_parcels(chosen), store_writable=True)
        _check(place, done, "send files to the Store")


def _install(place: _Place, uv: Parcel, wheels: tuple[Parcel, ...]) -> None:
    environment = place.environment
    certificate = place.indexes.certificate
    remote = elsewhere(place.indexes)
    # uv knows a wheel by its path, so that must be the same in each build for files to be shared
    folders = [f"{place.workbench.store}/{wheel.folder}" for wheel in wheels]
    texts = {
        "lock.txt": environment.lock.encode() + b"\n" if environment.lock else b"",
        "uv.toml": configuration(remote, [*remote.find_links, *folders]).encode(),
        "ca.pem": Path(certificate).read_bytes() if certificate else b"",
    }
    _say(place, f"installing {len(environment.packages)} packages for Python {environment.python}")
    done = place.run(
        scripts.BUILD,
        place.key,
        environment.python,
        uv.place,
        scripts.COMPILE,
        stdin=pack_texts(texts),
        network=True,
        store_writable=True,
        timeout_s=_BUILD_TIMEOUT_S,
        on_line=lambda line: _say_progress(place, mask(line, place.indexes)),
    )
    _check(place, done, "install the packages")


def _check(place: _Place, done: StepResult, doing: str) -> None:
    """Raise what a step's end means: the network, the disk, or the lock."""
    if done.exit_code == 0 and not done.timed_out:
        return
    text = mask(done.output, place.indexes)
    check_machine(text, hint="try again, or check the package index with: sandbox doctor")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else f"exit code {done.exit_code}"
    if done.timed_out or done.out_of_memory:
        last = "it took too long" if done.timed_out else "it needed too much memory"
    kind = BuildError if doing == "install the packages" else StoreError
    raise kind(f"cannot {doing}: {last}", hint="see: sandbox doctor", said="\n".join(lines[-20:]))


def _try_imports(place: _Place, record: Record, imports: Sequence[str]) -> Record:
    """Import what is not known yet."""
    names = [name for name in dict.fromkeys(imports) if name not in record.imports]
    if not names:
        return record
    _say(place, f"importing {', '.join(names)}")
    return record.knowing(try_imports(place.workbench, place.base, record.python, names))


def _say_progress(place: _Place, line: str) -> None:
    """What takes time; the packages themselves stand in the lock."""
    if line.strip().startswith(_PROGRESS):
        _say(place, line)


def _say(place: _Place, line: str) -> None:
    if place.on_line is not None:
        place.on_line(line)

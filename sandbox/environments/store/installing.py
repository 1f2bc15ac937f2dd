"""Installs a lock into the Store: wheels only, hard-linked, all or nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from filelock import FileLock

from sandbox.domain import digest
from sandbox.environments.checking.importing import Known, import_all, importing
from sandbox.environments.programs import program
from sandbox.environments.remembering import digests
from sandbox.environments.resolving.indexes import elsewhere
from sandbox.environments.resolving.sourcing import MakeWheels
from sandbox.environments.resolving.uv import configuration, mask, uv_binary
from sandbox.environments.store import faults, scripts
from sandbox.environments.store.places import Place
from sandbox.environments.store.records import Record, load_records, save_base, seen_packages
from sandbox.environments.store.shipping import Parcel, pack
from sandbox.environments.store.telling import WAITING, figures_line, readable
from sandbox.environments.store.wheels import Goods, gather, pins
from sandbox.errors import StoreError
from sandbox.interfaces import StepResult

_TO_SEND, _TO_FETCH = 3, 4
_SENDINGS = 3  # what was sent may be freed again before it is used
_LITTLE = 16 * 2**20  # bytes that are sent unasked: half a second to ask costs more


def ensure(
    place: Place, known: Record | None, make_wheels: MakeWheels | None, imports: Sequence[str]
) -> tuple[Record, bool]:
    """The build's record, with the imports tried, and whether it was there before."""
    if known is not None and known.is_fresh():
        return _knowing(place, known, imports), True
    save_base(place.home, place.workbench.identity, place.base)
    fresh = Record(
        place.workbench.identity,
        place.python,
        place.base,
        seen_at=time.time(),
        packages=_packages(place),
        pins=_pins(place),
    )
    if known is not None or place.environment.from_source:
        done = place.run(
            scripts.KNOWN, place.key, place.home.identity, store_writable=True
        )  # before wheels are made for nothing
        faults.check(done, place.indexes, "look into the Store")
        if (seen := _figures(done, "complete")) is not None:
            kept = replace(known or fresh, seen_at=fresh.seen_at)
            return _knowing(place, _with_figures(kept, seen), imports), True
    started = time.monotonic()
    digest_of = digests(place.home.cache)
    goods = gather(place.environment, place.indexes, make_wheels, digest=digest_of)
    binary = uv_binary()
    uv = Parcel(binary, digest_of(binary), executable=True)
    names = tuple(dict.fromkeys(imports))
    others = _known_elsewhere(place, names)
    with importing(place.workbench, place.base, place.python, names, others) as try_them:
        word, figures = _install(place, goods, uv)
        record = _with_figures(fresh, figures)
        if word == "built":
            place.say(figures_line(record.size_bytes, record.new_bytes, time.monotonic() - started))
        _say_importing(place, names)
        return record.knowing(try_them()), word == "complete"


def _packages(place: Place) -> tuple[str, ...]:
    return tuple(f"{name}=={text}" for name, text in place.environment.packages.items())


def _pins(place: Place) -> tuple[str, ...]:
    """Packages of one version may differ: made of other commits, or of other files."""
    return tuple(digest(asdict(one))[:16] for one in pins(place.environment.lock))


def _known_elsewhere(place: Place, names: Sequence[str]) -> list[Known]:
    """Environments with some of these packages and no others, where some of the names import."""
    ours, wanted = frozenset(_pins(place)), set(names)
    records = load_records(place.home.builds, place.workbench.identity).values()
    several = (record for _, record in records if record.base == place.base)
    fitting = [one for one in several if one.touched and one.pins and ours.issuperset(one.pins)]
    found: list[Known] = []
    for record in sorted(fitting, key=lambda one: -len(one.packages)):
        fine = {name for name in wanted if record.imports.get(name, "not tried") is None}
        here = {name: what for name, what in record.touched.items() if name in fine}
        wanted -= here.keys()
        if here:
            versions = dict(one.split("==", 1) for one in record.packages)
            found.append(Known(versions, here))
    return found


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


def _install(place: Place, goods: Goods, uv: Parcel) -> tuple[str, dict[str, int]]:
    """`built` or `complete`, and its figures; the network is reached only where it is needed.

    A step without it comes first, for which half a second is lost where it does not suffice; that
    is known beforehand of packages that this home has never had. Those of them that come from this
    machine are sent along.
    """
    parcels = {one.place: one for one in (uv, *goods.parcels.values())}
    seen = seen_packages(place.home, place.workbench.identity)
    new = _unseen(place, seen) if seen else frozenset()
    network = not new <= goods.parcels.keys()
    along = tuple(parcel for name, parcel in goods.parcels.items() if name in new)
    if sum(one.path.stat().st_size for one in along) > _LITTLE:
        along = ()
    done = _attempt(place, goods, uv, along, network=network)
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


def _unseen(place: Place, seen: frozenset[str]) -> frozenset[str]:
    """Names of distributions that this home never had in that version."""
    packages = place.environment.packages.items()
    return frozenset(name for name, text in packages if f"{name}=={text}" not in seen)


def _attempt(
    place: Place, goods: Goods, uv: Parcel, along: tuple[Parcel, ...] = (), *, network: bool
) -> StepResult:
    environment = place.environment
    if network:
        count = len(environment.packages)
        place.say(f"installing {count} packages for Python {environment.python}")
    texts = _texts(place, goods, uv, network=network)

    def hear(line: str) -> None:
        _say_progress(place, mask(line, place.indexes), network=network)

    return place.standby.run(
        place.workbench,
        place.base,
        pack(texts, along, below="arriving/"),
        hear,
        network=network,
    )


def _texts(place: Place, goods: Goods, uv: Parcel, *, network: bool) -> dict[str, bytes]:
    certificate = place.indexes.certificate
    remote = elsewhere(place.indexes)
    # uv knows a wheel by its path, so that must be the same in each build for files to be shared
    wheels = goods.parcels.values()
    folders = [f"{place.workbench.store}/{wheel.folder}" for wheel in wheels]
    needed = [uv.place, *(wheel.place for wheel in wheels)]
    environment = place.environment
    asked = (place.key, place.home.identity, environment.python, uv.place)
    mark = {"environment": environment.id, "base": place.base, "python": environment.python}
    return {
        "asked.txt": "\n".join((*asked, "yes" if network else "no", "")).encode(),
        "compiling.py": program(__package__, "compiling").encode(),
        "lock.txt": goods.lock.encode() + b"\n" if goods.lock else b"",
        "uv.toml": configuration(remote, [*remote.find_links, *folders]).encode(),
        "ca.pem": Path(certificate).read_bytes() if certificate else b"",
        "needed.txt": "".join(f"{path}\n" for path in needed).encode(),
        "mark.json": json.dumps({**mark, "lock": digest(environment.lock)}).encode(),
    }


def _upload(place: Place, parcels: tuple[Parcel, ...]) -> None:
    """One at a time, so that two builds do not send the same gigabyte twice."""
    with FileLock(place.home.lock("upload")):
        absent = _missing(place, (one.place for one in parcels)) if len(parcels) > 1 else None
        chosen = tuple(one for one in parcels if absent is None or one.place in absent)
        names = ", ".join(one.path.name for one in chosen[:3])
        more = f" and {len(chosen) - 3} more" if len(chosen) > 3 else ""
        size = sum(one.path.stat().st_size for one in chosen)
        place.say(f"sending to the Store ({size / 1e6:.0f} MB): {names}{more}")
        done = place.run(scripts.UPLOAD, stdin=pack({}, chosen), store_writable=True)
        faults.check(done, place.indexes, "send files to the Store")


def _missing(place: Place, paths: Iterable[str]) -> frozenset[str]:
    done = place.run(scripts.MISSING, *paths)
    faults.check(done, place.indexes, "look into the Store")
    lines = (line.partition("missing ") for line in done.output.splitlines())
    return frozenset(path for _, word, path in lines if word)


def _knowing(place: Place, record: Record, imports: Sequence[str]) -> Record:
    """The record with what is not known yet imported, in the finished Environment."""
    names = [name for name in dict.fromkeys(imports) if name not in record.imports]
    if not names:
        return record
    _say_importing(place, names)
    return record.knowing(import_all(place.workbench, place.base, record.python, names))


def _say_importing(place: Place, names: Sequence[str]) -> None:
    if names:
        place.say(f"importing {', '.join(names)}")


def _say_progress(place: Place, line: str, *, network: bool) -> None:
    """Without network a step may fail, and is taken again with it: that is nobody's concern."""
    told = readable(line)
    if told and (network or told.startswith(WAITING)):
        place.say(told)

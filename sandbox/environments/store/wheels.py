"""Wheels that the Store cannot fetch: the site's own, and those made from sdists."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import canonicalize_version
from packaging.version import Version

from sandbox.domain import FROM_SOURCE, Environment, PackageIndexes
from sandbox.environments.remembering import sha256_of
from sandbox.environments.resolving.indexes import local_wheels
from sandbox.environments.resolving.sourcing import MadeWheel, MakeWheels, NotMade, Wish
from sandbox.environments.store.shipping import Parcel
from sandbox.errors import BuildError

_HASH = " --hash=sha256:"


@dataclass(frozen=True)
class Pin:
    """One line of a lock.

    Attributes:
        origin: address of the git repository whose commit it is made from; empty = an index has it.
    """

    name: str
    version: str
    hashes: tuple[str, ...]
    from_source: bool
    origin: str = ""

    @property
    def release(self) -> str:
        return f"{self.name}=={self.version}"

    @property
    def line(self) -> str:
        return self.release + "".join(f"{_HASH}{one}" for one in self.hashes)


@dataclass(frozen=True)
class Goods:
    """What an installation needs from this machine.

    Attributes:
        lock: every line bears hashes of wheels; those made from sdists have their wheel's own.
        parcels: the wheels, by distribution.
        made: names of distributions whose wheels were made from sdists.
    """

    lock: str
    parcels: Mapping[str, Parcel] = field(default_factory=dict)
    made: frozenset[str] = frozenset()


def pins(lock: str) -> Iterator[Pin]:
    """The lines of a lock."""
    for line in lock.splitlines():
        head, source, origin = line.partition(FROM_SOURCE)
        pin, *hashes = head.split(_HASH)
        name, equals, version = pin.strip().partition("==")
        if equals and not name.startswith("#"):
            sums = tuple(one.strip() for one in hashes)
            yield Pin(name, version, sums, bool(source), origin.strip())


def gather(
    environment: Environment,
    indexes: PackageIndexes,
    make_wheels: MakeWheels | None,
    *,
    digest: Callable[[Path], str] = sha256_of,
) -> Goods:
    """Finds and makes them.

    Args:
        digest: SHA-256 of a file.

    Raises:
        BuildError: a wheel cannot be made; the last lines of the log are its fact `said`.
    """
    locked = list(pins(environment.lock))
    plain = {one.name: one for one in locked if not one.from_source}
    own = _own(environment, indexes, plain, digest)
    made = _made([one for one in locked if one.from_source], environment, make_wheels)
    lines = [_with_own_hash(one, made.get(one.name)) for one in locked]
    return Goods("\n".join(lines), {**own, **made}, frozenset(made))


def _with_own_hash(pin: Pin, made: Parcel | None) -> str:
    return Pin(pin.name, pin.version, (made.sha256,), from_source=False).line if made else pin.line


def _own(
    environment: Environment,
    indexes: PackageIndexes,
    locked: dict[str, Pin],
    digest: Callable[[Path], str],
) -> dict[str, Parcel]:
    """Wheels in folders of this machine that the lock asks for; they cannot be fetched inside."""
    found: dict[str, Parcel] = {}
    for wheel in local_wheels(indexes, locked):
        pin = locked[wheel.name]
        fits = wheel.version == Version(pin.version)
        fits = fits and wheel.fits(environment.python, platform.machine())
        if not fits or wheel.name in found:
            continue
        sha256 = wheel.sha256 or digest(wheel.path)
        if not pin.hashes or sha256 in pin.hashes:
            found[wheel.name] = Parcel(wheel.path, sha256)
    return found


def _made(
    locked: Sequence[Pin], environment: Environment, make_wheels: MakeWheels | None
) -> dict[str, Parcel]:
    """By name."""
    if not locked:
        return {}
    if make_wheels is None:
        raise BuildError(
            f"{locked[0].release} has no wheel, and nothing here makes one from its source"
        )
    answers = make_wheels([_wish(pin, environment.python) for pin in locked])
    return {pin.name: _parcel(pin, one) for pin, one in zip(locked, answers, strict=True)}


def _wish(pin: Pin, python: str) -> Wish:
    asked = f"{pin.name} @ {pin.origin}" if pin.origin else pin.release
    return Wish(asked, python, sha256=pin.hashes[0] if pin.hashes else None)


def _parcel(pin: Pin, answer: MadeWheel | NotMade) -> Parcel:
    wanted = pin.release
    if isinstance(answer, NotMade):
        last = f": {answer.log[-1].strip()}" if answer.log and answer.log[-1].strip() else ""
        raise BuildError(
            f"{wanted} cannot be made from its source: {answer.why}{last}",
            hint="another version may have a wheel: name it in a recipe",
            said="\n".join(answer.log),
        )
    made = f"{answer.name}=={answer.version}"
    if pin.origin and _same(made) != _same(wanted):
        raise BuildError(
            f"{pin.origin} makes {made}, and the lock names {wanted}",
            hint="the lock was changed, or the version is another with each build",
        )
    return Parcel(answer.wheel, sha256_of(answer.wheel))


def _same(pin: str) -> tuple[str, str]:
    """Equal for pins of one release, however it is written."""
    name, _, version = pin.partition("==")
    return name, canonicalize_version(version)

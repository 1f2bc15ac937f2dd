"""Asks uv, with what stays the same over all attempts of one resolution."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from sandbox.domain import PackageIndexes
from sandbox.environments.resolving.attempt import Attempt
from sandbox.environments.resolving.catalogue import Catalogue, File
from sandbox.environments.resolving.companions import (
    Companion,
    companions,
    is_for_cpu,
    metadata_tables,
)
from sandbox.environments.resolving.indexes import (
    Wheel,
    metadata_of,
    own_builds,
    supported_tags,
)
from sandbox.environments.resolving.metadata import Metadata, read_metadata
from sandbox.environments.resolving.offering import Offers
from sandbox.environments.resolving.pages import read_pages, read_sidecar
from sandbox.environments.resolving.relaxing import Ways, build_next, reason, without_wheels
from sandbox.environments.resolving.requirements import name_of, plain, with_versions
from sandbox.environments.resolving.sourcing import Wish
from sandbox.environments.resolving.twins import overrides
from sandbox.environments.resolving.uv import Conflict, Locked, Query, compile_lock

_UNREADABLE = re.compile(r"([\w.-]+[<>=!~][\w.!+,<>=~-]*) has invalid metadata")
_AHEAD = 12  # packages that are found to have no wheel before the first of them is made
_RELEASES = 12  # of one distribution that are read for uv, the newest


@dataclass(frozen=True)
class Resolver:
    """Everything that one resolution asks of the world.

    Attributes:
        own: the site's own builds that may be used.
        overrides: what stands in place of all that is asked of the same name.
        refused, read, mended: what was found out so far.
    """

    indexes: PackageIndexes
    cache: Path
    machine: str
    own: tuple[Wheel, ...]
    offers: Offers
    overrides: tuple[str, ...] = ()
    refused: dict[tuple[str, str], str | None] = field(default_factory=dict)
    read: dict[str, tuple[File, ...]] = field(default_factory=dict)
    mended: dict[str, Metadata | None] = field(default_factory=dict)

    @classmethod
    def of(  # noqa: PLR0913 - each is a thing of its own, and two are keywords
        cls,
        indexes: PackageIndexes,
        cache: Path,
        machine: str,
        offers: Offers,
        *,
        accelerator: str,
        from_index: Collection[str] = (),
        overrides: Sequence[str] = (),
    ) -> Resolver:
        """Builds for CPUs are of no use where a GPU is asked for.

        Args:
            from_index: distributions that are not to be the site's own builds.
            overrides: what stands in place of all that is asked of the same name.
        """
        wheels = [wheel for wheel in own_builds(indexes) if wheel.name not in from_index]
        own = tuple(wheel for wheel in wheels if accelerator == "cpu" or not is_for_cpu(wheel))
        return cls(indexes, cache, machine, own, offers, tuple(overrides))

    @cached_property
    def catalogue(self) -> Catalogue:
        """Of all that was read so far."""
        return Catalogue(self.read, self.machine)

    def builds(self, python: str) -> dict[str, Wheel]:
        """The site's newest own build of each distribution for that Python."""
        fitting = [wheel for wheel in self.own if wheel.fits(python, self.machine)]
        return {wheel.name: wheel for wheel in sorted(fitting, key=lambda wheel: wheel.version)}

    def companions(self, python: str) -> Mapping[str, Companion | None]:
        return companions(self.builds(python))

    def on(self, attempt: Attempt, python: str) -> Attempt:
        """The attempt on that Python, with what the site has settled for it."""
        settled = {*self.builds(python), *self.companions(python), *self.offers.settled}
        return replace(attempt, python=python, own=frozenset(settled))

    def needs(self, wheel: Wheel) -> tuple[str, ...]:
        """What one of the site's own builds needs, PEP 508."""
        metadata = metadata_of(wheel, self.cache)
        return metadata.requires if metadata else ()

    def read_catalogue(self, names: Iterable[str]) -> Catalogue:
        self.read.update(read_pages(names, self.indexes))
        return self.catalogue

    def ask(self, attempt: Attempt, *, cpu_torch: bool = False) -> list[Locked] | Conflict:
        """What fits together; what uv cannot read of a wheel's metadata is mended for it."""
        answer = self._ask_once(attempt, cpu_torch=cpu_torch) if attempt.wanted else []
        while isinstance(answer, Conflict) and self._mend(answer.text, attempt.python):
            answer = self._ask_once(attempt, cpu_torch=cpu_torch)
        return answer

    def _mend(self, conflict: str, python: str) -> bool:
        """Whether there is something new that uv can be told."""
        asked = map(Requirement, _UNREADABLE.findall(conflict))
        pins = [pin for one in asked for pin in self._releases(one, python)]
        new = [pin for pin in dict.fromkeys(pins) if pin not in self.mended]
        self.mended.update({pin: self._readable(Requirement(pin), python) for pin in new})
        return any(self.mended[pin] for pin in new)

    def _releases(self, requirement: Requirement, python: str) -> list[str]:
        """The releases that a range of uv's means, newest first."""
        wheels = self._look_up(str(requirement)).wheels(requirement, python)
        versions = sorted({file.version for file in wheels}, reverse=True)
        return [f"{requirement.name}=={version}" for version in versions[:_RELEASES]]

    def _readable(self, pin: Requirement, python: str) -> Metadata | None:
        for file in self._look_up(str(pin)).wheels(pin, python):
            text = read_sidecar(file, self.indexes)
            if text is not None:
                return read_metadata(name_of(str(pin)), str(file.version), text)
        return None

    def _ask_once(self, attempt: Attempt, *, cpu_torch: bool) -> list[Locked] | Conflict:
        builds, beside = self.builds(attempt.python), self.companions(attempt.python)
        answer = compile_lock(
            Query(
                attempt.wanted,
                self._constraints(attempt, builds, beside),
                attempt.python,
                attempt.as_of,
                {**attempt.dates, **dict.fromkeys((*attempt.own, *self.made_for(attempt.python)))},
                self.machine,
                tuple(builds.values()),
                self.offers.folders,
                self._metadata(builds, beside),
                self._stable(attempt),
                cpu_torch,
                (
                    *(one for one in self.overrides if name_of(one) not in attempt.own),
                    *overrides(attempt),
                    *self._of_any_version(attempt.python),
                ),
            ),
            indexes=self.indexes,
            cache=self.cache,
        )
        return answer if isinstance(answer, Conflict) else list(map(self._sourced, answer))

    def ways(self, python: str) -> Ways:
        return replace(self._ways(python, self.offers), foresee=self._foresee)

    def _ways(self, python: str, offers: Offers) -> Ways:
        has_wheel, first_date = partial(self.has_wheel, python), partial(self.first_date, python)
        refuse, needed = partial(self.refuse, python), partial(self.needed, python)
        return Ways(refuse, offers, has_wheel, first_date, needed)

    def _foresee(self, attempt: Attempt, conflict: str) -> None:
        """Has made together what will be offered, as far as that is known before any is made.

        uv names what has no wheel one after the other, so it is asked as if nobody needed those
        that it has named. What these need in turn it cannot know; that comes up when they are made.
        """
        wishes: list[Wish] = []
        for _ in range(_AHEAD if self.offers.make else 0):
            following, new = self._next(attempt, conflict)
            if following is None or not self.offers.answers.keys().isdisjoint(new):
                break
            wishes += new
            names = (name_of(wish.requirement) for wish in new)
            attempt = replace(following, replaced=following.replaced.union(names))
            answer = self._ask_once(attempt, cpu_torch=False)
            conflict = answer.text if isinstance(answer, Conflict) else ""
        self.offers.ahead(wishes)

    def _next(self, attempt: Attempt, conflict: str) -> tuple[Attempt | None, tuple[Wish, ...]]:
        """What would be asked after that, and what would be offered for it: nothing for a twin."""
        dry = self.offers.dry()
        following = build_next(attempt, conflict, self._ways(attempt.python, dry))
        return following, tuple(dry.answers)

    def needed(self, python: str, text: str, name: str, until: str | None) -> str | None:
        """What the newest release that meets a requirement, of a date, needs of a distribution.

        None = it needs any, or none without a wheel.
        """
        files = self._look_up(text).wheels(Requirement(text), python, until)
        if not files:
            return None
        pin = with_versions(text, f"=={max(file.version for file in files)}")
        answer = self._ask_once(self.on(Attempt((pin,), python, until), python), cpu_torch=False)
        found = dict(without_wheels(answer.text)) if isinstance(answer, Conflict) else {}
        return found[name] if found.get(name, name) != name else None

    def has_wheel(self, python: str, requirement: str, until: str | None) -> bool:
        """Whether a wheel for that Python meets it that is not newer than the date."""
        return bool(self._look_up(requirement).wheels(Requirement(requirement), python, until))

    def first_date(self, python: str, requirement: str, after: str) -> str | None:
        """When the first wheel for that Python came that meets it, after that date."""
        return self._look_up(requirement).first_date(Requirement(requirement), python, after)

    def _look_up(self, requirement: str) -> Catalogue:
        name = name_of(requirement)
        return self.read_catalogue(() if name in self.read else (name,))

    def refuse(self, python: str, name: str) -> str | None:
        """Why no version of it installs, today; None = one does, or it is not its own fault."""
        key = (python, name)
        if key not in self.refused:
            answer = self.ask(self.on(Attempt((name,), python), python))
            why = reason(answer.text) if isinstance(answer, Conflict) else ""
            self.refused[key] = why if name in why else None
        return self.refused[key]

    def _constraints(
        self,
        attempt: Attempt,
        builds: Mapping[str, Wheel],
        beside: Mapping[str, Companion | None],
    ) -> tuple[str, ...]:
        """Those of the site hold; those of lock files give way to what is settled."""
        settled = {name: str(wheel.version) for name, wheel in builds.items()}
        settled |= {name: which.version for name, which in beside.items() if which}
        settled |= self.made_for(attempt.python)
        kept = (text for text in attempt.constraints if name_of(text) not in settled)
        return (
            *self.indexes.constraints,
            *(f"{name}=={version}" for name, version in settled.items()),
            *(_constraint(text) for text in kept),
        )

    def made_for(self, python: str) -> dict[str, str]:
        """Versions of the wheels made here that install on that Python."""
        tags = supported_tags(python, self.machine)
        return {
            name: made.version
            for name, made in self.offers.made.items()
            if not tags.isdisjoint(parse_wheel_filename(made.wheel.name)[3])
        }

    def _of_any_version(self, python: str) -> tuple[str, ...]:
        """What others ask of a version that nobody knows says nothing."""
        made = self.made_for(python).items()
        return tuple(f"{n}=={v}" for n, v in made if self.offers.made[n].is_of_any_version)

    def _metadata(self, builds: Mapping[str, Wheel], beside: Mapping[str, Companion | None]) -> str:
        """So that uv need not unpack the site's wheels to learn what they need."""
        found = filter(None, (metadata_of(wheel, self.cache) for wheel in builds.values()))
        mended = filter(None, self.mended.values())
        return metadata_tables(beside) + "".join(one.table for one in (*found, *mended))

    def _stable(self, attempt: Attempt) -> frozenset[str]:
        """Else uv turns to a pre-release where a final one has no wheel."""
        stable = {t: self.catalogue.is_stable(Requirement(t)) for t in attempt.wanted}
        others = {name_of(text) for text, final in stable.items() if not final}
        made = self.offers.made.keys()
        return frozenset({name_of(text) for text in stable} - others - made - attempt.own)

    def _sourced(self, package: Locked) -> Locked:
        """A wheel that was made here is known by its sdist."""
        made = self.offers.made.get(str(canonicalize_name(package.name)))
        if made is None or Version(made.version) != Version(package.version):
            return package
        hashes = (f"sha256:{made.sdist_sha256}",)
        return replace(package, hashes=hashes, from_source=True, origin=made.origin)


def _constraint(text: str) -> str:
    """A constraint may have a marker, but no extras."""
    marker = Requirement(text).marker
    return f"{plain(text)} ; {marker}" if marker else plain(text)

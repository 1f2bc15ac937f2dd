"""Which release of a distribution has what the installed one lacks, as the index's wheels say."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path

from packaging.version import InvalidVersion, Version

from sandbox.domain import PackageIndexes, digest
from sandbox.environments.resolving.catalogue import File
from sandbox.environments.resolving.contents import has_name
from sandbox.environments.resolving.pages import read_pages
from sandbox.environments.resolving.web import Web
from sandbox.errors import NetworkError
from sandbox.files import write_text

_AT_ONCE = 6  # names that are looked for
_MONTH_S = 30 * 24 * 3600.0
_KEPT = 500
_PYTHONS = [f"3.{minor}" for minor in range(7, 15)]


@dataclass(frozen=True)
class Lost:
    """What an installed distribution does not have.

    Attributes:
        name: dotted, a module or a name in one; `is_module`: it is known to be a module.
        version: the installed one.
    """

    name: str
    distribution: str
    version: str
    is_module: bool = False


def find_releases(
    wanted: Sequence[Lost],
    *,
    indexes: PackageIndexes,
    cache: Path,
    python: str,
    machine: str,
    on_line: Callable[[str], None] = lambda _: None,
) -> dict[str, str]:
    """By name, the bounds of the nearest release that has it: `a<2`, `a>=3`, `a<2 python<3.10`.

    Of each wheel that is looked into a few hundred kilobytes are fetched; nothing of it is run.
    What is found is remembered for a month.

    Args:
        python, machine: `X.Y`, `x86_64`: of the Environment.
        on_line: told what is looked for.
    """
    memory = _Memory(cache / "releases.json")
    keys = {one: digest(asdict(one), python, machine)[:16] for one in wanted[:_AT_ONCE]}
    known = {one: memory.get(key) for one, key in keys.items()}
    new = [one for one, words in known.items() if words is None]
    with suppress(NetworkError):  # what is looked for is no more than a guide
        for one, words in _search(new, indexes, python, machine, on_line):
            known[one] = words
            memory.put(keys[one], words)
    return {one.name: words for one, words in known.items() if words}


def _search(
    wanted: Sequence[Lost],
    indexes: PackageIndexes,
    python: str,
    machine: str,
    on_line: Callable[[str], None],
) -> Iterator[tuple[Lost, str]]:
    if not wanted:
        return
    with Web(indexes) as web:
        for one in wanted:
            on_line(f"looking for a release of {one.distribution} that has {one.name}")
            files = read_pages([one.distribution], indexes)[one.distribution]
            yield one, _Search(files, one, python, machine, web).words()


@dataclass(frozen=True)
class _Search:
    files: Sequence[File]
    lost: Lost
    python: str
    machine: str
    web: Web

    def words(self) -> str:
        """Empty = no release that was looked into has it."""
        try:
            installed = Version(Version(self.lost.version).public)
        except InvalidVersion:
            return ""
        if self._has(installed):
            return ""  # it is there, and lost for another reason
        usable = {file.version for file in self.files if file.fits(self.python, self.machine)}
        for among in (usable, {file.version for file in self.files if file.tag}):
            versions = sorted({one for one in among if not one.is_prerelease} | {installed})
            at = versions.index(installed)
            found = nearest(at, [partial(self._has, one) for one in versions])
            if found is not None:
                return self._bounds(versions, at, found)
        return ""

    def _bounds(self, versions: Sequence[Version], at: int, found: int) -> str:
        version, name = versions[found], self.lost.distribution
        bound = f"{name}<{versions[found + 1]}" if found < at else f"{name}>={version}"
        pythons = [one for one in _PYTHONS if any(self._fits(version, one))]
        if self.python in pythons:
            return bound
        older = [one for one in pythons if _minor(one) < _minor(self.python)]
        if older:
            return f"{bound} python<3.{_minor(older[-1]) + 1}"
        return f"{bound} python>={pythons[0]}" if pythons else ""

    def _fits(self, version: Version, python: str) -> Iterator[bool]:
        return (one.fits(python, self.machine) for one in self.files if one.version == version)

    def _has(self, version: Version) -> bool | None:
        wheels = [file for file in self.files if file.version == version and file.tag and file.url]
        wheels.sort(key=lambda file: not file.fits(self.python, self.machine))
        if not wheels:
            return None
        return has_name(self.web, str(wheels[0].url), self.lost.name, is_module=self.lost.is_module)


def nearest(at: int, has: Sequence[Callable[[], bool | None]]) -> int | None:
    """The place nearest to `at` that has it, of those on the side where one is found first.

    Goes away from `at` in steps that double, to both sides in turns, then back by halves: what a
    distribution has come to have, or given up, stays so for long.
    """
    step, left = 1, True
    beyond = {-1: at, 1: at}
    while left:
        left = False
        for side in (-1, 1):
            place = min(max(at + side * step, 0), len(has) - 1)
            if place in {beyond[side], at}:
                continue
            left = True
            if has[place]():
                return _first(beyond[side], place, has)
            beyond[side] = place
        step *= 2
    return None


def _first(without: int, with_it: int, has: Sequence[Callable[[], bool | None]]) -> int:
    while abs(with_it - without) > 1:
        middle = (without + with_it) // 2
        if has[middle]():
            with_it = middle
        else:
            without = middle
    return with_it


def _minor(python: str) -> int:
    return int(python.partition(".")[2])


class _Memory:
    """What was found, by question; may be lost at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _known(self) -> dict[str, list[object]]:
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def get(self, key: str) -> str | None:
        try:
            words, at = self._known[key]
            fresh = 0 <= time.time() - float(str(at)) < _MONTH_S
        except (KeyError, ValueError, TypeError):
            return None
        return str(words) if fresh else None

    def put(self, key: str, words: str) -> None:
        self._known[key] = [words, time.time()]
        kept = dict(list(self._known.items())[-_KEPT:])
        with suppress(OSError):
            write_text(self._path, json.dumps(kept))

"""Makes wheels of sdists: finds, fetches, builds in quarantine, checks, keeps and remembers."""

from __future__ import annotations

import platform
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from filelock import FileLock, Timeout
from packaging.utils import parse_wheel_filename

from sandbox.domain import PackageIndexes, Requirements, digest
from sandbox.environments.resolving.sourcing import (
    PRETENDED,
    FetchGit,
    MadeWheel,
    NotMade,
    Wish,
)
from sandbox.environments.sources.archives import Contents, read_sdist
from sandbox.environments.sources.attempts import Attempts, NoCompiler, Site
from sandbox.environments.sources.commits import Commits, address_of
from sandbox.environments.sources.fetching import Shelf
from sandbox.environments.sources.memory import load_sdist, recall, remember, save_sdist
from sandbox.environments.sources.needs import build_needs, required_python
from sandbox.environments.sources.quarantine import BuildLimits, Cell, TooLargeError
from sandbox.environments.sources.repairing import repair_wheel
from sandbox.environments.sources.sdists import Sdist, admits, choose, needs_python, wanted
from sandbox.environments.sources.wheels import Unfit, check_wheel
from sandbox.environments.store.building import Build
from sandbox.environments.store.using import Use, use
from sandbox.errors import EngineError, RefusedError
from sandbox.interfaces import StepResult, Workbench
from sandbox.paths import Home

RULES = 7
"""Counts changes of building that make known wheels and failures stale."""

_LOOK_S = 0.5  # so often one that waits looks whether it is to end


@dataclass(frozen=True)
class WheelMaker:
    """Makes wheels of what Wishes ask for, several at a time; a `MakeWheels`.

    Safe to call from several processes at once: one of them builds, the others wait. A wheel that
    was made is found again without network and engine; a build that failed is not tried again for
    a day. Raises NetworkError, EngineError and StoreError for what is no fault of the package, when
    the others have ended; what interrupts it ends them.

    Attributes:
        workbench: of an engine that keeps apart what runs in it: the builds are strangers' code.
            It says how many of them there are at a time, and ends them.
        base_for: `X.Y` → image that Environments of that Python are built on.
        build_environment: makes an ordinary Environment of wheels in the Store, for `X.Y`; raises
            BuildError where that cannot be. Called from several threads.
        compiler_base: `X.Y` and Debian packages → image with all that `base_for`'s has, a compiler,
            Python's headers, and those packages; raises UnavailableError where it cannot be had.
            None = there is none.
        fetch_git: brings what lies at a git repository, as data; None = that is not to be had.
        again: branches that may have gone on since they were fetched are fetched, and builds that
            failed are tried, once more.
        on_line: told what happens, a line at a time, each with the package that it is about.
    """

    workbench: Workbench
    indexes: PackageIndexes = field(repr=False)
    home: Home
    base_for: Callable[[str], str]
    build_environment: Callable[[Requirements, str], Build]
    compiler_base: Callable[[str, tuple[str, ...]], str] | None = None
    fetch_git: FetchGit | None = None
    again: bool = False
    on_line: Callable[[str], None] | None = None
    limits: BuildLimits = field(default_factory=BuildLimits)
    _stopped: threading.Event = field(default_factory=threading.Event, init=False, repr=False)
    _tried: set[str] = field(default_factory=set, init=False, repr=False)

    def __call__(self, wishes: Sequence[Wish]) -> list[MadeWheel | NotMade]:
        at_once = min(self.workbench.at_once, len(wishes))
        if at_once < 2:
            return [self._answer(wish) for wish in wishes]
        with ThreadPoolExecutor(at_once) as pool:
            asked = [pool.submit(self._answer, wish) for wish in wishes]
            try:
                wait(asked)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._stopped.set()
                self.workbench.stop()
                raise
        return [one.result() for one in asked]

    def _answer(self, wish: Wish) -> MadeWheel | NotMade:
        sdist = self._find(wish)
        if isinstance(sdist, NotMade):
            return sdist
        try:
            path, sdist, _use = self._fetch(sdist)
        except RefusedError as error:
            return NotMade(f"its sdist is {error.message}")
        try:
            return self._make_once(path, sdist, wish.python)
        except NoCompiler as error:
            return NotMade(f"its build needs a compiler: {error}")

    @property
    def site(self) -> Site:
        """What builds take place with."""
        return Site(
            self.workbench, self.build_environment, self.compiler_base, self.limits, self.say
        )

    @cached_property
    def _shelf(self) -> Shelf:
        return Shelf(self.indexes)

    @property
    def _sdists(self) -> Path:
        return self.home.cache / "sdists"

    @cached_property
    def _commits(self) -> Commits | None:
        if self.fetch_git is None:
            return None
        lock = self.home.lock("fetching-git")
        return Commits(self.fetch_git, self._sdists, lock, self.say, again=self.again)

    def _find(self, wish: Wish) -> Sdist | NotMade:
        known = load_sdist(self._sdists / wish.sha256) if wish.sha256 else None
        address = address_of(wish)
        if known is not None:
            return known
        if address is not None and self._commits is not None:
            return self._commits.find(address, wish)
        requirement = wanted(wish)
        if isinstance(requirement, str):
            return NotMade(requirement)
        sdist = choose(self._shelf.find(requirement.name), requirement, wish)
        return NotMade(sdist) if isinstance(sdist, str) else sdist

    def _fetch(self, sdist: Sdist) -> tuple[Path, Sdist, Use]:
        """The file here, and the sdist with its hash; not removed while the `Use` lives."""
        held = self._use(sdist)
        path = self._sdists / (sdist.sha256 or "unknown") / sdist.filename
        if not path.is_file() or load_sdist(path.parent) is None:
            self.say(f"fetching {sdist.filename}")
            sdist = self._shelf.download(sdist, self._sdists)
            path = self._sdists / str(sdist.sha256) / sdist.filename
            held = self._use(sdist)
            save_sdist(path.parent, sdist)
        return path, sdist, held

    def _use(self, sdist: Sdist) -> Use:
        """Keeps `sandbox clean` from it."""
        return use(self.home.lock(f"sdist-{sdist.sha256 or 'unknown'}"))

    def _make_once(self, path: Path, sdist: Sdist, python: str) -> MadeWheel | NotMade:
        """What is known of this sdist on this base, or what making it now gives."""
        base = self.base_for(python)
        compiler = self.compiler_base is not None
        source = f"{sdist.sha256}{sdist.folder}"
        key = digest(RULES, source, python, base, compiler, platform.machine())[:32]
        folder = self.home.cache / "wheels" / key
        with self.alone(self.home.lock(f"wheel-{key}")):
            result = recall(folder)
            if result is None or (isinstance(result, NotMade) and self.is_to_be_tried(key)):
                folder.mkdir(parents=True, exist_ok=True)
                result = self._tell_made(sdist, lambda: self._make(path, sdist, python, folder))
                remember(folder, result)
        if isinstance(result, NotMade):
            return result
        version = str(parse_wheel_filename(result.name)[1]) if sdist.origin else sdist.version
        return MadeWheel(result, version, str(sdist.sha256), sdist.origin, sdist.notes)

    def is_to_be_tried(self, key: str) -> bool:
        """Each that failed once, where that was asked for."""
        is_first = self.again and key not in self._tried
        self._tried.add(key)
        return is_first

    @contextmanager
    def alone(self, path: Path) -> Iterator[None]:
        """Another command may hold it for half an hour; what interrupts this one ends the wait."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        while not lock.is_locked:
            if self._stopped.is_set():
                raise EngineError("the build was stopped")
            with suppress(Timeout):
                lock.acquire(timeout=_LOOK_S)
        try:
            yield
        finally:
            lock.release()

    def _tell_made(self, sdist: Sdist, make: Callable[[], Path | NotMade]) -> Path | NotMade:
        started = time.monotonic()
        self.say(f"building {sdist.name} {sdist.version} from source, without network")
        result = make()
        took = f"{time.monotonic() - started:.0f} s"
        said = result.why if isinstance(result, NotMade) else f"built in {took}"
        self.say(f"{sdist.name} {sdist.version}: {said}")
        return result

    def _make(self, path: Path, sdist: Sdist, python: str, folder: Path) -> Path | NotMade:
        contents = read_sdist(path, sdist.folder)
        if isinstance(contents, str):
            return NotMade(f"its sdist is not acceptable: {contents}")
        asked = required_python(contents)
        if not admits(asked, python):
            return NotMade(needs_python(asked))
        making = _Making(self, path, sdist, contents, python)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".arriving-") as arriving:
            return making.run(Path(arriving), folder)

    def say(self, line: str) -> None:
        """Tell a line, where anyone listens."""
        if self.on_line is not None:
            self.on_line(line)


@dataclass(frozen=True)
class _Making:
    """Makes a wheel of one sdist."""

    maker: WheelMaker
    path: Path
    sdist: Sdist
    contents: Contents
    python: str

    def run(self, scratch: Path, folder: Path) -> Path | NotMade:
        own = self.sdist.uploaded or self.contents.made_at
        needs = build_needs(self.contents)
        attempts = Attempts(
            self.maker.site, self.sdist.name, self.sdist.filename, self.python, day=own
        )
        lacking = attempts.run(needs, lambda cell: self._build(cell, scratch))
        return lacking or self._accept(scratch, folder)

    def _build(self, cell: Cell, scratch: Path) -> StepResult | NotMade:
        version = f"{PRETENDED}{self.sdist.version}" if self.sdist.origin else ""
        try:
            done, name = cell.build(
                self.path,
                made_at=self.sdist.uploaded or self.contents.made_at,
                into=scratch / "wheel",
                version=version,
                folder=self.sdist.folder,
            )
        except TooLargeError:
            limit = self.maker.limits.wheel_bytes // 2**20
            return NotMade(f"its wheel is not acceptable: it is larger than {limit} MB")
        (scratch / "name").write_text(name, encoding="utf-8")
        return done

    def _accept(self, scratch: Path, folder: Path) -> Path | NotMade:
        """The wheel in its own place, once it is known to be what was asked for."""
        name = (scratch / "name").read_text(encoding="utf-8")
        if not name.isascii() or Path(name).name != name or not name.endswith(".whl"):
            return NotMade("its wheel is not acceptable: its file name is not a wheel's")
        wheel = (scratch / "wheel").rename(scratch / name)
        name_and_version = None if self.sdist.origin else (self.sdist.name, self.sdist.version)
        try:
            check_wheel(wheel, name_and_version, python=self.python, machine=platform.machine())
        except Unfit as unfit:
            return NotMade(f"its wheel is not acceptable: {unfit}")
        for line in repair_wheel(wheel):
            self.maker.say(f"{self.sdist.name}: its metadata asks for {line}")
        return wheel.rename(folder / name)

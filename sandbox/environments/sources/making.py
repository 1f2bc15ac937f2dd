"""Makes wheels of sdists: finds, fetches, builds in quarantine, checks, keeps and remembers."""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from filelock import FileLock

from sandbox.domain import PackageIndexes, Requirements, digest
from sandbox.environments.resolving.eras import settled_on
from sandbox.environments.resolving.sourcing import MadeWheel, NotMade, Wish
from sandbox.environments.sources.archives import Contents, read_sdist
from sandbox.environments.sources.diagnosis import find_remedy, reason, tail
from sandbox.environments.sources.fetching import Shelf
from sandbox.environments.sources.memory import load_sdist, recall, remember, save_sdist
from sandbox.environments.sources.needs import build_needs, required_python
from sandbox.environments.sources.quarantine import BuildLimits, Cell, TooLargeError
from sandbox.environments.sources.sdists import Sdist, admits, choose, needs_python, wanted
from sandbox.environments.sources.wheels import Unfit, check_wheel
from sandbox.environments.store.building import Build
from sandbox.errors import BuildError, RefusedError
from sandbox.interfaces import StepResult, Workbench
from sandbox.paths import Home

RULES = 1
"""Counts changes of building that make known wheels and failures stale."""

_TRIES = 5  # a build at first, and again with what it was found to lack


@dataclass(frozen=True)
class WheelMaker:
    """Makes a wheel of what a Wish asks for; a `MakeWheel`.

    Safe to call from several processes at once: one of them builds, the others wait. A wheel that
    was made is found again without network and engine; a build that failed is not tried again for
    a day. Raises NetworkError, EngineError and StoreError for what is no fault of the package.

    Attributes:
        workbench: of an engine that keeps apart what runs in it: the builds are strangers' code.
        base_for: `X.Y` → image that Environments of that Python are built on.
        build_environment: makes an ordinary Environment of wheels in the Store, for `X.Y`; raises
            BuildError where that cannot be.
        compiler_base: `X.Y` → image with all that `base_for`'s has, and a compiler, Python's
            headers, make and pkg-config; None = there is none.
        on_line: told what happens, a line at a time.
    """

    workbench: Workbench
    indexes: PackageIndexes = field(repr=False)
    home: Home
    base_for: Callable[[str], str]
    build_environment: Callable[[Requirements, str], Build]
    compiler_base: Callable[[str], str] | None = None
    on_line: Callable[[str], None] | None = None
    limits: BuildLimits = field(default_factory=BuildLimits)

    def __call__(self, wish: Wish) -> MadeWheel | NotMade:
        sdist = self._find(wish)
        if isinstance(sdist, str):
            return NotMade(sdist)
        try:
            path, sdist = self._fetch(sdist)
        except RefusedError as error:
            return NotMade(f"its sdist is {error.message}")
        return self._make_once(path, sdist, wish.python)

    @cached_property
    def _shelf(self) -> Shelf:
        return Shelf(self.indexes)

    @property
    def _sdists(self) -> Path:
        return self.home.cache / "sdists"

    def _find(self, wish: Wish) -> Sdist | str:
        requirement = wanted(wish)
        if isinstance(requirement, str):
            return requirement
        known = load_sdist(self._sdists / wish.sha256) if wish.sha256 else None
        return known or choose(self._shelf.find(requirement.name), requirement, wish)

    def _fetch(self, sdist: Sdist) -> tuple[Path, Sdist]:
        """The file here, and the sdist with its hash."""
        path = self._sdists / (sdist.sha256 or "unknown") / sdist.filename
        if not path.is_file() or load_sdist(path.parent) is None:
            self._say(f"fetching {sdist.filename}")
            sdist = self._shelf.download(sdist, self._sdists)
            path = self._sdists / str(sdist.sha256) / sdist.filename
            save_sdist(path.parent, sdist)
        return path, sdist

    def _make_once(self, path: Path, sdist: Sdist, python: str) -> MadeWheel | NotMade:
        """What is known of this sdist on this base, or what making it now gives."""
        base = self.base_for(python)
        compiler = self.compiler_base is not None
        key = digest(RULES, sdist.sha256, python, base, compiler, platform.machine())[:32]
        folder = self.home.cache / "wheels" / key
        lock = self.home.lock(f"wheel-{key}")
        lock.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock):
            result = recall(folder)
            if result is None:
                folder.mkdir(parents=True, exist_ok=True)
                result = self._tell_made(sdist, lambda: self._make(path, sdist, python, folder))
                remember(folder, result)
        if isinstance(result, NotMade):
            return result
        return MadeWheel(result, sdist.version, str(sdist.sha256))

    def _tell_made(self, sdist: Sdist, make: Callable[[], Path | NotMade]) -> Path | NotMade:
        started = time.monotonic()
        self._say(f"building {sdist.name} {sdist.version} from source, without network")
        result = make()
        took = f"{time.monotonic() - started:.0f} s"
        said = result.why if isinstance(result, NotMade) else f"built in {took}"
        self._say(f"{sdist.name} {sdist.version}: {said}")
        return result

    def _make(self, path: Path, sdist: Sdist, python: str, folder: Path) -> Path | NotMade:
        contents = read_sdist(path)
        if isinstance(contents, str):
            return NotMade(f"its sdist is not acceptable: {contents}")
        asked = required_python(contents)
        if not admits(asked, python):
            return NotMade(needs_python(asked))
        attempts = _Attempts(self, path, sdist, contents, python)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".arriving-") as arriving:
            return attempts.run(Path(arriving), folder)

    def _say(self, line: str) -> None:
        if self.on_line is not None:
            self.on_line(line)


@dataclass(frozen=True)
class _Attempts:
    """Builds one sdist, again and again while its log says what it lacks."""

    maker: WheelMaker
    path: Path
    sdist: Sdist
    contents: Contents
    python: str

    def run(self, scratch: Path, folder: Path) -> Path | NotMade:
        needs, base = build_needs(self.contents), None
        for left in reversed(range(_TRIES)):
            try:
                built = self.maker.build_environment(self._requirements(needs), self.python)
            except BuildError as error:
                return NotMade(f"what its build needs cannot be had: {error.message}")
            done = self._attempt(built, base or built.base, scratch)
            if isinstance(done, NotMade):
                return done
            if done.exit_code == 0 and not done.timed_out:
                return self._accept(scratch, folder)
            remedy = find_remedy(done.output)
            more = tuple(need for need in remedy.needs if need not in needs)
            compiler = base is None and remedy.compiler and self.maker.compiler_base is not None
            ended = done.timed_out or done.out_of_memory
            if remedy.compiler and not more and self.maker.compiler_base is None:
                return NotMade("its build needs a compiler", tail(done.output))
            if not left or ended or not (more or compiler):
                return self._not_made(done)
            needs += more
            if compiler and self.maker.compiler_base:
                base = self.maker.compiler_base(self.python)
            self._tell_again(more, compiler=compiler)
        raise AssertionError("the last try returns")

    def _requirements(self, needs: tuple[str, ...]) -> Requirements:
        """As of the sdist's own days, when that Python had wheels already."""
        moment = self.sdist.uploaded or self.contents.made_at
        day = moment[:10] if moment else None
        as_of = (settled_on(self.python, day) or day) if day else None
        return Requirements(needs, as_of=as_of, sources=(self.sdist.filename,))

    def _attempt(self, built: Build, base: str, scratch: Path) -> StepResult | NotMade:
        cell = Cell(self.maker.workbench, base, built.python, self.maker.limits)
        made_at = self.sdist.uploaded or self.contents.made_at
        try:
            done, name = cell.build(self.path, made_at=made_at, into=scratch / "wheel")
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
        wheel = scratch / name
        (scratch / "wheel").rename(wheel)
        wanted = {"name": self.sdist.name, "version": self.sdist.version}
        try:
            check_wheel(wheel, **wanted, python=self.python, machine=platform.machine())
        except Unfit as unfit:
            return NotMade(f"its wheel is not acceptable: {unfit}")
        return wheel.rename(folder / name)

    def _not_made(self, done: StepResult) -> NotMade:
        why = reason(
            done.output,
            timed_out=done.timed_out,
            out_of_memory=done.out_of_memory,
            timeout_s=self.maker.limits.timeout_s,
        )
        return NotMade(why, tail(done.output))

    def _tell_again(self, more: tuple[str, ...], *, compiler: bool) -> None:
        with_what = [*more, *(["a compiler"] if compiler else [])]
        self.maker._say(f"{self.sdist.name}: once more with {', '.join(with_what)}")  # noqa: SLF001

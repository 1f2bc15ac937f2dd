"""Several wheels of one question: made at the same time, answered in order, ended together."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from filelock import FileLock

from sandbox.domain import Environment, PackageIndexes
from sandbox.environments import Build
from sandbox.environments.resolving.sourcing import MadeWheel, NotMade, Wish
from sandbox.environments.sources import WheelMaker
from sandbox.errors import EngineError
from sandbox.interfaces import Step, StepResult
from sandbox.paths import Home
from tests.support.saying import Answer, SayingWorkbench
from tests.support.sdists import make_sdist
from tests.support.wheels import make_wheel

NAMES = ("alpha", "beta", "gamma", "delta")


def package_of(step: Step) -> str:
    return step.command[-2].partition("-")[0]


@dataclass
class Site:
    """Sdists of four packages, and a workbench that builds two of them at a time.

    Attributes:
        meanwhile: what happens in each build, given the package.
        heard: told each line when it is told.
        most: so many builds there were at a time.
    """

    folder: Path
    meanwhile: Callable[[str], object] = lambda _name: None
    heard: Callable[[str], object] = lambda _line: None
    lines: list[str] = field(default_factory=list)
    most: int = 0
    _running: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        for name in NAMES:
            make_sdist(self.folder / "links", name)
        self.workbench = SayingWorkbench(self._answer)
        self.workbench.at_once = 2

    def _answer(self, step: Step) -> Answer:
        self._count(1)
        try:
            self.meanwhile(package_of(step))
        finally:
            self._count(-1)
        return StepResult(0, ""), make_wheel(self.folder / "wheels", package_of(step), "1.0")

    def _tell(self, line: str) -> None:
        self.lines.append(line)
        self.heard(line)

    def _count(self, change: int) -> None:
        with self._counting:
            self._running += change
            self.most = max(self.most, self._running)

    def make(self, asked: Sequence[str] = NAMES) -> list[MadeWheel | NotMade]:
        environment = Environment("3.11", "")
        built = Build(environment, "plain", "/store/x/bin/python", cached=True, elapsed_s=0.0)
        maker = WheelMaker(
            workbench=self.workbench,
            indexes=PackageIndexes("file:///nowhere", (), (str(self.folder / "links"),)),
            home=Home(self.folder / "home"),
            base_for=lambda _: "plain",
            build_environment=lambda _wanted, _python: built,
            on_line=self._tell,
        )
        return maker([Wish(text, "3.11") for text in asked])


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C as in a terminal; a shell that puts tests into the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def names(answers: Sequence[MadeWheel | NotMade]) -> list[str | None]:
    return [one.name if isinstance(one, MadeWheel) else None for one in answers]


def test_as_many_are_built_at_a_time_as_the_machine_can_take(site: Site) -> None:
    """Each waits for another one, and there is never a third."""
    pair = threading.Barrier(2)
    site.meanwhile = lambda _name: pair.wait(20)
    assert names(site.make()) == list(NAMES)
    assert site.most == 2


def test_answers_come_in_the_order_of_the_wishes_whichever_build_ends_first(site: Site) -> None:
    ended = threading.Event()
    site.meanwhile = lambda name: name == "beta" or ended.wait(20)
    site.heard = lambda line: ended.set() if line.startswith("beta 1.0: built") else None
    assert names(site.make(["alpha", "beta"])) == ["alpha", "beta"]
    assert ended.is_set()


def test_one_that_cannot_be_built_keeps_no_other_from_it(site: Site) -> None:
    def fail(name: str) -> None:
        if name == "alpha":
            raise EngineError("the engine has no room for alpha")

    assert names(site.make(["alpha>=2", "beta", "gamma"])) == [None, "beta", "gamma"]
    site.meanwhile = fail
    with pytest.raises(EngineError, match="no room for alpha"):
        site.make()
    kept = (site.folder / "home" / "cache" / "wheels").rglob("*.whl")
    assert {path.name.partition("-")[0] for path in kept} == {"beta", "gamma", "delta"}


def test_one_sdist_that_is_asked_for_twice_is_built_once(site: Site) -> None:
    assert names(site.make(["alpha", "alpha==1.0", "alpha<2"])) == ["alpha"] * 3
    assert len(site.workbench.steps) == 1


def test_every_line_says_of_which_package_it_is(site: Site) -> None:
    site.make()
    assert len(site.lines) == 3 * len(NAMES)
    assert all(sum(name in line for name in NAMES) == 1 for line in site.lines)


@pytest.mark.usefixtures("interruptible")
def test_what_interrupts_it_ends_all_builds_and_begins_no_other(site: Site) -> None:
    pair, stopped = threading.Barrier(2), threading.Event()

    def interrupt(_name: str) -> None:
        if pair.wait(20) == 0:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        assert stopped.wait(20)
        raise EngineError("the build was stopped")

    site.meanwhile, site.workbench.on_stop = interrupt, stopped.set
    with pytest.raises(KeyboardInterrupt):
        site.make()
    assert len(site.workbench.steps) == 2
    assert not list((site.folder / "home" / "cache" / "wheels").rglob("*.json"))


@pytest.mark.usefixtures("interruptible")
def test_what_interrupts_it_ends_the_wait_for_what_another_command_builds(site: Site) -> None:
    """As it was with the lock of another process: that may take half an hour."""
    locks: list[FileLock] = []
    site.make(["alpha", "beta"])
    wheels = site.folder / "home" / "cache" / "wheels"
    for path in [one for one in wheels.rglob("*") if one.is_file()]:
        path.unlink()
    for folder in wheels.iterdir():
        locks.append(FileLock(Home(site.folder / "home").lock(f"wheel-{folder.name}")))
        locks[-1].acquire()
    timer = threading.Timer(
        1, lambda: signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    )
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        site.make(["alpha", "beta"])
    for lock in locks:
        lock.release()
    assert len(locks) == 2
    assert len(site.workbench.steps) == 2

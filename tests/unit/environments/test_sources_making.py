"""From a wish to a wheel, on a workbench that builds nothing and says what a test wants."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.domain import Environment, PackageIndexes, Requirements
from sandbox.environments import Build
from sandbox.environments.resolving.sourcing import MadeWheel, NotMade, Wish
from sandbox.environments.sources import BuildLimits, WheelMaker
from sandbox.environments.store.caches import free_cache
from sandbox.errors import BuildError, EngineError, NetworkError
from sandbox.interfaces import Step, StepResult
from sandbox.paths import Home
from tests.support.saying import Answer, SayingWorkbench
from tests.support.sdists import make_sdist, pack
from tests.support.wheels import make_wheel


@dataclass
class Made:
    """A maker, and all that it asked for."""

    folder: Path
    workbench: SayingWorkbench
    options: dict[str, Any] = field(default_factory=dict)
    wanted: list[Requirements] = field(default_factory=list)
    bases: list[tuple[str, ...]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def environment(self, wanted: Requirements, python: str) -> Build:
        self.wanted.append(wanted)
        environment = Environment(python, "")
        return Build(environment, "plain", "/store/environments/x/bin/python", True, 0.0)  # noqa: FBT003

    def compiler(self, python: str, packages: tuple[str, ...]) -> str:
        self.bases.append((python, *packages))
        return "compiler"

    def make(self, wish: str = "alpha", **options: Any) -> MadeWheel | NotMade:
        given: dict[str, Any] = {
            "workbench": self.workbench,
            "indexes": PackageIndexes("file:///nowhere", (), (str(self.folder / "links"),)),
            "home": Home(self.folder / "home"),
            "base_for": lambda _: "plain",
            "build_environment": self.environment,
            "compiler_base": self.compiler,
            "on_line": self.lines.append,
        }
        maker = WheelMaker(**{**given, **self.options, **options})
        (answer,) = maker([Wish(wish, "3.11")])
        return answer


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """An sdist of alpha 1.0, which becomes the wheel that one would hope for."""
    make_sdist(tmp_path / "links", "alpha")
    wheel = make_wheel(tmp_path / "wheels", "alpha", "1.0")
    return Made(tmp_path, SayingWorkbench(lambda _: (StepResult(0, ""), wheel)))


def failing(made: Made, *logs: str, **ends: Any) -> None:
    """Let the first builds end with these logs, and those after them well."""
    well, left = made.workbench.answer, list(logs)

    def answer(step: Step) -> Answer:
        return (StepResult(1, left.pop(0), **ends), b"") if left else well(step)

    made.workbench.answer = answer


def test_a_wheel_is_made_in_a_step_that_can_reach_and_change_nothing(made: Made) -> None:
    result = made.make()
    assert isinstance(result, MadeWheel)
    assert result.wheel.name == "alpha-1.0-py3-none-any.whl"
    (step,) = made.workbench.steps
    assert not step.network
    assert not step.store_writable
    assert step.base == "plain"
    assert step.timeout_s == 1800
    assert {"FOPT", "PIP_CONFIG_FILE", "TORCH_CUDA_ARCH_LIST"} <= step.environment.keys()
    assert made.workbench.received == (made.folder / "links" / "alpha-1.0.tar.gz").read_bytes()


def test_a_wheel_is_found_again_and_nothing_is_built_or_asked(made: Made) -> None:
    first = made.make()
    assert isinstance(first, MadeWheel)
    assert made.make() == first
    assert len(made.workbench.steps) == len(made.wanted) == 1


def test_a_locked_sdist_is_found_again_without_any_index(made: Made) -> None:
    first = made.make()
    assert isinstance(first, MadeWheel)
    gone = PackageIndexes("https://127.0.0.1:9/simple")
    maker = WheelMaker(
        workbench=made.workbench,
        indexes=gone,
        home=Home(made.folder / "home"),
        base_for=lambda _: "plain",
        build_environment=made.environment,
        compiler_base=made.compiler,
    )
    assert maker([Wish("alpha==1.0", "3.11", sha256=first.sdist_sha256)]) == [first]
    with pytest.raises(NetworkError):
        maker([Wish("alpha==1.0", "3.11")])


def test_another_base_or_python_is_another_wheel(made: Made) -> None:
    made.make()
    made.make(base_for=lambda _: "other")
    assert len(made.workbench.steps) == 2


def test_two_at_once_build_once(made: Made) -> None:
    building, go_on = threading.Event(), threading.Event()
    well = made.workbench.answer

    def slowly(step: Step) -> Answer:
        building.set()
        go_on.wait(10)
        return well(step)

    made.workbench.answer = slowly
    results: list[MadeWheel | NotMade] = []
    threads = [threading.Thread(target=lambda: results.append(made.make())) for _ in range(2)]
    threads[0].start()
    building.wait(10)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join()
    assert results[0] == results[1]
    assert len(made.workbench.steps) == 1


def test_a_failure_is_remembered_for_a_day(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(made, "ValueError: no", "ValueError: no")
    result = made.make()
    assert isinstance(result, NotMade)
    assert result.why == "its build failed: ValueError: no"
    assert result.log == ("ValueError: no",)
    tried = len(made.workbench.steps)
    assert made.make() == result
    assert len(made.workbench.steps) == tried
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 25 * 3600)
    assert isinstance(made.make(), MadeWheel)


def test_what_is_no_fault_of_the_package_is_raised_and_not_remembered(made: Made) -> None:
    def gone(_step: Step) -> Answer:
        raise EngineError("the engine went away")

    well, made.workbench.answer = made.workbench.answer, gone
    with pytest.raises(EngineError):
        made.make()
    made.workbench.answer = well
    assert isinstance(made.make(), MadeWheel)
    assert not list((made.folder / "home" / "cache" / "wheels").rglob(".arriving*"))


def test_a_build_is_tried_again_with_what_it_lacked(made: Made) -> None:
    failing(
        made,
        "ModuleNotFoundError: No module named 'numpy'",
        "error: command 'gcc' failed: No such file or directory",
        "fatal error: portaudio.h: No such file or directory",
    )
    assert isinstance(made.make(), MadeWheel)
    assert [wanted.packages for wanted in made.wanted] == [("pip",), *[("pip", "numpy")] * 3]
    assert [step.base for step in made.workbench.steps] == ["plain", "plain", *["compiler"] * 2]
    assert made.bases == [("3.11",), ("3.11", "portaudio19-dev")]
    assert "alpha: once more with portaudio19-dev" in made.lines


def test_c_that_is_older_than_the_python_is_made_anew(made: Made) -> None:
    failing(made, "a.c:18: error: PyThreadState has no member named 'exc_type'")
    assert isinstance(made.make(), MadeWheel)
    assert made.wanted[1].packages == ("pip", "cython")
    forced = [step.environment.get("CYTHON_FORCE_REGEN") for step in made.workbench.steps]
    assert forced == [None, "1"]
    assert "alpha: once more with cython, a compiler, its C made anew" in made.lines


def test_it_is_not_tried_for_ever(made: Made) -> None:
    failing(
        made, *(f"No module named\nModuleNotFoundError: No module named 'm{n}'" for n in range(9))
    )
    assert isinstance(made.make(), NotMade)
    assert len(made.workbench.steps) == 5
    assert sum("once more" in line for line in made.lines) == 4


@pytest.mark.parametrize("end", ["timed_out", "out_of_memory"])
def test_a_build_that_met_a_limit_is_not_tried_again(made: Made, end: str) -> None:
    failing(made, "ModuleNotFoundError: No module named 'numpy'", **{end: True})
    result = made.make()
    assert isinstance(result, NotMade)
    assert "too" in result.why
    assert len(made.workbench.steps) == 1


def test_without_a_compiler_that_is_the_reason(made: Made) -> None:
    failing(made, "building 'alpha._x' extension\nerror: command 'gcc' failed: No such file")
    result = made.make(compiler_base=None)
    assert isinstance(result, NotMade)
    assert result.why == "its build needs a compiler"


def test_a_compiler_that_cannot_be_had_now_is_asked_for_again(made: Made) -> None:
    def unreachable(_python: str, _packages: tuple[str, ...]) -> str:
        raise NetworkError("no Debian mirror answers")

    failing(made, "error: command 'gcc' failed: No such file or directory")
    result = made.make(compiler_base=unreachable)
    assert result == NotMade("its build needs a compiler: no Debian mirror answers")
    assert isinstance(made.make(), MadeWheel)


def test_what_a_build_needs_and_nobody_has_is_told(made: Made) -> None:
    def fail(_wanted: Requirements, _python: str) -> Build:
        raise BuildError("nothing fits")

    result = made.make(build_environment=fail)
    assert result == NotMade("what its build needs cannot be had: nothing fits")


def test_tools_are_of_the_sdists_day_or_of_the_pythons(made: Made) -> None:
    """The sdist is of 2020, but nobody had wheels for Python 3.11 then."""
    made.make()
    (wanted,) = made.wanted
    assert wanted.as_of is not None
    assert "2022-10" < wanted.as_of < "2024"
    made.workbench.steps.clear()
    WheelMaker(
        workbench=made.workbench,
        indexes=PackageIndexes("file:///nowhere", (), (str(made.folder / "links"),)),
        home=Home(made.folder / "home"),
        base_for=lambda _: "plain",
        build_environment=made.environment,
    )([Wish("alpha", "3.7")])
    assert made.wanted[-1].as_of == "2020-09-13"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "its file name is not a wheel's"),
        (b"no line's end", "its file name is not a wheel's"),
        (b"../../evil-1.0-py3-none-any.whl\nPK", "its file name is not a wheel's"),
        (b"/etc/alpha-1.0-py3-none-any.whl\nPK", "its file name is not a wheel's"),
        (b"alpha-1.0.tar.gz\nPK", "its file name is not a wheel's"),
        (b"beta-1.0-py3-none-any.whl\nPK", "it is of beta, not of alpha"),
        (b"alpha-1.0-py3-none-any.whl\nPK", "it is not a regular zip file"),
        (b"alpha-1.0-py3-none-any.whl\n" + b"x" * 5000, "it is larger than 0 MB"),
        (b"x" * 5000, "its file name is not a wheel's"),
        (b"\xff\0\n", "its file name is not a wheel's"),
    ],
)
def test_what_comes_out_is_not_trusted(made: Made, data: bytes, why: str) -> None:
    made.workbench.answer = lambda _: (StepResult(0, ""), data)
    result = made.make(limits=BuildLimits(wheel_bytes=4096))
    assert result == NotMade(f"its wheel is not acceptable: {why}")
    kept = (made.folder / "home" / "cache" / "wheels").rglob("*")
    assert [path.name for path in kept if path.is_file()] == ["failed.json"]


def test_what_failed_is_tried_again_where_that_is_asked_for(made: Made) -> None:
    well = made.workbench.answer
    made.workbench.answer = lambda _: (StepResult(1, "ValueError: no"), b"")
    assert isinstance(made.make(), NotMade)
    made.workbench.answer = well
    made.workbench.steps.clear()
    assert isinstance(made.make(), NotMade)
    assert not made.workbench.steps
    assert isinstance(made.make(again=True), MadeWheel)


def test_a_bomb_never_gets_to_a_container(made: Made) -> None:
    pack(made.folder / "links", "bomb", "1.0", {"zeros": bytes(200 * 2**20)})
    result = made.make("bomb")
    assert isinstance(result, NotMade)
    assert result.why.startswith("its sdist is not acceptable: the archive unpacks to more")
    assert not made.workbench.steps


def test_a_python_that_only_the_archive_speaks_of_is_heeded(made: Made) -> None:
    files: dict[str, str | bytes] = {"PKG-INFO": "Name: old\nRequires-Python: <3.8\n"}
    pack(made.folder / "links", "old", "1.0", files)
    assert made.make("old") == NotMade("needs Python <3.8")


def test_what_cannot_be_found_is_said(made: Made) -> None:
    assert made.make("nowhere") == NotMade("no index has an sdist of it")
    assert made.make("alpha>=2") == NotMade("no sdist fits >=2 (there is 1.0)")
    assert made.make("x @ https://evil.invalid/x.tar.gz") == NotMade(
        "names an address, which is not followed"
    )


@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_what_was_damaged_in_the_cache_is_had_again(made: Made, kind: str) -> None:
    """Else a broken disk would be told as the package's own failure, for a day."""
    first = made.make()
    assert isinstance(first, MadeWheel)
    before = first.wheel.read_bytes()
    (kept,) = (made.folder / "home" / "cache").rglob(kind)
    kept.write_bytes(kept.read_bytes()[:100])
    first.wheel.write_bytes(before[:100])
    again = made.make()
    assert isinstance(again, MadeWheel), again
    assert again.wheel.read_bytes() == before


def test_an_sdist_is_not_cleaned_away_under_its_build(made: Made) -> None:
    home, well = Home(made.folder / "home"), made.workbench.answer
    left: list[list[Path]] = []

    def clean(step: Step) -> Answer:
        for path in (home.cache / "sdists").rglob("*"):
            os.utime(path, (0, 0))
        free_cache(home, "sdists", older_than_s=0.0)
        left.append(list((home.cache / "sdists").rglob("*.tar.gz")))
        return well(step)

    made.workbench.answer = clean
    assert isinstance(made.make(), MadeWheel)
    assert len(left[0]) == 1
    free_cache(home, "sdists", older_than_s=0.0)
    assert not list((home.cache / "sdists").iterdir())

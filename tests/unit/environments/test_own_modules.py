"""What is taken of a repository's own build, on a workbench that says what a stranger might."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.domain import Environment, PackageIndexes, Requirements
from sandbox.environments import (
    Build,
    MadeModules,
    NotMade,
    OwnBuild,
    OwnTree,
    WheelMaker,
    load_modules,
    make_modules,
)
from sandbox.environments.programs import program
from sandbox.errors import BuildError
from sandbox.interfaces import MemoryTree, Step, StepResult
from sandbox.paths import Home
from tests.support.saying import SayingWorkbench

FILES = {"p/__init__.py": "", "p/data.py/x.txt": "", "setup.py": "", "ops/setup.py": ""}


def tarred(*names: str, kind: bytes = tarfile.REGTYPE, form: int = tarfile.GNU_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.type, info.size = kind, 3 if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(b"abc"))
    return stream.getvalue()


@dataclass
class Making:
    """Makes modules of a tree, as often as is asked."""

    home: Path
    given: bytes = b""
    files: dict[str, str] = field(default_factory=lambda: dict(FILES))

    packages: dict[str, str] = field(default_factory=dict)
    absent: str = ""
    again: bool = False
    wanted: list[tuple[str, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.workbench = SayingWorkbench(lambda _: (StepResult(0, ""), self.given))

    def make(self, *modules: str, setup: str = "setup.py") -> MadeModules | NotMade:
        maker = WheelMaker(
            workbench=self.workbench,
            indexes=PackageIndexes("file:///nowhere"),
            home=Home(self.home),
            base_for=lambda _: "plain",
            build_environment=self._environment,
            compiler_base=lambda *_: "compiler",
            again=self.again,
        )
        tree = OwnTree(MemoryTree(self.files), lambda: iter([b"t" * 2**20]))
        own = OwnBuild(setup, modules or ("p/fast",))
        return make_modules(maker, tree, own, python="3.11", packages=self.packages)

    def _environment(self, wanted: Requirements, python: str) -> Build:
        self.wanted.append(wanted.packages)
        if self.absent and self.absent in wanted.packages:
            raise BuildError(f"no index has {self.absent}")
        return Build(Environment(python, ""), "plain", "/store/python", True, 0.0)  # noqa: FBT003


@pytest.fixture
def making(tmp_path: Path) -> Making:
    return Making(tmp_path)


def found(made: MadeModules | NotMade) -> dict[str, bytes]:
    assert isinstance(made, MadeModules), made
    files = (path for path in sorted(made.folder.rglob("*")) if path.is_file())
    return {path.relative_to(made.folder).as_posix(): path.read_bytes() for path in files}


def test_what_was_made_lies_as_in_the_tree_and_is_made_once(making: Making) -> None:
    long = f"p/{'deep/' * 20}{'long' * 20}.py"
    making.given = tarred("./p/fast.so", "./p/ünï.py", f"./{long}")
    assert found(making.make()) == dict.fromkeys((long, "p/fast.so", "p/ünï.py"), b"abc")
    assert len(found(making.make())) == 3
    assert len(making.workbench.steps) == 1


@pytest.mark.parametrize(
    "names",
    [
        ("../fast.so",),
        ("/etc/fast.so",),
        ("p/../../fast.so",),
        ("p/__init__.py",),
        ("p/data.py",),
        ("p/__init__.py/fast.so",),
        ("p/fast.so", "p/fast.so"),
        ("p/fast.so", "p/fast.so/x.py"),
        ("p/fast.so/x.py", "p/fast.so"),
        ("p/fast.so", "p/notes.txt"),
        ("p/fast.so", f"p/{'a' * 300}.py"),
        ("p/fast.so", f"p/{'ü' * 120}.py"),
        ("p/fast.so", f"p/{'a/' * 60}x.py"),
        ("p/fast.so", f"p/{'a' * 190}/" * 6 + "x.py"),
        ("p/fast.so", "p/o\nd.py"),
        ("p/fast.so", "p/\u202ecod.py"),
        ("p/fast.so", "p/\udcff.py"),
        ("p/fast.so", *(f"p/{number}.py" for number in range(2001))),
    ],
)
def test_what_is_no_new_module_is_refused_with_all_the_rest(
    making: Making, names: tuple[str, ...]
) -> None:
    making.given = tarred(*names)
    refused = making.make()
    assert isinstance(refused, NotMade)
    assert refused.why.startswith("what came out is not acceptable: ")
    assert refused.why.isprintable()
    assert not list(making.home.rglob("*.so"))


@pytest.mark.parametrize(
    "kind",
    [
        *(tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE),
        *(tarfile.DIRTYPE, tarfile.GNUTYPE_SPARSE, tarfile.XHDTYPE, tarfile.XGLTYPE),
    ],
)
def test_what_is_no_file_is_refused(making: Making, kind: bytes) -> None:
    making.given = tarred("p/fast.so", kind=kind)
    refused = making.make()
    assert isinstance(refused, NotMade)
    assert "not acceptable" in refused.why


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_never_ends_costs_no_time(making: Making, kind: bytes) -> None:
    info = tarfile.TarInfo("././@PaxHeader")
    info.type, info.size = kind, 8 * 2**20
    making.given = info.tobuf(tarfile.USTAR_FORMAT) + b"7" * info.size
    started = time.process_time()
    assert isinstance(making.make(), NotMade)
    assert time.process_time() - started < 20  # `tarfile` takes hours


@pytest.mark.parametrize(
    "data",
    [b"x" * 512, b"x" * 100, tarred("p/fast.so")[:514], b"\xff" * 1024],
)
def test_what_is_no_tar_file_is_refused(making: Making, data: bytes) -> None:
    making.given = data
    assert making.make() == NotMade("what came out is no regular tar file")


def test_a_module_by_itself_is_brought_to_the_root_whatever_lies_beside_it(making: Making) -> None:
    making.given = tarred("ops/warp.so", "ops/warp.d/x.py", "ops/other.so")
    made = found(making.make("warp", setup="ops/setup.py"))
    assert set(made) == {"ops/warp.so", "ops/warp.d/x.py", "ops/other.so", "warp.so"}


def test_a_folder_that_is_called_like_a_module_is_not_taken_for_it(making: Making) -> None:
    making.given = tarred("ops/warp.d/x.py")
    assert making.make("warp", setup="ops/setup.py") == NotMade("it makes no warp")


def test_what_it_was_to_make_and_did_not_is_told(making: Making) -> None:
    making.given = tarred("p/fast.so")
    for _ in range(2):
        made = making.make("p/fast", "p/slow")
        assert isinstance(made, MadeModules)
        assert made.lacking == ("p/slow",)
    assert making.make("p/slow") == NotMade("it makes no p.slow")
    assert making.make("p/" + "a" * 300) == NotMade(f"it makes no p.{'a' * 300}")


@pytest.mark.parametrize(
    ("path", "again"),
    [
        ("setup.py", True),
        ("VERSION", True),
        ("helper.py", True),
        ("tools/deep/flags.py", True),
        ("tools/__init__.py", True),
        ("p/fast.pyx", True),
        ("p/CMakeLists.txt", True),
        ("p/FAST.F90", True),
        ("tools/other.py", False),
        ("p/__init__.py", False),
        ("README.md", False),
        ("p/VERSION", False),
    ],
)
def test_it_is_made_again_when_what_it_is_made_of_changes(
    making: Making, path: str, *, again: bool
) -> None:
    making.given = tarred("p/fast.so")
    making.files["setup.py"] = "import helper\nfrom tools.deep import flags\n"
    making.files |= {"helper.py": "", "tools/other.py": "", "tools/deep/flags.py": ""}
    making.make()
    making.files[path] = making.files.get(path, "") + "# other"
    making.make()
    assert len(making.workbench.steps) == 1 + again


def test_what_one_that_was_killed_has_left_is_removed(making: Making) -> None:
    making.given = tarred("p/gone.so")
    assert isinstance(making.make(), NotMade)
    (folder,) = (making.home / "cache" / "own").iterdir()
    left = folder / ".arriving-x" / "made"
    left.mkdir(parents=True)
    shutil.rmtree(next(folder.glob("failed-*")))
    making.make()
    assert not left.parent.exists()


def test_a_large_tree_grows_the_limits_by_what_it_takes_unpacked(making: Making) -> None:
    making.make()
    (step,) = making.workbench.steps
    assert step.memory_bytes == 4 * 2**30 + 2 * 2**20
    assert step.scratch_bytes == 2 * 2**30 + 2 * 2**20
    assert not step.network
    assert not step.store_writable


def test_entries_that_need_other_modules_of_one_build_share_it(making: Making) -> None:
    making.given = tarred("p/fast.so", "p/slow.so")
    assert found(making.make("p/fast")) == found(making.make("p/fast", "p/slow"))
    assert making.make("p/gone") == NotMade("it makes no p.gone")
    assert len(making.workbench.steps) == 1


def test_what_one_entry_lacks_keeps_nothing_from_another(making: Making) -> None:
    making.given = tarred("p/fast.so")
    assert making.make("p/gone") == NotMade("it makes no p.gone")
    assert isinstance(making.make("p/fast"), MadeModules)


def test_what_it_is_found_to_need_is_of_the_versions_it_is_run_with(making: Making) -> None:
    making.packages = {"numpy": "1.26.4", "cython": "0.29"}
    log = "ModuleNotFoundError: No module named 'numpy'"
    ends = [StepResult(1, log), StepResult(0, "")]
    making.given = tarred("p/fast.so")
    making.workbench.answer = lambda _: (ends.pop(0), making.given if not ends else b"")
    assert isinstance(making.make(), MadeModules)
    assert "numpy==1.26.4" in making.wanted[-1]
    making.packages = {"numpy": "2.0"}
    ends = [StepResult(0, "")]
    making.make()
    assert not ends, "another NumPy, another build"


def spare(making: Making, log: str, broken: str) -> None:
    """The whole build fails; what is spared gives `p.fast`."""

    def answer(step: Step) -> tuple[StepResult, bytes]:
        spares = program("sandbox.environments.sources", "sparing") in step.command
        given = (StepResult(0, log), tarred("p/fast.so"))
        return given if spares else (StepResult(1, next(failures, last)), b"")

    *others, last = broken.split("|")
    failures = iter(others)
    making.workbench.answer = answer


SPARED = "building\nslow.c:1: error: no C\np.slow is left out: CompileError: gcc\n"


def test_each_entry_is_told_why_what_it_needs_was_not_made(making: Making) -> None:
    """The first to ask is not the only one."""
    spare(making, f"{SPARED}odd.c:1: error: odd\nodd is left out: E: gcc", "error: no")
    assert isinstance(making.make("p/fast", "p/slow"), MadeModules)
    other = making.make("p/odd")
    assert isinstance(other, NotMade)
    assert other.why == "its build failed: odd.c:1: error: odd"
    assert len(making.workbench.steps) == 2


def test_what_can_be_made_is_made_where_a_remedy_cannot_be_had(making: Making) -> None:
    making.absent = "absl-py"
    spare(making, SPARED, "ModuleNotFoundError: No module named 'absl'")
    assert isinstance(making.make("p/fast", "p/slow"), MadeModules)
    assert making.wanted[-1][-1] == making.absent


def test_what_can_be_made_is_made_where_remedies_do_not_end(making: Making) -> None:
    names = ("absl", "yaml", "scipy", "pandas", "requests")
    spare(making, SPARED, "|".join(f"ModuleNotFoundError: No module named '{n}'" for n in names))
    assert isinstance(making.make("p/fast", "p/slow"), MadeModules)
    assert len(making.workbench.steps) == 6


def test_what_can_be_made_is_made_where_something_else_cannot(making: Making) -> None:
    spare(making, SPARED, "OSError: CUDA_HOME is not set")
    for _ in range(2):
        made = making.make("p/fast", "p/slow")
        assert isinstance(made, MadeModules)
        assert made.lacking == ("p/slow",)
        assert made.compiled == ("p/fast",)
        assert made.reasons["p/slow"].why == "its build failed: slow.c:1: error: no C"
    lost = making.make("p/slow")
    assert isinstance(lost, NotMade)
    assert lost == made.reasons["p/slow"]
    assert len(making.workbench.steps) == 2


@pytest.mark.parametrize(
    "end", [StepResult(1, "", timed_out=True), StepResult(137, "", out_of_memory=True)]
)
def test_what_ran_out_of_time_or_memory_is_not_tried_in_parts(
    making: Making, end: StepResult
) -> None:
    making.workbench.answer = lambda _: (end, b"")
    assert isinstance(making.make(), NotMade)
    assert len(making.workbench.steps) == 1


def test_what_was_made_in_part_is_tried_again_when_that_is_asked_for(making: Making) -> None:
    spare(making, SPARED, "error: no")
    before = making.make("p/fast", "p/slow")
    assert isinstance(before, MadeModules)
    making.again = True
    assert making.make("p/fast", "p/slow") == before, "the same came out, and nothing is new"
    assert len(making.workbench.steps) == 4
    making.workbench.answer = lambda _: (StepResult(0, ""), tarred("p/fast.so", "p/slow.so"))
    after = making.make("p/fast", "p/slow")
    assert set(found(after)) == {"p/fast.so", "p/slow.so"}
    assert isinstance(after, MadeModules)
    assert after.lacking == ()
    assert after.key != before.key
    assert set(found(before)) == {"p/fast.so"}, "another command may use it"
    making.workbench.answer = lambda _: (StepResult(1, ""), b"")
    assert making.make("p/fast", "p/slow") == after, "all is there, nothing to try"
    assert len(making.workbench.steps) == 5


def test_a_part_stays_where_the_next_try_gives_nothing(making: Making) -> None:
    spare(making, SPARED, "error: no")
    before = making.make("p/fast", "p/slow")
    making.again = True
    making.workbench.answer = lambda _: (StepResult(1, "error: no"), b"")
    assert making.make("p/fast", "p/slow") == before


def test_whether_modules_load_is_tried_again_when_code_they_may_import_changes(
    making: Making,
) -> None:
    making.given = tarred("p/fast.so")
    made = making.make()
    assert isinstance(made, MadeModules)
    build = Build(Environment("3.11", ""), "plain", "/store/python", True, 0.0)  # noqa: FBT003
    told = []

    def answer(step: Step) -> tuple[StepResult, bytes]:
        assert step.on_line is not None
        step.on_line(json.dumps({"name": "p/fast", "error": told[-1]}))
        return StepResult(0, ""), b""

    making.workbench.answer = answer

    def load() -> dict[str, str]:
        return load_modules(making.workbench, MemoryTree(making.files), [made], build)

    told.append("ImportError: no x in helper")
    making.files["helper.py"] = ""
    assert load() == {"p/fast": "ImportError: no x in helper"}
    told.append("")
    making.files["README.md"] = "other"
    assert load() == {"p/fast": "ImportError: no x in helper"}, "it is remembered"
    making.files["helper.py"] = "x = 1"
    assert load() == {}

"""Builds on this machine's Python, from an index in a folder: real uv, no engine, no network."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.domain import Environment, PackageIndexes, Requirements
from sandbox.engines.local.workbench import LocalWorkbench
from sandbox.environments import build, resolve
from sandbox.errors import BuildError, NetworkError, StoreError
from sandbox.interfaces import Step, StepResult, Workbench
from sandbox.paths import Home
from tests.support.wheels import make_wheel

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


class CountingWorkbench(Workbench):
    """Counts the steps of another one."""

    def __init__(self, inner: Workbench) -> None:
        self.store, self.identity, self._inner = inner.store, inner.identity, inner
        self.steps: list[Step] = []

    def find_base(self, key: str) -> str | None:
        return self._inner.find_base(key)

    def add_base(self, key: str, source: Path | str) -> str:
        return self._inner.add_base(key, source)

    def run(self, step: Step) -> StepResult:
        self.steps.append(step)
        return self._inner.run(step)


class SayingWorkbench(CountingWorkbench):
    """Fails each step that may reach the network, with given words."""

    def __init__(self, inner: Workbench, words: str) -> None:
        super().__init__(inner)
        self.words = words

    def run(self, step: Step) -> StepResult:
        return StepResult(2, self.words) if step.network else super().run(step)


class ChangingWorkbench(CountingWorkbench):
    """Has a file changed before it is read, from when it is told to."""

    def __init__(self, inner: Workbench, file: Path) -> None:
        super().__init__(inner)
        self.file, self.changes = file, False

    def run(self, step: Step) -> StepResult:
        if self.changes:
            self.file.write_bytes(self.file.read_bytes()[::-1])
        return super().run(step)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def workbench(store: Path) -> CountingWorkbench:
    return CountingWorkbench(LocalWorkbench(store))


@pytest.fixture
def environment(indexes: PackageIndexes, home: Home) -> Environment:
    wanted = Requirements(("beta",))
    return resolve(wanted, indexes=indexes, pythons=(PYTHON,), cache=home.cache)


def left_behind(store: Path) -> Iterator[Path]:
    yield from store.glob("files/.incoming-*")
    yield from store.glob("*/.building-*")


def test_a_built_environment_runs_what_was_locked(
    environment: Environment,
    workbench: CountingWorkbench,
    indexes: PackageIndexes,
    home: Home,
    store: Path,
) -> None:
    lines: list[str] = []
    built = build(
        environment, workbench, base="host", indexes=indexes, home=home,
        imports=("alpha", "beta", "nowhere"), on_line=lines.append,
    )  # fmt: skip
    said = subprocess.run(
        [built.python, "-c", "import alpha; print(alpha.VERSION)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "1.0\n"
    assert built.imports_ok == ("alpha", "beta")
    assert [one.name for one in built.imports_failed] == ["nowhere"]
    assert "No module named 'nowhere'" in built.imports_failed[0].why
    assert not built.cached
    assert not list(left_behind(store))
    assert any("installing 2 packages" in line for line in lines)


def test_a_second_build_takes_no_step(
    environment: Environment, workbench: CountingWorkbench, indexes: PackageIndexes, home: Home
) -> None:
    first = build(
        environment, workbench, base="host", indexes=indexes, home=home, imports=("beta",)
    )
    workbench.steps.clear()
    again = build(
        environment, workbench, base="host", indexes=indexes, home=home, imports=("beta",)
    )
    assert not workbench.steps
    assert again.cached
    assert (again.python, again.imports_ok) == (first.python, ("beta",))


def test_only_imports_that_are_not_known_yet_are_tried(
    environment: Environment, workbench: CountingWorkbench, indexes: PackageIndexes, home: Home
) -> None:
    build(environment, workbench, base="host", indexes=indexes, home=home, imports=("beta",))
    workbench.steps.clear()
    lines: list[str] = []
    again = build(
        environment, workbench, base="host", indexes=indexes, home=home,
        imports=("beta", "alpha"), on_line=lines.append,
    )  # fmt: skip
    assert lines == ["importing alpha"]
    assert len(workbench.steps) == 1
    assert set(again.imports_ok) == {"alpha", "beta"}


def test_an_emptied_store_is_noticed(
    environment: Environment, indexes: PackageIndexes, home: Home, tmp_path: Path
) -> None:
    for number in (1, 2):
        bench = LocalWorkbench(tmp_path / f"store{number}")
        built = build(environment, bench, base="host", indexes=indexes, home=home)
        assert not built.cached
        assert Path(built.python).exists()


def test_a_lost_record_does_not_mean_a_second_build(
    environment: Environment, workbench: CountingWorkbench, indexes: PackageIndexes, home: Home
) -> None:
    built = build(environment, workbench, base="host", indexes=indexes, home=home)
    for record in home.builds.iterdir():
        record.write_text("{")
    before = Path(built.python).parents[1].stat().st_ino
    workbench.steps.clear()
    assert build(environment, workbench, base="host", indexes=indexes, home=home).cached
    assert not any(step.network for step in workbench.steps)
    assert Path(built.python).parents[1].stat().st_ino == before


def test_a_build_that_was_killed_is_never_used(
    environment: Environment,
    workbench: CountingWorkbench,
    indexes: PackageIndexes,
    home: Home,
    store: Path,
) -> None:
    """Without its mark, whatever lies there is half of something."""
    first = build(environment, workbench, base="host", indexes=indexes, home=home)
    folder = Path(first.python).parents[1]
    (store / "marks" / folder.name / "complete").unlink()
    next(folder.glob("lib/*/site-packages/beta.py")).unlink()
    for record in home.builds.iterdir():
        record.unlink()
    again = build(environment, workbench, base="host", indexes=indexes, home=home)
    assert not again.cached
    assert list(folder.glob("lib/*/site-packages/beta.py"))


def test_files_are_shared_between_environments(
    environment: Environment,
    workbench: CountingWorkbench,
    indexes: PackageIndexes,
    home: Home,
) -> None:
    other = replace(environment, system_packages=("other",))
    paths = [
        next(Path(built.python).parents[1].glob("lib/*/site-packages/beta.py"))
        for built in (
            build(one, workbench, base="host", indexes=indexes, home=home)
            for one in (environment, other)
        )
    ]
    assert paths[0] != paths[1]
    assert paths[0].stat().st_ino == paths[1].stat().st_ino
    bytecode = [next((path.parent / "__pycache__").glob("beta.*.pyc")) for path in paths]
    assert bytecode[0].stat().st_ino == bytecode[1].stat().st_ino


def test_another_lock_or_another_base_is_another_environment(
    environment: Environment, workbench: CountingWorkbench, indexes: PackageIndexes, home: Home
) -> None:
    """BU-12; what a workspace or its repository is called does not count."""

    def python(one: Environment, base: str) -> str:
        return build(one, workbench, base=base, indexes=indexes, home=home).python

    other = replace(environment, system_packages=("other",))
    made = [python(environment, "host"), python(other, "host"), python(environment, "image 2")]
    assert len(set(made)) == 3
    workbench.steps.clear()
    told_otherwise = replace(environment, decisions=("found out in another way",))
    assert python(told_otherwise, "host") == made[0]
    assert not workbench.steps


def test_only_the_step_that_installs_may_reach_the_network(
    environment: Environment, workbench: CountingWorkbench, indexes: PackageIndexes, home: Home
) -> None:
    build(environment, workbench, base="host", indexes=indexes, home=home, imports=("beta",))
    reaching = [step for step in workbench.steps if step.network]
    assert len(reaching) == 1
    assert not workbench.steps[-1].store_writable


def test_what_this_home_never_had_is_not_looked_for_in_vain(
    environment: Environment, workbench: CountingWorkbench, indexes: PackageIndexes, home: Home
) -> None:
    """Of packages that it had, a first step without network may have all that is wanted."""
    build(environment, workbench, base="host", indexes=indexes, home=home)
    workbench.steps.clear()
    build(environment, workbench, base="image 2", indexes=indexes, home=home)
    assert not any(step.network for step in workbench.steps)
    workbench.steps.clear()
    new = replace(environment, lock=f"{environment.lock}\nelsewhere==1.0 --hash=sha256:{'0' * 64}")
    with pytest.raises(BuildError):
        build(new, workbench, base="host", indexes=indexes, home=home)
    assert [step.network for step in workbench.steps] == [True]


def test_wheels_of_this_machine_that_are_new_come_with_the_step_that_installs_them(
    tmp_path: Path, store: Path, workbench: CountingWorkbench, indexes: PackageIndexes, home: Home
) -> None:
    """What one that was killed had sent along goes then."""
    for name in ("epsilon", "zeta"):
        make_wheel(tmp_path / "wheels", name, "1.0")
    here = PackageIndexes(indexes.index_url, find_links=(str(tmp_path / "wheels"),))

    def built(name: str) -> list[Step]:
        wanted = Requirements((name,))
        locked = resolve(wanted, indexes=here, pythons=(PYTHON,), cache=home.cache)
        workbench.steps.clear()
        build(locked, workbench, base="host", indexes=here, home=home, imports=(name,))
        return workbench.steps

    assert len(built("epsilon")) > 2  # the Store of a first home may have it of others
    killed = store / "files" / ".incoming-killed"
    killed.mkdir()
    installs, imports = built("zeta")
    assert not installs.network
    assert not imports.store_writable
    assert not killed.exists()


def test_a_wheel_that_changes_on_its_way_is_not_kept(
    tmp_path: Path, store: Path, indexes: PackageIndexes, home: Home
) -> None:
    """What came along is looked at as closely as what is sent by itself."""
    wheel = make_wheel(tmp_path / "wheels", "epsilon", "1.0")
    here = PackageIndexes(indexes.index_url, find_links=(str(wheel.parent),))
    alpha, epsilon = (
        resolve(Requirements((name,)), indexes=here, pythons=(PYTHON,), cache=home.cache)
        for name in ("alpha", "epsilon")
    )
    bench = ChangingWorkbench(LocalWorkbench(store), wheel)
    build(alpha, bench, base="host", indexes=here, home=home)
    bench.changes = True
    bench.steps.clear()
    with pytest.raises(BuildError):
        build(epsilon, bench, base="host", indexes=here, home=home)
    assert len(bench.steps) == 1
    assert not any("epsilon" in path.name for path in store.rglob("*"))
    assert not list(left_behind(store))


@pytest.mark.slow
def test_credentials_are_in_no_command_and_no_environment(
    environment: Environment, workbench: CountingWorkbench, indexes: PackageIndexes, home: Home
) -> None:
    secret = replace(indexes, extra_index_urls=("https://ada:s3cret@127.0.0.1:9/simple",))
    remote = replace(environment, lock=f"elsewhere==1.0 --hash=sha256:{'0' * 64}")
    with pytest.raises(NetworkError) as caught:
        build(remote, workbench, base="host", indexes=secret, home=home)
    shown = [str((step.command, step.environment)) for step in workbench.steps]
    assert "s3cret" not in "".join(shown) + str(caught.value) + str(caught.value.facts)


def test_a_wheel_that_is_not_what_was_locked_is_not_installed(
    environment: Environment, workbench: CountingWorkbench, indexes: PackageIndexes, home: Home
) -> None:
    forged = replace(environment, lock=environment.lock.replace("sha256:", "sha256:00")[:-2])
    told: list[str] = []
    with pytest.raises((BuildError, NetworkError)):
        build(
            forged, workbench, base="host", indexes=indexes, home=home, on_line=told.append
        )  # fmt: skip
    assert told
    assert not any(line.startswith("error") for line in told), "the error says it, once"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("error: Failed to fetch: https://x\n  Caused by: dns error", NetworkError),
        ("error: failed to write\n  No space left on device (os error 28)", StoreError),
        ("error: something else", BuildError),
    ],
)
def test_what_went_wrong_decides_the_error(
    environment: Environment,
    store: Path,
    indexes: PackageIndexes,
    home: Home,
    *,
    words: str,
    kind: type[Exception],
) -> None:
    """BU-15."""
    bench = SayingWorkbench(LocalWorkbench(store), words)
    with pytest.raises(kind):
        build(environment, bench, base="host", indexes=indexes, home=home)
    assert not list(left_behind(store))
    assert not list(home.builds.glob("*.json"))


def test_an_environment_of_python_alone_is_built(workbench: CountingWorkbench, home: Home) -> None:
    bare = Environment(PYTHON, "")
    built = build(bare, workbench, base="host", indexes=PackageIndexes(), home=home)
    assert Path(built.python).exists()

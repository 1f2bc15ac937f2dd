"""Builds that meet: of one Environment or of two, on one Store or on two, and with `clean`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from sandbox.domain import FROM_SOURCE, Environment, PackageIndexes, Requirements
from sandbox.engines.local.workbench import LocalWorkbench
from sandbox.environments import build, resolve
from sandbox.environments.resolving.sourcing import MadeWheel, NotMade, Wish
from sandbox.environments.store.records import TRUSTED_S, load_records, save_record
from sandbox.environments.store.using import alone, use
from sandbox.errors import BuildError
from sandbox.paths import Home
from tests.support.makers import one_by_one
from tests.support.wheels import make_wheel

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
SDIST = "5" * 64

BUILDING = """
import json, sys
from pathlib import Path
from sandbox.domain import Environment, PackageIndexes
from sandbox.engines.local.workbench import LocalWorkbench
from sandbox.environments import build
from sandbox.paths import Home

store, home, index, lock, python = sys.argv[1:]
built = build(
    Environment(python, lock), LocalWorkbench(Path(store)), base="host",
    indexes=PackageIndexes(index_url=index), home=Home(Path(home)), on_line=print,
)
print(json.dumps([built.cached, built.python]))
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def environment(indexes: PackageIndexes, home: Home) -> Environment:
    wanted = Requirements(("beta",))
    return resolve(wanted, indexes=indexes, pythons=(PYTHON,), cache=home.cache)


def built_beside(
    store: Path, homes: list[Path], indexes: PackageIndexes, environment: Environment
) -> list[list[object]]:
    """(cached, python) of a build in each home, all at once in processes of their own."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", BUILDING, str(store), str(home), str(indexes.index_url),
             environment.lock, environment.python],
            stdout=subprocess.PIPE,
            text=True,
        )
        for home in homes
    ]  # fmt: skip
    return [json.loads(one.communicate(timeout=120)[0].splitlines()[-1]) for one in running]


@pytest.mark.slow
@pytest.mark.parametrize("homes", [("one", "one"), ("one", "two")], ids=["same home", "two homes"])
def test_two_processes_that_want_one_environment_build_it_once(
    store: Path,
    tmp_path: Path,
    indexes: PackageIndexes,
    environment: Environment,
    homes: tuple[str, ...],
) -> None:
    ended = built_beside(store, [tmp_path / name for name in homes], indexes, environment)
    assert sorted(cached for cached, _ in ended) == [False, True]
    assert ended[0][1] == ended[1][1]
    assert not list(store.glob("*/.building-*"))


def test_two_stores_do_not_forget_each_others_builds(
    tmp_path: Path, indexes: PackageIndexes, environment: Environment, home: Home
) -> None:
    benches = [LocalWorkbench(tmp_path / name) for name in ("one", "two")]
    for expected in (False, True):
        for bench in benches:
            built = build(environment, bench, base="host", indexes=indexes, home=home)
            assert built.cached is expected


def test_a_build_counts_as_used_for_as_long_as_someone_has_it(
    store: Path, indexes: PackageIndexes, environment: Environment, home: Home
) -> None:
    bench = LocalWorkbench(store)
    built = build(environment, bench, base="host", indexes=indexes, home=home)
    lock = home.use_lock(Path(built.python).parents[1].name)
    copied = replace(built, cached=True)
    del built
    with alone(lock) as free:
        assert not free
    del copied
    with alone(lock) as free:
        assert free


def test_a_use_in_another_process_ends_with_it(tmp_path: Path) -> None:
    lock = tmp_path / "use.lock"
    program = (
        "import sys, os, signal; from pathlib import Path;"
        "from sandbox.environments.store.using import use;"
        "held = use(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    with alone(lock) as free:
        assert not free
    process.kill()
    process.communicate()
    with alone(lock) as free:
        assert free
    assert use(lock)


def test_an_old_record_is_looked_after_once(
    store: Path, indexes: PackageIndexes, environment: Environment, home: Home
) -> None:
    """Another home may have freed what this one has not used for long."""
    bench = LocalWorkbench(store)
    first = build(environment, bench, base="host", indexes=indexes, home=home)
    [(path, record)] = load_records(home.builds, bench.identity).values()
    save_record(path, replace(record, seen_at=record.seen_at - TRUSTED_S - 60))
    Path(first.python).unlink()
    (store / "marks" / record.key / "complete").unlink()
    again = build(environment, bench, base="host", indexes=indexes, home=home)
    assert not again.cached
    assert Path(again.python).exists()


def from_source(environment: Environment) -> Environment:
    """The lock as it is where the index has alpha as an sdist only."""
    lines = [
        f"alpha==1.0 --hash=sha256:{SDIST}{FROM_SOURCE}" if line.startswith("alpha") else line
        for line in environment.lock.splitlines()
    ]
    return replace(environment, lock="\n".join(lines))


def test_what_is_made_from_source_is_installed_as_the_wheel_that_came_of_it(
    store: Path, tmp_path: Path, indexes: PackageIndexes, environment: Environment, home: Home
) -> None:
    asked: list[Wish] = []
    text = "VERSION = 'made here'\n"
    wheel = make_wheel(tmp_path / "made", "alpha", "1.0", modules={"alpha.py": text})

    def made(wish: Wish) -> MadeWheel | NotMade:
        asked.append(wish)
        return MadeWheel(wheel, "1.0", SDIST)

    wanted = from_source(environment)
    bench = LocalWorkbench(store)
    for _ in range(2):
        built = build(
            wanted, bench, base="host", indexes=indexes, home=home, make_wheels=one_by_one(made),
            imports=("alpha", "beta"),
        )  # fmt: skip
    assert asked == [Wish("alpha==1.0", PYTHON, sha256=SDIST)]
    assert built.imports_ok == ("alpha", "beta")
    found = next(Path(built.python).parents[1].glob("lib/*/site-packages/alpha.py"))
    assert found.read_text() == text


def test_a_lost_record_makes_no_wheel_a_second_time(
    store: Path, tmp_path: Path, indexes: PackageIndexes, environment: Environment, home: Home
) -> None:
    wheel = make_wheel(tmp_path / "made", "alpha", "1.0")
    answers = iter([MadeWheel(wheel, "1.0", SDIST)])
    wanted, bench = from_source(environment), LocalWorkbench(store)
    for expected in (False, True):
        built = build(
            wanted, bench, base="host", indexes=indexes, home=home,
            make_wheels=lambda _wishes: [next(answers)],
        )  # fmt: skip
        assert built.cached is expected
        for record in home.builds.iterdir():
            record.unlink()


def test_a_wheel_that_cannot_be_made_ends_the_build_with_the_logs_last_lines(
    store: Path, indexes: PackageIndexes, environment: Environment, home: Home
) -> None:
    failed = NotMade("its build ended with exit code 1", ("running build_ext", "no gcc"))
    with pytest.raises(BuildError, match=r"alpha==1\.0 .* exit code 1: no gcc") as caught:
        build(
            from_source(environment), LocalWorkbench(store), base="host", indexes=indexes,
            home=home, make_wheels=lambda _wishes: [failed],
        )  # fmt: skip
    assert caught.value.facts["said"] == "running build_ext\nno gcc"
    assert not list(store.glob("environments/*"))


def test_figures_are_told_and_remembered(
    store: Path, indexes: PackageIndexes, environment: Environment, home: Home
) -> None:
    lines: list[str] = []
    bench = LocalWorkbench(store)
    first = build(environment, bench, base="host", indexes=indexes, home=home, on_line=lines.append)
    assert first.size_bytes
    assert first.new_bytes
    assert first.size_bytes >= first.new_bytes
    assert lines[-1].startswith("done in ")
    assert "new on disk" in lines[-1]
    again = build(environment, bench, base="host", indexes=indexes, home=home)
    assert (again.size_bytes, again.new_bytes) == (first.size_bytes, first.new_bytes)
    other = build(
        replace(environment, system_packages=("other",)), bench, base="host", indexes=indexes,
        home=home,
    )  # fmt: skip
    assert other.new_bytes is not None
    assert other.new_bytes < first.new_bytes
    assert asdict(other)["cached"] is False

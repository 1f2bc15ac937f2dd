"""What can go and what stays; what goes is gone, and built again when it is needed."""

from __future__ import annotations

import dataclasses
import os
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from sandbox import api, environments
from sandbox.domain import Environment, PackageIndexes
from sandbox.environments import Build, build
from sandbox.flows.context import Context
from sandbox.flows.environments.locking import save_lock
from sandbox.flows.home.cleaning import Cleaned, Item, Policy
from sandbox.interfaces import Holding
from tests.support.commands import write_repository
from tests.support.stores import FolderEngine, FolderWorkbench, KeptThings
from tests.support.wheels import make_index, make_wheel

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
WEEK_S = 7 * 86400.0
OLD = time.time() - 40 * 86400
Builds = Callable[..., Build]


@pytest.fixture
def bench(tmp_path: Path) -> FolderWorkbench:
    images = [
        Holding("image", f"bases:{key}", 100, created)
        for key, created in (("used", OLD), ("unused", OLD), ("young", time.time()))
    ]
    bases = {"used": "sha256:used", "unused": "sha256:unused", "young": "sha256:young"}
    return FolderWorkbench(tmp_path / "store", KeptThings(*images), bases)


@pytest.fixture
def context(tmp_path: Path, bench: FolderWorkbench) -> Context:
    made = api.connect(tmp_path / "home", engine="local", environ={}, folder=tmp_path)
    return dataclasses.replace(made, make_engine=lambda: FolderEngine(bench))


@pytest.fixture
def builds(tmp_path: Path, context: Context, bench: FolderWorkbench) -> Builds:
    """Builds an environment with alpha in it; one for each word."""
    wheels = [make_wheel(tmp_path / "files", "alpha", "1.0")]
    indexes = PackageIndexes(index_url=make_index(tmp_path / "simple", wheels))
    pin = (tmp_path / "simple/alpha/index.html").read_text().partition("sha256=")[2][:64]

    def _build(word: str, *, base: str = "sha256:used") -> Build:
        environment = Environment(PYTHON, f"alpha==1.0 --hash=sha256:{pin}", (word,))
        return build(environment, bench, base=base, indexes=indexes, home=context.home)

    return _build


def workspace(context: Context, tmp_path: Path, name: str, environment: Environment) -> None:
    """A workspace that has the environment."""
    opened = api.open_workspace(
        context, str(write_repository(tmp_path / name, {"train.py": "print(1)\n"}))
    )
    save_lock(opened.paths.environment, "question", environment)


def key_of(built: Build) -> str:
    return Path(built.python).parents[1].name


def found(done: Cleaned, name: str) -> Item:
    return next(one for one in done.items if one.name == name)


def used_long_ago(context: Context, built: Build) -> None:
    [record] = context.home.builds.glob(f"{key_of(built)}-*.json")
    os.utime(record, (OLD, OLD))
    os.utime(Path(built.python).parents[3] / "marks" / key_of(built) / "complete", (OLD, OLD))


def test_only_looking_changes_nothing(context: Context, builds: Builds) -> None:
    built = builds("lonely")
    python = built.python
    del built
    done = api.clean(context)
    assert not done.applied
    assert found(done, Path(python).parents[1].name).keep is None
    assert Path(python).exists()


def test_what_no_workspace_has_goes_and_what_one_has_stays(
    context: Context, tmp_path: Path, builds: Builds
) -> None:
    lonely, wanted = builds("lonely"), builds("wanted")
    workspace(context, tmp_path, "studied", wanted.environment)
    gone, kept = Path(lonely.python), Path(wanted.python)
    name = key_of(lonely)
    del lonely, wanted
    done = api.clean(context, apply=True)
    assert name in done.removed
    assert not gone.exists()
    assert kept.exists()
    assert found(done, kept.parents[1].name).keep == "studied has it"
    assert done.freed_bytes > 0


def test_freed_bytes_are_those_that_the_disk_has_back(
    context: Context, builds: Builds, bench: FolderWorkbench
) -> None:
    for word in ("one", "two"):
        builds(word)
    before = disk_bytes(Path(bench.store))
    bench.holdings = KeptThings()
    done = api.clean(context, apply=True)
    assert done.freed_bytes == before - disk_bytes(Path(bench.store))


def test_what_there_is_no_time_to_measure_is_as_large_as_when_it_was_built(
    context: Context, builds: Builds, bench: FolderWorkbench
) -> None:
    built = builds("large")
    contents = environments.look(bench, context.home, patience_s=0)
    [stored] = contents.environments
    assert not stored.looked_through
    assert (stored.size_bytes, stored.new_bytes) == (built.size_bytes, built.new_bytes)
    assert built.size_bytes


def disk_bytes(folder: Path) -> int:
    """Locks and empty folders of the Store's own aside, which stay."""
    statuses = [
        path.lstat()
        for path in folder.rglob("*")
        if "locks" not in path.parts and path.parent not in (folder, folder / "cache")
    ]
    return sum({one.st_ino: one.st_blocks * 512 for one in statuses}.values())


def test_what_is_gone_is_built_again_when_it_is_needed(context: Context, builds: Builds) -> None:
    python = builds("lonely").python
    api.clean(context, apply=True)
    assert not Path(python).exists()
    again = builds("lonely")
    assert not again.cached
    assert Path(again.python).exists()


def test_what_a_command_uses_is_never_freed(context: Context, builds: Builds) -> None:
    held = builds("held")
    done = api.clean(context, Policy(everything=True), apply=True)
    assert done.kept == {key_of(held): "a command uses it", "bases:used": "a command uses it"}
    assert Path(held.python).exists()


def test_all_takes_what_workspaces_have_too(
    context: Context, tmp_path: Path, builds: Builds
) -> None:
    wanted = builds("wanted")
    workspace(context, tmp_path, "studied", wanted.environment)
    python = Path(wanted.python)
    del wanted
    api.clean(context, Policy(everything=True), apply=True)
    assert not python.exists()


def test_older_than_goes_by_use_wherever_it_is(
    context: Context, tmp_path: Path, builds: Builds
) -> None:
    old, young = builds("old"), builds("young")
    workspace(context, tmp_path, "studied", old.environment)
    used_long_ago(context, old)
    names = key_of(old), key_of(young)
    del old, young
    done = api.clean(context, Policy(older_than_s=WEEK_S), apply=True)
    assert names[0] in done.removed
    assert found(done, names[1]).keep == "used lately"


def test_what_another_home_has_used_lately_stays(
    context: Context, bench: FolderWorkbench, builds: Builds
) -> None:
    key = key_of(builds("shared"))
    mark = Path(bench.store) / "marks" / key / "users" / "another"
    mark.touch()
    policy = Policy(everything=True)
    assert found(api.clean(context, policy), key).keep == "another home uses it"
    os.utime(mark, (OLD, OLD))
    assert found(api.clean(context, policy), key).keep is None


def test_base_images_go_when_nothing_is_built_on_them_and_they_are_not_new(
    context: Context, tmp_path: Path, bench: FolderWorkbench, builds: Builds
) -> None:
    workspace(context, tmp_path, "studied", builds("wanted").environment)
    done = api.clean(context, apply=True)
    assert [one.name for one in bench.holdings.all()] == ["bases:used", "bases:young"]
    assert found(done, "bases:used").keep == "environments are built on it"
    assert found(done, "bases:young").keep == "made lately"


def test_an_image_that_is_no_base_of_ours_stays(context: Context, bench: FolderWorkbench) -> None:
    """What a user made from an export on top of a base of ours bears our label, too."""
    bench.holdings = KeptThings(Holding("image", "mine:latest", 100, OLD))
    done = api.clean(context, Policy(everything=True), apply=True)
    assert found(done, "mine:latest").keep == "no base image"
    assert bench.holdings.all()


def test_what_an_image_shares_with_its_base_is_not_given_back_twice(
    context: Context, bench: FolderWorkbench
) -> None:
    derived = Holding("image", "bases:unused", 100, OLD, own_bytes=30)
    bench.holdings = KeptThings(derived)
    assert found(api.clean(context), "bases:unused").frees_bytes == 30
    assert api.clean(context, apply=True).freed_bytes == 30


def test_an_environment_whose_base_is_gone_is_of_no_use(
    context: Context, tmp_path: Path, builds: Builds
) -> None:
    orphan = builds("orphan", base="sha256:unused")
    workspace(context, tmp_path, "studied", orphan.environment)
    key = key_of(orphan)
    del orphan
    engine = context.engine
    assert isinstance(engine, FolderEngine)
    engine.workbench().holdings.remove(Holding("image", "bases:unused", 100, OLD))
    assert found(api.clean(context), key).keep is None


def test_containers_that_run_and_stores_stay(context: Context, bench: FolderWorkbench) -> None:
    things = [
        Holding("container", "busy", 1, OLD, in_use=True),
        Holding("volume", "another-store", 1, OLD),
    ]
    bench.holdings = KeptThings(*things)
    done = api.clean(context, Policy(everything=True), apply=True)
    assert bench.holdings.all() == tuple(things)
    assert done.removed == ()


def test_half_an_environment_goes(context: Context, bench: FolderWorkbench, builds: Builds) -> None:
    key = key_of(builds("half"))
    (Path(bench.store) / "marks" / key / "complete").unlink()
    done = api.clean(context, apply=True)
    assert key in done.removed
    assert not (Path(bench.store) / "environments" / key).exists()


@pytest.mark.parametrize(
    ("policy", "left"), [(Policy(), 2), (Policy(older_than_s=WEEK_S), 1)], ids=["kept", "by age"]
)
def test_caches_of_the_home_go_by_age(context: Context, policy: Policy, left: int) -> None:
    for name, age in (("old", OLD), ("young", time.time())):
        folder = context.home.cache / "wheels" / name
        folder.mkdir(parents=True)
        (folder / "a.whl").write_bytes(b"0" * 9000)
        for path in (folder / "a.whl", folder):
            os.utime(path, (age, age))
    os.utime(context.home.cache / "wheels", (OLD, OLD))
    api.clean(context, policy, apply=True)
    assert len(list((context.home.cache / "wheels").iterdir())) == left


def test_doctor_names_what_is_broken_and_takes_it_out(
    context: Context, tmp_path: Path, builds: Builds
) -> None:
    wanted, other = builds("wanted"), builds("other", base="sha256:young")
    workspace(context, tmp_path, "studied", wanted.environment)
    module = next(Path(wanted.python).parents[1].glob("lib/*/site-packages/alpha.py"))
    assert not bad(context)
    good = module.read_text()
    module.write_text(good.replace("1.0", "6.6"))  # the same length: a cache is one file with it
    assert not bad(context)
    told = bad(context, deep=True)
    assert sorted(told) == sorted([key_of(wanted), key_of(other)])
    del wanted, other
    assert len(api.fix_store(context, deep=True)) == 2
    assert not bad(context, deep=True)
    again = builds("wanted")
    assert module.read_text() == good
    assert not again.cached


def test_doctor_sees_a_missing_file_without_reading_any(context: Context, builds: Builds) -> None:
    built = builds("wanted")
    next(Path(built.python).parents[1].glob("lib/*/site-packages/alpha.py")).unlink()
    assert bad(context) == [key_of(built)]


@pytest.mark.parametrize("deep", [False, True])
def test_what_a_wheel_says_of_its_own_list_of_files_is_no_matter(
    context: Context, builds: Builds, *, deep: bool
) -> None:
    """It is written before the installer adds to it; some wheels give a size or a checksum."""
    built = builds("wanted")
    record = next(Path(built.python).parents[1].glob("lib/*/site-packages/alpha-*/RECORD"))
    lines = record.read_text().splitlines()
    told = [f"{line.split(',')[0]},sha256=none,0" if "RECORD," in line else line for line in lines]
    assert told != lines
    record.write_text("\n".join(told))
    assert not bad(context, deep=deep)


@pytest.mark.parametrize("deep", [False, True])
def test_a_file_that_two_wheels_have_is_whole_as_either_of_them_says(
    context: Context, bench: FolderWorkbench, tmp_path: Path, *, deep: bool
) -> None:
    texts = {"first": "one = 1\n", "second": "two = 222\n"}
    wheels = [
        make_wheel(tmp_path / "both", name, "1.0", modules={"alpha.py": text})
        for name, text in texts.items()
    ]
    indexes = PackageIndexes(index_url=make_index(tmp_path / "pages", wheels))
    sums = {one.name.partition("-")[0]: sha256(one.read_bytes()).hexdigest() for one in wheels}
    lock = "\n".join(f"{name}==1.0 --hash=sha256:{value}" for name, value in sums.items())
    environment = Environment(PYTHON, lock)
    built = build(environment, bench, base="sha256:used", indexes=indexes, home=context.home)
    assert not bad(context, deep=deep)
    module = next(Path(built.python).parents[1].glob("lib/*/site-packages/alpha.py"))
    module.write_text("neither = 3333\n")
    assert bad(context, deep=deep) == [key_of(built)]


def bad(context: Context, *, deep: bool = False) -> list[str]:
    """Keys of the environments that are said to be broken."""
    texts = [one.text for one in api.doctor(context, deep=deep) if one.state == "bad"]
    assert all("is broken: alpha.py" in text for text in texts)
    return [text.split()[1] for text in texts]

"""The date holds for as much as possible; what gives way to what, and what is told of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.domain import Environment, PackageIndexes, Requirements
from sandbox.environments import resolve
from tests.support.package_index import Offer, write_index
from tests.support.wheels import make_wheel

TAG = "cp{0}-cp{0}-manylinux_2_17_x86_64"


@pytest.fixture
def indexes(tmp_path: Path) -> PackageIndexes:
    """alpha yearly from 2018 (versions 1 to 5); deep needs a new alpha; odd was withdrawn once."""
    files = tmp_path / "files"
    offers = [
        Offer(make_wheel(files, "alpha", f"{year - 2017}.0"), f"{year}-03-01")
        for year in range(2018, 2023)
    ]
    offers += [
        Offer(make_wheel(files, "beta", "1.0"), "2018-05-01"),
        Offer(make_wheel(files, "beta", "2.0"), "2021-05-01"),
        Offer(make_wheel(files, "late", "1.0"), "2022-05-01"),
        Offer(make_wheel(files, "odd", "1.0"), "2018-01-01"),
        Offer(make_wheel(files, "odd", "1.1"), "2018-02-01", yanked="it erases\nyour disk"),
        Offer(make_wheel(files, "fast", "1.0", tag=TAG.format(38)), "2019-12-01"),
        Offer(make_wheel(files, "fast", "1.2", tag=TAG.format(311)), "2022-11-01"),
        Offer(make_wheel(files, "fast", "1.2.1", tag=TAG.format(311)), "2022-12-01"),
        Offer(make_wheel(files, "fast", "2.0", tag=TAG.format(311)), "2022-12-05"),
    ]
    return PackageIndexes(index_url=write_index(tmp_path / "simple", offers))


def ask(
    indexes: PackageIndexes,
    *packages: str,
    pythons: tuple[str, ...] = ("3.8",),
    as_of: str | None = "2020-12-01",
    **facts: object,
) -> Environment:
    requirements = Requirements(packages, as_of=as_of, **facts)  # type: ignore[arg-type]
    cache = Path(indexes.index_url or "").parent / "cache"
    cache = Path(str(cache).removeprefix("file:"))
    return resolve(requirements, indexes=indexes, pythons=pythons, cache=cache)


def told(environment: Environment, *words: str) -> bool:
    return any(all(word in line for word in words) for line in environment.decisions)


def test_versions_are_of_the_date(indexes: PackageIndexes) -> None:
    assert ask(indexes, "alpha", "beta").packages == {"alpha": "3.0", "beta": "1.0"}
    assert ask(indexes, "alpha", as_of=None).packages == {"alpha": "5.0"}


def test_the_date_does_not_hold_for_a_pin_that_is_newer_but_for_all_else(
    indexes: PackageIndexes,
) -> None:
    environment = ask(indexes, "alpha==5.0", "beta")
    assert environment.packages == {"alpha": "5.0", "beta": "1.0"}
    assert told(environment, "alpha==5.0 is newer than 2020-12-01")


def test_what_a_remedy_asks_for_is_its_first_release_where_that_came_after_the_date(
    indexes: PackageIndexes,
) -> None:
    environment = ask(indexes, "alpha", "beta", constraints=("alpha>3.0", "beta<2"))
    assert environment.packages == {"alpha": "4.0", "beta": "1.0"}
    assert told(environment, "alpha>3.0 is newer than 2020-12-01")


def test_a_package_that_came_after_the_date_is_its_first_version(indexes: PackageIndexes) -> None:
    environment = ask(indexes, "late", "beta")
    assert environment.packages == {"beta": "1.0", "late": "1.0"}
    assert told(environment, "late is of 2022-05-01", "first version")


def test_a_withdrawn_version_is_used_only_when_pinned_and_told(indexes: PackageIndexes) -> None:
    assert ask(indexes, "odd").packages == {"odd": "1.0"}
    environment = ask(indexes, "odd==1.1")
    assert environment.packages == {"odd": "1.1"}
    assert told(environment, "odd==1.1 was withdrawn", "it erases your disk")


@pytest.mark.parametrize("asked", ["alpha>=99", "alpha==9.9", "alpha<0.1"])
def test_a_version_that_never_was_is_relaxed_without_another_python(
    indexes: PackageIndexes, asked: str
) -> None:
    environment = ask(indexes, asked, "beta", pythons=("3.7", "3.8", "3.9", "3.10"))
    assert environment.packages == {"alpha": "3.0", "beta": "1.0"}
    assert environment.python == ask(indexes, "beta", pythons=("3.7", "3.8", "3.9")).python
    assert told(environment, f"{asked} relaxed to any alpha", "the newest is 5.0")


def test_of_contradicting_lines_the_first_holds(indexes: PackageIndexes) -> None:
    environment = ask(indexes, "alpha<2.5", "alpha>3.5", "alpha!=9", as_of=None)
    assert environment.packages == {"alpha": "2.0"}
    assert told(environment, "alpha>3.5 left out", "contradicts")


def test_a_line_whose_marker_does_not_hold_changes_nothing(indexes: PackageIndexes) -> None:
    environment = ask(indexes, 'nosuch==1; sys_platform == "win32"', "beta")
    assert environment.packages == {"beta": "1.0"}
    assert environment.dropped == ()


def test_a_pin_without_a_wheel_for_the_python_becomes_the_nearest_series(
    indexes: PackageIndexes,
) -> None:
    environment = ask(indexes, "fast==1.0", pythons=("3.11",), as_of="2023-12-01")
    assert environment.packages == {"fast": "1.2.1"}
    assert told(environment, "fast==1.0 relaxed to ~=1.2", "no wheel for Python 3.11")


def test_a_python_younger_than_the_code_moves_the_date(
    indexes: PackageIndexes,
) -> None:
    environment = ask(indexes, "fast", "alpha", pythons=("3.11",))
    assert environment.packages == {"alpha": "5.0", "fast": "2.0"}
    assert told(environment, "2020-12-01 is moved to 2023-07-21", "Python 3.11 came after it")


def test_what_lock_files_say_holds_for_what_others_need(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    deep = Offer(make_wheel(tmp_path / "files", "deep", "1.0", requires=["alpha"]), "2020-01-01")
    write_index(tmp_path / "simple", [deep])
    environment = ask(indexes, "deep", constraints=("alpha==2.0", "beta==2.0", "fast[x]==1.0"))
    assert environment.packages == {"alpha": "2.0", "deep": "1.0"}


def test_what_another_folders_lock_pins_is_void_where_another_version_is_asked_for(
    indexes: PackageIndexes,
) -> None:
    constraints = ("alpha==1.0", "beta==1.0")
    environment = ask(indexes, "alpha==2.0", "beta", constraints=constraints)
    assert environment.packages == {"alpha": "2.0", "beta": "1.0"}
    assert told(environment, "of lock files left out, for other versions are asked for: alpha")
    assert not told(environment, "given up")


def test_what_lock_files_say_is_given_up_where_it_is_in_the_way_before_what_is_asked_for(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    deep = Offer(make_wheel(tmp_path / "files", "deep", "1.0", requires=["alpha>=3"]), "2020-01-01")
    write_index(tmp_path / "simple", [deep])
    environment = ask(indexes, "deep", "beta", constraints=("alpha==2.0", "beta==1.0"))
    assert environment.packages == {"alpha": "3.0", "beta": "1.0", "deep": "1.0"}
    assert told(environment, "what lock files or imports say of alpha is given up")
    assert not told(environment, "relaxed")


@pytest.fixture
def tops(indexes: PackageIndexes, tmp_path: Path) -> PackageIndexes:
    """top 1.0 needs a base that needs an old alpha, and that comes out later; top 2.0 does not."""
    files = tmp_path / "files"
    wheels = [
        make_wheel(files, "base", "1.0"),
        make_wheel(files, "base", "2.0", requires=["alpha<3"]),
        make_wheel(files, "base", "3.0"),
        make_wheel(files, "top", "1.0", requires=["base==2.0"]),
        make_wheel(files, "top", "2.0", requires=["base"]),
    ]
    write_index(tmp_path / "simple", [Offer(wheel, "2022-06-01") for wheel in wheels])
    return indexes


def test_a_bound_that_gave_way_in_vain_holds_after_all(tops: PackageIndexes) -> None:
    wanted = ("top==1.0", "alpha>=4")
    environment = ask(tops, *wanted, as_of="2022-12-01", constraints=("base<2",))
    assert environment.packages == {"alpha": "5.0", "base": "1.0", "top": "2.0"}
    assert told(environment, "say of base is given up")
    assert told(environment, "base<2 is kept all the same")


def test_a_bound_that_makes_others_older_stays_given_up(
    tops: PackageIndexes, tmp_path: Path
) -> None:
    newest = make_wheel(tmp_path / "files", "top", "3.0", requires=["base>=2"])
    write_index(tmp_path / "simple", [Offer(newest, "2022-08-01")])
    wanted = ("top==1.0", "alpha>=4")
    environment = ask(tops, *wanted, as_of="2022-12-01", constraints=("base<2",))
    assert environment.packages == {"alpha": "5.0", "base": "3.0", "top": "3.0"}
    assert not told(environment, "kept all the same")


def test_a_bound_that_gave_way_in_vain_holds_for_what_is_itself_wanted(
    tops: PackageIndexes,
) -> None:
    wanted = ("top==1.0", "alpha>=4", "base")
    environment = ask(tops, *wanted, as_of="2022-12-01", constraints=("base<2",))
    assert environment.packages == {"alpha": "5.0", "base": "1.0", "top": "2.0"}


def test_a_bound_whose_marker_does_not_hold_is_not_said_to_be_kept(tops: PackageIndexes) -> None:
    bound = "base<2 ; python_version < '3.8'"
    environment = ask(tops, "top==1.0", "alpha>=4", as_of="2022-12-01", constraints=(bound,))
    assert environment.packages == {"alpha": "5.0", "base": "3.0", "top": "2.0"}
    assert not told(environment, "kept all the same")


def test_a_bound_that_the_sites_own_build_does_not_meet_is_not_said_to_be_kept(
    tops: PackageIndexes, tmp_path: Path
) -> None:
    make_wheel(tmp_path / "own", "base", "7.0")
    ours = replace(tops, find_links=(str(tmp_path / "own"),))
    environment = ask(ours, "top==1.0", "base", as_of="2022-12-01", constraints=("base<2",))
    assert environment.packages == {"base": "7.0", "top": "2.0"}
    assert told(environment, "say of base is given up")
    assert not told(environment, "kept all the same")


@pytest.mark.parametrize(
    "needs", [["base!=1.9"], ["base", "mid"]], ids=["itself", "what only others need"]
)
def test_a_bound_that_is_met_by_far_older_releases_stays_given_up(
    indexes: PackageIndexes, tmp_path: Path, needs: list[str]
) -> None:
    files = tmp_path / "files"
    wheels = [
        make_wheel(files, "base", "1.9"),
        make_wheel(files, "base", "2.0", requires=["alpha<3"]),
        make_wheel(files, "base", "3.0"),
        make_wheel(files, "mid", "1.0"),
        make_wheel(files, "mid", "9.0", requires=["base>=2"]),
        make_wheel(files, "top", "1.0", requires=["base==2.0"]),
        make_wheel(files, "top", "2.0", requires=needs),
    ]
    offers = [Offer(wheel, "2022-06-01") for wheel in wheels]
    offers.append(Offer(make_wheel(files, "base", "0.1"), "2018-01-01"))
    write_index(tmp_path / "simple", offers)
    wanted = ("top==1.0", "alpha>=4", "base")
    environment = ask(indexes, *wanted, as_of="2022-12-01", constraints=("base<2",))
    assert (environment.packages["base"], environment.packages["top"]) == ("3.0", "2.0")
    assert told(environment, "say of base is given up")
    assert not told(environment, "kept all the same")


def test_only_what_the_sites_own_build_needs_is_newer_than_the_date(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    make_wheel(tmp_path / "own", "heavy", "7.0", requires=["alpha>=4", "beta"])
    ours = replace(indexes, find_links=(str(tmp_path / "own"),))
    environment = ask(ours, "heavy==1.0", "beta")
    assert environment.packages == {"alpha": "4.0", "beta": "1.0", "heavy": "7.0"}
    assert told(environment, "heavy 7.0 from find-links", "newer alpha than of 2020-12-01")
    assert told(environment, "heavy==1.0 gives way")


def test_what_the_sites_own_build_needs_is_the_first_that_others_can_have_too(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    """torch 2.13 wants setuptools 77.0.3 or newer, beside which nothing of it can be compiled."""
    make_wheel(tmp_path / "own", "heavy", "7.0", requires=["alpha>=4"])
    ours = replace(indexes, find_links=(str(tmp_path / "own"),))
    environment = ask(ours, "heavy", "alpha!=4.0,<6")
    assert environment.packages == {"alpha": "5.0", "heavy": "7.0"}
    assert not told(environment, "relaxed")


def test_a_build_for_cpus_is_not_taken_where_a_gpu_is_asked_for(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    make_wheel(tmp_path / "own", "alpha", "9.0+cpu")
    ours = replace(indexes, find_links=(str(tmp_path / "own"),))
    assert ask(ours, "alpha").packages == {"alpha": "9.0+cpu"}
    environment = resolve(
        Requirements(("alpha",)),
        indexes=ours,
        pythons=("3.8",),
        cache=tmp_path / "cache",
        accelerator="cuda",
    )
    assert environment.packages == {"alpha": "5.0"}
    assert environment.accelerator == "cuda"


@pytest.mark.parametrize("newest", ["1.26.4", "2.0.0"])
def test_what_old_releases_do_not_say_is_known(tmp_path: Path, newest: str) -> None:
    """pandas 1.5 admits numpy 2, and cannot be imported beside it."""
    files = tmp_path / "files"
    offers = [Offer(make_wheel(files, "pandas", "1.5.3", requires=["numpy>=1.20"]), "2023-01-01")]
    offers += [
        Offer(make_wheel(files, "numpy", version), "2024-01-01")
        for version in dict.fromkeys(["1.26.4", newest])
    ]
    indexes = PackageIndexes(index_url=write_index(tmp_path / "simple", offers))
    environment = ask(indexes, "pandas==1.5.3", as_of="2026-01-01")
    assert environment.packages["numpy"] == "1.26.4"
    assert told(environment, "numpy<2 for pandas is used") is (newest == "2.0.0")


def test_what_cannot_be_kept_of_it_is_told(tmp_path: Path) -> None:
    files = tmp_path / "files"
    offers = [
        Offer(make_wheel(files, "pandas", "1.5.3", requires=["numpy>=1.20"]), "2023-01-01"),
        Offer(make_wheel(files, "numpy", "2.0.0"), "2024-01-01"),
    ]
    indexes = PackageIndexes(index_url=write_index(tmp_path / "simple", offers))
    environment = ask(indexes, "pandas==1.5.3", as_of="2026-01-01")
    assert environment.packages == {"numpy": "2.0.0", "pandas": "1.5.3"}
    assert told(environment, "numpy<2 for pandas cannot be had", "compiled for numpy 1")


def test_beside_a_cpu_build_of_torch_stands_what_imports_there(tmp_path: Path) -> None:
    """Whatever its pin, its date and the torch that it asks for."""
    files = tmp_path / "files"
    make_wheel(tmp_path / "own", "torch", "2.13.0+cpu")
    offers = [
        Offer(make_wheel(files, name, "1.0"), "2020-01-01")
        for name in ("numpy", "requests", "torchaudio")
    ]
    offers += [
        Offer(make_wheel(files, "pillow", "9.0"), "2020-01-01"),
        Offer(make_wheel(files, "torchvision", "0.5.0", requires=["torch==1.4"]), "2020-01-15"),
        Offer(make_wheel(files, "torchvision", "0.16.2", requires=["torch==2.1.2"]), "2023-12-15"),
        Offer(make_wheel(files, "torchvision", "0.28", requires=["torch==2.13"]), "2026-07-15"),
    ]
    index = write_index(tmp_path / "simple", offers)
    indexes = PackageIndexes(index, find_links=(str(tmp_path / "own"),))
    environment = ask(indexes, "torch==1.4", "torchvision==0.5.0", "torchaudio", as_of="2020-11-01")
    assert environment.packages["torch"] == "2.13.0+cpu"
    assert environment.packages["torchvision"] == "0.16.2"
    assert [one.name for one in environment.dropped] == ["torchaudio"]
    assert told(environment, "torchvision==0.5.0 gives way to torchvision 0.16.2")

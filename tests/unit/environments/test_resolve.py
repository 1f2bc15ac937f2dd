from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.domain import Environment, PackageIndexes, Requirements
from sandbox.environments import resolve
from sandbox.environments.resolving.attempt import NO_SUCH_PACKAGE
from sandbox.environments.resolving.uv import Query, compile_lock, mask
from sandbox.errors import BuildError, NetworkError
from tests.support.wheels import make_index, make_wheel


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def ask(
    indexes: PackageIndexes,
    cache: Path,
    *packages: str,
    pythons: tuple[str, ...] = ("3.11",),
    extra: tuple[str, ...] = (),
    **facts: str,
) -> Environment:
    requirements = Requirements(packages, **facts)  # type: ignore[arg-type]
    return resolve(requirements, indexes=indexes, pythons=pythons, extra=extra, cache=cache)


def told(environment: Environment, *words: str) -> bool:
    return any(all(word in line for word in words) for line in environment.decisions)


def test_the_newest_versions_that_fit_are_locked_with_hashes(
    indexes: PackageIndexes, cache: Path
) -> None:
    environment = ask(indexes, cache, "beta")
    assert environment.packages == {"alpha": "1.0", "beta": "1.0"}
    lines = environment.lock.splitlines()
    assert lines == sorted(lines)
    assert all(line.count(" --hash=sha256:") == 1 for line in lines)


def test_a_lock_holds_no_address(indexes: PackageIndexes, cache: Path) -> None:
    lock = ask(indexes, cache, "beta").lock
    assert "://" not in lock
    assert "/" not in lock


def test_equal_questions_have_equal_locks(indexes: PackageIndexes, cache: Path) -> None:
    assert ask(indexes, cache, "beta").id == ask(indexes, cache / "other", "beta").id


def test_nothing_wanted_is_an_environment_of_python_alone(cache: Path) -> None:
    environment = ask(PackageIndexes(), cache)
    assert (environment.python, environment.lock) == ("3.11", "")


def test_what_the_index_does_not_know_is_dropped_with_the_reason(
    indexes: PackageIndexes, cache: Path
) -> None:
    environment = ask(indexes, cache, "alpha", "nosuch-name", "gamma")
    assert environment.packages == {"alpha": "2.0"}
    assert {one.name: one.why for one in environment.dropped} == {
        "nosuch-name": NO_SUCH_PACKAGE,
        "gamma": "it needs nowhere, which the package index does not have",
    }


def test_a_conflict_relaxes_one_pin_and_names_it(indexes: PackageIndexes, cache: Path) -> None:
    environment = ask(indexes, cache, "beta==1.0", "alpha==2.0")
    assert environment.packages == {"alpha": "1.0", "beta": "1.0"}
    assert told(environment, "alpha==2.0 relaxed", "beta depend on alpha<2")
    assert not told(environment, "beta==1.0 relaxed")


def test_a_pin_that_never_was_becomes_any_version(indexes: PackageIndexes, cache: Path) -> None:
    environment = ask(indexes, cache, "alpha==7")
    assert environment.packages == {"alpha": "2.0"}
    assert told(environment, "alpha==7 relaxed")


def test_an_index_without_dates_lifts_the_date_and_tells(
    indexes: PackageIndexes, cache: Path
) -> None:
    environment = ask(indexes, cache, "alpha", as_of="2024-05-01")
    assert environment.packages == {"alpha": "2.0"}
    assert told(environment, "date")


def test_a_pin_whose_wheels_are_for_an_older_python_brings_that_python(
    indexes: PackageIndexes, cache: Path
) -> None:
    environment = ask(indexes, cache, "delta==1.0", pythons=("3.7", "3.11"))
    assert environment.python == "3.7"
    assert environment.packages == {"delta": "1.0"}


def test_what_has_no_wheel_for_any_python_at_hand_is_dropped(
    indexes: PackageIndexes, cache: Path
) -> None:
    environment = ask(indexes, cache, "delta", "alpha")
    assert environment.packages == {"alpha": "2.0"}
    assert environment.dropped[0].name == "delta"


def test_the_sites_own_build_wins_over_pin_date_and_index(
    indexes: PackageIndexes, cache: Path, tmp_path: Path
) -> None:
    make_wheel(tmp_path / "own", "alpha", "1.5+site", tag="cp311-cp311-manylinux_2_28_x86_64")
    ours = replace(indexes, find_links=(str(tmp_path / "own"),))
    environment = ask(ours, cache, "alpha==1.0", as_of="2022-11-20", pythons=("3.9", "3.11"))
    assert (environment.python, environment.packages) == ("3.11", {"alpha": "1.5+site"})
    assert told(environment, "alpha 1.5+site from find-links")
    assert told(environment, "alpha==1.0 gives way")


def test_the_sites_own_build_sets_aside_a_python_it_does_not_have(
    indexes: PackageIndexes, cache: Path, tmp_path: Path
) -> None:
    make_wheel(tmp_path / "own", "alpha", "1.5", tag="cp311-cp311-linux_x86_64")
    ours = replace(indexes, find_links=(str(tmp_path / "own"),))
    environment = ask(ours, cache, "alpha", python="<3.10", pythons=("3.9", "3.11"))
    assert environment.python == "3.11"
    assert told(environment, "set aside")


def test_a_package_that_does_not_go_with_the_sites_build_is_dropped(
    indexes: PackageIndexes, cache: Path, tmp_path: Path
) -> None:
    make_wheel(tmp_path / "own", "alpha", "3.0")
    ours = replace(indexes, find_links=(str(tmp_path / "own"),))
    environment = ask(ours, cache, "alpha", "beta")
    assert environment.packages == {"alpha": "3.0"}
    assert "alpha<2" in environment.dropped[0].why


def test_cuda_libraries_are_left_out_and_told(tmp_path: Path, cache: Path) -> None:
    files = tmp_path / "files"
    wheels = [
        make_wheel(files, "boost", "1.0", requires=["nvidia-nccl-cu12"]),
        make_wheel(files, "nvidia-nccl-cu12", "2.0"),
    ]
    index = PackageIndexes(index_url=make_index(tmp_path / "simple", wheels))
    environment = ask(index, cache, "boost")
    assert environment.packages == {"boost": "1.0"}
    assert [one.name for one in environment.dropped] == ["nvidia-nccl-cu12"]


def test_what_only_asks_whether_there_is_a_gpu_is_kept(tmp_path: Path, cache: Path) -> None:
    files = tmp_path / "files"
    wheels = [
        make_wheel(files, "diary", "1.0", requires=["nvidia-ml-py"]),
        make_wheel(files, "nvidia-ml-py", "12.0"),
    ]
    index = PackageIndexes(index_url=make_index(tmp_path / "simple", wheels))
    assert set(ask(index, cache, "diary").packages) == {"diary", "nvidia-ml-py"}


def test_code_that_imports_triton_itself_gets_it_without_a_gpu(tmp_path: Path, cache: Path) -> None:
    files = tmp_path / "files"
    wheels = [
        make_wheel(files, "boost", "1.0", requires=["triton", "nvidia-nccl-cu12"]),
        make_wheel(files, "nvidia-nccl-cu12", "2.0"),
        make_wheel(files, "triton", "3.0"),
    ]
    index = PackageIndexes(index_url=make_index(tmp_path / "simple", wheels))
    assert set(ask(index, cache, "boost").packages) == {"boost"}
    assert set(ask(index, cache, "boost", "triton").packages) == {"boost", "triton"}


def test_what_the_product_needs_never_changes_what_the_repository_gets(
    indexes: PackageIndexes, cache: Path
) -> None:
    environment = ask(indexes, cache, "alpha", extra=("beta",))
    assert environment.packages == {"alpha": "2.0"}
    assert told(environment, "beta left out")
    assert ask(indexes, cache, "beta", extra=("alpha",)).packages["alpha"] == "1.0"
    assert ask(indexes, cache, "alpha==1.0", extra=("beta",)).packages["beta"] == "1.0"


def test_the_sites_constraints_hold(indexes: PackageIndexes, cache: Path) -> None:
    limited = replace(indexes, constraints=("alpha<2",))
    assert ask(limited, cache, "alpha").packages == {"alpha": "1.0"}


def test_a_python_nobody_has_is_set_aside_and_told(indexes: PackageIndexes, cache: Path) -> None:
    environment = ask(indexes, cache, "alpha", python="==2.7.*")
    assert environment.python == "3.11"
    assert told(environment, "2.7", "set aside")


def test_without_any_python_there_is_a_clear_error(indexes: PackageIndexes, cache: Path) -> None:
    with pytest.raises(BuildError, match="no Python"):
        ask(indexes, cache, "alpha", pythons=())


@pytest.mark.slow
def test_an_index_that_does_not_answer_is_no_fault_of_the_packages(cache: Path) -> None:
    silent = PackageIndexes(index_url="http://ada:s3cret@127.0.0.1:9/simple")
    with pytest.raises(NetworkError) as caught:
        ask(silent, cache, "alpha")
    assert "s3cret" not in str(caught.value) + str(caught.value.facts)


def test_credentials_are_masked_in_every_shape() -> None:
    indexes = PackageIndexes(
        index_url="https://ada:s%40crt@x/simple", extra_index_urls=("https://t0ken@y/",)
    )
    assert mask("ada s%40crt s@crt t0ken", indexes) == "ada *** *** ***"


def test_uv_gets_an_environment_made_from_scratch(
    indexes: PackageIndexes, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting of the user's that would break uv does not reach it."""
    monkeypatch.setenv("UV_INDEX_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("UV_OFFLINE", "nonsense")
    monkeypatch.setitem(os.environ, "VIRTUAL_ENV", sys.prefix)
    assert ask(indexes, cache, "alpha").packages == {"alpha": "2.0"}


@pytest.mark.parametrize("line", ["alpha\n--find-links /etc", "--find-links /etc"])
def test_nothing_but_requirements_is_handed_to_uv(cache: Path, line: str) -> None:
    """A last gate, whoever lets something through before it."""
    with pytest.raises(BuildError, match="is not a requirement"):
        compile_lock(Query((line,), (), "3.11"), indexes=PackageIndexes(), cache=cache)

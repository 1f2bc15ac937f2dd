"""Packages at git repositories: settled before indexes are asked, and told where they cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from sandbox.domain import FROM_SOURCE, Environment, PackageIndexes, Requirements
from sandbox.environments import resolve
from sandbox.environments.resolving.offering import Offers
from sandbox.environments.resolving.sourcing import MadeWheel, NotMade, Wish
from tests.support.makers import one_by_one
from tests.support.package_index import Offer, make_sdist, write_index
from tests.support.wheels import make_wheel

SHA = "5" * 64


@pytest.fixture
def indexes(tmp_path: Path) -> PackageIndexes:
    """old is a wheel and raw an sdist only; user needs raw."""
    files = tmp_path / "files"
    offers = [
        Offer(make_wheel(files, "old", "2.0"), "2022-01-01"),
        Offer(make_sdist(files, "raw", "0.3"), "2019-01-01"),
        Offer(make_wheel(files, "user", "1.0", requires=["raw>=0.2"]), "2019-02-01"),
    ]
    return PackageIndexes(index_url=write_index(tmp_path / "simple", offers))


TOOL = "git+https://github.com/ada/tool"


@dataclass
class Following:
    """Answers for a git repository, and has no sdist of anything."""

    answer: MadeWheel | NotMade
    wishes: list[Wish] = field(default_factory=list)

    def __call__(self, wish: Wish) -> MadeWheel | NotMade:
        self.wishes.append(wish)
        return self.answer if "@" in wish.requirement else NotMade("no index has an sdist of it")


def follow(
    indexes: PackageIndexes, folder: Path, answer: MadeWheel | NotMade, *packages: str
) -> Environment:
    wanted = Requirements(packages, as_of="2022-06-01", git=(f"user @ {TOOL}",))
    return resolve(
        wanted,
        indexes=indexes,
        pythons=("3.7",),
        cache=folder / "cache",
        make_wheels=one_by_one(Following(answer)),
    )


def commit_of(folder: Path, name: str, requires: Sequence[str] = ()) -> MadeWheel:
    wheel = make_wheel(folder / "made", name, "9.9", requires=requires)
    return MadeWheel(wheel, "9.9", SHA, f"{TOOL}@{'c' * 40}")


def test_a_package_at_a_git_repository_wins_over_indexes_and_pins(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    made = commit_of(tmp_path, "user", requires=["old<3"])
    found = follow(indexes, tmp_path, made, "user==1.0")
    assert found.packages == {"user": "9.9", "old": "2.0"}
    line = f"user==9.9 --hash=sha256:{SHA}{FROM_SOURCE} {made.origin}"
    assert line in found.lock.splitlines()
    assert found.from_source == {"user"}
    assert f"user 9.9 is built from {made.origin}" in found.decisions
    assert "user==1.0 gives way to user 9.9" in found.decisions


def test_one_that_calls_itself_otherwise_is_had_under_its_own_name(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    found = follow(indexes, tmp_path, commit_of(tmp_path, "other"), "old", "user")
    assert found.packages == {"other": "9.9", "old": "2.0"}


def test_where_it_cannot_be_had_the_index_is_asked_and_it_is_told(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    refusal = NotMade("'evil.invalid' is not a known host")
    found = follow(indexes, tmp_path, refusal, "old==2.0", "user")
    assert "user" not in found.from_source
    told = f"user cannot be had from {TOOL}: {refusal.why}; it is taken from the index, "
    assert any(line.startswith(told) for line in found.decisions)
    alone = follow(indexes, tmp_path, refusal, "old==2.0")
    assert alone.packages == {"old": "2.0"}
    assert any(line.endswith("; it is left out") for line in alone.decisions)
    assert [one.name for one in alone.dropped] == ["user"]


def test_all_repositories_are_asked_for_together(indexes: PackageIndexes, tmp_path: Path) -> None:
    together: list[list[str]] = []

    def make(wishes: Sequence[Wish]) -> list[MadeWheel | NotMade]:
        together.append([wish.requirement.partition(" ")[0] for wish in wishes])
        return [commit_of(tmp_path, wish.requirement.partition(" ")[0]) for wish in wishes]

    wanted = Requirements(("old",), git=(f"user @ {TOOL}", f"raw @ {TOOL}"))
    found = resolve(
        wanted, indexes=indexes, pythons=("3.7",), cache=tmp_path / "cache", make_wheels=make
    )
    assert together == [["user", "raw"]]
    assert found.from_source == {"user", "raw"}


def test_a_build_that_fails_is_told_with_the_end_of_its_log(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    refusal = NotMade("its build failed", ("compiling …", "error: reads git"))
    wanted = Requirements(
        ("absent",), git=(f"absent @ {TOOL}", f"guess @ {TOOL}"), as_of="2022-06-01"
    )
    found = resolve(
        wanted,
        indexes=indexes,
        pythons=("3.7",),
        cache=tmp_path / "cache",
        make_wheels=one_by_one(Following(refusal)),
    )
    assert {one.name: one.log for one in found.dropped} == {
        "absent": refusal.log,
        "guess": refusal.log,
    }


def test_what_is_for_another_python_is_not_fetched(indexes: PackageIndexes, tmp_path: Path) -> None:
    marker = 'python_version < "3.5"'
    wanted = Requirements((f"user ; {marker}", "old"), git=(f"user @ {TOOL} ; {marker}",))
    maker = Following(commit_of(tmp_path, "user"))
    found = resolve(
        wanted,
        indexes=indexes,
        pythons=("3.7",),
        cache=tmp_path / "cache",
        make_wheels=one_by_one(maker),
    )
    assert (list(found.packages), maker.wishes) == (["old"], [])


def test_a_repository_whose_needs_cannot_be_met_is_left_to_the_index(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    """Else asking for more would give nothing at all."""
    made = commit_of(tmp_path, "raw", requires=["absent>=3"])
    wanted = Requirements(("old",), git=(f"raw @ {TOOL}",))
    found = resolve(
        wanted, indexes=indexes, pythons=("3.7",), cache=tmp_path / "cache",
        make_wheels=one_by_one(Following(made)),
    )  # fmt: skip
    assert found.packages == {"old": "2.0"}
    (told,) = [line for line in found.decisions if "is left to the index" in line]
    assert told.startswith(f"raw of {TOOL} is left to the index: no versions fit together")
    assert "absent" in told


def test_what_others_ask_of_a_version_that_nobody_knows_does_not_count(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    """A commit comes without its tags, so its build is told a version that is lower than all."""
    version = "0.1.dev0+gcccccccccccc"
    wheel = make_wheel(tmp_path / "made", "raw", version)
    made = MadeWheel(wheel, version, SHA, f"{TOOL}@{'c' * 40}")
    wanted = Requirements(("user",), as_of="2022-06-01", git=(f"raw @ {TOOL}",))
    found = resolve(
        wanted, indexes=indexes, pythons=("3.7",), cache=tmp_path / "cache",
        make_wheels=one_by_one(Following(made)),
    )  # fmt: skip
    assert found.packages == {"user": "1.0", "raw": version}
    assert any(line.startswith("raw: its version would be made") for line in found.decisions)


def test_a_wheel_for_one_python_is_made_for_the_other_that_is_turned_to(tmp_path: Path) -> None:
    """Else an index would have its turn, under the same name, without a word."""
    files, there = tmp_path / "files", 'python_version == "3.8"'
    offers = [
        Offer(make_wheel(files, "raw", "5.0"), "2021-01-01"),
        Offer(make_wheel(files, "one", "1.0", requires=[f"deep==1 ; {there}"]), "2021-01-01"),
        Offer(make_wheel(files, "two", "1.0", requires=[f"deep==2 ; {there}"]), "2021-01-01"),
        Offer(make_wheel(files, "deep", "1"), "2021-01-01"),
        Offer(make_wheel(files, "deep", "2"), "2021-01-01"),
    ]
    index = PackageIndexes(index_url=write_index(tmp_path / "moved", offers))
    wishes: list[Wish] = []

    def make(wish: Wish) -> MadeWheel | NotMade:
        if "@" not in wish.requirement:
            return NotMade("no index has an sdist of it")
        wishes.append(wish)
        tag = {"3.7": "cp37-cp37m", "3.8": "cp38-cp38"}[wish.python]
        wheel = make_wheel(tmp_path / "made", "raw", "9.9", tag=f"{tag}-linux_x86_64")
        return MadeWheel(wheel, "9.9", SHA, f"{TOOL}@{'c' * 40}")

    wanted = Requirements(("one", "two"), as_of="2022-06-01", git=(f"raw @ {TOOL}",))
    found = resolve(
        wanted,
        indexes=index,
        pythons=("3.7", "3.8"),
        cache=tmp_path / "cache",
        make_wheels=one_by_one(make),
    )
    assert (found.python, found.packages) == ("3.7", {"one": "1.0", "raw": "9.9", "two": "1.0"})
    assert found.from_source == {"raw"}
    assert [(one.python, one.as_of) for one in wishes] == [
        ("3.8", "2022-06-01"),
        ("3.7", "2022-06-01"),
    ]


def test_no_release_of_an_index_takes_the_place_of_a_commit(tmp_path: Path) -> None:
    offers = Offers(one_by_one(Following(commit_of(tmp_path, "user"))))
    assert isinstance(offers.fetch(Wish(f"user @ {TOOL}", "3.7")), MadeWheel)
    maker = Following(NotMade("not asked"))
    assert replace(offers, make=one_by_one(maker)).another("user", "3.7", None) is None
    assert not maker.wishes

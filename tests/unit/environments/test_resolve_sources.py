"""What has no wheel is offered to whoever builds wheels, once, before anything is given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from sandbox.domain import FROM_SOURCE, Environment, PackageIndexes, Requirements
from sandbox.environments import resolve
from sandbox.environments.resolving.sourcing import MadeWheel, NotMade, Wish
from tests.support.makers import one_by_one
from tests.support.package_index import Offer, make_sdist, write_index
from tests.support.wheels import make_wheel

SHA = "5" * 64


@dataclass
class Maker:
    """Makes wheels of some distributions, and remembers what it was asked."""

    folder: Path
    able: dict[str, str]
    needs: dict[str, list[str]] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)

    def __call__(self, wish: Wish) -> MadeWheel | NotMade:
        self.wishes.append(wish)
        name = wish.requirement.split("=")[0].split(">")[0].split("<")[0]
        if name not in self.able:
            return NotMade("its build failed", ("compiling …", "fatal error: no gcc here"))
        needs = self.needs.get(name, ())
        wheel = make_wheel(self.folder / name, name, self.able[name], requires=needs)
        return MadeWheel(wheel, self.able[name], SHA)


@dataclass
class Backwards:
    """Makes the last of several wishes first, and remembers what was wished for together."""

    maker: Maker
    together: list[list[str]] = field(default_factory=list)

    def __call__(self, wishes: Sequence[Wish]) -> list[MadeWheel | NotMade]:
        self.together.append([wish.requirement for wish in wishes])
        return [self.maker(wish) for wish in reversed(wishes)][::-1]


@pytest.fixture
def indexes(tmp_path: Path) -> PackageIndexes:
    """old 1.0 is an sdist and 2.0 a wheel; raw is an sdist only; user needs raw."""
    files = tmp_path / "files"
    offers = [
        Offer(make_sdist(files, "old", "1.0"), "2019-01-01"),
        Offer(make_wheel(files, "old", "2.0"), "2022-01-01"),
        Offer(make_sdist(files, "raw", "0.3"), "2019-01-01"),
        Offer(make_wheel(files, "user", "1.0", requires=["raw>=0.2"]), "2019-02-01"),
    ]
    return PackageIndexes(index_url=write_index(tmp_path / "simple", offers))


def ask(
    indexes: PackageIndexes, tmp_path: Path, maker: Maker | Backwards | None, *packages: str
) -> Environment:
    return resolve(
        Requirements(packages, as_of="2019-06-01"),
        indexes=indexes,
        pythons=("3.7",),
        cache=tmp_path / "cache",
        make_wheels=one_by_one(maker) if isinstance(maker, Maker) else maker,
    )


def test_a_pin_without_a_wheel_is_built_before_it_is_loosened(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    maker = Maker(tmp_path / "made", {"old": "1.0"})
    environment = ask(indexes, tmp_path, maker, "old==1.0")
    assert environment.lock == f"old==1.0 --hash=sha256:{SHA}{FROM_SOURCE}"
    assert maker.wishes == [Wish("old==1.0", "3.7", "2019-06-01")]
    assert any("old 1.0 is built from source" in line for line in environment.decisions)


def test_what_was_mended_in_the_same_series_is_taken_before_a_compiler(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    offers = [
        Offer(make_sdist(files, "big", "0.23.1"), "2019-01-01"),
        Offer(make_wheel(files, "big", "0.23.4"), "2019-02-01"),
    ]
    more = PackageIndexes(index_url=write_index(tmp_path / "mended", offers))
    maker = Maker(tmp_path / "made", {"big": "0.23.1"})
    environment = ask(more, tmp_path, maker, "big==0.23.1")
    assert environment.packages == {"big": "0.23.4"}
    assert not maker.wishes
    assert any("big==0.23.1" in line and "0.23.4" in line for line in environment.decisions)


def test_a_pin_that_cannot_be_built_is_loosened_and_the_builds_last_line_told(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    environment = ask(indexes, tmp_path, Maker(tmp_path, {}), "old==1.0")
    assert environment.packages == {"old": "2.0"}
    told = next(line for line in environment.decisions if line.startswith("old==1.0 relaxed"))
    assert "fatal error: no gcc here" in told


def test_what_only_others_need_is_built_too(indexes: PackageIndexes, tmp_path: Path) -> None:
    maker = Maker(tmp_path / "made", {"raw": "0.3"})
    environment = ask(indexes, tmp_path, maker, "user")
    assert environment.packages == {"raw": "0.3", "user": "1.0"}
    assert environment.from_source == {"raw"}
    (wish,) = maker.wishes
    assert Requirement(wish.requirement).name == "raw"
    assert Requirement(wish.requirement).specifier.contains("0.3")


def test_what_is_built_keeps_within_the_constraints(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    maker = Maker(tmp_path / "made", {"raw": "0.3"})
    resolve(
        Requirements(("raw",), as_of="2019-06-01", constraints=("raw<0.4",)),
        indexes=indexes,
        pythons=("3.7",),
        cache=tmp_path / "cache",
        make_wheels=maker and one_by_one(maker),
    )
    assert [wish.requirement for wish in maker.wishes] == ["raw<0.4"]


@pytest.fixture
def stale(tmp_path: Path) -> PackageIndexes:
    """app 2.0 needs what is an sdist only; app 1.0 of five years before needs nothing."""
    files = tmp_path / "files"
    offers = [
        Offer(make_wheel(files, "app", "1.0"), "2014-01-01"),
        Offer(make_wheel(files, "app", "2.0", requires=["raw>=0.2"]), "2019-01-01"),
        Offer(make_sdist(files, "raw", "0.3"), "2019-01-01"),
    ]
    return PackageIndexes(index_url=write_index(tmp_path / "stale", offers))


def test_a_release_of_years_before_is_not_taken_for_want_of_a_wheel(
    stale: PackageIndexes, tmp_path: Path
) -> None:
    environment = ask(stale, tmp_path, Maker(tmp_path / "made", {"raw": "0.3"}), "app")
    assert environment.packages == {"app": "2.0", "raw": "0.3"}


def test_an_old_release_that_has_to_do_is_told(stale: PackageIndexes, tmp_path: Path) -> None:
    environment = ask(stale, tmp_path, Maker(tmp_path / "made", {}), "app")
    assert environment.packages == {"app": "1.0"}
    assert any("app 1.0 is old: 2.0 cannot" in line for line in environment.decisions)


def test_what_was_pinned_is_as_old_as_it_was_meant(stale: PackageIndexes, tmp_path: Path) -> None:
    maker = Maker(tmp_path / "made", {"raw": "0.3"})
    assert ask(stale, tmp_path, maker, "app<2").packages == {"app": "1.0"}
    assert not maker.wishes


def test_what_cannot_be_built_is_dropped_with_the_builds_last_line(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    environment = ask(indexes, tmp_path, Maker(tmp_path, {}), "raw", "user")
    assert environment.packages == {}
    whys = {one.name: one.why for one in environment.dropped}
    assert whys.keys() == {"raw", "user"}
    assert all("its build failed: fatal error: no gcc here" in why for why in whys.values())


@pytest.mark.parametrize("asked", ["raw", "raw==0.3"])
@pytest.mark.parametrize("has_own", [True, False])
def test_beside_the_sites_own_build_what_cannot_be_built_is_as_new_as_that(
    indexes: PackageIndexes, tmp_path: Path, asked: str, *, has_own: bool
) -> None:
    """torch-scatter 2.1.0 does not compile with a torch of years later, and 2.1.2 does."""
    wishes = []

    def make(wish: Wish) -> MadeWheel | NotMade:
        wishes.append(wish)
        if wish.as_of:
            return NotMade("its build failed: no type named 'type'")
        return MadeWheel(make_wheel(tmp_path / "made", "raw", "0.9"), "0.9", SHA)

    make_wheel(tmp_path / "own", "heavy", "7.0")
    make_wheel(tmp_path / "files", "heavy", "1.0")
    environment = resolve(
        Requirements(("heavy", asked) if has_own else (asked,), as_of="2019-06-01"),
        indexes=replace(indexes, find_links=(str(tmp_path / "own"),)),
        pythons=("3.7",),
        cache=tmp_path / "cache",
        make_wheels=one_by_one(make),
    )
    assert environment.packages == ({"heavy": "7.0", "raw": "0.9"} if has_own else {})
    assert [one.as_of for one in wishes] == ["2019-06-01", None][: 1 + has_own]


def test_what_the_indexes_pages_show_to_have_no_wheel_is_offered_together(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    """Whichever is made first, the answer is the same as that to one offer after the other."""
    maker = Maker(tmp_path / "made", {"old": "1.0", "raw": "0.3"})
    backwards = Backwards(maker)
    environment = ask(indexes, tmp_path, backwards, "raw", "old==1.0", "gone")
    assert backwards.together == [["raw", "old==1.0"]]
    assert environment.from_source == {"old", "raw"}
    assert environment == ask(indexes, tmp_path, maker, "raw", "old==1.0", "gone")


@pytest.fixture
def deep(tmp_path: Path) -> PackageIndexes:
    """one, two and three need what is an sdist only; what three needs, needs another such."""
    files, names = tmp_path / "files", ("one", "two", "three")
    offers = [
        *(Offer(make_wheel(files, n, "1.0", requires=[f"{n}-raw"]), "2019-01-01") for n in names),
        *(Offer(make_sdist(files, f"{n}-raw", "0.3"), "2019-01-01") for n in names),
        Offer(make_sdist(files, "deeper", "0.3"), "2019-01-01"),
        Offer(make_wheel(files, "models", "1.0", requires=["dlib"]), "2019-01-01"),
        Offer(make_sdist(files, "dlib", "19.20"), "2019-01-01"),
        Offer(make_wheel(files, "dlib-bin", "19.24"), "2019-01-01"),
    ]
    return PackageIndexes(index_url=write_index(tmp_path / "deep", offers))


DEEP = {"one-raw": "0.3", "two-raw": "0.3", "three-raw": "0.3", "deeper": "0.3"}


def test_what_only_others_need_is_offered_together_as_far_as_it_is_known(
    deep: PackageIndexes, tmp_path: Path
) -> None:
    maker = Maker(tmp_path / "made", DEEP, {"three-raw": ["deeper"]})
    backwards = Backwards(maker)
    environment = ask(deep, tmp_path, backwards, "one", "models", "two", "three")
    assert "dlib-bin" in environment.packages  # a twin in between is passed over
    first, *others = backwards.together
    assert sorted(first) == ["one-raw==0.3", "three-raw==0.3", "two-raw==0.3"]
    assert others == [["deeper==0.3"]]
    assert environment.from_source == DEEP.keys()


@pytest.mark.parametrize("unable", ["one-raw", "two-raw"])
def test_what_was_made_for_one_that_is_given_up_comes_to_no_use(
    deep: PackageIndexes, tmp_path: Path, unable: str
) -> None:
    maker = Maker(tmp_path / "made", {n: v for n, v in DEEP.items() if n != unable})
    environment = ask(deep, tmp_path, Backwards(maker), "one", "two")
    (made,) = {"one-raw", "two-raw"} - {unable}
    assert environment.packages == {made.removesuffix("-raw"): "1.0", made: "0.3"}
    assert [one.name for one in environment.dropped] == [unable.removesuffix("-raw")]
    assert "fatal error: no gcc here" in environment.dropped[0].why


def test_nothing_is_offered_twice(indexes: PackageIndexes, tmp_path: Path) -> None:
    maker = Maker(tmp_path, {})
    ask(indexes, tmp_path, maker, "raw", "user", "old==1.0")
    names = [wish.requirement[:3] for wish in maker.wishes]
    assert sorted(names) == sorted(set(names))


def test_what_has_a_wheel_is_never_offered(indexes: PackageIndexes, tmp_path: Path) -> None:
    maker = Maker(tmp_path, {})
    resolve(
        Requirements(("old",)),
        indexes=indexes,
        pythons=("3.7",),
        cache=tmp_path / "cache",
        make_wheels=maker and one_by_one(maker),
    )
    assert maker.wishes == []


def test_an_sdist_of_the_era_is_built_rather_than_a_wheel_of_years_later_taken(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    maker = Maker(tmp_path / "made", {"old": "1.0"})
    assert ask(indexes, tmp_path, maker, "old").packages == {"old": "1.0"}
    assert ask(indexes, tmp_path, None, "old").packages == {"old": "2.0"}


def test_equal_questions_have_equal_locks_also_with_built_wheels(
    indexes: PackageIndexes, tmp_path: Path
) -> None:
    able = {"old": "1.0", "raw": "0.3"}
    first = ask(indexes, tmp_path / "a", Maker(tmp_path / "x", able), "old==1.0", "user")
    again = ask(indexes, tmp_path / "b", Maker(tmp_path / "y", able), "old==1.0", "user")
    assert first.lock == again.lock
    assert first.id == again.id


@pytest.fixture
def twins(tmp_path: Path) -> PackageIndexes:
    """dlib is an sdist only, dlib-bin a wheel of later; models needs dlib."""
    files = tmp_path / "files"
    offers = [
        Offer(make_sdist(files, "dlib", "19.20"), "2019-01-01"),
        Offer(make_wheel(files, "dlib-bin", "19.24"), "2023-01-01"),
        Offer(make_wheel(files, "models", "1.0", requires=["dlib>=19"]), "2019-02-01"),
    ]
    return PackageIndexes(index_url=write_index(tmp_path / "twins", offers))


@pytest.mark.parametrize(
    ("asked", "packages"),
    [
        (["dlib==19.20"], {"dlib-bin": "19.24"}),
        (["dlib"], {"dlib-bin": "19.24"}),
        (["models"], {"dlib-bin": "19.24", "models": "1.0"}),
        (["models", "dlib"], {"dlib-bin": "19.24", "models": "1.0"}),
    ],
)
def test_a_twin_with_wheels_is_taken_before_a_compiler_also_for_what_others_need(
    twins: PackageIndexes, tmp_path: Path, asked: list[str], packages: dict[str, str]
) -> None:
    maker = Maker(tmp_path / "made", {"dlib": "19.20"})
    environment = ask(twins, tmp_path, maker, *asked)
    assert environment.packages == packages
    assert not maker.wishes
    assert not environment.dropped
    assert any("dlib-bin is taken for dlib" in line for line in environment.decisions)


def test_what_has_a_wheel_needs_no_twin(tmp_path: Path) -> None:
    files = tmp_path / "files"
    offers = [
        Offer(make_wheel(files, "dlib", "19.20"), "2019-01-01"),
        Offer(make_wheel(files, "dlib-bin", "19.24"), "2019-01-01"),
    ]
    index = PackageIndexes(index_url=write_index(tmp_path / "both", offers))
    assert ask(index, tmp_path, None, "dlib").packages == {"dlib": "19.20"}


@pytest.mark.parametrize("asked", ["pandas==1.0", "user"])
def test_what_takes_a_compiler_long_is_another_release_rather(tmp_path: Path, asked: str) -> None:
    files = tmp_path / "files"
    offers = [
        Offer(make_sdist(files, "pandas", "1.0"), "2019-01-01"),
        Offer(make_wheel(files, "pandas", "2.0"), "2022-01-01"),
        Offer(make_wheel(files, "user", "1.0", requires=["pandas"]), "2019-01-01"),
    ]
    index = PackageIndexes(index_url=write_index(tmp_path / "heavy", offers))
    maker = Maker(tmp_path / "made", {"pandas": "1.0"})
    assert ask(index, tmp_path, maker, asked).packages["pandas"] == "2.0"
    assert not maker.wishes


def test_what_is_built_is_of_the_version_that_the_newest_release_needs(tmp_path: Path) -> None:
    files = tmp_path / "files"
    offers = [
        Offer(make_sdist(files, "raw", "1.0.5"), "2019-01-01"),
        Offer(make_sdist(files, "raw", "1.2.0"), "2019-01-01"),
        Offer(make_wheel(files, "user", "1.0", requires=["raw>=0.1"]), "2018-01-01"),
        Offer(make_wheel(files, "user", "2.0", requires=["raw==1.0.5"]), "2019-02-01"),
    ]
    index = PackageIndexes(index_url=write_index(tmp_path / "needs", offers))
    maker = Maker(tmp_path / "made", {"raw": "1.0.5"})
    assert ask(index, tmp_path, maker, "user").packages == {"raw": "1.0.5", "user": "2.0"}
    assert [wish.requirement for wish in maker.wishes] == ["raw==1.0.5"]


def test_a_version_is_known_however_its_sdist_writes_it(tmp_path: Path) -> None:
    files = tmp_path / "files"
    offers = [Offer(make_sdist(files, "raw", "2017.04.05"), "2018-01-01")]
    index = PackageIndexes(index_url=write_index(tmp_path / "zeros", offers))

    def make(wish: Wish) -> MadeWheel:
        wheel = make_wheel(tmp_path / "made", "raw", "2017.4.5")
        return MadeWheel(wheel, "2017.04.05", SHA)

    asked = Requirements(("raw==2017.4.5",), as_of="2019-06-01")
    environment = resolve(
        asked,
        indexes=index,
        pythons=("3.7",),
        cache=tmp_path / "cache",
        make_wheels=one_by_one(make),
    )
    assert environment.lock == f"raw==2017.4.5 --hash=sha256:{SHA}{FROM_SOURCE}"


def test_nothing_is_made_newer_at_the_expense_of_something_else(tmp_path: Path) -> None:
    """The older flow only does not say that it needs an old base, too."""
    files = tmp_path / "files"
    offers = [
        Offer(make_wheel(files, "base", "1.0"), "2015-01-01"),
        Offer(make_wheel(files, "base", "2.0"), "2019-01-01"),
        Offer(make_wheel(files, "flow", "1.0", requires=["base"]), "2018-01-01"),
        Offer(make_wheel(files, "flow", "1.1", requires=["base<2"]), "2018-06-01"),
    ]
    indexes = PackageIndexes(index_url=write_index(tmp_path / "simple", offers))
    environment = ask(indexes, tmp_path, None, "flow", "base")
    assert environment.packages == {"base": "1.0", "flow": "1.1"}
    assert any("base 1.0 is old: 2.0 cannot be had" in line for line in environment.decisions)

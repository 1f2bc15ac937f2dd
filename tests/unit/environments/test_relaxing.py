from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sandbox.environments.resolving.attempt import Attempt
from sandbox.environments.resolving.offering import Offers
from sandbox.environments.resolving.relaxing import Ways, reason, relax
from sandbox.environments.resolving.requirements import loose
from sandbox.environments.resolving.sourcing import MadeWheel, NotMade, Wish
from tests.support.makers import one_by_one

NO_WHEEL = (
    "error: No solution found\n  cause: Because scikit-learn==0.19.1 has no usable wheels and you "
    "require scikit-learn==0.19.1, we can conclude that your requirements are unsatisfiable."
)
UNKNOWN = (
    "cause: Because nosuch was not found in the package registry and you require nosuch, we can "
    "conclude that your requirements are unsatisfiable."
)
NEWER = (
    "cause: Because there is no version of numpy==2.0.0 and you require numpy==2.0.0, we can ...\n"
    "hint: `numpy` was filtered by `exclude-newer` to only include packages uploaded before 2022"
)
ALL = (
    "cause: Because all versions of gym have no usable wheels and you require gym, we can conclude"
)


CLASH = (
    "cause: Because gym>=0.1 depends on numpy<1 and tool depends on numpy>1, we can conclude that "
    "your requirements are unsatisfiable."
)


def no_date(_requirement: str, _after: str) -> str | None:
    return None


def no_wheel(_requirement: str, _until: str | None) -> bool:
    return False


none = Ways(lambda _name: None, Offers(), no_wheel, no_date)
no_wheels = Ways(
    lambda name: f"all versions of {name} have no usable wheels", Offers(), no_wheel, no_date
)


def test_an_unknown_name_is_dropped_first() -> None:
    after = relax(Attempt(("nosuch", "six==1"), "3.11"), UNKNOWN, none)
    assert after is not None
    assert after.wanted == ("six==1",)
    assert [one.name for one in after.dropped] == ["nosuch"]


def test_a_package_that_needs_an_unknown_name_is_dropped_with_that_reason() -> None:
    text = "Because nosuch was not found in the package registry and tool depends on nosuch and you"
    after = relax(Attempt(("tool",), "3.11"), text, none)
    assert after is not None
    assert "needs nosuch" in after.dropped[0].why


def test_a_pin_without_a_wheel_is_loosened_and_the_conflict_named() -> None:
    before = Attempt(("scikit-learn==0.19.1", "six==1"), "3.11", "2019-01-01")
    after = relax(before, NO_WHEEL, none)
    assert after is not None
    assert after.wanted == ("scikit-learn", "six==1")
    assert "scikit-learn==0.19.1 relaxed" in after.decisions[-1]
    assert "no usable wheels" in after.decisions[-1]


def test_the_date_does_not_hold_for_a_pin_that_is_newer() -> None:
    before = Attempt(("numpy==2.0.0",), "3.11", "2022-11-20")
    after = relax(before, NEWER, none)
    assert after is not None
    assert after.wanted == before.wanted
    assert after.dates == {"numpy": None}


def test_a_package_no_wheel_exists_for_is_dropped_before_the_date_is_touched() -> None:
    after = relax(Attempt(("gym",), "3.11", "2023-11-20"), ALL, no_wheels)
    assert after is not None
    assert after.as_of == "2023-11-20"
    assert "no version has a wheel" in after.dropped[0].why


def test_the_date_moves_to_the_pythons_own_era_then_for_one_package_then_to_today() -> None:
    steps = []
    attempt: Attempt | None = Attempt(("gym>=0.1",), "3.11", "2019-05-01")
    while attempt is not None and not attempt.dropped:
        attempt = relax(attempt, CLASH, none)
        if attempt is not None:
            steps.append((attempt.as_of, bool(attempt.dates), attempt.wanted))
    assert steps == [
        ("2023-07-21", False, ("gym>=0.1",)),
        ("2023-07-21", True, ("gym>=0.1",)),
        (None, False, ("gym>=0.1",)),
        (None, False, ("gym",)),
        (None, False, ()),
    ]


def test_another_python_is_tried_before_a_package_is_given_up() -> None:
    before = Attempt(("gym",), "3.12", None, pythons=("3.11",))
    after = relax(before, ALL, none)
    assert after is not None
    assert (after.python, after.pythons, after.dropped) == ("3.11", (), ())


def test_the_sites_own_builds_are_never_given_up() -> None:
    text = "Because tool==1 depends on torch<2 and you require torch==2.13+cpu and tool==1"
    before = Attempt(("torch", "tool"), "3.11", own=frozenset({"torch"}))
    after = relax(before, text, none)
    assert after is not None
    assert after.wanted == ("torch",)


def test_with_nobody_to_blame_there_is_an_end() -> None:
    assert relax(Attempt(("six",), "3.11"), "uv says nothing", none) is None


def test_a_reason_is_one_short_line() -> None:
    assert reason(NO_WHEEL) == "scikit-learn==0.19.1 has no usable wheels"
    assert "\n" not in reason("a\nb" * 400)
    assert len(reason("a\nb" * 400)) <= 240


def test_loosening_keeps_extras_and_markers() -> None:
    assert loose("pandas[excel]==1.0; python_version > '3'") == (
        'pandas[excel]; python_version > "3"'
    )


def test_what_needs_a_wheel_that_never_was_is_dropped_before_the_date_of_all_else_is() -> None:
    text = "Because all versions of antlr have no usable wheels and hydra depends on antlr and you"
    before = Attempt(("hydra", "six"), "3.11", "2024-05-01", dates={"hydra": None})
    after = relax(before, text, none)
    assert after is not None
    assert (after.wanted, after.as_of) == (("six",), "2024-05-01")


def test_what_had_no_wheel_then_is_of_the_day_when_its_first_one_came() -> None:
    ways = replace(none, first_date=lambda _requirement, _after: "2022-09-11")
    text = "Because termcolor==1.1 has no usable wheels and tool depends on termcolor and you"
    after = relax(Attempt(("tool",), "3.11", "2021-05-01"), text, ways)
    assert after is not None
    assert after.dates == {"termcolor": "2022-09-11"}
    assert "termcolor is of 2022-09-11" in after.decisions[-1]


def test_an_extra_that_cannot_be_had_is_left_out_rather_than_its_package() -> None:
    text = "Because box2d has no usable wheels and gym[box2d]==1 depends on box2d and you require"
    after = relax(Attempt(("gym[atari,box2d]==1",), "3.11"), text, none)
    assert after is not None
    assert after.wanted == ("gym[atari]==1",)
    assert "the extra box2d of gym is left out" in after.decisions[-1]


def test_what_lock_files_say_is_given_up_before_a_pin() -> None:
    text = "Because tool==1 depends on alpha>2 and you require tool==1 and alpha==1"
    before = Attempt(("tool==1",), "3.11", constraints=("alpha==1", "beta==1"))
    after = relax(before, text, none)
    assert after is not None
    assert (after.wanted, after.constraints) == (("tool==1",), ("beta==1",))
    assert "imports say of alpha is given up: tool==1 depends on alpha>2" in after.decisions[-1]


def test_when_many_have_been_in_the_way_all_that_lock_files_say_is_given_up_and_bounds_stay() -> (
    None
):
    text = "Because tool==1 depends on alpha>2 and you require tool==1 and alpha==1"
    before = Attempt(("tool==1",), "3.11", constraints=("alpha==1", "beta==1", "gamma<2"))
    after = relax(before, text, none, step=10)
    assert after is not None
    assert after.constraints == ("gamma<2",)


def test_of_what_is_in_the_way_a_lock_file_gives_way_before_a_bound() -> None:
    text = "Because tool==1 depends on alpha>2 and beta>2 and you require alpha<2 and beta==1"
    attempt = Attempt(("tool==1",), "3.11", constraints=("alpha<2", "beta==1"))
    steps = []
    while attempt.constraints:
        after = relax(attempt, text, none)
        assert after is not None
        attempt = after
        steps.append(attempt.constraints)
    assert steps == [("alpha<2",), ()]


def test_what_a_lock_file_pins_gives_way_with_the_pin_of_the_same_package() -> None:
    before = Attempt(("scikit-learn==0.19.1",), "3.11", constraints=("scikit-learn==0.19.1", "a<2"))
    loosened = before.loosened("scikit-learn", "why")
    assert (loosened.wanted, loosened.constraints) == (("scikit-learn",), ("a<2",))
    changed = before.changed("scikit-learn==0.19.1", "~=0.20", "why")
    assert (changed.wanted, changed.constraints) == (("scikit-learn~=0.20",), ("a<2",))


def test_what_a_bound_leaves_without_a_wheel_is_built_within_it() -> None:
    wishes: list[Wish] = []

    def make(wish: Wish) -> MadeWheel:
        wishes.append(wish)
        return MadeWheel(Path("jax-0.4.13-py3-none-any.whl"), "0.4.13", "0")

    def has_wheel(requirement: str, _until: str | None) -> bool:
        return "<" not in requirement

    text = "Because flax depends on jax>=0.4 and jax>=0.4,<=0.4.13 has no usable wheels and you"
    before = Attempt(("flax",), "3.11", constraints=("jax<0.4.14",))
    after = relax(before, text, replace(none, offers=Offers(one_by_one(make)), has_wheel=has_wheel))
    assert after is not None
    assert (after.constraints, wishes[0].requirement) == (("jax<0.4.14",), "jax<0.4.14,>=0.4")


def test_what_lock_files_say_stays_where_only_a_wheel_of_something_else_is_wanting() -> None:
    wishes: list[Wish] = []

    def make(wish: Wish) -> MadeWheel:
        wishes.append(wish)
        return MadeWheel(Path("roms-0.6.1-py3-none-any.whl"), "0.6.1", "0")

    ways = replace(none, offers=Offers(one_by_one(make)))
    text = "Because roms has no usable wheels and ale<0.9 depends on roms and you require ale<0.9"
    before = Attempt(("ale",), "3.11", constraints=("ale<0.9",))
    after = relax(before, text, ways)
    assert after is not None
    assert after.constraints == ("ale<0.9",)
    assert [wish.requirement for wish in wishes] == ["roms"]
    last = relax(after, text, ways)
    assert last is not None
    assert last.constraints == ()


def test_after_many_steps_more_than_one_thing_is_given_up_at_a_time() -> None:
    text = "Because one==1 depends on x<1 and two==2 depends on x>1 and you require one and two"
    bounds = tuple(f"x>{number}" for number in range(30))
    before = Attempt(("one==1", "two==2"), "3.11", "2020-01-01", (*bounds, "other<2"))
    free = relax(before, text, none, step=20)
    assert free is not None
    assert (free.constraints, free.as_of) == ((), "2020-01-01")
    assert "x, other is given up" in free.decisions[-1]
    free = replace(free, decisions=())
    undated = relax(free, text, none, step=21)
    assert undated is not None
    assert undated.as_of is None
    loosened = relax(undated, text, none, step=22)
    assert loosened is not None
    assert loosened.wanted == ("one", "two")
    assert len(loosened.decisions) == 3


def test_a_reason_does_not_list_versions() -> None:
    text = "Because all of: gym==0.1 gym>=0.2,<=0.3 have no usable wheels and you require gym"
    assert reason(text) == "many versions of gym have no usable wheels"
    text = "Because only the following versions of gym are available: gym<1 gym>=2 and tool needs"
    assert reason(text) == "only some versions of gym are available"


def test_a_reason_names_who_needs_what_has_no_wheel() -> None:
    text = """Because keras<=2.0.6 has no usable wheels and only keras>=2.0.7 is available
    and because all of: pyyaml<=5.1 pyyaml>5.1 have no usable wheels and keras>=2.0.7 depends on
    pyyaml, we can conclude that you lose.

    hint: Wheels are required for `pyyaml` because building from source is disabled"""
    assert reason(text) == "keras needs pyyaml, of which no wheel fits"
    ways = replace(
        none,
        has_wheel=lambda requirement, _until: requirement.startswith("keras"),
        first_date=lambda _requirement, _after: "2021-01-19",
    )
    after = relax(Attempt(("keras",), "3.7", "2019-12-26"), text, ways)
    assert after is not None
    assert after.dates == {"pyyaml": "2021-01-19"}


def test_what_is_built_is_what_the_newest_release_needs_whatever_older_ones_did() -> None:
    wishes: list[Wish] = []

    def make(wish: Wish) -> NotMade:
        wishes.append(wish)
        return NotMade("no compiler")

    def needed(text: str, name: str, until: str | None) -> str | None:
        return f"{name}==1.0.5" if (text, until) == ("tool", "2023-06-29") else None

    ways = Ways(lambda _name: None, Offers(one_by_one(make)), no_wheel, no_date, needed)
    text = (
        "Because raw has no usable wheels and tool<2 depends on raw>=0.1, we can conclude that "
        "tool<2 cannot be used. And because you require tool"
    )
    relax(Attempt(("tool",), "3.11", "2023-06-29"), text, ways)
    assert [wish.requirement for wish in wishes] == ["raw==1.0.5"]


def test_where_what_was_made_needs_what_has_no_wheel_another_release_is_made_once() -> None:
    """gym 0.18 needs a Pillow without a wheel; once its pin has given way any other will do."""
    wishes: list[Wish] = []

    def make(wish: Wish) -> MadeWheel | NotMade:
        if not wish.requirement.startswith("gym"):
            return NotMade("no compiler")
        wishes.append(wish)
        version = "0.26.2" if "!=" in wish.requirement else "0.18.0"
        return MadeWheel(Path(f"gym-{version}-py3-none-any.whl"), version, "0")

    offers = Offers(one_by_one(make))
    assert offers("gym==0.18.0", "3.11", None) is not None
    ways = replace(no_wheels, offers=offers)
    text = "Because pillow<=8.2 has no usable wheels and gym==0.18.0 depends on pillow<=8.2"
    pinned = relax(Attempt(("gym==0.18.0",), "3.11"), text, ways)
    assert pinned is not None
    assert pinned.wanted == ("gym",)
    after = relax(pinned, text, ways)
    assert after is not None
    assert after.wanted == ("gym",)
    assert "gym 0.26.2 is built from source instead of 0.18.0" in after.decisions[-1]
    assert offers.pins == ["gym==0.26.2"]
    dropped = relax(after, text, ways)
    assert dropped is not None
    assert [one.name for one in dropped.dropped] == ["gym"]
    assert [one.requirement for one in wishes] == ["gym==0.18.0", "gym!=0.18.0"]

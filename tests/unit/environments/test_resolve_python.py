"""Which Python is chosen, and the one line that says why."""

from __future__ import annotations

import pytest
from packaging.version import Version

from sandbox.domain import Requirements
from sandbox.environments.resolving.catalogue import Catalogue, File, read_file
from sandbox.environments.resolving.choosing import Choice, choose_pythons

ALL = ("3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
LINUX = "manylinux_2_17_x86_64"


def wheels(name: str, *versions: str) -> tuple[File, ...]:
    """Each `version:37,38`; without tags it is for every Python."""
    return tuple(file for text in versions for file in _files(name, text))


def _files(name: str, text: str) -> list[File]:
    version, _, pythons = text.partition(":")
    tags = [
        f"cp{p}-cp{'37m' if p == '37' else p}-{LINUX}" for p in filter(None, pythons.split(","))
    ]
    names = [f"{name}-{version}-{tag}.whl" for tag in tags or ["py3-none-any"]]
    return [file for file in (read_file(name, filename) for filename in names) if file]


CATALOGUE = Catalogue(
    {
        "fast": wheels("fast", "1.0:37,38", "2.0:39,310", "3.0:311,312,313"),
        "slow": wheels("slow", "1.0", "2.0"),
        "other": wheels("other", "1.0:311,312"),
        "relic": wheels("relic", "1.0:37"),
        "raw": (File(Version("1.0")),),
    },
    "x86_64",
)


def choose(
    *packages: str, built: dict[str, frozenset[str]] | None = None, **facts: object
) -> Choice:
    requirements = Requirements(packages, **{"as_of": "2021-03-01", **facts})  # type: ignore[arg-type]
    return choose_pythons(requirements, ALL, CATALOGUE, built or {})


@pytest.mark.parametrize(
    ("packages", "facts", "python", "why"),
    [
        (("slow",), {}, "3.8", "what most people used when the code was written (2021-03-01)"),
        (("slow",), {"as_of": "2012-01-01"}, "3.7", "the oldest at hand, for code of 2012-01-01"),
        (("slow",), {"as_of": None}, "3.13", "the newest that most packages have wheels for"),
        (("slow",), {"python": ">=3.9,<3.11"}, "3.9", "asked for >=3.9,<3.11"),
        (("slow",), {"python": "==3.10.4"}, "3.10", "asked for ==3.10.4"),
        (("slow",), {"pythons": ("3.6", "3.7")}, "3.7", "the authors used 3.6, 3.7"),
        (("slow",), {"pythons": ("3.8", "3.9")}, "3.8", "the authors used 3.8, 3.9"),
        (("slow",), {"pythons": ("3.12",)}, "3.8", "what most people used"),
        (("slow",), {"python": ">=3.9", "pythons": ("3.7",)}, "3.9", "asked for >=3.9"),
        (("fast==2.0",), {}, "3.9", "fast==2.0 has wheels for it and not for 3.8"),
        (("fast==3.0", "other"), {}, "3.11", "fast==3.0 and 1 more have wheels for it"),
        (("raw==1.0", "slow"), {}, "3.8", "what most people used"),
        (("slow", "relic"), {"as_of": "2025-08-01"}, "3.13", "what most people used"),
        (("slow", "relic==1.0"), {"as_of": "2025-08-01"}, "3.7", "relic==1.0 has wheels"),
    ],
)
def test_the_choice_and_why(
    packages: tuple[str, ...], facts: dict[str, object], python: str, why: str
) -> None:
    choice = choose(*packages, **facts)
    assert choice.pythons[0] == python
    assert choice.decisions[-1].startswith(f"Python {python}: {why}")


@pytest.mark.parametrize(
    ("asked", "python"), [("==3.6.*", "3.7"), ("==2.7.*", "3.8"), (">=3.20", "3.13")]
)
def test_what_cannot_be_had_is_set_aside_for_the_nearest(asked: str, python: str) -> None:
    choice = choose("slow", python=asked)
    assert choice.pythons[0] == python
    assert any(f"Python {asked} is set aside" in line for line in choice.decisions)


def test_the_sites_own_builds_decide_first() -> None:
    built = {"fast": frozenset({"3.11"})}
    choice = choose("fast==1.0", "slow", python="<3.9", built=built)
    assert choice.pythons == ("3.11",)
    assert "is set aside: the site's own build of fast is for 3.11" in choice.decisions[0]
    assert choice.decisions[-1] == "Python 3.11: the site's own builds are for it"


def test_newer_pythons_are_turned_to_before_older_ones() -> None:
    assert choose("slow").pythons == ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.7")


def test_what_imports_say_of_versions_chooses_where_nothing_is_lost_by_it() -> None:
    choice = choose("fast", "slow", constraints=("fast<2",), as_of="2022-12-01")
    assert choice.pythons[0] == "3.8"
    assert choice.decisions[-1] == "Python 3.8: fast<2 has wheels for it and not for 3.10"
    kept = choose("fast", "other", constraints=("fast<2",), as_of="2023-09-01")
    assert kept.pythons[0] == "3.11"
    assert choose("fast", "slow", as_of="2022-12-01").pythons[0] == "3.10"

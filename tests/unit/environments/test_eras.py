from __future__ import annotations

import pytest

from sandbox.environments.resolving.eras import allowed, of_era, settled_on

ALL = ("3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")


@pytest.mark.parametrize(
    ("as_of", "python"),
    [
        ("2016-01-01", "3.7"),
        ("2019-05-01", "3.7"),
        ("2021-03-01", "3.8"),
        ("2022-11-20", "3.10"),
        ("2025-12-01", "3.13"),
    ],
)
def test_the_python_people_used_then_comes_first(as_of: str, python: str) -> None:
    order = of_era(ALL, as_of)
    assert order[0] == python
    assert sorted(order) == sorted(ALL)


def test_newer_pythons_are_tried_before_older_ones() -> None:
    assert of_era(("3.8", "3.9", "3.10"), "2021-09-01") == ["3.9", "3.10", "3.8"]


@pytest.mark.parametrize(
    ("specifier", "pythons"),
    [
        (None, list(ALL)),
        (">=3.8.1,<3.10", ["3.8", "3.9"]),
        ("==3.8.*", ["3.8"]),
        ("<=3.9", ["3.7", "3.8", "3.9"]),
        ("==3.9.7", ["3.9"]),
        ("==3.6.*", []),
        (">=4", []),
    ],
)
def test_a_specifier_admits_a_version_by_any_patch_release(
    specifier: str | None, pythons: list[str]
) -> None:
    assert allowed(ALL, specifier) == pythons


def test_a_date_before_the_pythons_wheels_has_a_later_one() -> None:
    assert settled_on("3.11", "2019-01-01") == "2023-07-21"
    assert settled_on("3.11", "2024-01-01") is None

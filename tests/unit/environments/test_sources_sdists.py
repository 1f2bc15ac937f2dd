from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from sandbox.environments.resolving.sourcing import Wish
from sandbox.environments.sources.sdists import Sdist, admits, choose, wanted


def sdist(version: str, day: str | None = "2020-01-01", **options: Any) -> Sdist:
    uploaded = f"{day}T12:00:00+00:00" if day else None
    url = f"https://index.invalid/alpha-{version}.tar.gz"
    return Sdist(
        "alpha", version, **{"filename": f"alpha-{version}.tar.gz", "url": url,
        "uploaded": uploaded, **options},
    )  # fmt: skip


def chosen(sdists: list[Sdist], requirement: str = "alpha", **options: Any) -> str:
    wish = Wish(requirement, **{"python": "3.9", **options})
    asked = wanted(wish)
    assert not isinstance(asked, str)
    best = choose(sdists, asked, wish)
    return best if isinstance(best, str) else best.version


def test_the_best_version_that_fits_is_chosen() -> None:
    found = [sdist("1.0"), sdist("1.10"), sdist("1.9"), sdist("2.0a1")]
    assert chosen(found) == "1.10"
    assert chosen(found, "alpha<1.10") == "1.9"
    assert chosen(found, "alpha==2.0a1") == "2.0a1"
    assert chosen([sdist("2.0a1")]) == "2.0a1"


def test_nothing_is_newer_than_the_date() -> None:
    found = [sdist("1.0", "2020-01-01"), sdist("2.0", "2021-06-01")]
    assert chosen(found, as_of="2021-05-31") == "1.0"
    assert chosen(found, as_of="2021-06-01") == "2.0"
    assert chosen(found, as_of="2021-06-01T09:00:00+02:00") == "2.0"
    assert chosen(found, as_of="2019-01-01") == "no sdist of 2019-01-01 or before"


def test_a_file_without_a_date_counts_only_in_a_folder_of_this_machine() -> None:
    undated = sdist("1.0", None)
    assert chosen([undated], as_of="2021-01-01") == "no sdist of 2021-01-01 or before"
    here = dataclasses.replace(undated, url="file:///wheels/alpha-1.0.tar.gz")
    assert chosen([here], as_of="2021-01-01") == "1.0"


def test_a_withdrawn_version_is_taken_only_when_it_is_pinned() -> None:
    found = [sdist("1.0"), sdist("2.0", yanked=True)]
    assert chosen(found) == "1.0"
    assert chosen(found, "alpha==2.0") == "2.0"
    assert chosen(found[1:], "alpha>1") == "2.0 was withdrawn by its authors"


def test_python_is_looked_at_last_and_named() -> None:
    found = [sdist("1.0", requires_python=">=3.5"), sdist("2.0", requires_python=">=3.10")]
    assert chosen(found) == "1.0"
    assert chosen(found, "alpha>=2") == "needs Python >=3.10"
    assert admits("<=3.9.1", "3.9") is False
    assert admits("!=3.0.*,>=2.7", "3.9")
    assert admits("what?", "3.9")


def test_the_hash_of_a_lock_decides_over_the_date() -> None:
    found = [sdist("1.0", sha256="a" * 64), sdist("1.0.post1", "2024-01-01", sha256="b" * 64)]
    assert chosen(found, as_of="2021-01-01", sha256="b" * 64) == "1.0.post1"
    assert "hash" in chosen(found, sha256="c" * 64)


def test_only_archives_that_are_read_safely_are_taken() -> None:
    odd = [sdist("1.0", filename=f"alpha-1.0{end}") for end in (".tar.xz", ".tar.Z", ".egg")]
    assert chosen(odd) == "no index has an sdist of it"
    assert chosen([*odd, sdist("0.9", filename="alpha-0.9.zip")]) == "0.9"


def test_what_there_is_is_said_where_nothing_fits() -> None:
    assert chosen([sdist("1.0")], "alpha>=2") == "no sdist fits >=2 (there is 1.0)"


@pytest.mark.parametrize("text", ["alpha @ https://evil.invalid/a.tar.gz", "alpha @ file:///etc"])
def test_an_address_is_never_followed(text: str) -> None:
    assert wanted(Wish(text, "3.9")) == "names an address, which is not followed"
    assert wanted(Wish("-r /etc/passwd", "3.9")) == "is not a requirement"


def test_an_address_is_not_shown() -> None:
    assert "index.invalid" not in repr(sdist("1.0"))

"""Decisions stay short, however much there is to tell."""

from __future__ import annotations

import pytest

from sandbox.environments import detect
from sandbox.environments.telling import condense, listed
from sandbox.interfaces import MemoryTree


def test_what_many_files_share_is_one_line() -> None:
    lines = [f"f{n}.py: is odd" for n in range(6)] + ["other"]
    assert condense(lines) == ("f0.py, f1.py, f2.py and 3 more: is odd", "other")


def test_many_lines_of_one_kind_become_a_few_and_a_count() -> None:
    lines = [f"r.txt: 'x{n}' left out" for n in range(50)]
    assert condense(lines) == (*lines[:4], f"… and 46 more like this: {lines[0]}")


def test_a_few_lines_stand_as_they_are() -> None:
    lines = [
        "r.txt: 'x' left out",
        "r.txt: 'y' left out",
        "z.txt: 'y' is odd",
        "r.txt: 'x' left out",
    ]
    assert condense(lines) == tuple(lines[:3])


def test_long_lists_are_cut_with_a_count() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(list("abcdefg"), 3) == "a, b, c and 4 more"


@pytest.mark.parametrize(
    "line",
    ["--option{} x", "git+https://example.org/{}", "numpy=={}", "!!{}", "./folder{}", "-r f{}"],
)
def test_ten_thousand_bad_lines_are_told_in_a_few(line: str) -> None:
    text = "".join(f"{line.format(n)}\n" for n in range(10_000))
    found = detect(MemoryTree({"requirements.txt": text}), entries=(), committed_at=None)
    assert len(found.decisions) < 12
    assert max(map(len, found.decisions)) < 300

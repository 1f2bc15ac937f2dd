"""Which variants begin alike, where they part, and which belong together."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from sandbox.notebooks import Course, course_of, plant, run_sources


def courses(*texts: str) -> list[Course]:
    """Each letter is a cell; what stands before a colon is the root."""
    split = (text.rpartition(":") for text in texts)
    return [Course(root, tuple(cells)) for root, _, cells in split]


def test_variants_part_after_what_they_have_in_common() -> None:
    grove = plant(courses("abx", "aby", "abz"))
    assert [one.forks for one in grove.courses] == [(2,), (2,), (2,)]
    assert grove.bundles == ((0,), (1,), (2,))


def test_early_ones_come_from_all_over_the_tree() -> None:
    order = [0, 8, 4, 2, 6, 1, 5, 3, 7]
    leaves = plant(courses(*(f"ab{leaf}" for leaf in "012345678")))
    assert [number for (number,) in leaves.bundles] == order
    nested = plant(courses("x", *(f"{half}{leaf}" for half in "AB" for leaf in "012345678")))
    assert nested.bundles[0] == (0,)
    assert nested.bundles[1] == tuple(1 + number for number in order)


def test_a_few_stay_in_their_order() -> None:
    leaves = plant(courses(*(f"ab{leaf}" for leaf in "01234567")))
    assert [number for (number,) in leaves.bundles] == list(range(8))


def test_a_branch_within_a_branch_is_one_bundle_depth_first() -> None:
    grove = plant(courses("pAx", "pBx", "pAy", "pBy", "pAz"))
    assert grove.bundles == ((0, 2, 4), (1, 3))
    assert grove.courses[0].forks == (1, 2)
    assert grove.courses[1].forks == (1, 2)


def test_one_that_ends_where_others_go_on_is_a_way_of_its_own() -> None:
    grove = plant(courses("ab", "abc", "abd"))
    assert [one.forks for one in grove.courses] == [(2,), (2,), (2,)]
    assert grove.bundles == ((0,), (1,), (2,))


def test_other_roots_share_nothing_and_one_alone_has_no_fork() -> None:
    grove = plant(courses("one:ab", "two:ac", "three:ab"))
    assert all(not one.forks for one in grove.courses)
    assert grove.bundles == ((0,), (1,), (2,))


def test_equal_courses_stay_together() -> None:
    assert plant(courses("ab", "ab", "ac")).bundles == ((0, 1), (2,))


def test_thousands_of_cells_are_no_deeper_than_the_stack() -> None:
    long = "a" * 3000
    grove = plant([*courses(long + "x", long + "y"), *courses(long[:2000] + "z")])
    assert grove.courses[0].forks == (2000, 3000)


@given(st.lists(st.text("ab", max_size=5), min_size=1, max_size=12))
def test_forks_are_where_some_other_one_parts(texts: list[str]) -> None:
    grove = plant(courses(*texts))
    assert sorted(itertools.chain(*grove.bundles)) == list(range(len(texts)))
    for number, text in enumerate(texts):
        expected = {
            len(common)
            for other in texts
            if (common := _common(text, other)) != text or other != text
        }
        assert set(grove.courses[number].forks) == expected


def _common(one: str, other: str) -> str:
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(pair[0] for pair in pairs)


def test_sources_are_those_that_papermill_has_run() -> None:
    cells = [
        new_markdown_cell("# title"),
        new_code_cell("import math"),
        new_code_cell("lr = 1", metadata={"tags": ["parameters"]}),
        new_code_cell("never()", metadata={"tags": ["skip-execution"]}),
        new_code_cell("   "),
        new_code_cell("print(lr)"),
    ]
    sources = run_sources(new_notebook(cells=cells), {"lr": 5})
    assert sources == ("import math", "lr = 1", "# Parameters\nlr = 5\n", "print(lr)")
    assert run_sources(new_notebook(cells=cells), {}) == ("import math", "lr = 1", "print(lr)")
    assert len(course_of("root", sources).cells) == 4

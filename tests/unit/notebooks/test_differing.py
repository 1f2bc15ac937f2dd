"""Two executed notebooks cell by cell, lined up by nbdime."""

from __future__ import annotations

import random

from sandbox.notebooks import compare_notebooks
from sandbox.notebooks.differing import CellDifference
from tests.support.images import png
from tests.support.made_notebooks import notebook, picture, stream


def cells(left: bytes, right: bytes) -> tuple[CellDifference, ...]:
    found = compare_notebooks(left, right)
    assert found is not None
    return found


def test_a_cell_that_came_in_between_shifts_the_others_and_changes_none() -> None:
    left = notebook(("import a", []), ("lr = 0.1\ntrain(lr)", []), ("done()", []))
    right = notebook(("import a", []), "# new words", ("lr = 0.2\ntrain(lr)", []), ("done()", []))
    found = [(one.left, one.right, one.same_source) for one in cells(left, right)]
    assert found == [(1, 1, True), (None, 2, False), (2, 3, False), (3, 4, True)]


def test_a_cell_that_is_gone_is_on_the_left_only() -> None:
    left = notebook(("a = 1", []), ("b = 2", []), ("c = 3\nd = 4", []))
    right = notebook(("a = 1", []), ("c = 3\nd = 5", []))
    assert [(one.left, one.right) for one in cells(left, right)] == [(1, 1), (2, None), (3, 2)]


def test_other_outputs_are_told_by_their_kinds() -> None:
    left = notebook(("plot()", [stream("a"), picture(png(4, 4))]), ("x", [stream("1")]))
    right = notebook(("plot()", [stream("b"), picture(png(5, 4))]), ("x", [stream("1")]))
    first, second = cells(left, right)
    assert (first.same_source, first.same_outputs, first.shows) == (
        True,
        False,
        ("image/png", "text"),
    )
    assert second.is_same


def test_how_often_a_cell_ran_and_where_its_stream_broke_are_no_difference() -> None:
    left = notebook(("x", [stream("one "), stream("two")]))
    right = notebook(("x", [stream("one two")])).replace(
        b'"execution_count": 1', b'"execution_count": 7'
    )
    assert cells(left, right)[0].is_same


def test_what_is_no_notebook_is_not_known() -> None:
    assert compare_notebooks(b"{", notebook()) is None


def test_empty_notebooks_are_the_same() -> None:
    assert cells(notebook(), notebook()) == ()


def test_notebooks_with_nothing_in_common_are_paired_by_order_without_nbdime_choking() -> None:
    """nbdime itself takes minutes for these; a test that hangs would be ended by its limit."""
    chance = random.Random(1)

    def made(count: int) -> bytes:
        texts = ["\n".join(str(chance.random()) for _ in range(30)) for _ in range(count)]
        return notebook(*((text, []) for text in texts))

    found = cells(made(60), made(58))
    assert [(one.left, one.right) for one in found[:2]] == [(1, 1), (2, 2)]
    assert [(one.left, one.right) for one in found[-2:]] == [(59, None), (60, None)]
    assert all(one.by_place for one in found), "and it is said"


def test_only_what_was_paired_by_its_place_is_said_to_be() -> None:
    long = "\n".join(f"x{line} = {line}" for line in range(300))
    left = notebook(("same", []), (long, []), ("y", []), ("end", []))
    right = notebook(("same", []), (f"{long}\nz", []), ("w", []), ("end", []))
    assert [one.by_place for one in cells(left, right)] == [False, True, True, False]
    short = notebook(("same", []), ("a", []), ("b", []), ("end", []))
    assert not any(one.by_place for one in cells(short, right))


def test_a_cell_that_was_written_anew_is_one_cell() -> None:
    left = notebook("# a", ("x", []), ("lr = 0.1", []), ("y", []))
    right = notebook("# b", ("x", []), ("import something\nelse_entirely()", []), ("y", []))
    assert [(one.left, one.right) for one in cells(left, right)] == [(n, n) for n in range(1, 5)]

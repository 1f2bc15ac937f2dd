"""A run's output is bounded; its first and last part are kept, and what lies between is named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.guest.output import TAIL_CHARACTERS, Budget, Showing, Stream


def test_output_within_the_budget_is_shown_as_it_comes() -> None:
    stream = Stream(Budget(100))
    assert stream.take(b"one\n") == "one\n"
    assert stream.take(b"two\n") == "two\n"
    assert stream.rest() == ""


def test_of_a_flood_the_first_and_the_last_part_are_kept_and_the_cut_is_named() -> None:
    stream = Stream(Budget(10))
    shown = stream.take(b"FIRST-LINE\n" + b"x" * 2 * TAIL_CHARACTERS + b"LAST-LINE\n")
    rest = stream.rest()
    assert shown == "FIRST-LINE"
    assert rest.endswith("LAST-LINE\n")
    left_out = 1 + 2 * TAIL_CHARACTERS + len("LAST-LINE\n") - TAIL_CHARACTERS
    assert f"[{left_out} characters of output left out]" in rest
    assert len(rest) < TAIL_CHARACTERS + 100


def test_what_is_just_past_the_budget_comes_late_but_whole() -> None:
    stream = Stream(Budget(3))
    assert stream.take(b"abcdef") == "abc"
    assert stream.rest() == "def"
    assert stream.rest() == ""


def test_streams_share_one_budget() -> None:
    budget = Budget(4)
    out, err = Stream(budget), Stream(budget)
    assert out.take(b"abc") + err.take(b"defg") == "abcd"


@given(st.binary(max_size=200), st.lists(st.integers(1, 7), max_size=60))
def test_any_bytes_become_the_text_that_they_are_however_they_are_cut(
    data: bytes, cuts: list[int]
) -> None:
    stream, text, rest = Stream(Budget(1000)), "", data
    for size in cuts:
        text += stream.take(rest[:size])
        rest = rest[size:]
    text += stream.take(rest, final=True)
    assert text == data.decode("utf-8", "replace")


def test_displays_are_bounded_all_together() -> None:
    showing = Showing(100)
    assert showing.admits(60, None, update=False)
    assert not showing.admits(60, None, update=False)
    assert showing.admits(40, None, update=False)


def test_what_a_cell_cleared_costs_nothing_any_more() -> None:
    showing = Showing(100)
    for _ in range(10):
        assert showing.admits(90, None, update=False)
        showing.clear()
    assert showing.admits(90, None, update=False)
    showing.begin_cell()
    showing.clear()
    assert not showing.admits(90, None, update=False)


def test_an_update_costs_what_it_is_larger_than_before() -> None:
    showing = Showing(100)
    assert showing.admits(50, "bar", update=False)
    assert all(showing.admits(50, "bar", update=True) for _ in range(100))
    assert showing.admits(100, "bar", update=True)
    assert not showing.admits(101, "bar", update=True)

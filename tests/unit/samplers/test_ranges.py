from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import TunableError
from sandbox.samplers import Range, parse_range, range_ends
from sandbox.samplers.ranges import expand, to_number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1..8", Range(1, 8, whole=True, log=False)),
        (" 1..8 ", Range(1, 8, whole=True, log=False)),
        ("1..100", Range(1, 100, whole=True, log=True)),
        ("-3..+3", Range(-3, 3, whole=True, log=False)),
        ("-8..-1", Range(-8, -1, whole=True, log=False)),
        ("0..1000", Range(0, 1000, whole=True, log=False)),
        ("0.001..0.1", Range(0.001, 0.1, whole=False, log=True)),
        ("1e-5..1E-1", Range(1e-5, 0.1, whole=False, log=True)),
        ("0...5", Range(0, 0.5, whole=False, log=False)),
        ("1..2.5", Range(1, 2.5, whole=False, log=False)),
        ("-1.5..1.5", Range(-1.5, 1.5, whole=False, log=False)),
    ],
)
def test_two_numbers_are_a_range(text: str, found: Range) -> None:
    assert parse_range(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "a..b",
        "../x",
        "..",
        "1..",
        "..2",
        "1..2..3",
        "1.2",
        "data/1..2",
        "nan..inf",
        "1. . 2",
        "1..2:x",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert parse_range(text) is None
    assert expand(text) == (text,)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("8..1", "the range 8..1 ends below its start", "write 1..8"),
        ("0.1..1e-1", "the range 0.1..1e-1 has one value only", "write the value: 0.1"),
        ("1..1e999", "the range 1..1e999 has an end that is too large", "give smaller numbers"),
        (f"1..{2**60}", f"the range 1..{2**60} has an end", "give smaller numbers"),
    ],
)
def test_ends_that_make_no_sense_are_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(TunableError, match=message) as caught:
        parse_range(text)
    assert caught.value.hint == hint


def test_a_short_range_of_whole_numbers_is_written_out() -> None:
    assert expand("-1..2") == ("-1", "0", "1", "2")
    assert len(expand("1..799")) == 799
    assert len(expand("0..99.9:0.1")) == 1000
    assert range_ends("1..799") == ("1", "799")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1..10:3", "1 4 7 10"),
        ("1..9:3", "1 4 7"),
        ("-3..3:2", "-3 -1 1 3"),
        ("0.1..0.5:0.1", "0.1 0.2 0.3 0.4 0.5"),
        ("1e-5..3e-5:1E-5", "1e-5 2e-5 3e-5"),
        ("0..1:0.5", "0 0.5 1"),
        ("1..9:100", "1"),
        ("0..0.3:0.1", "0 0.1 0.2 0.3"),
    ],
)
def test_a_step_leaves_numbers_out(text: str, values: str) -> None:
    assert " ".join(expand(text)) == values
    listed = values.split()
    assert range_ends(text) == (listed[0], listed[-1])


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("1..5000", "has 5,000 numbers", "give a step, as in 1..5000:500, or only this range with"),
        ("0..0.5", "has endlessly many numbers", "give a step, as in 0..0.5:0.05, or only"),
        ("1..9:0.001", "has 8,001 numbers", "a longer step, or only the range 1..9 with"),
        ("1..9:1e-300", "has endlessly many numbers", "give a longer step"),
        ("1..9:0", "has the step 0, which leads nowhere", "write a step above 0, such as 1..9:0.8"),
        ("1..9:-2", "has the step -2, which leads nowhere", "write a step above 0"),
        ("9..1:2", "the range 9..1:2 ends below its start", "write 1..9"),
    ],
)
def test_a_range_that_is_not_written_out_says_what_to_do(
    text: str, message: str, hint: str
) -> None:
    with pytest.raises(TunableError, match=message) as caught:
        expand(text)
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.00123456789, "0.00123457"), (1e-5, "1e-5"), (0.1, "0.1"), (0.02, "0.02"), (1e-12, "1e-12")],
)
def test_numbers_are_written_as_people_type_them(number: float, text: str) -> None:
    assert Range(0, 1, whole=False, log=False).write(number) == text


def test_rounding_does_not_leave_the_range() -> None:
    narrow = Range(0.12345678, 0.12345679, whole=False, log=False)
    assert narrow.write(narrow.high) == "0.12345679"


finite = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(st.tuples(finite, finite).filter(lambda ends: ends[0] < ends[1]), st.integers(0, 9))
def test_what_is_drawn_lies_in_the_range_and_reads_as_a_number(
    ends: tuple[float, float], seed: int
) -> None:
    found = parse_range(f"{ends[0]}..{ends[1]}")
    assert found is not None
    text = found.draw(random.Random(seed))
    assert text in found
    assert to_number(text) is not None
    assert len(text) <= 24


@given(st.integers(-50, 50), st.integers(1, 400), st.integers(0, 9))
def test_whole_ranges_draw_whole_numbers(low: int, width: int, seed: int) -> None:
    found = parse_range(f"{low}..{low + width}")
    assert found is not None
    assert low <= int(found.draw(random.Random(seed))) <= low + width


def test_a_log_range_draws_each_magnitude_alike() -> None:
    found = Range(1e-5, 1e-1, whole=False, log=True)
    chance = random.Random(0)
    below = sum(float(found.draw(chance)) < 1e-3 for _ in range(1000))
    assert 440 <= below <= 560


def test_the_ends_of_a_whole_range_come_as_often_as_the_others() -> None:
    found = Range(1, 4, whole=True, log=False)
    chance = random.Random(0)
    drawn = [found.draw(chance) for _ in range(4000)]
    assert all(900 <= drawn.count(text) <= 1100 for text in "1234")


def test_a_value_is_in_a_whole_range_or_not() -> None:
    found = Range(1, 8, whole=True, log=False)
    assert [text for text in ("3", "3.0", "8", "3.5", "0", "9", "x") if text in found] == [
        "3",
        "3.0",
        "8",
    ]


def test_only_whole_ranges_have_a_size() -> None:
    assert Range(1, 8, whole=True, log=False).size == 8
    assert Range(1, 8, whole=False, log=False).size == math.inf

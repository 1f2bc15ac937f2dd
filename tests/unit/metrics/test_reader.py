from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.metrics import ScalarReader, read_scalars
from sandbox.metrics.screen import MOST_CHARACTERS, Screen, clean


def test_scalars_come_as_soon_as_their_line_is_complete() -> None:
    reader = ScalarReader()
    assert reader.feed("loss: 0.5") == ()
    assert [one.value for one in reader.feed("\nloss: 0.4\nloss")] == [0.5, 0.4]
    assert reader.close() == ()


def test_close_gives_the_last_line_and_nothing_twice() -> None:
    reader = ScalarReader()
    reader.feed("loss: 0.5")
    assert [one.value for one in reader.close()] == [0.5]
    assert reader.close() == ()


def test_a_line_that_is_redrawn_is_shown_before_it_counts() -> None:
    reader = ScalarReader()
    assert reader.feed("\rEpoch 1: 50%|██   | 5/10 [00:01<00:01, loss=0.9]") == ()
    assert reader.feed("\rEpoch 1: 60%|███  | 6/10 [00:01<00:01, loss=0.8]") == ()
    assert [one.value for one in reader.showing] == [0.9]
    assert [one.value for one in reader.feed("\n")] == [0.8]
    assert reader.showing == ()


def test_streams_do_not_tear_each_others_lines() -> None:
    reader = ScalarReader()
    reader.feed("loss: 0.")
    reader.feed("Epoch 3: 10%|█  | 1/10\n", stream="stderr")
    (scalar,) = reader.feed("5\n")
    assert (scalar.value, scalar.step) == (0.5, 3)


def test_a_torn_line_end_is_one_line_end() -> None:
    reader = ScalarReader()
    found = [*reader.feed("loss: 0.5\r"), *reader.feed("\nacc: 0.9\r\n")]
    assert [one.name for one in found] == ["loss", "acc"]


def test_the_line_stands_with_the_scalar_without_escape_codes() -> None:
    (scalar,) = read_scalars("\x1b[32mEpoch 1\x1b[0m   loss: 0.5\x07\n")
    assert scalar.line == "Epoch 1 loss: 0.5"


def test_a_step_holds_until_the_next_one() -> None:
    found = read_scalars("loss: 3\nEpoch 1/2\nloss: 2\nacc: 0.5\n\nEpoch 2/2\nloss: 1\n")
    assert [(one.name, one.step) for one in found] == [
        ("loss", None),
        ("loss", 1),
        ("acc", 1),
        ("loss", 2),
    ]


def test_steps_within_an_epoch_grow_and_stay_within_it() -> None:
    lines = [
        f"Epoch [{epoch}/3], Step [{step}/600], Loss: 1.5"
        for epoch in (1, 2, 3)
        for step in range(100, 601, 100)
    ]
    steps = [one.step for one in read_scalars("\n".join(lines)) if one.step is not None]
    assert len(steps) == len(lines)
    assert steps == sorted(set(steps))
    assert [int(step) for step in steps] == [1] * 6 + [2] * 6 + [3] * 6


def test_whole_steps_are_integers() -> None:
    assert [type(one.step) for one in read_scalars("{'loss': 0.5, 'epoch': 3.0}")] == [int]


def test_key_order_does_not_matter() -> None:
    one = read_scalars("Epoch 1 loss: 0.5 acc: 0.9")
    other = read_scalars("Epoch 1 acc: 0.9 loss: 0.5")
    assert {(s.name, s.value) for s in one} == {(s.name, s.value) for s in other}


def test_too_many_scalars_are_left_out_and_that_is_said() -> None:
    reader = ScalarReader(most=3)
    assert len(reader.feed("loss: 1\n" * 3)) == 3
    assert reader.notes == ()
    assert reader.feed("loss: 2\n") == ()
    assert reader.notes == ("metrics: only the first 3 scalars were read",)


def test_a_line_without_end_is_cut_and_that_is_said() -> None:
    reader = ScalarReader()
    for _ in range(100):
        reader.feed("x" * 100_000)
    reader.feed("\nloss: 0.5\n")
    assert reader.notes == (f"metrics: 1 lines over {MOST_CHARACTERS:,} characters were cut",)


def test_a_line_after_a_cut_one_is_read() -> None:
    assert [one.value for one in read_scalars("loss: 0.1 " + "y" * 20_000 + "\nloss: 0.2")] == [
        0.1,
        0.2,
    ]


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("ab\b\bxy", "xy"),
        ("ab\b\b\b\bxy", "xy"),
        ("|\b/\b-\bdone", "done"),
        ("a\x1b[1;31mb\x1b[0mc", "abc"),
        ("\x1b]0;title\x07text", "text"),
        ("a\x00b\x07", "ab"),
    ],
)
def test_what_is_seen_is_what_counts(raw: str, seen: str) -> None:
    screen = Screen()
    assert [state.text for state in screen.feed(raw + "\n")] == [seen]


def test_cleaning_twice_changes_nothing() -> None:
    assert clean(clean("\x1b[1mx\x1b[0m")) == "x"


NASTY = [
    " " * 9_000 + "1",
    "1" + " " * 9_000 + "1",
    "\t" * 9_000 + "x",
    "=" * 9_000,
    "(" * 9_000,
    "[" * 9_000,
    "1/" * 4_500,
    "1," * 4_500,
    "a." * 4_500,
    "1" * 9_000,
    "tensor(" * 1_200,
    "| x " * 2_000 + "|",
    "(" * 4_000 + "1" + ")" * 4_000,
    "loss " * 1_500 + "1",
    "loss=0.5 " * 1_000,
    "\b" * 9_000,
    "\x1b[" * 4_500,
    ": = " * 2_000,
    "a, " * 3_000,
    "nan " * 2_000,
    "loss: {" * 1_200,
]


@pytest.mark.parametrize("line", NASTY, ids=[line[:8] for line in NASTY])
def test_hostile_lines_are_read_without_trouble(line: str) -> None:
    found = read_scalars(f"{line}\n{line}\nacc: 0.25\n")
    assert found[-1].value == 0.25


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("loss acc epoch:=|0123456789.,-+e%()[]{}\r\n\b\t\x1b'/\"")))
def test_no_text_breaks_it(text: str) -> None:
    for one in read_scalars(text):
        assert one.name
        assert "\n" not in (one.line or "")

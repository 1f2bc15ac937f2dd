"""A user names a tunable in many ways; each means one tunable or is an error that helps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain import Entry, EntryKind, TunableKind
from sandbox.errors import TunableError
from sandbox.interfaces import MemoryTree
from sandbox.tunables import concept_name, find_tunable, parse_values, scan

SOURCE = """
import argparse
p = argparse.ArgumentParser()
p.add_argument('--learning-rate', type=float, default=0.1)
class Model:
    def __init__(self, width=3): ...
def main():
    learning_rate = 0.5
    a = Adam(lr=1e-2)
    b = SGD(lr=1e-1)
    Model(width=5)
    plt.plot(rate=3)
    other(rate=4)
main()
"""
TUNABLES = scan(MemoryTree({"src/train.py": SOURCE}), Entry("src/train.py", EntryKind.script))


@pytest.mark.parametrize(
    ("name", "qualified"),
    [
        ("learning-rate", "src/train.py:--learning-rate"),
        ("--learning-rate", "src/train.py:--learning-rate"),
        ("learning_rate", "src/train.py:--learning-rate"),
        ("main.learning_rate", "src/train.py:main.learning_rate"),
        ("Adam.lr", "src/train.py:main.Adam.lr"),
        ("train.py:Adam.lr", "src/train.py:main.Adam.lr"),
        ("src/train.py:main.Adam.lr", "src/train.py:main.Adam.lr"),
        ("rate", "src/train.py:main.other.rate"),
        ("width", "src/train.py:main.Model.width"),
        ("Model(5)", "src/train.py:main.Model.width"),
    ],
)
def test_a_name_finds_one_tunable(name: str, qualified: str) -> None:
    assert find_tunable(TUNABLES, name).qualified_name == qualified


def test_an_ambiguous_name_lists_the_candidates_with_line_and_name() -> None:
    with pytest.raises(TunableError) as caught:
        find_tunable(TUNABLES, "lr")
    assert "Adam.lr (src/train.py:9, now 1e-2)" in caught.value.message
    assert "SGD.lr (src/train.py:10, now 1e-1)" in caught.value.message


def test_an_unknown_name_offers_the_near_ones_and_the_scan() -> None:
    with pytest.raises(TunableError) as caught:
        find_tunable(TUNABLES, "learning-rte")
    assert "did you mean 'learning-rate'" in (caught.value.hint or "")
    assert "sandbox scan" in (caught.value.hint or "")


def test_nothing_is_found_among_no_tunables() -> None:
    with pytest.raises(TunableError, match="no tunable called 'lr'"):
        find_tunable((), "lr")


def test_every_tunable_is_found_by_the_name_it_bears_and_by_its_qualified_name() -> None:
    for tunable in TUNABLES:
        assert find_tunable(TUNABLES, tunable.name) is tunable
        assert find_tunable(TUNABLES, tunable.qualified_name) is tunable


def test_equal_calls_are_numbered_in_the_order_of_the_text() -> None:
    source = "a = Dropout(0.1)\nb = Dropout(0.2)\n"
    tunables = scan(MemoryTree({"t.py": source}), Entry("t.py", EntryKind.script))
    assert find_tunable(tunables, "Dropout.p#2").value == "0.2"
    with pytest.raises(TunableError, match=r"Dropout\.p#1"):
        find_tunable(tunables, "Dropout.p")


def test_a_cell_can_be_named_with_or_without_blanks() -> None:
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": f"lr = 0.{i}"}
        for i in (1, 2)
    ]
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    tunables = scan(MemoryTree({"nb.ipynb": text}), Entry("nb.ipynb", EntryKind.notebook))
    for name in ("cell 1: lr", "cell 1:lr", "cell1:lr", "nb.ipynb:cell 1:lr"):
        assert find_tunable(tunables, name).value == "0.2"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1e-3", ("1e-3",)),
        ("200,400", ("200", "400")),
        (" a , b ", ("a", "b")),
        ("[16,16],[4, 1]", ("[16,16]", "[4, 1]")),
        ("f(1,2),3", ("f(1,2)", "3")),
        ("'a,b',c", ("a,b", "c")),
        ('"x",', None),
        ("it's,fine", ("it's", "fine")),
        ("''", ("",)),
        ("", ("",)),
        ("a,,b", None),
        ("[1,2", None),
        ("'a", None),
    ],
)
def test_values_are_split_at_commas_outside_brackets_and_quotes(
    text: str, values: tuple[str, ...] | None
) -> None:
    if values is None:
        with pytest.raises(TunableError):
            parse_values(text)
    else:
        assert parse_values(text) == values


@given(st.lists(st.integers() | st.floats(allow_nan=False), min_size=1, max_size=5))
def test_numbers_survive_the_splitting(numbers: list[float]) -> None:
    assert parse_values(",".join(map(str, numbers))) == tuple(map(str, numbers))


def test_every_flag_of_the_corpus_is_found_by_every_spelling(shared: Path) -> None:
    """The names people really use, with and without dashes and underscores."""
    corpus = json.loads((shared / "corpus-open.json").read_text())
    listed = [each for one in corpus["experiments"] for each in one["tunables"]]
    flags = sorted({each["name"] for each in listed if each["kind"] == "flag"})
    source = "".join(f"p.add_argument({flag!r}, default='0')\n" for flag in flags)
    tunables = scan(MemoryTree({"t.py": source}), Entry("t.py", EntryKind.script))
    assert len(flags) > 10
    for flag in flags:
        bare = flag.removeprefix("--")
        spellings = (flag, bare, bare.replace("-", "_"), f"t.py:{flag}")
        found = {find_tunable(tunables, spelling).flag for spelling in spellings}
        assert found == {flag}
    assert all(tunable.kind is TunableKind.flag for tunable in tunables)


@pytest.mark.parametrize(
    ("name", "surely", "concept"),
    [
        ("gamma", False, "discount"),
        ("gamma", True, None),
        ("train.py:--gamma", True, None),
        ("train.py:SVC.gamma", True, "kernel-gamma"),
        ("lr", True, "learning-rate"),
        ("learning-rate", True, "learning-rate"),
    ],
)
def test_a_name_of_several_meanings_is_told_apart_by_its_owner(
    name: str, *, surely: bool, concept: str | None
) -> None:
    assert concept_name(name, surely=surely) == concept

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.environments.checking.met import MET

CAPTURED = [
    tuple(block.split("\n", 1))
    for block in (Path(__file__).parent / "met.txt").read_text("utf-8").strip().split("\n\n")
]
"""The change, and the two lines that were said where it was wanting, and cured; none made up."""


def changes(said: str) -> list[str]:
    found = [(re.search(pattern, said), words) for pattern, words in MET]
    return [words.format(*match.groups()) for match, words in found if match]


@pytest.mark.parametrize(("words", "said"), CAPTURED)
def test_what_was_said_leads_to_the_change_that_cured_it(words: str, said: str) -> None:
    assert words in changes(said)


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in MET])
def test_every_pattern_is_found_in_what_was_really_said(pattern: str) -> None:
    assert any(re.search(pattern, said) for _, said in CAPTURED)


def test_no_pattern_stands_there_twice() -> None:
    assert len({pattern for pattern, _ in MET}) == len(MET)


@pytest.mark.parametrize(
    "said",
    [
        "a, b = pair\nValueError: too many values to unpack (expected 2)",
        "x, y, w, h = box\nValueError: too many values to unpack (expected 4)",
        "rows = load(1, 2)\nTypeError: load() takes 1 positional argument but 2 were given",
        "Model(size=3)\nTypeError: Model.__init__() got an unexpected keyword argument 'size'",
        "net(lr=0.1)\nTypeError: Net.forward() got an unexpected keyword argument 'lr'",
        "self.history.append(loss)\nAttributeError: 'NoneType' object has no attribute 'append'",
        "items.append(1)\nAttributeError: 'tuple' object has no attribute 'append'",
        "x = float(row[0])\nValueError: could not convert string to float: 'name'",
        "return arr.astype(t)\nValueError: could not convert string to float: 'a' [in pandas 2]",
        "raise KeyError(key) from err\nKeyError: 'price' [in pandas 2.2.3]",
        "for i in range(n / 2):\nTypeError: 'float' object cannot be interpreted as an integer",
        "x = values[1.0]\nTypeError: list indices must be integers or slices, not float",
        "log['acc']\nKeyError: 'loss'",
        "x.reshape(3, 5)\nValueError: cannot reshape array of size 12 into shape (3,5)",
        "config = yaml.load(f)\nTypeError: load() missing 1 required positional argument: 'path'",
        "open('data.csv')\nFileNotFoundError: [Errno 2] No such file or directory: 'data.csv'",
    ],
)
def test_an_error_of_the_repositorys_own_leads_nowhere(said: str) -> None:
    assert changes(said) == []

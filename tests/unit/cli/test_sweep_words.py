"""What is typed after `sandbox sweep`, before anything is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.cli.options import parse_tweaks
from sandbox.errors import InputError
from tests.support.commands import command, write_repository

SCRIPT = "import sys\nLR = 0.1\nprint('loss:', LR)\n"


def test_a_name_has_values_or_stands_alone() -> None:
    assert parse_tweaks(["lr", "lr"], suggested=True) == {"lr": ()}
    assert parse_tweaks(["lr=1", "lr=2"], suggested=True) == {"lr": ("1", "2")}
    for words in (["lr", "lr=1"], ["lr=1", "lr"]):
        with pytest.raises(InputError, match="stands alone") as caught:
            parse_tweaks(words, suggested=True)
        assert caught.value.hint


def test_a_part_of_a_strategy_beside_an_experiment_leaves_the_others(home: Path) -> None:
    """The sampler of the file, which needs a metric, stands although a budget is typed."""
    folder = home.parent
    write_repository(folder / "studied", {"train.py": SCRIPT})
    (folder / "ask.toml").write_text(
        f'question = "?"\ntarget = "{folder / "studied"}"\nentry = "train.py"\n'
        'sampler = "tpe"\n[tweaks]\nLR = ["0.1..1"]\n'
    )
    ended = command("sweep", "ask.toml", "--budget", "3runs", "--engine", "local")
    assert ended.code == 2
    assert "without a metric, the sampler tpe" in ended.err


def test_halving_takes_one_tunable_with_two_numbers(home: Path) -> None:
    folder = home.parent
    write_repository(folder / "studied", {"train.py": SCRIPT})
    target = ("sweep", str(folder / "studied"), "train.py", "--engine", "local")
    for words, message in (
        (("--bisect", "LR"), "without values"),
        (("--bisect", ""), "--bisect names no tunable"),
        (("--bisect", "LR", "-p", "LR=1,2", "-p", "other=1"), "beside other"),
        (("--bisect", "LR", "-p", "LR=1,2", "--sampler", "grid"), "--sampler grid another"),
        (("--bisect", "LR", "-p", "LR=1,2,3"), "between which two numbers is LR"),
        (("--bisect", "nope", "-p", "nope=1,2"), "no tunable called 'nope'"),
    ):
        ended = command(*target, *words)
        assert ended.code == 2
        assert message in ended.err
        assert "hint:" in ended.err

"""Asks on a terminal what will matter most, before anything is run."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import typer

from sandbox.errors import InputError


def ask(tweaks: Mapping[str, Sequence[str]]) -> str:
    """A guess as it would have been typed.

    Args:
        tweaks: what is going to be varied, with what was typed of its values.

    Raises:
        InputError: there is nothing to guess, or nobody to ask.
    """
    from sandbox.comparing import SIZES

    if not tweaks:
        raise InputError(
            "there is nothing to guess, since nothing is varied by -p",
            hint="say what to try: -p NAME=VALUE,VALUE",
        )
    if not sys.stdin.isatty():
        first = next(iter(tweaks))
        raise InputError(
            "--guess asks, and standard input is no terminal",
            hint=f"say it in words: --guess '{first}: up, big'",
        )
    names = list(tweaks)
    tunable = names[0] if len(names) == 1 else _choose("which will matter most?", names)
    values = [value for text in tweaks[tunable] for value in text.split(",")]
    way = _choose(
        f"which way is {tunable} better? up: larger values; down: smaller ones; or the best value",
        ["up", "down", *values],
    )
    size = _choose(
        "how much will it move the result? small: up to 1 %; medium: up to 10 %; big: more", SIZES
    )
    return f"{tunable}: {way}, {size}"


def _choose(question: str, choices: Sequence[str]) -> str:
    """Asks again until it is one of them; talk goes to standard error."""
    while True:
        answer = typer.prompt(f"{question} [{', '.join(choices)}]", err=True).strip()
        same = [choice for choice in choices if choice.lower() == answer.lower()]
        if answer in choices or len(same) == 1:
            return answer if answer in choices else same[0]
        typer.echo(f"{answer!r} is none of them", err=True)

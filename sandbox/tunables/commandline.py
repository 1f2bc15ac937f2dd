"""A command line with options set, replaced or dropped: lists of texts in, a list out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.domain import Tunable
from sandbox.errors import TunableError
from sandbox.tunables.frameworks.declarations import Option
from sandbox.tunables.spelling import MANY, check, words_of
from sandbox.tunables.values import unfitting

_NEGATIVE = re.compile(r"^-(\d+|\d*\.\d+)$")
_ORDINAL = re.compile(r"#\d+$")


@dataclass(frozen=True)
class _Piece:
    """One option with its values, or one positional, as it stands in a command line."""

    words: tuple[str, ...]
    option: Option | None = None


def set_option(
    arguments: Sequence[str], options: Sequence[Option], tunable: Tunable, value: str
) -> tuple[tuple[str, ...], str | None]:
    """The command line with one option or positional set, and a note where one is due.

    What was there for the same option, under any of its spellings, is replaced.

    Raises:
        TunableError: a value that the option would refuse, or that no argument can hold.
    """
    option = _declared(options, tunable)
    if "\0" in value:
        raise unfitting(tunable, value, "a text without NUL, which no argument can hold")
    pieces = [_Piece((word,)) for word in arguments]
    if not option.is_raw:
        pieces = _with_command(_pieces(arguments, _kin(options, option)), option, tunable)
    if option.position is not None:
        check(option, tunable, value)
        return _set_positional(pieces, _kin(options, option), option, tunable, value), None
    words, note = words_of(option, tunable, value)
    depth = len(option.command)
    has_deeper = any(one.command[:depth] == option.command != one.command for one in options)
    return _replaced(pieces, option, words, before=depth if has_deeper else None), note


def _declared(options: Sequence[Option], tunable: Tunable) -> Option:
    wanted = _ORDINAL.sub("", tunable.qualified_name)
    for option in options:
        if f"{option.file}:{option.path}" == wanted:
            return option
    raise TunableError(
        f"'{tunable.name}' is no longer declared in {tunable.file}", hint="scan the entry again"
    )


def _kin(options: Sequence[Option], option: Option) -> tuple[Option, ...]:
    """The options that may stand on one command line with an option: of its command, or above."""
    return tuple(one for one in options if option.command[: len(one.command)] == one.command)


def _with_command(pieces: list[_Piece], option: Option, tunable: Tunable) -> list[_Piece]:
    """The command line with the command that an option belongs to; put there where it is missing.

    Raises:
        TunableError: it has another command.
    """
    loose = _loose(pieces)
    given = tuple(pieces[at].words[0] for at in loose[: len(option.command)])
    missing = option.command[len(given) :]
    if option.command[: len(given)] != given:
        raise TunableError(
            f"'{tunable.name}' belongs to the command '{' '.join(option.command)}', "
            f"and the arguments begin with '{given[0]}'",
            hint="leave that out, or set an option of that command",
        )
    above = [at for at, piece in enumerate(pieces) if _is_above(piece, option)]
    start = max([*loose[: len(given)], *above], default=-1) + 1 if missing else 0
    return [*pieces[:start], *(_Piece((word,)) for word in missing), *pieces[start:]]


def _is_above(piece: _Piece, option: Option) -> bool:
    return piece.option is not None and len(piece.option.command) < len(option.command)


def _loose(pieces: Sequence[_Piece]) -> list[int]:
    """Indexes of commands and positionals."""
    return [
        at for at, piece in enumerate(pieces) if piece.option is None and piece.words != ("--",)
    ]


def _set_positional(
    pieces: list[_Piece],
    options: Sequence[Option],
    option: Option,
    tunable: Tunable,
    value: str,
) -> tuple[str, ...]:
    places = _loose(pieces)[len(option.command) :]
    position = option.position or 0
    if position < len(places):
        pieces[places[position]] = _Piece((value,))
    else:
        before = [
            each for each in options if each.position is not None and each.command == option.command
        ]
        missing = sorted(before, key=lambda each: each.position or 0)[len(places) : position]
        pieces += [_Piece((_default(each, tunable),)) for each in missing]
        pieces.append(_Piece((value,)))
    return tuple(word for piece in pieces for word in piece.words)


def _default(option: Option, tunable: Tunable) -> str:
    if option.default is None:
        raise TunableError(
            f"'{tunable.name}' comes after '{option.name}', which has no value",
            hint=f"set that too: -p {option.name}=..., or pass it after --",
        )
    return option.default


def _replaced(
    pieces: Sequence[_Piece], option: Option, words: tuple[str, ...], *, before: int | None
) -> tuple[str, ...]:
    """The new words in place of the option's last mention, else behind the other flags.

    An option of many values always goes last, where it cannot swallow a positional.

    Args:
        before: which of the commands and positionals it has to stand before; None = none.
    """
    mentions = [i for i, piece in enumerate(pieces) if piece.option is option]
    place = mentions[-1] if mentions and option.nargs not in MANY else None
    if place is None and before is not None:
        place = next(iter(_loose(pieces)[before:]), None)
    ends = [i for i, piece in enumerate(pieces) if piece.words == ("--",)]
    place = next(iter(ends), len(pieces)) if place is None else place
    rest = [_Piece(()) if i in mentions else piece for i, piece in enumerate(pieces)]
    return tuple(
        word for piece in (*rest[:place], _Piece(words), *rest[place:]) for word in piece.words
    )


def _pieces(arguments: Sequence[str], options: Sequence[Option]) -> list[_Piece]:
    """A command line cut into options with their values, and positionals."""
    waiting = list(arguments)
    pieces: list[_Piece] = []
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            pieces += [_Piece(("--",)), *(_Piece((rest,)) for rest in waiting)]
            break
        option, has_value = _spelled(word, options)
        is_whole = has_value or option is None or word == option.off
        count = 0 if is_whole or option is None else _takes(option, waiting)
        if option is None and word.startswith("-") and not _NEGATIVE.match(word):
            option = Option(names=(word,), name=word, line=0)
        pieces.append(_Piece((word, *waiting[:count]), option))
        del waiting[:count]
    return pieces


def _spelled(word: str, options: Sequence[Option]) -> tuple[Option | None, bool]:
    """The option a word stands for, and whether its value is in the same word."""
    head, equals, _ = word.partition("=")
    for option in options:
        if word in option.names or (option.off and word == option.off):
            return option, False
        if equals and head in option.names:
            return option, True
    if word.startswith("--"):
        near = [o for o in options if any(name.startswith(head) for name in o.names)]
        return (near[0], bool(equals)) if len(near) == 1 and len(head) > 2 else (None, False)
    for option in options:
        short = [name for name in option.names if len(name) == 2 and name.startswith("-")]
        if any(word.startswith(name) and word != name for name in short):
            return (option, True) if not option.is_switch else (None, False)
    return None, False


def _takes(option: Option, waiting: Sequence[str]) -> int:
    """How many of the following words are the option's own values."""
    if option.is_switch:
        return 0
    if option.nargs is None:
        return min(1, len(waiting))
    values = 0
    while values < len(waiting) and not _is_flag(waiting[values]):
        values += 1
    if option.nargs == "?":
        return min(1, values)
    return min(int(option.nargs), values) if option.nargs.isdecimal() else values


def _is_flag(word: str) -> bool:
    return word.startswith("-") and len(word) > 1 and not _NEGATIVE.match(word)

"""A command line with options set, replaced or dropped: lists of texts in, a list out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.domain import Tunable
from sandbox.errors import TunableError
from sandbox.tunables.declarations import Option
from sandbox.tunables.values import parse_values, to_bool, unfitting

_MANY = {"*", "+", "...", "A..."}
_NEGATIVE = re.compile(r"^-(\d+|\d*\.\d+)$")


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
    if option.position is not None:
        return _set_positional(arguments, options, option, tunable, value), None
    words, note = _words(option, tunable, value)
    return _replaced(_pieces(arguments, options), option, words), note


def _declared(options: Sequence[Option], tunable: Tunable) -> Option:
    wanted = (tunable.flag, None if tunable.flag else tunable.name)
    for option in options:
        if (option.flag, None if option.flag else option.name) == wanted:
            return option
    raise TunableError(
        f"'{tunable.name}' is no longer declared in {tunable.file}", hint="scan the entry again"
    )


def _words(option: Option, tunable: Tunable, value: str) -> tuple[tuple[str, ...], str | None]:
    """What to pass so that the option has the value; empty = leave it out."""
    flag = option.flag or ""
    if option.action == "count":
        return _counted(option, tunable, value), None
    if option.is_switch:
        return _switched(option, tunable, value), None
    if option.type == "bool":
        return _truth_trap(flag, tunable, value)
    values = _several(option, value)
    for each in values:
        _check(option, tunable, each)
    if len(values) == 1 and option.nargs not in _MANY:
        return _joined(flag, values[0]), None
    return (flag, *values), None


def _joined(flag: str, value: str) -> tuple[str, ...]:
    """Flag and value; in one word where the value would be taken for a flag itself."""
    if not value.startswith("-"):
        return flag, value
    return (f"{flag}={value}",) if flag.startswith("--") else (f"{flag}{value}",)


def _switched(option: Option, tunable: Tunable, value: str) -> tuple[str, ...]:
    truth = to_bool(value)
    if truth is None:
        raise unfitting(tunable, value, "true or false")
    flag = option.flag or ""
    if option.action == "toggle":
        return (flag,) if truth else (option.off or flag,)
    gives = option.action != "false"
    if truth == gives:
        return (flag,)
    if to_bool(option.default or "false") == gives:
        raise unfitting(tunable, value, f"{str(gives).lower()}: {flag} can only switch it there")
    return ()


def _counted(option: Option, tunable: Tunable, value: str) -> tuple[str, ...]:
    if not value.strip().isdecimal() or int(value) > 100:
        raise unfitting(tunable, value, "how often to give it, 0 to 100")
    return (option.flag or "",) * int(value)


def _truth_trap(flag: str, tunable: Tunable, value: str) -> tuple[tuple[str, ...], str | None]:
    """`type=bool` takes every text but the empty one for true, `False` included."""
    truth = to_bool(value) if value else False
    if truth is None:
        raise unfitting(tunable, value, "true or false")
    if truth:
        return (flag, "True"), None
    note = (
        f"{flag} is declared with type=bool, which reads 'False' as true: an empty text is passed"
    )
    return (flag, ""), note


def _several(option: Option, value: str) -> tuple[str, ...]:
    """The separate arguments of an option that takes more than one."""
    if option.nargs in {None, "?", "1"}:
        return (value,)
    text = value.strip()
    if text[:1] + text[-1:] in {"[]", "()"}:
        text = text[1:-1]
    parts = parse_values(text) if "," in text else tuple(text.split())
    return parts or ("",)


def _check(option: Option, tunable: Tunable, value: str) -> None:
    converters = {"int": (int, "a whole number"), "float": (float, "a number")}
    if option.type in converters:
        convert, expected = converters[option.type]
        try:
            convert(value)
        except ValueError as error:
            raise unfitting(tunable, value, expected) from error
    if option.choices and not _chosen(option, value):
        raise unfitting(tunable, value, f"one of {', '.join(option.choices)}")


def _chosen(option: Option, value: str) -> bool:
    if option.type in {"int", "float"}:
        try:
            return float(value) in {float(choice) for choice in option.choices}
        except ValueError:
            return True
    return value in option.choices or option.type not in {None, "str"}


def _set_positional(
    arguments: Sequence[str],
    options: Sequence[Option],
    option: Option,
    tunable: Tunable,
    value: str,
) -> tuple[str, ...]:
    _check(option, tunable, value)
    pieces = [_Piece((word,)) for word in arguments]
    if not option.is_raw:
        pieces = _pieces(arguments, options)
    places = [
        i for i, piece in enumerate(pieces) if piece.option is None and piece.words != ("--",)
    ]
    position = option.position or 0
    if position < len(places):
        pieces[places[position]] = _Piece((value,))
    else:
        before = [each for each in options if each.position is not None]
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


def _replaced(pieces: Sequence[_Piece], option: Option, words: tuple[str, ...]) -> tuple[str, ...]:
    """The new words in place of the option's last mention, else behind the other flags.

    An option of many values always goes last, where it cannot swallow a positional.
    """
    mentions = [i for i, piece in enumerate(pieces) if piece.option is option]
    place = mentions[-1] if mentions and option.nargs not in _MANY else None
    kept: list[str] = []
    for index, piece in enumerate(pieces):
        if index == place:
            kept += words
        elif index not in mentions:
            kept += piece.words
    if place is None:
        end = kept.index("--") if "--" in kept else len(kept)
        kept[end:end] = words
    return tuple(kept)


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
        count = 0 if has_value or option is None else _takes(option, waiting)
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
        if any(len(name) == 2 and word.startswith(name) and word != name for name in option.names):
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

"""How one option is given on a command line so that it has a value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

from sandbox.domain import Tunable
from sandbox.tunables.frameworks.declarations import Option, Style
from sandbox.tunables.literals import is_number, is_simple, number_of
from sandbox.tunables.values import expression, parse_values, to_bool, unfitting

MANY = frozenset({"*", "+", "...", "A..."})
_PLAIN = re.compile(r"[A-Za-z_][\w.\-/]*$", re.ASCII)
_NUMBER = re.compile(r"[-+]?[\d.]+([eE][-+]?\d+)?$")
_WORDS = frozenset(
    {"true", "false", "null", "none", "nan", "inf", "yes", "no", "on", "off", "y", "n"}
)


def words_of(option: Option, tunable: Tunable, value: str) -> tuple[tuple[str, ...], str | None]:
    """What to pass so that the option has the value, and a note where one is due; empty = nothing.

    Raises:
        TunableError: a value that the option would refuse.
    """
    flag = option.flag or ""
    if option.style in _WRITERS:
        option = replace(option, type=tunable.type)
        return (f"{flag}={_WRITERS[option.style](option, tunable, value)}",), None
    if option.action == "count":
        return _counted(option, tunable, value), None
    if option.is_switch:
        return _switched(option, tunable, value), None
    if option.type == "bool" and option.nargs in {None, "?"}:
        return _truth(option, tunable, value)
    return _valued(option, tunable, value), None


def _valued(option: Option, tunable: Tunable, value: str) -> tuple[str, ...]:
    flag = option.flag or ""
    if option.action == "append" and option.nargs is None and value.strip().startswith("["):
        return _repeated(option, tunable, value)
    values = _several(option, value)
    for each in values:
        check(option, tunable, each)
    if len(values) == 1 and option.nargs not in MANY:
        return _joined(flag, values[0])
    return (flag, *values)


def _joined(flag: str, value: str) -> tuple[str, ...]:
    """Flag and value; in one word where the value would be taken for a flag itself."""
    if not value.startswith("-"):
        return flag, value
    return (f"{flag}={value}",) if flag.startswith("--") else (f"{flag}{value}",)


def _switched(option: Option, tunable: Tunable, value: str) -> tuple[str, ...]:
    truth = _bool(tunable, value)
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


def _truth(option: Option, tunable: Tunable, value: str) -> tuple[tuple[str, ...], str | None]:
    """`type=bool` of argparse takes every text but the empty one for true, `False` included."""
    flag = option.flag or ""
    if option.style is Style.truth:
        return (flag, str(_bool(tunable, value))), None
    if value and _bool(tunable, value):
        return (flag, "True"), None
    note = (
        f"{flag} is declared with type=bool, which reads 'False' as true: an empty text is passed"
    )
    return (flag, ""), note


def _bool(tunable: Tunable, value: str) -> bool:
    truth = to_bool(value)
    if truth is None:
        raise unfitting(tunable, value, "true or false")
    return truth


def _repeated(option: Option, tunable: Tunable, value: str) -> tuple[str, ...]:
    """The flag once for each value of a list."""
    words: list[str] = []
    for each in _several(replace(option, nargs="*"), value):
        check(option, tunable, each)
        words += _joined(option.flag or "", each)
    return tuple(words)


def _several(option: Option, value: str) -> tuple[str, ...]:
    """The separate arguments of an option that takes more than one."""
    if option.nargs in {None, "?", "1"}:
        return (value,)
    text = value.strip()
    if text[:1] + text[-1:] in {"[]", "()"}:
        text = text[1:-1]
    parts = parse_values(text) if "," in text else tuple(text.split())
    return parts or ("",)


def check(option: Option, tunable: Tunable, value: str) -> None:
    """Raises TunableError where the option's type or choices rule a value out."""
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


def _literal(option: Option, tunable: Tunable, value: str) -> str:
    """A Python literal; a text that reads like another one is put in quotes."""
    if option.type == "str":
        is_plain = _PLAIN.match(value) and value not in {"True", "False", "None"}
        return value if is_plain or _is_no_literal(value) else repr(value)
    if option.type == "bool":
        return str(_bool(tunable, value))
    if option.type is not None:
        _check_value(option, tunable, value)
    return value.strip()


def _is_no_literal(value: str) -> bool:
    """Fire takes a text as it is where Python cannot parse it, even with a comment cut off."""
    return "#" not in value and "\n" not in value and expression(value) is None and bool(value)


def _check_value(option: Option, tunable: Tunable, value: str) -> None:
    """A number of the option's type, or a list or tuple of plain values."""
    node = expression(value.strip())
    is_list = option.type in {"list", "tuple"}
    if node is None or not is_simple(node) or is_list == is_number(node):
        raise unfitting(tunable, value, "a list" if is_list else "a number")
    if option.type == "int" and not isinstance(number_of(node), int):
        raise unfitting(tunable, value, "a whole number")


def _override(option: Option, tunable: Tunable, value: str) -> str:
    """As Hydra's grammar has it: texts that could be something else in single quotes."""
    return _configured(option, tunable, value, quote=_hydra_quoted)


def _dotlist(option: Option, tunable: Tunable, value: str) -> str:
    """As YAML has it."""
    return _configured(option, tunable, value, quote=json.dumps)


def _configured(
    option: Option, tunable: Tunable, value: str, *, quote: Callable[[str], str]
) -> str:
    text = value.strip()
    if option.choices or option.type == "str":
        check(option, tunable, value)
        is_plain = _PLAIN.match(value) and value.lower() not in _WORDS
        return value if is_plain else quote(value)
    if text in {"None", "null"}:
        return "null"
    if option.type == "bool":
        return str(_bool(tunable, value)).lower()
    if option.type in {"int", "float"}:
        check(option, tunable, text)
        return text
    if option.type == "list":
        return _list(tunable, value, quote)
    return _unknown(text, quote)


def _list(tunable: Tunable, value: str, quote: Callable[[str], str]) -> str:
    text = value.strip()
    if text[:1] + text[-1:] in {"[]", "()"}:
        text = text[1:-1]
    parts = parse_values(text) if text.strip() else ()
    if any(not part for part in parts):
        raise unfitting(tunable, value, "a list such as [1, 2]")
    return f"[{','.join(_unknown(part, quote) for part in parts)}]"


def _unknown(text: str, quote: Callable[[str], str]) -> str:
    """A number, truth or null as it is; anything else is a text."""
    node = expression(text)
    if node is not None and is_number(node) and _NUMBER.match(text):
        return text
    if text.lower() in {"true", "false", "null"}:
        return text.lower()
    is_plain = _PLAIN.match(text) and text.lower() not in _WORDS
    return text if is_plain else quote(text)


def _hydra_quoted(text: str) -> str:
    """In single quotes; backslashes are doubled only where they stand before a quote."""
    body = re.sub(r"(\\*)'", lambda found: f"{found[1] * 2}\\'", text)
    tail = len(body) - len(body.rstrip("\\"))
    return f"'{body}{chr(92) * tail}'"


_WRITERS: dict[Style, Callable[[Option, Tunable, str], str]] = {
    Style.literal: _literal,
    Style.override: _override,
    Style.dotlist: _dotlist,
}

"""Strings of studied code, made fit for a database, a name and a page.

Pure functions. Whatever comes in, what goes out can be stored, shown and read back.
"""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata

from sandbox.domain import digest

NAME_LIMIT = 250
"""MLflow's limit on the length of a parameter's or metric's name."""

_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")
_CREDENTIALS = re.compile(r"(\w{1,20}://)[^/@\s]+@")
_ALLOWED = re.compile(r"[/\w.\- :]")
_ESCAPED = re.compile(r":u([0-9A-F]*):")
_MARKDOWN = re.compile(r"([\\`*_\[\](){}#|~!$^])")
_TICKS = re.compile("`+")
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def storable(text: str) -> str:
    """The text with U+FFFD for what no database takes: lone surrogates and NUL."""
    return _UNSTORABLE.sub("\ufffd", text)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, the last one an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int = 200) -> str:
    """The text as a name: no line breaks, no control or direction characters, cut at `limit`."""
    shown = text[: limit * 4]
    if not shown.isprintable():
        shown = "".join(map(_visible, shown))
    return cut(" ".join(shown.split()), limit)


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace() or category in {"Zl", "Zp"}:
        return " "
    return "\ufffd" if category.startswith("C") else character


def markdown(text: str, limit: int = 200) -> str:
    """The text as plain words of a Markdown page: no markup, no image, no link of its own."""
    escaped = _MARKDOWN.sub(r"\\\1", one_line(text, limit))
    escaped = re.sub("[&<>]", lambda found: _MARKUP[found.group()], escaped)
    return escaped.replace("://", "&#58;//").replace("www.", "www&#46;")


def code(text: str, limit: int = 200) -> str:
    """The text on one line, as it is, to be typed or looked for: nothing in it is markup."""
    shown = one_line(text, limit) or " "
    ticks = "`" * (_longest_run(shown) + 1)
    return f"{ticks} {shown} {ticks}" if "`" in shown else f"{ticks}{shown}{ticks}"


def fenced(text: str, language: str = "") -> str:
    """Lines as they are; no line of them can end the fence."""
    lines = ("".join(map(_visible_or_tab, line)) for line in text.splitlines())
    fence = "`" * max(3, _longest_run(text) + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])


def _longest_run(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)


def _visible_or_tab(character: str) -> str:
    return character if character in {" ", "\t"} else _visible(character)


def public(text: str) -> str:
    """The text without `user:password@` in its addresses, the user's own folder as `~`."""
    home = os.path.expanduser("~")  # noqa: PTH111 - no error where there is none
    known = home if home.count("/") > 1 or home == "/root" else ""
    shown = re.sub(rf"(?<![\w.~/-]){re.escape(known)}(?=/|$)", "~", text) if known else text
    return _CREDENTIALS.sub(r"\1", shown)


def to_key(name: str, *, reserved: str | None = None) -> str:
    """A name MLflow takes, from which `from_key` gives the original back.

    What MLflow refuses becomes `:uHEX:`. A name that is too long ends in its digest; that is the
    only case that cannot be turned back.

    Args:
        reserved: a prefix that is ours (`system/`); names of others never begin with it.
    """
    key = "".join(_escape(name, at) for at in range(len(name))) or ":u:"
    is_path = posixpath.normpath(key) != key or key.startswith(("/", ".."))
    if is_path or (reserved and key.startswith(reserved)):
        key = key.replace("/", ":u2F:")
    if key == "." or key.startswith(".."):
        key = f":u2E:{key[1:]}"
    return key if len(key) <= NAME_LIMIT else f"{key[: NAME_LIMIT - 17]}-{digest(name)[:16]}"


def _escape(name: str, at: int) -> str:
    character = name[at]
    ambiguous = character == ":" and name[at + 1 : at + 2] == "u"
    at_an_end = character == " " and at in {0, len(name) - 1}
    if _ALLOWED.match(character) and not ambiguous and not at_an_end:
        return character
    return f":u{ord(character):X}:"


def from_key(key: str) -> str:
    """The name that `to_key` was given; other people's keys come back as they are."""
    return _ESCAPED.sub(_unescape, key)


def _unescape(found: re.Match[str]) -> str:
    code = found.group(1)
    if not code:
        return ""
    return chr(int(code, 16)) if int(code, 16) < 0x110000 else found.group()

"""Foreign text on its way to a person: bounded, one line, without control characters or secrets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_USERINFO = re.compile(r"(//)[^/@\s]*@")


def printable(text: str) -> str:
    """Everything that could move a cursor, turn text round or not be encoded becomes an escape."""
    return "".join(
        char if char.isprintable() else ascii(char)[1:-1]  # `\n`, `\u202e`, `\udcff`
        for char in text
    )


def visible(text: str, keep: str = "") -> str:
    """Control, direction and lone surrogate characters are seen, not obeyed; `keep` stays."""
    if text.isprintable():
        return text
    return "".join(char if char in keep else _symbol(char) for char in text)


def _symbol(char: str) -> str:
    if unicodedata.category(char) not in _UNSEEN:
        return char
    if ord(char) < 0x20:
        return chr(0x2400 + ord(char))
    return "\N{SYMBOL FOR DELETE}" if char == "\x7f" else "\N{REPLACEMENT CHARACTER}"


def shown(text: str, limit: int = 80) -> str:
    """A text in quotes, cut after `limit` characters, credentials of addresses left out."""
    cut = text if len(text) <= limit else text[:limit] + "…"
    return f"'{printable(without_userinfo(cut))}'"


def without_userinfo(text: str) -> str:
    """The text with what stands before `@` in an address left out."""
    return _USERINFO.sub(r"\1…@", text)


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret, and whatever stands before `@` in an address, left out."""
    for secret in secrets:
        text = text.replace(secret, "…") if secret else text
    return without_userinfo(text)


def listed(names: Sequence[str], most: int = 5) -> str:
    """`a, b, c and 7 more`, each printable."""
    head = ", ".join(printable(name) for name in names[:most])
    more = len(names) - most
    return f"{head} and {more} more" if more > 0 else head


def human_bytes(count: int) -> str:
    """`512 bytes`, `1.5 MiB`."""
    size = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{count} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"

"""Keeps what is told short: many lines of one kind become a few and a count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_ALIKE = 4  # lines of one kind that are told in full
_VARIES = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[0-9]+")
_SOURCE = re.compile(r"([^:]*(?:\.\w+|file|README)): (.*)", re.DOTALL)


def condense(lines: Iterable[str]) -> tuple[str, ...]:
    """The same lines, each once; what many files or many lines share is told once, with a count."""
    return tuple(_by_shape(_by_message(list(dict.fromkeys(lines)))))


def listed(names: Sequence[str], limit: int = 5) -> str:
    """`a, b, c`, or the first few and how many more."""
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"


def _by_message(lines: list[str]) -> list[str]:
    """`a.py: is odd`, `b.py: is odd` … become one line at the place of the first."""
    sources: dict[str, list[str]] = {}
    for line in lines:
        match = _SOURCE.fullmatch(line)
        sources.setdefault(match[2] if match else line, []).append(match[1] if match else "")
    told = []
    for line in lines:
        match = _SOURCE.fullmatch(line)
        names = sources.pop(match[2] if match else line, None)
        if names and names != [""]:
            told.append(f"{listed(names, 3)}: {match[2]}" if match else line)
        elif names:
            told.append(line)
    return told


def _by_shape(lines: list[str]) -> list[str]:
    """Lines that differ in quoted text, numbers or a leading name only: the first ones stand."""
    shapes: dict[str, list[str]] = {}
    for line in lines:
        shapes.setdefault(_shape(line), []).append(line)
    told = []
    for line in lines:
        group = shapes[_shape(line)]
        if len(group) <= _ALIKE + 1 or line in group[:_ALIKE]:
            told.append(line)
        elif line is group[_ALIKE]:
            told.append(f"… and {len(group) - _ALIKE} more like this: {group[0]}")
    return told


def _shape(line: str) -> str:
    match = _SOURCE.fullmatch(line)
    source, message = (match[1], match[2]) if match else ("", line)
    words = _VARIES.sub("?", message).split(" ")
    return f"{source}|{len(words)}|{' '.join(words[1:])}"

"""Where values stand in a JSON text, so that one can be replaced and the rest kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_DEEPEST = 100

JsonPath = tuple[str | int, ...]


def locate(text: str, path: JsonPath) -> tuple[int, int]:
    """Start and end of the value at a path; the last of equal keys counts, as it does for `json`.

    Raises:
        KeyError: no such value.
    """
    start = _skip(text, 1 if text.startswith("\ufeff") else 0)
    for step in path:
        found = [at for key, at in _members(text, start) if key == step]
        if not found:
            raise KeyError(path)
        start = found[-1]
    return start, _end(text, start)


def leaves(text: str) -> Iterator[tuple[JsonPath, int, int]]:
    """Every number, string, boolean and null with its path, start and end.

    Lists of plain values count as one leaf. What is nested deeper than 100 levels is left out.
    """
    start = _skip(text, 1 if text.startswith("\ufeff") else 0)
    waiting: list[tuple[JsonPath, int]] = [((), start)]
    while waiting:
        path, at = waiting.pop()
        is_list = text[at] == "["
        if (is_list or text[at] == "{") and not (is_list and _is_plain_list(text, at)):
            inner = [((*path, key), where) for key, where in _members(text, at)]
            waiting.extend(reversed(inner if len(path) < _DEEPEST else []))
        else:
            yield path, at, _end(text, at)


def quote(value: str, *, like: str) -> str:
    """A JSON string; in ASCII only when the text around it is."""
    lone = any("\ud800" <= character <= "\udfff" for character in value)
    return json.dumps(value, ensure_ascii=lone or like.isascii())


def _is_plain_list(text: str, at: int) -> bool:
    values, _ = _DECODER.raw_decode(text, at)
    return not any(isinstance(value, (dict, list)) for value in values)


def _members(text: str, start: int) -> Iterator[tuple[str | int, int]]:
    """Keys and starts of the values of the object or list that begins at `start`."""
    opening = text[start]
    if opening not in "{[":
        return
    at = _skip(text, start + 1)
    index = 0
    while text[at] not in "}]":
        key: str | int = index
        if opening == "{":
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        yield key, at
        index += 1
        at = _skip(text, _end(text, at))
        if text[at] == ",":
            at = _skip(text, at + 1)


def _end(text: str, start: int) -> int:
    return _DECODER.raw_decode(text, start)[1]


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at

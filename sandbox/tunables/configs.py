"""Settings in JSON files that the code opens by name, found by their place in the text."""

from __future__ import annotations

import ast
import json
import math
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sandbox.domain import Span, Tunable
from sandbox.interfaces import SourceTree
from sandbox.tunables.json_text import JsonPath, leaves, quote
from sandbox.tunables.literals import is_plain, python_value, type_of
from sandbox.tunables.sources import Skipped, Source
from sandbox.tunables.values import expression, to_bool, unfitting

LARGEST_CONFIG_BYTES = 256 * 1024
MOST_SETTINGS = 500
_TYPES = {bool: "bool", int: "int", float: "float", str: "str", list: "list"}


@dataclass(frozen=True)
class Setting:
    """One value of a config file."""

    file: str
    name: str
    value: str
    type: str | None
    span: Span


def find_settings(
    tree: SourceTree, entry: str, sources: Iterable[Source]
) -> tuple[tuple[Setting, ...], tuple[Skipped, ...]]:
    """The values of each JSON file that the sources name in a text."""
    paths = frozenset(tree.paths())
    settings: list[Setting] = []
    skipped: list[Skipped] = []
    for path in _named_files(entry, sources, paths):
        data = tree.read(path)
        if len(data) > LARGEST_CONFIG_BYTES:
            continue
        try:
            text = data.decode("utf-8")
            json.loads(text.removeprefix("\ufeff"))
            found = list(_settings(path, text))
        except (ValueError, RecursionError):
            skipped.append(Skipped(path, "not valid JSON"))
        else:
            settings += found if len(found) <= MOST_SETTINGS else []
    return tuple(settings), tuple(skipped)


def setting_text(tunable: Tunable, old: str, value: str) -> str:
    """The JSON text for a new value of the same type.

    Raises:
        TunableError: the value is of another type.
    """
    text = value.strip()
    if tunable.type == "str":
        return quote(_inner(value), like=old)
    if tunable.type == "bool":
        truth = to_bool(text)
        if truth is None:
            raise unfitting(tunable, value, "true or false")
        return str(truth).lower()
    node = expression({"null": "None"}.get(text, text))
    kind = None if node is None else type_of(node)
    if node is None or kind == "dict" or not is_plain(node) or not _fits(tunable, kind):
        raise unfitting(tunable, value, f"a value of type {tunable.type or 'number or text'}")
    number = python_value(node)
    if isinstance(number, float) and not math.isfinite(number):
        raise unfitting(tunable, value, "a finite number")
    return text if isinstance(number, int | float) and _is_json(text) else json.dumps(number)


def _fits(tunable: Tunable, kind: str | None) -> bool:
    accepted = {"float": {"int", "float"}, "int": {"int"}, "list": {"list", "tuple"}}
    return tunable.type is None or kind in accepted.get(tunable.type, set())


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _inner(text: str) -> str:
    node = expression(text) if text[:1] in {"'", '"'} else None
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else text


def _named_files(entry: str, sources: Iterable[Source], paths: frozenset[str]) -> Iterator[str]:
    folder = posixpath.dirname(entry)
    seen: set[str] = set()
    for source in sources:
        for node in source.of(ast.Constant):
            text = node.value
            if not isinstance(text, str) or not text.endswith(".json") or len(text) > 200:
                continue
            for base in (folder, "", posixpath.dirname(source.path)):
                path = posixpath.normpath(posixpath.join(base, text))
                if path in paths and path not in seen:
                    seen.add(path)
                    yield path


def _settings(path: str, text: str) -> Iterator[Setting]:
    for keys, start, end in leaves(text):
        value = json.loads(text[start:end])
        if keys and not isinstance(value, dict):
            kind = None if value is None else _TYPES[type(value)]
            yield Setting(path, _dotted(keys), text[start:end], kind, _span(text, start, end))


def _dotted(keys: JsonPath) -> str:
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".")


def _span(text: str, start: int, end: int) -> Span:
    return Span(*_position(text, start), *_position(text, end))


def _position(text: str, at: int) -> tuple[int, int]:
    line_start = text.rfind("\n", 0, at) + 1
    return text.count("\n", 0, at) + 1, len(text[line_start:at].encode())

"""Where values stand in a YAML text; anchors and tags are seen, never followed or executed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

YamlPath = tuple[str, ...]
_DEEPEST = 50
_FLOAT = re.compile(r"[-+]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][-+]?\d+)?$")
_KINDS = {"int": "int", "float": "float", "bool": "bool", "str": "str", "null": None}


@dataclass(frozen=True)
class YamlValue:
    """One value.

    Attributes:
        text: as one would type it; None for null.
        type: `int`, `float`, `bool`, `str`, `list`; None for null.
        line: counted from 1.
    """

    path: YamlPath
    text: str | None
    type: str | None
    line: int


def values(text: str) -> tuple[YamlValue, ...]:
    """Every plain value, and every list of such, with the keys that lead to it.

    Raises:
        ValueError: not YAML, more than one document, or nested too deeply.
    """
    node = _compose(text)
    return () if node is None else tuple(_leaves(node))


def _compose(text: str) -> Any:
    """Nodes of PyYAML, whose stubs do not know what a node holds."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.compose(text, Loader=loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ValueError("not valid YAML") from error


def _leaves(root: Any) -> Iterator[YamlValue]:
    """In the order of the text; what an alias repeats is given once."""
    seen: set[int] = set()
    waiting: list[tuple[YamlPath, Any]] = [((), root)]
    while waiting:
        path, node = waiting.pop()
        if id(node) in seen or len(path) > _DEEPEST:
            continue
        seen.add(id(node))
        if node.id == "mapping":
            inner = [((*path, key.value), value) for key, value in node.value if key.id == "scalar"]
            waiting.extend(reversed(inner))
        elif path:
            found = _leaf(path, node)
            if found is not None:
                yield found


def _leaf(path: YamlPath, node: Any) -> YamlValue | None:
    line = node.start_mark.line + 1
    if node.id == "scalar":
        kind = _kind(node)
        return YamlValue(path, node.value if kind else None, kind, line)
    if all(one.id == "scalar" for one in node.value):
        return YamlValue(path, f"[{', '.join(one.value for one in node.value)}]", "list", line)
    return None


def _kind(node: Any) -> str | None:
    """As OmegaConf reads it: `1e-3` is a number."""
    name = node.tag.rpartition(":")[2]
    if name == "str" and not node.style and _FLOAT.match(node.value):
        return "float"
    return _KINDS.get(name, "str")


def items(text: str, key: str) -> tuple[tuple[str, str | None, int], ...]:
    """Of the list below a key: each one's own key, empty for a bare value, its value and its line.

    What has another form is left out, and so is everything of a text that is not YAML.
    """
    try:
        root = _compose(text)
    except ValueError:
        return ()
    pairs = root.value if root is not None and root.id == "mapping" else []
    lists = [value for name, value in pairs if name.value == key and value.id == "sequence"]
    return tuple(found for each in lists[:1] for one in each.value for found in _item(one))


def _item(node: Any) -> Iterator[tuple[str, str | None, int]]:
    line = node.start_mark.line + 1
    if node.id == "scalar":
        yield "", node.value, line
    elif node.id == "mapping":
        for key, value in node.value:
            if key.id == value.id == "scalar":
                yield key.value, None if _kind(value) is None else value.value, line

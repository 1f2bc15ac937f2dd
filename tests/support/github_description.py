"""The half of GitHub's OpenAPI description that says what may be asked of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote


@dataclass(frozen=True)
class Operation:
    """One method on one path.

    Attributes:
        template: as GitHub writes it: `/repos/{owner}/{repo}/contents/{path}`.
        query: the names of query parameters that there are.
        wide: path parameters that may hold slashes.
    """

    method: str
    template: str
    query: frozenset[str]
    wide: frozenset[str]

    def values(self, path: str) -> dict[str, str] | None:
        """The path's parameters, if it is this operation's."""
        found = self._pattern.fullmatch(path)
        return None if found is None else found.groupdict()

    def narrow(self, path: str) -> str:
        """The same path with each parameter in one segment, for readers that cut at slashes."""
        values = self.values(path) or {}
        kept = {name: quote(unquote(text), safe="") or "%2F" for name, text in values.items()}
        return re.sub(r"\{(\w+)\}", lambda found: kept[found[1]], self.template)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        def part(text: str) -> str:
            if not text.startswith("{"):
                return re.escape(text)
            name = text[1:-1]
            return f"(?P<{name}>{'.*' if name in self.wide else '[^/]+'})"

        return re.compile("".join(part(text) for text in re.split(r"(\{\w+\})", self.template)))


class Description:
    """Read once, from GitHub's own file, which is not changed."""

    def __init__(self, file: Path) -> None:
        self._document: dict[str, Any] = json.loads(file.read_bytes())
        self._operations = list(self._read())

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that answers; the one with the most words of its own if there are two."""
        fitting = [
            operation
            for operation in self._operations
            if operation.method == method and operation.values(path) is not None
        ]
        return max(fitting, key=lambda one: len(re.sub(r"\{\w+\}", "", one.template)), default=None)

    def write_requests(self, target: Path) -> None:
        """The description without its answers and examples, and with bodies that are closed:

        a property that GitHub does not name is an error. It loads in half of the time.
        """
        for operation in self._each():
            operation["responses"] = {"default": {"description": "not judged"}}
            for name in [name for name in operation if name.startswith("x-")]:
                del operation[name]
            for media in operation.get("requestBody", {}).get("content", {}).values():
                media.pop("examples", None)
                schema = media.get("schema", {})
                if "properties" in schema:
                    schema.setdefault("additionalProperties", False)
        kept = {"schemas", "parameters"}
        components = self._document["components"]
        self._document["components"] = {name: components[name] for name in kept}
        self._document.pop("x-webhooks", None)
        target.write_text(json.dumps(self._document), encoding="utf-8")

    def _each(self) -> Iterator[dict[str, Any]]:
        for item in self._document["paths"].values():
            yield from item.values()

    def _read(self) -> Iterator[Operation]:
        for template, item in self._document["paths"].items():
            for method, operation in item.items():
                said = [self._resolved(one) for one in operation.get("parameters", [])]
                query = frozenset(one["name"] for one in said if one["in"] == "query")
                wide = frozenset(one["name"] for one in said if one.get("x-multi-segment"))
                yield Operation(method.upper(), template, query, wide)

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            found: Any = self._document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

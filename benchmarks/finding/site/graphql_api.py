"""`POST /graphql`: queries are checked and executed by GitHub's own schema."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    default_field_resolver,
    graphql_sync,
)

from .limits import Allowance
from .nodes import Node, owner_node, repository_node
from .shelf import Shelf


@functools.cache
def load_schema(file: Path) -> GraphQLSchema:
    """GitHub's `schema.graphql`; read once in a process, as it takes two seconds."""
    text = file.read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True, assume_valid_sdl=True)


class GraphqlApi:
    """Answers queries over the repositories of a shelf.

    A field that the schema has and the site has not is an error, never null.
    """

    def __init__(self, shelf: Shelf, schema: GraphQLSchema) -> None:
        self._shelf = shelf
        self._schema = schema

    def execute(self, asked: Mapping[str, Any], login: str, left: Allowance) -> dict[str, Any]:
        """What GitHub answers, errors in its form.

        Args:
            asked: the body: `query`, `variables`, `operationName`.
            login: who asks.
            left: what `rateLimit` says.
        """
        result = graphql_sync(
            self._schema,
            str(asked.get("query") or ""),
            root_value=self._root(login, left),
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
            field_resolver=_resolve,
        )
        answer: dict[str, Any] = {}
        if result.data is not None:
            answer["data"] = result.data
        if result.errors:
            answer["errors"] = [_formatted(error) for error in result.errors]
        return answer

    def _root(self, login: str, left: Allowance) -> Node:
        moment = datetime.fromtimestamp(left.reset, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = {name: value for name, value in left.said().items() if name != "reset"}
        limit = {**said, "cost": 1, "nodeCount": 1, "resetAt": moment}
        return {
            "repository": self._repository,
            "viewer": owner_node(login),
            "rateLimit": lambda _, **__: limit,
        }

    def _repository(self, _: object, owner: str, name: str, **__: object) -> Node:
        found = self._shelf.find(owner, name)
        if found is None:
            message = f"Could not resolve to a Repository with the name '{owner}/{name}'."
            raise GraphQLError(message, extensions={"type": "NOT_FOUND"})
        return repository_node(found, self._shelf.number(found.metadata()))


def _resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    if isinstance(source, dict) and info.field_name not in source:
        raise GraphQLError(f"this site does not know {info.parent_type.name}.{info.field_name}")
    return default_field_resolver(source, info, **arguments)


def _formatted(error: GraphQLError) -> dict[str, Any]:
    """GitHub writes an error's type beside its message, not below `extensions`."""
    said: dict[str, Any] = dict(error.formatted)
    kind = said.get("extensions", {}).get("type")
    if kind is None:
        return said
    del said["extensions"]
    return {"type": kind, **said}

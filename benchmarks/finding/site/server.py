"""The site: who asks, how often they may, and which of the two APIs answers."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from .graphql_api import GraphqlApi, load_schema
from .limits import LIMITS, Limits, headers
from .loopback import Loopback, Reply, Request, serve
from .replies import RefusalError, json_reply, unless_known
from .repositories import Repository
from .rest import RestApi
from .shelf import Shelf

GITHUBS_SCHEMA = Path("@octokit") / "graphql-schema" / "schema.graphql"  # in node_modules
FOR_SOMEBODY = {"/graphql", "/search/code", "/user"}


@dataclass
class Site:
    """What is being served.

    Attributes:
        requests: everything asked, in order.
        limits: what callers have left; a test may leave them less.
        tokens: token to the login it speaks for.
    """

    server: Loopback
    tokens: Mapping[str, str]
    limits: Limits = field(default_factory=Limits)

    @property
    def base_url(self) -> str:
        return self.server.base_url

    @property
    def requests(self) -> list[Request]:
        return self.server.requests


@contextlib.contextmanager
def serve_site(
    repositories: Iterable[Repository], *, schema: Path, tokens: Mapping[str, str]
) -> Iterator[Site]:
    """Serve repositories as GitHub does, on loopback, until the block ends.

    Args:
        schema: GitHub's `schema.graphql`; see `GITHUBS_SCHEMA`.
        tokens: token to login.
    """
    shelf = Shelf(repositories)
    graphql = GraphqlApi(shelf, load_schema(schema))
    made: list[Site] = []

    def begin(server: Loopback) -> _Door:
        made.append(Site(server, tokens))
        return _Door(made[0], graphql, RestApi(shelf, server.base_url))

    with serve(begin):
        yield made[0]


class _Door:
    def __init__(self, site: Site, graphql: GraphqlApi, rest: RestApi) -> None:
        self._site = site
        self._graphql = graphql
        self._rest = rest

    def __call__(self, request: Request) -> Reply:
        try:
            login = self._login(request)
            if request.path == "/rate_limit":
                return json_reply(self._limits(login))
            return self._counted(request, login)
        except RefusalError as refusal:
            return json_reply(refusal.body, refusal.status)

    def _login(self, request: Request) -> str:
        """Who asks; "" for nobody."""
        said = request.headers.get("authorization", "")
        if said:
            scheme, _, token = said.partition(" ")
            if scheme.lower() not in {"bearer", "token"} or token not in self._site.tokens:
                raise RefusalError(401, "Bad credentials")
            return self._site.tokens[token]
        if request.path in FOR_SOMEBODY:
            raise RefusalError(401, "Requires authentication")
        return ""

    def _counted(self, request: Request, login: str) -> Reply:
        resource = _resource(request.path)
        allowed, left = self._site.limits.take(resource, login)
        reply = unless_known(
            request, self._answer(request, login) if allowed else _used_up(resource)
        )
        if reply.status == 304:
            self._site.limits.give_back(resource, login)
            left = self._site.limits.look(resource, login)
        return replace(reply, headers={**reply.headers, **headers(resource, left)})

    def _answer(self, request: Request, login: str) -> Reply:
        try:
            if request.path == "/graphql":
                return self._query(request, login)
            if request.path == "/user":
                return self._rest.user(login)
            return self._rest.answer(request)
        except RefusalError as refusal:
            return json_reply(refusal.body, refusal.status)

    def _query(self, request: Request, login: str) -> Reply:
        if request.method != "POST":
            raise RefusalError(404, "Not Found")
        try:
            asked = request.json
        except json.JSONDecodeError as error:
            raise RefusalError(400, "Problems parsing JSON") from error
        if not isinstance(asked, dict) or "query" not in asked:
            raise RefusalError(400, "A query attribute must be specified and must be a string.")
        left = self._site.limits.look("graphql", login)
        return json_reply(self._graphql.execute(asked, login, left))

    def _limits(self, login: str) -> dict[str, object]:
        said = {name: self._site.limits.look(name, login).said() for name in LIMITS}
        return {"resources": said, "rate": said["core"]}


def _resource(path: str) -> str:
    if path == "/graphql":
        return "graphql"
    if path == "/search/code":
        return "code_search"
    return "search" if path.startswith("/search/") else "core"


def _used_up(resource: str) -> Reply:
    message = "API rate limit exceeded for 127.0.0.1."
    if resource == "graphql":  # said with 200, as every error of GraphQL
        return json_reply({"errors": [{"type": "RATE_LIMITED", "message": message}]})
    return json_reply(RefusalError(403, message).body, 403)

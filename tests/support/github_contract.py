"""GitHub's own words as judge of what we ask of it and of what stand-ins answer.

Requests are judged by prism, with GitHub's OpenAPI description: path, method, the presence, type
and values of parameters, the body's properties, their types and which must be there. Strictly: a
path that is not described, a query parameter or a top-level property of a body that GitHub does
not name is a violation too (prism alone lets these two pass). A violation is answered by 4xx with
`application/problem+json`, never reaches the server behind, and is listed.

Not judged: headers; `/graphql`, which has a schema of its own; `/repositories/<id>`, to which
GitHub redirects and which it does not describe. Nor answers: those of prism's own upstream are
all it sees, one fixed answer, and what passed is then asked of the server as it was sent. For prism
with `--errors` swallows answers that differ in ways GitHub's own do (homepages that are no URI),
follows redirects itself and writes JSON anew. `check_payload` judges answers by GitHubKit's models.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.finding.site.loopback import Loopback, Reply, Request, serve
from tests.support.github_description import Description
from tests.support.node_servers import free_port, run_node

LIMIT_S = 120
UNDESCRIBED = re.compile(r"/graphql|/repositories/\d+(/.*)?")
PROBLEM = "application/problem+json"
JSON = {"content-type": "application/json"}
PASSED = b'{"passed":true}'
HOP = {"host", "connection", "keep-alive", "transfer-encoding", "content-length", "accept-encoding"}

KINDS = {
    "code search": "SearchCodeGetResponse200",
    "content": "ContentFile",
    "fork": "FullRepository",
    "gist": "GistSimple",
    "license": "LicenseContent",
    "merge-upstream": "MergedUpstream",
    "pull request": "PullRequest",
    "rate limit": "RateLimitOverview",
    "readme": "ContentFile",
    "repository": "FullRepository",
    "search": "SearchRepositoriesGetResponse200",
    "search result": "RepoSearchResultItem",
    "tree": "GitTree",
}


def check_payload(kind: str, payload: object) -> None:
    """Raise `pydantic.ValidationError` where an answer is not what GitHub says it answers.

    Args:
        kind: one of `KINDS`.
        payload: parsed JSON.
    """
    from githubkit_schemas.latest import models

    getattr(models, KINDS[kind]).model_validate(payload)


@dataclass(frozen=True)
class Violation:
    """A request that GitHub would not take.

    Attributes:
        problem: in the judge's words.
    """

    method: str
    target: str
    problem: str


@dataclass
class Judged:
    """A server with the judge before it.

    Attributes:
        base_url: where to ask; what it answers names this address, not the server's.
        requests: everything asked, in order.
        violations: what GitHub would not take.
    """

    server: Loopback
    violations: list[Violation] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return self.server.base_url

    @property
    def requests(self) -> list[Request]:
        return self.server.requests


class Judge:
    """A prism that runs; before one server or many, as starting it takes seconds."""

    def __init__(self, prism: str, description: Description) -> None:
        self._prism = prism
        self._description = description

    @contextlib.contextmanager
    def before(self, upstream: str) -> Iterator[Judged]:
        """Judge everything that is asked of the server at `upstream`, until the block ends."""
        made: list[Judged] = []

        def begin(server: Loopback) -> Callable[[Request], Reply]:
            made.append(Judged(server))
            return lambda request: self._pass(made[0], upstream, request)

        with serve(begin):
            yield made[0]

    def _pass(self, judged: Judged, upstream: str, request: Request) -> Reply:
        refusal = self._refusal(request)
        if refusal is not None:
            judged.violations.append(Violation(request.method, request.target, _said(refusal)))
            return refusal
        reply = forward(upstream, request, request.target)
        return _readdressed(reply, upstream, judged.base_url)

    def _refusal(self, request: Request) -> Reply | None:
        if UNDESCRIBED.fullmatch(request.path):
            return None
        asked = urlsplit(request.target)
        operation = self._description.find(request.method, asked.path)
        target = request.target
        if operation is not None:
            unknown = sorted({name for name, _ in request.query} - operation.query)
            if unknown:
                return _problem(f"no query parameter of {operation.template}: {', '.join(unknown)}")
            target = asked._replace(path=operation.narrow(asked.path)).geturl()
        reply = forward(self._prism, request, target)
        return None if reply.body == PASSED else reply


@contextlib.contextmanager
def start_judge(packages: Path, folder: Path) -> Iterator[Judge]:
    """A judge, once for many servers; it starts in seconds and ends with the block.

    Args:
        packages: `node_modules`.
        folder: an empty one, for its description and what it prints.
    """
    described = packages / "@octokit" / "openapi" / "generated" / "api.github.com.json"
    description = Description(described)
    requests = folder / "requests.json"
    description.write_requests(requests)
    port = free_port()
    judge = Judge(f"http://127.0.0.1:{port}", description)
    script = str(packages / "@stoplight" / "prism-cli" / "dist" / "index.js")
    options = ["--errors", "--host", "127.0.0.1", "--port", str(port), "--verboseLevel", "error"]
    with serve(lambda _: lambda _: Reply(headers=JSON, body=PASSED)) as behind:
        words = [script, "proxy", str(requests), behind.base_url, *options]
        with run_node(words, port=port, folder=folder, limit_s=LIMIT_S):
            yield judge


def forward(base_url: str, request: Request, target: str) -> Reply:
    """Ask another server the same."""
    place = urlsplit(base_url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
    kept = {name: value for name, value in request.headers.items() if name not in HOP}
    try:
        connection.request(request.method, target, request.body or None, kept)
        answer = connection.getresponse()
        said = {name.lower(): value for name, value in answer.getheaders()}
        body = answer.read()
    finally:
        connection.close()
    passed = {name: value for name, value in said.items() if name not in HOP}
    return Reply(answer.status, passed, body)


def _readdressed(reply: Reply, old: str, new: str) -> Reply:
    headers = {name: value.replace(old, new) for name, value in reply.headers.items()}
    return Reply(reply.status, headers, reply.body.replace(old.encode(), new.encode()))


def _problem(text: str) -> Reply:
    body = json.dumps({"title": "Invalid request", "status": 422, "detail": text}).encode()
    return Reply(422, {"content-type": PROBLEM}, body)


def _said(reply: Reply) -> str:
    problem: dict[str, Any] = json.loads(reply.body)
    found = [one["message"] for one in problem.get("validation", [])]
    return "; ".join(found) or str(problem.get("detail") or problem.get("title"))

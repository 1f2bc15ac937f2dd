"""What a site answers besides what was asked for: refusals, pages, what has not changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from .loopback import Reply, Request

JSON = {"Content-Type": "application/json; charset=utf-8"}
DOCS = "https://docs.github.com/rest"
RESULTS = 1000  # no search shows more of what it found


class RefusalError(Exception):
    """Answered in GitHub's form: a status, a message, more fields."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, **more, "documentation_url": DOCS, "status": str(status)}


def json_reply(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """JSON as GitHub sends it."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Reply(status, {**JSON, **(headers or {})}, body)


def unless_known(request: Request, reply: Reply) -> Reply:
    """With its ETag; without its body where the client has that."""
    if request.method != "GET" or reply.status != 200:
        return reply
    tag = f'W/"{hashlib.sha256(reply.body).hexdigest()}"'
    known = request.headers.get("if-none-match", "").removeprefix("W/")
    tagged = replace(reply, headers={**reply.headers, "ETag": tag})
    return replace(tagged, status=304, body=b"") if known == tag.removeprefix("W/") else tagged


class Page:
    """Which part of a list was asked for: `page` and `per_page`."""

    def __init__(self, request: Request) -> None:
        self._query = dict(request.query)
        self._path = request.path
        self._size = min(max(self._number("per_page", 30), 1), 100)
        self._number_of_page = max(self._number("page", 1), 1)

    def cut(self, found: list[Any]) -> list[Any]:
        """Its part of what was found; beyond a thousand results GitHub refuses."""
        start = (self._number_of_page - 1) * self._size
        if start >= RESULTS:
            raise RefusalError(422, "Only the first 1000 search results are available")
        return found[start : min(start + self._size, RESULTS)]

    def links(self, base_url: str, total: int) -> dict[str, str]:
        """The header `Link`, if there is another page."""
        last = max(-(-min(total, RESULTS) // self._size), 1)
        here = self._number_of_page
        pages = {"prev": here - 1, "next": here + 1, "last": last, "first": 1}
        wanted = (["prev"] if here > 1 else []) + (["next", "last"] if here < last else [])
        wanted += ["first"] if here > 1 else []
        said = [f'<{self._address(base_url, pages[name])}>; rel="{name}"' for name in wanted]
        return {"Link": ", ".join(said)} if said else {}

    def _address(self, base_url: str, page: int) -> str:
        return f"{base_url}{self._path}?{urlencode({**self._query, 'page': page})}"

    def _number(self, name: str, default: int) -> int:
        text = self._query.get(name, "")
        return int(text) if text.isdigit() else default

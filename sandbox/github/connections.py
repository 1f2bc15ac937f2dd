"""PyGithub's connections with bounds: on an answer's size and time, and on going round in circles.

The one module of the room that imports PyGithub at its head: it is imported when one connects.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
    RequestsResponse,
)
from requests.exceptions import ConnectionError as BrokenError
from urllib3.exceptions import HTTPError

from sandbox.errors import NetworkError

if TYPE_CHECKING:
    from requests import Response

MOST_BYTES = 2**25
"""Of an answer, unpacked; GitHub's largest, the tree of a repository, has 7 MB."""
LIMIT_S = 60.0
"""Until an answer's last byte."""
MOST_TURNS = 5
"""Answers one after another that say: elsewhere, or later."""
_CHUNK = 2**16
_injecting = threading.Lock()


@contextmanager
def bounded_connections() -> Iterator[None]:
    """What PyGithub makes meanwhile keeps the bounds for its life; what others make is as ever."""
    with _injecting:
        Requester.injectConnectionClasses(_Plain, _Secure)
        try:
            yield
        finally:
            Requester.resetConnectionClasses()


class _Bounded:
    """Mixed into both of PyGithub's connections, which serve one request at a time."""

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self._turns = 0
        self._queries: dict[str, str] = {}

    def request(self, verb: str, url: str, *rest: Any, **named: Any) -> None:
        # PyGithub follows a renamed repository by the path alone, and a tree is asked for in full.
        query = self._queries.pop(url, "")
        super().request(verb, f"{url}?{query}" if query else url, *rest, **named)  # type: ignore[misc]

    def getresponse(self) -> RequestsResponse:
        until = time.monotonic() + LIMIT_S
        ask = getattr(self.session, self.verb.lower())  # type: ignore[attr-defined]
        response = ask(
            f"{self.protocol}://{self.host}:{self.port}{self.url}",  # type: ignore[attr-defined]
            headers=self.headers,  # type: ignore[attr-defined]
            data=self.input,  # type: ignore[attr-defined]
            timeout=self.timeout,  # type: ignore[attr-defined]
            verify=self.verify,  # type: ignore[attr-defined]
            allow_redirects=False,
            stream=True,
        )
        with response:
            self._count(response)
            return _Read(response, b"".join(_chunks(response, until)))

    def _count(self, response: Response) -> None:
        goes_on = response.status_code in (202, 301)
        self._turns = self._turns + 1 if goes_on else 0
        if self._turns > MOST_TURNS:
            self._turns = 0
            raise NetworkError(
                f"GitHub says elsewhere, or later, {MOST_TURNS} times one after another",
                hint="try again later",
            )
        place = urlsplit(response.headers.get("location", ""))
        if response.status_code == 301 and place.query:
            self._queries = {place.path: place.query}


class _Plain(_Bounded, HTTPRequestsConnectionClass):
    """Without encryption: a stand-in on this machine."""


class _Secure(_Bounded, HTTPSRequestsConnectionClass):
    """With encryption."""


class _Read(RequestsResponse):
    """An answer that was read already."""

    def __init__(self, response: Response, body: bytes) -> None:
        super().__init__(response)
        self._body = body

    def read(self) -> str:
        return self._body.decode("utf-8", "replace")


def _chunks(response: Response, until: float) -> Iterator[bytes]:
    size = 0
    while chunk := _next(response):
        size += len(chunk)
        if size > MOST_BYTES:
            raise _endless(f"more than {MOST_BYTES // 2**20} MiB")
        if time.monotonic() > until:
            raise _endless(f"longer than {LIMIT_S:g} s")
        yield chunk


def _next(response: Response) -> bytes:
    """What has come; requests' own way waits until there is as much as one asks for."""
    try:
        return bytes(response.raw.read1(_CHUNK, decode_content=True))
    except HTTPError as error:
        raise BrokenError(error) from error


def _endless(how: str) -> NetworkError:
    return NetworkError(
        f"an answer of GitHub takes {how}",
        hint="is there a proxy or another site in between? see: sandbox doctor",
    )

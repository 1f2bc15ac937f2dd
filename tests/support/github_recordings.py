"""Recorded exchanges with api.github.com, answered again on loopback."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

from benchmarks.finding.site.loopback import Loopback, Reply, Request, serve

HOME = "https://api.github.com"
NOT_FOUND = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}
Key = tuple[str, str, tuple[tuple[str, str], ...] | None]


@dataclass(frozen=True)
class Recording:
    """One file of exchanges, and how it is played.

    Attributes:
        at: a path that is answered whatever the query; None: path and query as recorded.
        delay_s: waited before each answer.
        cut: the connection is closed in the middle of each body.
        conditional: 304 where `If-None-Match` is the exchange's ETag.
    """

    file: Path
    at: str | None = None
    delay_s: float = 0
    cut: bool = False
    conditional: bool = False

    def exchanges(self) -> list[dict[str, Any]]:
        exchanges: list[dict[str, Any]] = json.loads(self.file.read_bytes())["exchanges"]
        return exchanges


@dataclass
class Recordings:
    """What is being served.

    Attributes:
        requests: everything asked, in order.
        unmatched: those of them that no exchange answers.
    """

    server: Loopback
    unmatched: list[Request] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return self.server.base_url

    @property
    def requests(self) -> list[Request]:
        return self.server.requests


@contextlib.contextmanager
def serve_recordings(*recordings: Recording | Path) -> Iterator[Recordings]:
    """Answer as recorded, by method, path and query, until the block ends.

    Several exchanges with the same request are answered in their order and the last one again and
    again. GitHub's address becomes ours; times that are said relative to now are worked out.
    """
    played = [one if isinstance(one, Recording) else Recording(one) for one in recordings]
    made: list[Recordings] = []

    def begin(server: Loopback) -> _Player:
        made.append(Recordings(server))
        return _Player(made[0], played)

    with serve(begin):
        yield made[0]


class _Player:
    def __init__(self, state: Recordings, recordings: list[Recording]) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._seen: Counter[Key] = Counter()
        self._replies: dict[Key, list[tuple[Recording, Reply]]] = {}
        for recording in recordings:
            for exchange in recording.exchanges():
                key = _key(recording, exchange["request"])
                reply = _reply(exchange["response"], state.base_url)
                self._replies.setdefault(key, []).append((recording, reply))

    def __call__(self, request: Request) -> Reply:
        with self._lock:
            found = self._next(request)
            if found is None:
                self._state.unmatched.append(request)
                return _json(404, NOT_FOUND)
        return _played(*found, request)

    def _next(self, request: Request) -> tuple[Recording, Reply] | None:
        for query in (request.query, None):
            key = (request.method, request.path, query)
            if key in self._replies:
                replies = self._replies[key]
                self._seen[key] += 1
                return replies[min(self._seen[key], len(replies)) - 1]
        return None


def _key(recording: Recording, request: Mapping[str, Any]) -> Key:
    if recording.at is not None:
        return (request["method"], recording.at, None)
    asked = Request(request["method"], request["url"], {}, b"")
    return (asked.method, asked.path, asked.query)


def _reply(response: Mapping[str, Any], base_url: str) -> Reply:
    text = response.get("text", "")
    if "json" in response:
        text = json.dumps(response["json"], ensure_ascii=False)
    headers = {
        name: value.replace(HOME, base_url) if name.lower() in {"link", "location"} else value
        for name, value in response["headers"].items()
    }
    return Reply(response["status"], headers, text.replace(HOME, base_url).encode())


def _played(recording: Recording, reply: Reply, request: Request) -> Reply:
    tag = {name.lower(): value for name, value in reply.headers.items()}.get("etag")
    reply = replace(reply, headers=_with_times(reply.headers), delay_s=recording.delay_s)
    if recording.conditional and tag is not None and request.headers.get("if-none-match") == tag:
        return replace(reply, status=304, body=b"")
    return replace(reply, cut_after=len(reply.body) // 2) if recording.cut else reply


def _with_times(headers: Mapping[str, str]) -> dict[str, str]:
    now = time.time()

    def said(found: re.Match[str]) -> str:
        moment = int(now) + int(found[2])
        return str(moment) if found[1] == "unix" else formatdate(moment, usegmt=True)

    pattern = re.compile(r"\{(unix|http-date)\+(\d+)\}")
    return {name: pattern.sub(said, value) for name, value in headers.items()}


def _json(status: int, value: object) -> Reply:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return Reply(status, headers, json.dumps(value).encode())

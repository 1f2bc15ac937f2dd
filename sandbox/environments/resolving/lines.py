"""Connections to package indexes: kept open, patient for seconds only, secrets to their host only.

Proxies and logins of the user's environment are not used, for uv gets none of them either.
"""

from __future__ import annotations

import base64
import socket
import ssl
import time
from collections.abc import Mapping
from functools import partial
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    RemoteDisconnected,
)
from threading import Lock, Thread, local
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from sandbox.errors import NetworkError

PATIENCE_S = 6.0  # for each part of an answer; twice that for the whole
_DIAL_S = 4.0
_LOOK_UP_S = 8.0
_PAGE_BYTES = 64 * 2**20
_REDIRECTS = 5
_ACCEPT = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.01"
)
_MOVED = frozenset({301, 302, 303, 307, 308})
_ABSENT = frozenset({403, 404, 410})
_BUSY = frozenset({429, 500, 502, 503, 504})

Page = tuple[bytes, str]
"""What came, and its content type."""


class Lines:
    """Asks for pages over connections that are kept open; each thread has its own.

    A context manager: leaving it closes them all.
    """

    def __init__(self, certificate: str | None) -> None:
        self._context = ssl.create_default_context(cafile=certificate)
        self._of_thread = _Known()
        self._addresses: dict[tuple[str, int], list[tuple[str, int]]] = {}
        self._all: list[HTTPConnection] = []
        self._one_at_a_time = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connection in self._all:
            connection.close()

    def get(self, url: str, path: str = "", *, method: str = "GET") -> Page | None:
        """The page at the address, which may hold credentials; None = there is none.

        Raises:
            NetworkError: no answer in time, or one that is no page.
        """
        whole = f"{url.rstrip('/')}{path}" if path else url
        for last in (False, True):
            try:
                return self._follow(method, whole)
            except _RefusedError as error:
                if error.code in _ABSENT:
                    return None
                if last or error.code not in _BUSY:
                    raise unanswered(url, f"it says {error.code}") from error
            except (TimeoutError, ssl.SSLError) as error:
                raise unanswered(url, str(error) or "timed out") from error
            except (OSError, HTTPException, ValueError) as error:
                if last or not isinstance(error, RemoteDisconnected | ConnectionError):
                    raise unanswered(url, str(error)) from error
        return None

    def _follow(self, method: str, url: str) -> Page:
        """Redirects; credentials stay with the host they are for."""
        for _ in range(_REDIRECTS):
            parts = urlsplit(url)
            connection = self._connection(parts)
            try:
                connection.request(method, _target(parts), headers=_headers(parts))
                with connection.getresponse() as answer:
                    if answer.status not in _MOVED:
                        return _read(answer)
                    answer.read(_PAGE_BYTES)
                    url = _moved(url, answer.headers.get("Location", ""))
            except BaseException:
                connection.close()
                raise
        raise ValueError("it sends from one address to the next")

    def _connection(self, parts: SplitResult) -> HTTPConnection:
        key = (parts.scheme, parts.netloc)
        connection = self._of_thread.known.get(key)
        if connection is None:
            connection = self._of_thread.known[key] = self._new(parts)
            self._all.append(connection)
        if connection.sock is None:
            plain = self._dial(connection.host, connection.port)
            safe = parts.scheme == "https"
            host = connection.host
            connection.sock = (
                self._context.wrap_socket(plain, server_hostname=host) if safe else plain
            )
        return connection

    def _new(self, parts: SplitResult) -> HTTPConnection:
        kinds: dict[str, type[HTTPConnection]] = {"https": HTTPSConnection, "http": HTTPConnection}
        if parts.scheme not in kinds or not parts.hostname:
            raise ValueError(f"not an address of the web: {parts.scheme}")
        return kinds[parts.scheme](parts.hostname, parts.port, timeout=PATIENCE_S)

    def _dial(self, host: str, port: int) -> socket.socket:
        with self._one_at_a_time:  # many a name server loses what is asked at once
            if (host, port) not in self._addresses:
                self._addresses[host, port] = _look_up(host, port)
        *others, last = self._addresses[host, port]
        for address in others:
            try:
                return _connected(address)
            except OSError:
                continue
        return _connected(last)


class _Known(local):
    """A thread's own connections, by scheme and host."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], HTTPConnection] = {}


def _connected(address: tuple[str, int]) -> socket.socket:
    plain = socket.create_connection(address, timeout=_DIAL_S)
    plain.settimeout(PATIENCE_S)
    return plain


def _look_up(host: str, port: int) -> list[tuple[str, int]]:
    """Two addresses at most; the system's own patience with name servers is far longer."""
    found: list[tuple[str, int]] = []
    errors: list[OSError] = []

    def ask() -> None:
        try:
            answer = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend((str(row[4][0]), port) for row in answer)
        except OSError as error:
            errors.append(error)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_LOOK_UP_S)
    if errors:
        raise errors[0]
    if not found:
        raise TimeoutError("no name server answers")
    return list(dict.fromkeys(found))[:2]


class _RefusedError(Exception):
    """An answer that is no page."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def unanswered(url: str, why: str) -> NetworkError:
    """What is told of an index that cannot be asked; its host only, for the rest may be secret."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    return NetworkError(
        f"the package index {host} does not answer: {why}",
        hint="try again, or see the package index with: sandbox doctor",
    )


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _headers(parts: SplitResult) -> Mapping[str, str]:
    headers = {"Accept": _ACCEPT, "User-Agent": "sandbox"}
    login, at, _ = parts.netloc.rpartition("@")
    if at:
        user, _, password = login.partition(":")
        pair = f"{unquote(user)}:{unquote(password)}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    return headers


def _moved(url: str, location: str) -> str:
    """The next address, with the credentials where it is the same host, never in the open."""
    before, after = urlsplit(url), urlsplit(urljoin(url, location))
    if before.scheme == "https" and after.scheme != "https":
        raise ValueError("it sends to an address that is not safe")
    login, at, host = before.netloc.rpartition("@")
    same = (before.scheme, host) == (after.scheme, after.netloc)
    return after._replace(netloc=f"{login}{at}{host}").geturl() if same else after.geturl()


def _read(answer: HTTPResponse) -> Page:
    """Bounded in time as a whole: a server that trickles is one that does not answer."""
    if answer.status != 200:
        answer.read(_PAGE_BYTES)
        raise _RefusedError(answer.status)
    ends = time.monotonic() + 2 * PATIENCE_S
    data = bytearray()
    for piece in iter(partial(answer.read1, 2**20), b""):
        data += piece
        if time.monotonic() > ends:
            raise TimeoutError("its answer does not end")
        if len(data) > _PAGE_BYTES:
            raise ValueError(f"its answer is larger than {_PAGE_BYTES // 2**20} MB")
    return bytes(data), answer.headers.get("Content-Type", "")

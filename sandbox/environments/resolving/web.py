"""The one HTTP client for package indexes: seconds of patience, secrets to their host only.

Proxies and logins of the user's environment are not used, for uv gets none of them either. Leads to
https addresses; to others only at a host that the user configured so.
"""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

from sandbox.domain import PackageIndexes
from sandbox.environments.resolving.indexes import as_folder
from sandbox.errors import NetworkError, RefusedError

if TYPE_CHECKING:
    from httpx2 import Client, Request, Response

PATIENCE_S = 6.0  # for each part of a page; twice that for the whole
PAGE_BYTES = 64 * 2**20
_FILE_BYTES = 512 * 2**20
_FILE_PATIENCE_S = 30.0
_FILE_S = 600.0
_DIAL_S = 4.0
_REACH_S = 8.0
_REDIRECTS = 5
_ACCEPT = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.01"
)
_ABSENT = frozenset({403, 404, 410})
_BUSY = frozenset({429, 500, 502, 503, 504})

_RANGE = re.compile(r"bytes [0-9]+-[0-9]+/([0-9]{1,15})")
_T = TypeVar("_T")
Origin = tuple[str, str, int | None]
"""Scheme, host and port."""


@dataclass(frozen=True)
class Page:
    """What came.

    Attributes:
        url: where it came from in the end, without credentials.
        kind: its content type.
    """

    url: str
    content: bytes
    kind: str


class Web:
    """Asks for pages and files over connections that are kept open; threads may share it.

    A context manager: leaving it closes them all.
    """

    def __init__(self, indexes: PackageIndexes) -> None:
        urls = (indexes.index_url, *indexes.extra_index_urls, *indexes.find_links)
        self._sources = [url for url in urls if url and as_folder(url) is None]
        self._configured = frozenset(map(_origin, self._sources))
        self._client = _client(indexes.certificate)
        self._reached: dict[tuple[str, int], str] = {}  # why not; empty = it was
        self._one_at_a_time = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def admits(self, url: str) -> bool:
        """Whether it may be asked: any https address, others at a configured host."""
        origin = _origin(url)
        return origin is not None and (origin[0] == "https" or origin in self._configured)

    def get(self, url: str, *, method: str = "GET") -> Page | None:
        """The page at the address, which may hold credentials; None = there is none.

        Raises:
            NetworkError: no answer in time, or one that is no page.
        """
        return _once_more(url, partial(self._get, method, url))

    def part(self, url: str, first: int, count: int) -> tuple[bytes, int] | None:
        """So many bytes of a file and how long it is; None = they are not to be had by themselves.

        Args:
            first: where they begin; negative = so far from the end.

        Raises:
            NetworkError: no answer in time.
        """
        return _once_more(url, partial(self._part, url, first, count))

    def save(self, url: str, target: Path) -> str:
        """Write the file, as it is; its sha256.

        Raises:
            NetworkError: it does not come, or not in time.
            RefusedError: it is too large.
        """
        return _once_more(url, partial(self._save, url, target))

    def _get(self, method: str, url: str) -> Page | None:
        headers = {"Accept": _ACCEPT, "Accept-Encoding": "gzip"}
        with self._answer(method, url, headers, PATIENCE_S) as answer:
            if answer.status_code in _ABSENT:
                return None
            _check(answer)
            try:
                content = b"".join(bounded(answer.iter_bytes(), PAGE_BYTES, 2 * PATIENCE_S))
            except RefusedError as error:
                raise ValueError(f"its answer is {error.message}") from error
            where = _without_credentials(str(answer.url))
            return Page(where, content, answer.headers.get("Content-Type", ""))

    def _part(self, url: str, first: int, count: int) -> tuple[bytes, int] | None:
        wanted = f"bytes={first}" if first < 0 else f"bytes={first}-{first + count - 1}"
        headers = {"Range": wanted, "Accept-Encoding": "identity"}
        with self._answer("GET", url, headers, PATIENCE_S) as answer:
            whole = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
            if answer.status_code in _BUSY:
                _check(answer)
            if answer.status_code != 206 or whole is None:
                return None
            try:
                pieces = bounded(answer.iter_raw(), count, 2 * PATIENCE_S)
                return b"".join(pieces), int(whole[1])
            except RefusedError:
                return None

    def _save(self, url: str, target: Path) -> str:
        headers = {"Accept-Encoding": "identity"}
        with self._answer("GET", url, headers, _FILE_PATIENCE_S) as answer:
            if answer.status_code in _ABSENT:
                raise NetworkError(f"the index answers {answer.status_code} for a file")
            _check(answer)
            return write(answer.iter_raw(), target)

    @contextmanager
    def _answer(
        self, method: str, url: str, headers: dict[str, str], patience: float
    ) -> Iterator[Response]:
        """Of whatever it leads to in the end; what comes with a redirect is not read."""
        address = self._with_credentials(url)
        asked = self._client.build_request(method, address, headers=headers, timeout=patience)
        for _ in range(_REDIRECTS):
            self._prepare(asked)
            answer = self._client.send(asked, stream=True)
            try:
                if answer.next_request is None:
                    yield answer
                    return
                asked = answer.next_request
            finally:
                answer.close()
        raise ValueError("it sends from one address to the next")

    def _prepare(self, request: Request) -> None:
        """Whether it may be asked, and whether it is there: else the wait is a long one."""
        if not self.admits(str(request.url)):
            raise ValueError(f"it leads to {request.url.scheme}: addresses, which are not followed")
        _, host, port = _origin(str(request.url)) or ("", "", None)
        with self._one_at_a_time:  # many a name server loses what is asked at once
            known = self._reached.get((host, port or 0))
            if known is None:
                known = self._reached[host, port or 0] = _reach(host, port or 0)
        if known:
            raise ValueError(known)

    def _with_credentials(self, url: str) -> str:
        """A file's address often lacks the credentials that its index was configured with."""
        if "@" in urlsplit(url).netloc:
            return url
        known = [source for source in self._sources if _origin(source) == _origin(url)]
        secrets = [urlsplit(source).netloc for source in known if "@" in urlsplit(source).netloc]
        return urlunsplit(urlsplit(url)._replace(netloc=secrets[0])) if secrets else url


def _client(certificate: str | None) -> Client:
    from httpx2 import Client

    context = ssl.create_default_context(cafile=certificate)
    return Client(verify=context, trust_env=False, headers={"User-Agent": "sandbox"})


class _PassingError(Exception):
    """What may be over the next time."""


def _once_more(url: str, ask: Callable[[], _T]) -> _T:
    """What it gives, the second time where the first was an index's passing trouble."""
    with suppress(_PassingError), _translated(url):
        return ask()
    try:
        with _translated(url):
            return ask()
    except _PassingError as error:
        raise unanswered(url, str(error)) from error


@contextmanager
def _translated(url: str) -> Iterator[None]:
    from httpx2 import HTTPError, InvalidURL, ReadError, RemoteProtocolError, WriteError

    try:
        yield
    except (ReadError, RemoteProtocolError, WriteError) as error:
        raise _PassingError(str(error) or "it broke off") from error
    except (HTTPError, InvalidURL, ValueError) as error:
        raise unanswered(url, str(error) or "timed out") from error


def unanswered(url: str, why: str) -> NetworkError:
    """What is told of an index that cannot be asked; its host only, for the rest may be secret."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    return NetworkError(
        f"the package index {host} does not answer: {why}",
        hint="try again, or see the package index with: sandbox doctor",
    )


def _check(answer: Response) -> None:
    if answer.status_code in _BUSY:
        raise _PassingError(f"HTTP status {answer.status_code}")
    if answer.status_code != 200:
        raise ValueError(f"HTTP status {answer.status_code}")


def bounded(pieces: Iterable[bytes], limit: int, seconds: float) -> Iterator[bytes]:
    """The pieces, until there are too many of them or they come too slowly."""
    total, ends = 0, time.monotonic() + seconds
    for piece in pieces:
        total += len(piece)
        if total > limit:
            raise RefusedError(f"larger than {limit // 2**20} MB")
        if time.monotonic() > ends:
            raise ValueError(f"its answer does not end within {seconds:g} s")
        yield piece


def write(pieces: Iterable[bytes], target: Path) -> str:
    """A file of them, of bounded size; its sha256."""
    sums = hashlib.sha256()
    with target.open("wb") as stream:
        for piece in bounded(pieces, _FILE_BYTES, _FILE_S):
            sums.update(piece)
            stream.write(piece)
    return sums.hexdigest()


def _reach(host: str, port: int) -> str:
    """Why nothing is there, empty = something is; the system's own patience is far longer.

    Raises:
        _PassingError: it refuses.
    """
    errors: list[OSError] = [TimeoutError("timed out")]

    def dial() -> None:
        try:
            socket.create_connection((host, port), timeout=_DIAL_S).close()
            errors.clear()
        except (OSError, UnicodeError) as error:
            errors[:] = [error if isinstance(error, OSError) else OSError("no name of a host")]

    thread = Thread(target=dial, daemon=True)
    thread.start()
    thread.join(_REACH_S)
    why = next(iter(errors), None)
    if isinstance(why, ConnectionError):
        raise _PassingError(str(why)) from why
    return str(why) if why else ""


def _origin(url: str) -> Origin | None:
    """None = not an address of the web."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    web = parts.scheme in {"http", "https"} and parts.hostname
    return (parts.scheme, parts.hostname or "", port) if web else None


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

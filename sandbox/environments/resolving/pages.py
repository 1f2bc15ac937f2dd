"""Reads the pages of package indexes: which files there are of a distribution, and since when.

Reaches the configured indexes only, follows no more than a few redirects, never fetches a file.
"""

from __future__ import annotations

import base64
import html
import json
import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit, urlunsplit
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from packaging.utils import canonicalize_name

from sandbox.domain import PackageIndexes
from sandbox.environments.resolving.catalogue import File, join, read_file
from sandbox.environments.resolving.indexes import as_folder
from sandbox.errors import NetworkError

PATIENCE_S = 6.0  # for an answer, and once more for the whole of it
_PAGE_BYTES = 64 * 2**20
_AT_ONCE = 8
_ACCEPT = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.01"
)
_ABSENT = frozenset({403, 404, 410})
_BUSY = frozenset({429, 500, 502, 503, 504})
_ANCHOR = re.compile(r"""<a\s((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*("[^"]*"|'[^']*'))?""")
_HINT = "try again, or see the package index with: sandbox doctor"

Pages = dict[str, tuple[File, ...]]


def read_pages(names: Iterable[str], indexes: PackageIndexes) -> Pages:
    """The files of each distribution, over all indexes and find-links; empty = no index has it.

    Args:
        names: canonical names.

    Raises:
        NetworkError: an index does not answer in time, or refuses.
    """
    wanted = sorted(set(names))
    opener = _opener(indexes.certificate)
    urls = (indexes.index_url or default_index(), *indexes.extra_index_urls)
    flat = [_read_links(link, wanted, opener) for link in indexes.find_links] if wanted else []
    asked = [(url, name) for url in urls for name in wanted]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        read = list(pool.map(_until_one_fails(opener), asked))
    found = join([dict.fromkeys(wanted, ()), *flat, *read])
    if wanted and not any(found.values()):
        _check_there_is_one(urls[0], opener)
    return found


def _until_one_fails(opener: OpenerDirector) -> Callable[[tuple[str, str]], Pages]:
    """Reads a page; once any could not be read no further one is asked for."""
    failed: list[NetworkError] = []

    def read(pair: tuple[str, str]) -> Pages:
        if failed:
            raise failed[0]
        try:
            return _read_page(pair[0], pair[1], opener)
        except NetworkError as error:
            failed.append(error)
            raise

    return read


def default_index() -> str:
    """Where packages come from when nothing is configured, as pip has it."""
    from unearth import PackageFinder

    return str(PackageFinder().sources[0]["url"])


@dataclass(frozen=True)
class _Address:
    """An address and the credentials that go to its host only."""

    url: str
    secret: str | None = None

    @classmethod
    def of(cls, url: str) -> _Address:
        parts = urlsplit(url)
        if "@" not in parts.netloc:
            return cls(url)
        login, _, host = parts.netloc.rpartition("@")
        user, _, password = login.partition(":")
        pair = f"{unquote(user)}:{unquote(password)}".encode()
        return cls(urlunsplit(parts._replace(netloc=host)), base64.b64encode(pair).decode())

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc or "of this machine"

    def request(self, path: str) -> Request:
        request = Request(f"{self.url.rstrip('/')}{path}", headers={"Accept": _ACCEPT})  # noqa: S310 - configured by the user
        if self.secret:
            request.add_unredirected_header("Authorization", f"Basic {self.secret}")
        return request


def _opener(certificate: str | None) -> OpenerDirector:
    context = ssl.create_default_context(cafile=certificate)
    return build_opener(ProxyHandler({}), HTTPSHandler(context=context))


def _read_page(index: str, name: str, opener: OpenerDirector) -> Pages:
    folder = as_folder(index)
    if folder is not None:
        page = folder / name / "index.html"
        text = page.read_text(encoding="utf-8", errors="replace") if page.is_file() else ""
        return {name: tuple(_files(_anchors(text), name))}
    answer = _ask(_Address.of(index), f"/{quote(name)}/", opener)
    return {name: tuple(_files(_listed(*answer), name)) if answer else ()}


def _check_there_is_one(index: str, opener: OpenerDirector) -> None:
    """An address that has nothing at all is no index that lacks these packages."""
    if as_folder(index) is not None:
        return
    address = _Address.of(index)
    request = address.request("/")
    request.method = "HEAD"
    try:
        opener.open(request, timeout=PATIENCE_S).close()
    except HTTPError as error:
        error.close()
        if error.code in _ABSENT:
            raise _unanswered(address, f"it says {error.code} to everything") from error
    except (OSError, HTTPException, ValueError) as error:
        raise _unanswered(address, str(error)) from error


def _read_links(link: str, names: Sequence[str], opener: OpenerDirector) -> Pages:
    """A find-links folder, or a page of links to files of any distribution."""
    folder = as_folder(link)
    if folder is None:
        answer = _ask(_Address.of(link), "", opener)
        rows = list(_listed(*answer)) if answer else []
    else:
        rows = [{"filename": path.name} for path in sorted(folder.glob("*"))]
    return {name: tuple(_files(_of(rows, name), name)) for name in names}


def _of(rows: Iterable[Mapping[str, Any]], name: str) -> Iterator[Mapping[str, Any]]:
    """Rows of one distribution, from among many."""
    for row in rows:
        filename = str(row["filename"])
        if canonicalize_name(filename.partition("-")[0]) == name or not filename.endswith(".whl"):
            yield row


def _ask(address: _Address, path: str, opener: OpenerDirector) -> tuple[bytes, str] | None:
    """The page and its content type; None = there is none."""
    request = address.request(path)
    for last in (False, True):
        try:
            return _fetch(request, opener)
        except HTTPError as error:
            error.close()
            if error.code in _ABSENT:
                return None
            if last or error.code not in _BUSY:
                raise _unanswered(address, f"it says {error.code} {error.reason}") from error
        except (TimeoutError, ssl.SSLError) as error:
            raise _unanswered(address, str(error) or "timed out") from error
        except (OSError, HTTPException, ValueError) as error:
            why = error.reason if isinstance(error, URLError) else error
            if last or isinstance(why, TimeoutError | ssl.SSLError):
                raise _unanswered(address, str(why)) from error
    return None


def _fetch(request: Request, opener: OpenerDirector) -> tuple[bytes, str]:
    """Bounded in time as a whole: a server that trickles is one that does not answer."""
    with opener.open(request, timeout=PATIENCE_S) as answer:
        ends = time.monotonic() + 2 * PATIENCE_S
        data = b""
        for piece in iter(partial(answer.read1, 2**20), b""):
            data += piece
            if time.monotonic() > ends:
                raise TimeoutError("its answer does not end")
            if len(data) > _PAGE_BYTES:
                raise TimeoutError(f"its answer is larger than {_PAGE_BYTES // 2**20} MB")
        return data, str(answer.headers.get("Content-Type", ""))


def _unanswered(address: _Address, why: str) -> NetworkError:
    return NetworkError(f"the package index {address.host} does not answer: {why}", hint=_HINT)


def _listed(data: bytes, kind: str) -> Iterator[Mapping[str, Any]]:
    """Rows of a page as PEP 691 has them, whatever its form."""
    if "json" not in kind:
        return _anchors(data.decode(errors="replace"))
    try:
        files = json.loads(data)["files"]
    except (ValueError, KeyError, TypeError):
        return iter(())
    return (row for row in files if isinstance(row, dict) and isinstance(row.get("filename"), str))


def _anchors(text: str) -> Iterator[Mapping[str, Any]]:
    for anchor in _ANCHOR.findall(text):
        found = {
            key.lower(): html.unescape(value[1:-1]) for key, value in _ATTRIBUTE.findall(anchor)
        }
        filename = unquote(Path(urlsplit(found.get("href", "")).path).name)
        row = {"filename": filename, "upload-time": found.get("data-upload-time")}
        row["requires-python"] = found.get("data-requires-python")
        row["yanked"] = found.get("data-yanked")
        yield row


def _files(rows: Iterable[Mapping[str, Any]], name: str) -> Iterator[File]:
    for row in rows:
        yanked = row.get("yanked")
        file = read_file(
            name,
            str(row["filename"]),
            uploaded=str(row["upload-time"])[:10] if row.get("upload-time") else None,
            yanked="" if yanked is True else (None if yanked is False else yanked),
            requires_python=row.get("requires-python"),
        )
        if file is not None:
            yield file

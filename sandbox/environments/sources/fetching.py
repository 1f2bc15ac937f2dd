"""Finds sdists on the configured indexes, brings them here as data; the one door of `unearth`."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import ssl
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from packaging.utils import canonicalize_name

from sandbox.domain import PackageIndexes
from sandbox.environments.resolving.indexes import as_folder
from sandbox.environments.resolving.uv import mask
from sandbox.environments.sources.sdists import Sdist
from sandbox.errors import NetworkError, RefusedError, StoreError

if TYPE_CHECKING:
    from unearth import Package
    from unearth.fetchers import Fetcher, Response

SDIST_BYTES = 512 * 2**20
_PAGE_BYTES = 64 * 2**20
_PAGE_S = 60.0
_DOWNLOAD_S = 600.0
_PATIENCE_S = 30.0
_TRIES = 3
_SERVER_ERROR = 500
_PIECE = 2**20


class Shelf:
    """What the configured indexes offer; pages are read once in its life.

    Reaches https addresses, folders of this machine if configured as such, and other addresses
    only at a host that the user configured so.
    """

    def __init__(self, indexes: PackageIndexes) -> None:
        self._indexes = indexes
        self._fetcher = _Fetcher(indexes)
        logging.getLogger("unearth").addHandler(logging.NullHandler())

    def find(self, name: str) -> tuple[Sdist, ...]:
        """Every sdist of the distribution, also those that do not fit.

        Raises:
            NetworkError: an index does not answer.
        """
        with _translated(self._indexes):
            packages = self._finder(name).find_all_packages(name, allow_yanked=True)
            return tuple(filter(None, map(self._sdist, packages)))

    def _finder(self, name: str) -> Any:
        from unearth import PackageFinder

        indexes = self._indexes
        finder = PackageFinder(
            cast("Fetcher", self._fetcher),
            index_urls=[indexes.index_url] if indexes.index_url else (),
            no_binary=[name],
            ignore_compatibility=True,
        )
        for url in indexes.extra_index_urls:
            finder.add_index_url(url)
        for place in indexes.find_links:
            folder = as_folder(place)
            if folder is None or folder.exists():
                finder.add_find_links(place)
        return finder

    def _sdist(self, package: Package) -> Sdist | None:
        link = package.link
        if not _is_allowed(link.normalized, link.comes_from, self._fetcher.hosts):
            return None
        hashes = link.hash_option or {}
        uploaded = link.upload_time.isoformat() if link.upload_time else None
        return Sdist(
            str(canonicalize_name(package.name)),
            str(package.version),
            link.filename,
            link.url_without_fragment,
            next(iter(hashes.get("sha256", ())), None),
            uploaded or self._fetcher.dates.get(link.url_without_fragment),
            link.requires_python,
            link.is_yanked,
        )

    def download(self, sdist: Sdist, folder: Path) -> Sdist:
        """Bring the file to `folder/<sha256>/<filename>`; the sdist with its hash.

        Raises:
            NetworkError: it does not arrive, or not as its index says.
            RefusedError: it is too large.
            StoreError: the disk is full.
        """
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".incoming-") as incoming:
            target = Path(incoming) / "file"
            with _translated(self._indexes):
                sha256 = self._fetcher.save(sdist.url, target)
            if sdist.sha256 not in {None, sha256}:
                raise NetworkError(f"{sdist.filename} is not what its index says it is")
            final = folder / sha256 / sdist.filename
            final.parent.mkdir(exist_ok=True)
            target.replace(final)
        return replace(sdist, sha256=sha256)


@dataclass(frozen=True)
class _Page:
    """An answer, whole; what `unearth` reads links from."""

    status_code: int
    url: str
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = "utf-8"
    reason_phrase: str = ""


class _Fetcher:
    """Answers `unearth` within limits of size and time; knows no netrc, no proxy, no keyring.

    Attributes:
        dates: address → ISO date, of pages that give it as `data-upload-time`.
        hosts: scheme, host and port of each configured address.
    """

    def __init__(self, indexes: PackageIndexes) -> None:
        self.dates: dict[str, str] = {}
        urls = (indexes.index_url, *indexes.extra_index_urls, *indexes.find_links)
        self._sources = [url for url in urls if url and as_folder(url) is None]
        self.hosts = frozenset(map(_host, self._sources))
        self._pages: dict[str, _Page] = {}
        self._client = _client(indexes.certificate, self._check)

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> _Page:
        if url not in self._pages:
            local = url.startswith("file:")
            page = _local_page(url) if local else self._remote_page(url, headers or {})
            self._pages[url] = page
            if "html" in page.headers.get("Content-Type", ""):
                self.dates.update(_dates(page))
        return self._pages[url]

    def _remote_page(self, url: str, headers: Mapping[str, str]) -> _Page:
        with self._client.stream("GET", self._known(url), headers=dict(headers)) as answer:
            _check_server(answer)
            content = b"".join(_pieces(answer.iter_bytes(_PIECE), _PAGE_BYTES, _PAGE_S))
            kind = answer.headers.get("Content-Type", "")
            address = _without_credentials(str(answer.url))
            return _Page(answer.status_code, address, content, {"Content-Type": kind})

    def head(self, url: str, *, headers: Mapping[str, str] | None = None) -> _Page:
        """No page needs it: 405, method not allowed."""
        del headers
        return _Page(405, url)

    def get_stream(
        self, url: str, *, headers: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Response]:
        return self._client.stream("GET", self._known(url), headers=dict(headers or {}))  # type: ignore[no-any-return]

    def iter_secure_origins(self) -> Iterator[tuple[str, str, str]]:
        """Ours are checked in `_check`, whatever leads there."""
        yield ("*", "*", "*")

    def save(self, url: str, target: Path) -> str:
        """Write the file; its sha256."""
        if url.startswith("file:"):
            with _path(url).open("rb") as stream:
                return _write(iter(lambda: stream.read(_PIECE), b""), target)
        for left in reversed(range(_TRIES)):
            try:
                with self.get_stream(url) as answer:
                    _check_server(answer)
                    if answer.status_code != 200:
                        raise NetworkError(f"the index answers {answer.status_code} for a file")
                    return _write(answer.iter_bytes(_PIECE), target)
            except _http_errors():
                if not left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _known(self, url: str) -> str:
        return _with_credentials(url, self._sources)

    def _check(self, request: Any) -> None:
        """Each request, those of redirects too."""
        if not _is_allowed(str(request.url), None, self.hosts):
            raise NetworkError(f"the index leads to {request.url.scheme}: addresses, not followed")


def _client(certificate: str | None, check: Any) -> Any:
    from unearth.fetchers import PyPIClient

    return PyPIClient(
        verify=ssl.create_default_context(cafile=certificate) if certificate else True,
        trust_env=False,
        timeout=_PATIENCE_S,
        follow_redirects=True,
        event_hooks={"request": [check]},
    )


def _http_errors() -> tuple[type[Exception], ...]:
    from unearth.preparer import HTTPErrors

    return HTTPErrors


@contextlib.contextmanager
def _translated(indexes: PackageIndexes) -> Iterator[None]:
    hint = "try again, or see the package index with: sandbox doctor"
    try:
        yield
    except _http_errors() as error:
        why = mask(str(error) or type(error).__name__, indexes)
        raise NetworkError(f"the package index does not answer: {why}", hint=hint) from None
    except OSError as error:
        raise StoreError(f"an sdist cannot be read or kept: {error.strerror or error}") from error


def _is_allowed(url: str, comes_from: str | None, hosts: frozenset[str]) -> bool:
    """Any https; a file only if a folder of this machine names it; else a configured host."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return not parts.netloc and (comes_from is None or comes_from.startswith("file:"))
    return parts.scheme == "https" or _host(url) in hosts


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _with_credentials(url: str, sources: Sequence[str]) -> str:
    """A file's address often lacks the credentials that its index was configured with."""
    if "@" in urlsplit(url).netloc:
        return url
    known = [source for source in sources if _host(source) == _host(url)]
    secrets = [urlsplit(source).netloc for source in known if "@" in urlsplit(source).netloc]
    return urlunsplit(urlsplit(url)._replace(netloc=secrets[0])) if secrets else url


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _path(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))


def _local_page(url: str) -> _Page:
    path = _path(url)
    if not path.is_file() or path.stat().st_size > _PAGE_BYTES:
        return _Page(404, url)
    return _Page(200, url, path.read_bytes(), {"Content-Type": "text/html"})


def _check_server(answer: Any) -> None:
    if answer.status_code >= _SERVER_ERROR:
        raise NetworkError(
            f"the package index does not answer: HTTP status {answer.status_code}",
            hint="try again, or see the package index with: sandbox doctor",
        )


def _pieces(pieces: Iterator[bytes], limit: int, seconds: float) -> Iterator[bytes]:
    """The pieces, until there are too many of them or they come too slowly."""
    total, deadline = 0, time.monotonic() + seconds
    for piece in pieces:
        total += len(piece)
        if total > limit:
            raise RefusedError(f"larger than {limit // 2**20} MB")
        if time.monotonic() > deadline:
            raise NetworkError(f"the package index is too slow: not done after {seconds:g} s")
        yield piece


def _write(pieces: Iterator[bytes], target: Path) -> str:
    sums = hashlib.sha256()
    with target.open("wb") as stream:
        for piece in _pieces(pieces, SDIST_BYTES, _DOWNLOAD_S):
            sums.update(piece)
            stream.write(piece)
    return sums.hexdigest()


def _dates(page: _Page) -> dict[str, str]:
    """An attribute that `unearth` does not read; mirrors without the JSON form have it."""
    from unearth.collector import IndexHTMLParser

    parser = IndexHTMLParser()
    parser.feed(page.content.decode(errors="replace"))
    found = {}
    for anchor in parser.anchors:
        when, where = anchor.get("data-upload-time"), anchor.get("href")
        if when and where:
            address = urljoin(parser.base_url or page.url, where)
            found[address.partition("#")[0]] = when.replace("Z", "+00:00")
    return found

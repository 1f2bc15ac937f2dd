"""Finds sdists on the configured indexes, brings them here as data; the one door of `unearth`."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urljoin, urlsplit

from packaging.utils import canonicalize_name

from sandbox.domain import PackageIndexes
from sandbox.environments.resolving.indexes import as_folder
from sandbox.environments.resolving.uv import mask
from sandbox.environments.resolving.web import PAGE_BYTES, Web, write
from sandbox.environments.sources.sdists import Sdist
from sandbox.errors import NetworkError, StoreError

if TYPE_CHECKING:
    from unearth import Package
    from unearth.fetchers import Fetcher

_PIECE = 2**20


class Shelf:
    """What the configured indexes offer; pages are read once in its life.

    Reaches https addresses, folders of this machine if configured as such, and other addresses
    only at a host that the user configured so.
    """

    def __init__(self, indexes: PackageIndexes) -> None:
        self._indexes = indexes
        self._web = Web(indexes)
        # Its connections last as long as it does; whoever asks of it need not say when that ends.
        weakref.finalize(self, self._web.__exit__, None, None, None)
        self._fetcher = _Fetcher(self._web)
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
        if not self._is_allowed(link.normalized, link.comes_from):
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
                sha256 = self._save(sdist.url, target)
            if sdist.sha256 not in {None, sha256}:
                raise NetworkError(f"{sdist.filename} is not what its index says it is")
            final = folder / sha256 / sdist.filename
            final.parent.mkdir(exist_ok=True)
            target.replace(final)
        return replace(sdist, sha256=sha256)

    def _save(self, url: str, target: Path) -> str:
        if not url.startswith("file:"):
            return self._web.save(url, target)
        with _path(url).open("rb") as stream:
            return write(iter(lambda: stream.read(_PIECE), b""), target)

    def _is_allowed(self, url: str, comes_from: str | None) -> bool:
        """A file only if a folder of this machine names it; else what the client may ask."""
        parts = urlsplit(url)
        if parts.scheme == "file":
            return not parts.netloc and (comes_from is None or comes_from.startswith("file:"))
        return self._web.admits(url)


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
    """Answers `unearth` with what the one client for indexes brings.

    Attributes:
        dates: address → ISO date, of pages that give it as `data-upload-time`.
    """

    def __init__(self, web: Web) -> None:
        self.dates: dict[str, str] = {}
        self._web = web
        self._pages: dict[str, _Page] = {}

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> _Page:
        del headers  # the client's own say the same
        if url not in self._pages:
            page = _local_page(url) if url.startswith("file:") else self._remote_page(url)
            self._pages[url] = page
            if "html" in page.headers.get("Content-Type", ""):
                self.dates.update(_dates(page))
        return self._pages[url]

    def _remote_page(self, url: str) -> _Page:
        page = self._web.get(url)
        if page is None:
            return _Page(404, url)
        return _Page(200, page.url, page.content, {"Content-Type": page.kind})

    def head(self, url: str, *, headers: Mapping[str, str] | None = None) -> _Page:
        """No page needs it: 405, method not allowed."""
        del headers
        return _Page(405, url)

    def iter_secure_origins(self) -> Iterator[tuple[str, str, str]]:
        """The client has its own rule, whatever leads there."""
        yield ("*", "*", "*")


@contextlib.contextmanager
def _translated(indexes: PackageIndexes) -> Iterator[None]:
    hint = "try again, or see the package index with: sandbox doctor"
    try:
        yield
    except ValueError as error:  # of `unearth`, from an address that is none
        why = mask(str(error), indexes)
        raise NetworkError(f"the package index does not answer: {why}", hint=hint) from None
    except OSError as error:
        raise StoreError(f"an sdist cannot be read or kept: {error.strerror or error}") from error


def _path(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))


def _local_page(url: str) -> _Page:
    path = _path(url)
    if not path.is_file() or path.stat().st_size > PAGE_BYTES:
        return _Page(404, url)
    return _Page(200, url, path.read_bytes(), {"Content-Type": "text/html"})


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

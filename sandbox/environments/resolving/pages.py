"""Reads the pages of package indexes: which files there are of a distribution, and since when.

Reaches the configured indexes only, never fetches a file.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from packaging.utils import canonicalize_name

from sandbox.domain import PackageIndexes
from sandbox.environments.resolving.catalogue import File, join, read_file
from sandbox.environments.resolving.indexes import as_folder
from sandbox.environments.resolving.web import Page, Web, unanswered
from sandbox.errors import NetworkError

_AT_ONCE = 4
_ANCHOR = re.compile(r"""<a\s((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*("[^"]*"|'[^']*'))?""")

Pages = dict[str, tuple[File, ...]]


def read_pages(names: Iterable[str], indexes: PackageIndexes) -> Pages:
    """The files of each distribution, over all indexes and find-links; empty = no index has it.

    Args:
        names: canonical names.

    Raises:
        NetworkError: an index does not answer in time, or refuses.
    """
    wanted = sorted(set(names))
    urls = (indexes.index_url or default_index(), *indexes.extra_index_urls)
    asked = [(url, name) for url in urls for name in wanted]
    if not wanted:
        return {}
    with Web(indexes) as web, ThreadPoolExecutor(_AT_ONCE) as pool:
        flat = [_read_links(link, wanted, web) for link in indexes.find_links]
        read = list(pool.map(_until_one_fails(web), asked))
        found = join([dict.fromkeys(wanted, ()), *flat, *read])
        if not any(found.values()):
            _check_there_is_one(urls[0], web)
    return found


def _until_one_fails(web: Web) -> Callable[[tuple[str, str]], Pages]:
    """Reads a page; once any could not be read no further one is asked for."""
    failed: list[NetworkError] = []

    def read(pair: tuple[str, str]) -> Pages:
        if failed:
            raise failed[0]
        try:
            return _read_page(pair[0], pair[1], web)
        except NetworkError as error:
            failed.append(error)
            raise

    return read


def read_sidecar(file: File, indexes: PackageIndexes) -> str | None:
    """A wheel's METADATA, which indexes serve beside it (PEP 658); None = this one does not."""
    if file.url is None:
        return None
    with Web(indexes) as web:
        page = web.get(f"{file.url}.metadata") if web.admits(file.url) else None
    return page.content.decode(errors="replace") if page else None


@lru_cache(maxsize=1)
def default_index() -> str:
    """Where packages come from when nothing is configured, as pip has it."""
    from unearth import PackageFinder

    return str(PackageFinder().sources[0]["url"])


def _read_page(index: str, name: str, web: Web) -> Pages:
    folder = as_folder(index)
    if folder is not None:
        page = folder / name / "index.html"
        text = page.read_text(encoding="utf-8", errors="replace") if page.is_file() else ""
        return {name: tuple(_files(_anchors(text), name))}
    answer = web.get(f"{index.rstrip('/')}/{quote(name)}/")
    return {name: tuple(_files(_listed(answer), name, answer.url)) if answer else ()}


def _check_there_is_one(index: str, web: Web) -> None:
    """An address that has nothing at all is no index that lacks these packages."""
    if as_folder(index) is None and web.get(f"{index.rstrip('/')}/", method="HEAD") is None:
        raise unanswered(index, "it has nothing at all")


def _read_links(link: str, names: Sequence[str], web: Web) -> Pages:
    """A find-links folder, or a page of links to files of any distribution."""
    folder = as_folder(link)
    if folder is None:
        answer = web.get(link)
        rows = list(_listed(answer)) if answer else []
    else:
        rows = [{"filename": path.name} for path in sorted(folder.glob("*"))]
    return {name: tuple(_files(_of(rows, name), name)) for name in names}


def _of(rows: Iterable[Mapping[str, Any]], name: str) -> Iterator[Mapping[str, Any]]:
    """Rows of one distribution, from among many."""
    for row in rows:
        filename = str(row["filename"])
        if canonicalize_name(filename.partition("-")[0]) == name or not filename.endswith(".whl"):
            yield row


def _listed(page: Page) -> Iterator[Mapping[str, Any]]:
    """Rows of a page as PEP 691 has them, whatever its form."""
    if "json" not in page.kind:
        return _anchors(page.content.decode(errors="replace"))
    try:
        files = json.loads(page.content)["files"]
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
        row["url"] = found.get("href", "").partition("#")[0]
        row["requires-python"] = found.get("data-requires-python")
        row["yanked"] = found.get("data-yanked")
        yield row


def _whole(url: str, page: str) -> str:
    """Joining is most of the work of reading a page of thousands of files, which needs none."""
    return url if url.startswith(("https://", "http://")) else urljoin(page, url)


def _files(rows: Iterable[Mapping[str, Any]], name: str, page: str | None = None) -> Iterator[File]:
    """Args: page: its address; None = the files lie on this machine."""
    for row in rows:
        yanked = row.get("yanked")
        file = read_file(
            name,
            str(row["filename"]),
            uploaded=str(row["upload-time"])[:10] if row.get("upload-time") else None,
            yanked="" if yanked is True else (None if yanked is False else yanked),
            requires_python=row.get("requires-python"),
            url=_whole(str(row["url"]), page) if page and row.get("url") else None,
        )
        if file is not None:
            yield file

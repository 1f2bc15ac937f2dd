"""GitHub's REST API over the repositories of a shelf: search, repositories, trees, files."""

from __future__ import annotations

import re
from collections.abc import Callable

from . import code_search, search
from .loopback import Reply, Request
from .payloads import Payloads
from .replies import Page, RefusalError, json_reply
from .repositories import Entry, Head, Repository
from .shelf import Shelf

RAW = re.compile(r"application/vnd\.github(\.v3)?\.raw(\+json)?")
SORTS: dict[str, Callable[[Repository], int | str]] = {
    "forks": lambda one: one.metadata().forks,
    "stars": lambda one: one.metadata().stars,
    "updated": lambda one: one.metadata().pushed_at,
}


class RestApi:
    """Answers GET; what it refuses is a `RefusalError`."""

    def __init__(self, shelf: Shelf, base_url: str) -> None:
        self._shelf = shelf
        self._base_url = base_url
        self._payloads = Payloads(base_url)
        repository = r"/repos/([^/]+)/([^/]+)"
        self._routes: list[tuple[str, Callable[..., Reply]]] = [
            (r"/search/repositories", self._search),
            (r"/search/code", self._search_code),
            (r"/repositories/(\d+)", self._numbered),
            (repository, self._repository),
            (rf"{repository}/languages", self._languages),
            (rf"{repository}/license", self._license),
            (rf"{repository}/readme", self._readme),
            (rf"{repository}/git/trees/(.+)", self._tree),
            (rf"{repository}/contents(?:/(.*))?", self._contents),
        ]

    def answer(self, request: Request) -> Reply:
        for pattern, respond in self._routes:
            found = re.fullmatch(pattern, request.path)
            if found and request.method == "GET":
                return respond(request, *found.groups())
        raise RefusalError(404, "Not Found")

    def user(self, login: str) -> Reply:
        return json_reply(self._payloads.user(login))

    def _search(self, request: Request) -> Reply:
        asked = dict(request.query)
        try:
            query = search.parse(asked.get("q", ""))
            found = [one for one in self._shelf.repositories if search.matches(query, one)]
        except search.InvalidSearchError as error:
            raise _invalid(error) from error
        found.sort(key=lambda one: search.rank(query, one), reverse=True)
        if asked.get("sort") in SORTS:
            found.sort(key=SORTS[asked["sort"]], reverse=asked.get("order") != "asc")
        shown = [
            self._payloads.found(one.metadata(), self._shelf.number(one.metadata()))
            for one in Page(request).cut(found)
        ]
        return self._found(request, shown, len(found))

    def _search_code(self, request: Request) -> Reply:
        try:
            text = dict(request.query).get("q", "")
            found = list(code_search.find_code(text, self._shelf.repositories))
        except search.InvalidSearchError as error:
            raise _invalid(error) from error
        shown = [
            self._payloads.code(one, self._shelf.number(one.metadata()), entry)
            for one, entry in Page(request).cut(found)
        ]
        return self._found(request, shown, len(found))

    def _found(self, request: Request, items: list[dict[str, object]], total: int) -> Reply:
        body = {"total_count": total, "incomplete_results": False, "items": items}
        return json_reply(body, headers=Page(request).links(self._base_url, total))

    def _repository(self, _: Request, owner: str, name: str) -> Reply:
        metadata = self._find(owner, name).metadata()
        return json_reply(self._payloads.full(metadata, self._shelf.number(metadata)))

    def _numbered(self, request: Request, number: str) -> Reply:
        found = self._shelf.numbered(int(number))
        if found is None:
            raise RefusalError(404, "Not Found")
        return self._repository(request, found.metadata().owner, found.metadata().name)

    def _languages(self, _: Request, owner: str, name: str) -> Reply:
        return json_reply(dict(self._find(owner, name).metadata().languages))

    def _license(self, _: Request, owner: str, name: str) -> Reply:
        repository = self._find(owner, name)
        head = repository.head()
        named = self._payloads.license(repository.metadata())
        for entry in head.inside("") if head and named else []:
            if re.fullmatch(r"(?i)(licen[cs]e|copying)(\.\w+)?", entry.name):
                return json_reply({**self._payloads.content(repository, entry), "license": named})
        raise RefusalError(404, "Not Found")

    def _readme(self, request: Request, owner: str, name: str) -> Reply:
        repository = self._find(owner, name)
        head = _at(repository, request)
        entry = head.readme()
        if entry is None:
            raise RefusalError(404, "Not Found")
        return self._file(request, repository, entry)

    def _contents(self, request: Request, owner: str, name: str, path: str | None) -> Reply:
        repository = self._find(owner, name)
        head = _at(repository, request)
        entry = head.entry(path or "")
        if entry is None:
            raise RefusalError(404, "Not Found")
        if entry.kind == "tree":
            inside = head.inside(entry.path)
            return json_reply([self._payloads.listed(repository, one) for one in inside])
        return self._file(request, repository, entry)

    def _file(self, request: Request, repository: Repository, entry: Entry) -> Reply:
        if RAW.search(request.headers.get("accept", "")):
            headers = {"Content-Type": "application/vnd.github.raw+json; charset=utf-8"}
            return Reply(200, headers, repository.blob(entry.sha))
        return json_reply(self._payloads.content(repository, entry))

    def _tree(self, request: Request, owner: str, name: str, ref: str) -> Reply:
        repository = self._find(owner, name)
        head = repository.head()
        if head is None:
            raise RefusalError(409, "Git Repository is empty.")
        root = Entry("", "040000", "tree", head.tree)
        folders = [root, *(one for one in head.entries if one.kind == "tree")]
        wanted = head.tree if ref in _names(repository, head) else ref
        folder = next((one for one in folders if one.sha == wanted), None)
        if folder is None:
            raise RefusalError(404, "Not Found")
        recursive = "recursive" in dict(request.query)
        metadata = repository.metadata()
        return json_reply(self._payloads.tree(metadata, head, folder, recursive=recursive))

    def _find(self, owner: str, name: str) -> Repository:
        found = self._shelf.find(owner, name)
        if found is None:
            raise RefusalError(404, "Not Found")
        return found


def _at(repository: Repository, request: Request) -> Head:
    head = repository.head()
    if head is None:
        raise RefusalError(404, "This repository is empty.")
    ref = dict(request.query).get("ref", "HEAD")
    if ref not in _names(repository, head):
        raise RefusalError(404, f"No commit found for the ref {ref}")
    return head


def _names(repository: Repository, head: Head) -> set[str]:
    branch = repository.metadata().branch
    return {"HEAD", branch, f"refs/heads/{branch}", f"heads/{branch}", head.commit}


def _invalid(error: search.InvalidSearchError) -> RefusalError:
    wrong = {"message": str(error), "resource": "Search", "field": "q", "code": "invalid"}
    return RefusalError(422, "Validation Failed", errors=[wrong])

"""What `q` means in a search for code: words in files, and where these files are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from .repositories import Entry, Repository, is_binary
from .search import InvalidSearchError

LARGEST = 384 * 1024  # GitHub searches no larger file
KNOWN = {"repo", "user", "org", "filename", "extension", "path", "language", "in"}
LANGUAGES = {"python": (".py",), "jupyter-notebook": (".ipynb",)}


def find_code(text: str, repositories: list[Repository]) -> Iterator[tuple[Repository, Entry]]:
    """Files in which each word stands, quoted ones as a whole."""
    words, asked = _read(text)
    if not words:
        raise InvalidSearchError("ERROR_TYPE_QUERY_PARSING_FATAL unable to parse query!")
    for repository in repositories:
        head = repository.head()
        if head is None or not _is_asked(repository, asked):
            continue
        for entry in head.entries:
            if entry.kind == "blob" and _is_place(entry, asked) and entry.size <= LARGEST:
                content = repository.blob(entry.sha)
                found = content.decode("utf-8", "replace").lower()
                if not is_binary(content) and all(word in found for word in words):
                    yield repository, entry


def _read(text: str) -> tuple[list[str], dict[str, str]]:
    words: list[str] = []
    asked: dict[str, str] = {}
    for place, piece in enumerate(text.split('"')):
        for part in [piece] if place % 2 else piece.split():
            name, colon, value = part.partition(":")
            if colon and name in KNOWN and not place % 2:
                asked[name] = value.lower()
            elif part:
                words.append(part.lower())
    return words, asked


def _is_asked(repository: Repository, asked: dict[str, str]) -> bool:
    metadata = repository.metadata()
    owner = asked.get("user") or asked.get("org") or metadata.owner.lower()
    name = asked.get("repo") or metadata.full_name.lower()
    return metadata.owner.lower() == owner and metadata.full_name.lower() == name


def _is_place(entry: Entry, asked: dict[str, str]) -> bool:
    path = PurePosixPath(entry.path.lower())
    endings = LANGUAGES.get(asked.get("language", ""), (path.suffix,))
    return (
        path.suffix in endings
        and path.suffix.lstrip(".") == asked.get("extension", path.suffix.lstrip("."))
        and asked.get("filename", "") in path.name
        and str(path).startswith(asked.get("path", "").strip("/"))
    )

"""Repositories as the values that GitHub's GraphQL schema gives fields to.

Each is a mapping from a field's name to its value, or to a function of the field's arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from graphql import GraphQLError

from .repositories import Entry, Head, Metadata, Repository, is_binary

Node = dict[str, Any]
LONGEST_PAGE = 100
LONGEST_TEXT = 512_000


def repository_node(repository: Repository, number: int) -> Node:
    """A `Repository`."""
    metadata = repository.metadata()
    return {
        "__typename": "Repository",
        "id": f"R_{number}",
        "databaseId": number,
        **_said(metadata),
        "owner": owner_node(metadata.owner),
        "isEmpty": lambda _: repository.head() is None,
        "licenseInfo": _license(metadata),
        "repositoryTopics": lambda _, **page: connection(
            [{"topic": {"name": topic}} for topic in metadata.topics], **page
        ),
        "languages": lambda _, **page: _languages(metadata, **page),
        "primaryLanguage": _language(metadata.language) if metadata.language else None,
        "defaultBranchRef": lambda _: _branch(repository),
        "object": lambda _, **asked: _object(repository, **asked),
    }


def owner_node(login: str) -> Node:
    """A `RepositoryOwner`, or the viewer."""
    return {"__typename": "User", "id": f"U_{login}", "login": login, "url": web(login)}


def web(path: str) -> str:
    """The address of a page for people."""
    return f"https://github.com/{path}"


def connection(nodes: list[Any], first: int | None = None, **page: Any) -> Node:
    """What GitHub makes of a list; `first` is needed and has a limit, as there."""
    if page.get("last") is not None or page.get("before") is not None:
        raise GraphQLError("this site reads lists forwards only: first, after")
    if first is None:
        raise _refused("MISSING_PAGINATION_BOUNDARIES", "You must provide a `first` or `last`")
    if not 0 <= first <= LONGEST_PAGE:
        raise _refused("EXCESSIVE_PAGINATION", f"{first} records exceed the limit of 100")
    start = int(page.get("after") or 0)
    shown = nodes[start : start + first]
    return {
        "nodes": shown,
        "edges": [
            {"node": node, "cursor": str(start + place + 1)} for place, node in enumerate(shown)
        ],
        "totalCount": len(nodes),
        "pageInfo": {
            "hasNextPage": start + first < len(nodes),
            "hasPreviousPage": start > 0,
            "startCursor": str(start + 1) if shown else None,
            "endCursor": str(start + len(shown)) if shown else None,
        },
    }


def _said(metadata: Metadata) -> Node:
    return {
        "name": metadata.name,
        "nameWithOwner": metadata.full_name,
        "description": metadata.description,
        "url": web(metadata.full_name),
        "homepageUrl": None,
        "stargazerCount": metadata.stars,
        "forkCount": metadata.forks,
        "diskUsage": metadata.size_kb,
        "createdAt": metadata.created_at,
        "pushedAt": metadata.pushed_at,
        "updatedAt": metadata.pushed_at,
        "isArchived": metadata.is_archived,
        "isFork": metadata.is_fork,
        "isPrivate": False,
        "isDisabled": False,
        "isLocked": False,
        "isMirror": False,
        "isTemplate": False,
        "parent": None,
        "visibility": "PUBLIC",
    }


def _license(metadata: Metadata) -> Node | None:
    if metadata.license_id is None:
        return None
    key = metadata.license_id.lower()
    return {"key": key, "spdxId": metadata.license_id, "name": metadata.license_id}


def _language(name: str) -> Node:
    return {"id": f"L_{name}", "name": name, "color": None}


def _languages(metadata: Metadata, **page: Any) -> Node:
    order = page.pop("orderBy", None)
    sizes = list(metadata.languages.items())
    if order is not None:
        sizes.sort(key=lambda pair: pair[1], reverse=order["direction"] == "DESC")
    made = connection([_language(name) for name, _ in sizes], **page)
    for edge in made["edges"]:
        edge["size"] = metadata.languages[edge["node"]["name"]]
    return {**made, "totalSize": sum(metadata.languages.values())}


def _branch(repository: Repository) -> Node | None:
    head = repository.head()
    if head is None:
        return None
    name = repository.metadata().branch
    return {"name": name, "prefix": "refs/heads/", "target": _commit(repository, head)}


def _commit(repository: Repository, head: Head) -> Node:
    tree = Entry("", "040000", "tree", head.tree)
    return {
        **_git_object(repository, "Commit", head.commit),
        "committedDate": head.committed_at,
        "authoredDate": head.committed_at,
        "tree": lambda _: _tree(repository, head, tree),
    }


def _object(repository: Repository, **asked: str | None) -> Node | None:
    """By `expression`, `HEAD:path`, or by `oid`; None where there is nothing."""
    head = repository.head()
    if head is None:
        return None
    if asked.get("oid"):
        return _by_hash(repository, head, str(asked["oid"]))
    commit, colon, path = str(asked.get("expression") or "").partition(":")
    if commit not in {"HEAD", repository.metadata().branch, head.commit}:
        return None
    entry = head.entry(path)
    if not colon:
        return _commit(repository, head)
    return None if entry is None else _content(repository, head, entry)


def _by_hash(repository: Repository, head: Head, sha: str) -> Node | None:
    if sha == head.commit:
        return _commit(repository, head)
    root = Entry("", "040000", "tree", head.tree)
    entry = next((one for one in (root, *head.entries) if one.sha == sha), None)
    return None if entry is None else _content(repository, head, entry)


def _content(repository: Repository, head: Head, entry: Entry) -> Node | None:
    makers: dict[str, Callable[[Repository, Head, Entry], Node]] = {"blob": _file, "tree": _tree}
    maker = makers.get(entry.kind)
    return None if maker is None else maker(repository, head, entry)


def _tree(repository: Repository, head: Head, folder: Entry) -> Node:
    def entries(_: object) -> Iterable[Node]:
        return [_tree_entry(repository, head, entry) for entry in head.inside(folder.path)]

    return {**_git_object(repository, "Tree", folder.sha), "entries": entries}


def _tree_entry(repository: Repository, head: Head, entry: Entry) -> Node:
    dot, ending = entry.name.rpartition(".")[1:]
    return {
        "name": entry.name,
        "path": entry.path,
        "type": entry.kind,
        "mode": int(entry.mode, 8),
        "oid": entry.sha,
        "size": entry.size,
        "extension": f".{ending}" if dot else "",
        "object": lambda _: _content(repository, head, entry),
    }


def _file(repository: Repository, _: Head, entry: Entry) -> Node:
    def is_binary_file(_: object) -> bool:
        return is_binary(repository.blob(entry.sha))

    def text(_: object) -> str | None:
        content = repository.blob(entry.sha)
        shown = content[:LONGEST_TEXT]
        return None if is_binary(content) else shown.decode("utf-8", "replace")

    return {
        **_git_object(repository, "Blob", entry.sha),
        "byteSize": entry.size,
        "isBinary": is_binary_file,
        "isTruncated": entry.size > LONGEST_TEXT,
        "text": text,
    }


def _git_object(repository: Repository, kind: str, sha: str) -> Node:
    place = web(f"{repository.metadata().full_name}/commit/{sha}")
    return {
        "__typename": kind,
        "id": f"{kind[0]}_{sha}",
        "oid": sha,
        "abbreviatedOid": sha[:7],
        "commitUrl": place,
    }


def _refused(kind: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"type": kind})

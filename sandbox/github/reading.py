"""From GitHub's JSON to our values, with suspicion: what is missing or odd is left out."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from sandbox.github.cards import Candidate, File, Listing

_FULL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
MOST_TEXT = 200_000
"""Characters of a README that are read."""


def is_full_name(text: object) -> bool:
    """Whether a text is `owner/name` as GitHub spells it."""
    return isinstance(text, str) and bool(_FULL_NAME.fullmatch(text)) and ".." not in text


WEB = "https://github.com"


def candidate(payload: Any, web: str = WEB) -> Candidate | None:
    """A repository of a search or of `/repos/…`; None where it names none.

    Args:
        web: the site it lies on; what an answer says of its page is not taken for a link.
    """
    if not isinstance(payload, dict) or not is_full_name(payload.get("full_name")):
        return None
    name = payload["full_name"]
    return Candidate(
        full_name=name,
        url=f"{web}/{name}",
        description=_text(payload.get("description")),
        stars=_number(payload.get("stargazers_count")),
        license=_license(payload.get("license"), "spdx_id"),
        size_bytes=_number(payload.get("size")) * 1024,
        pushed_at=_text(payload.get("pushed_at")) or None,
        language=_text(payload.get("language")) or None,
        topics=tuple(_text(topic) for topic in _list(payload.get("topics"))),
        branch=_text(payload.get("default_branch")) or "HEAD",
        is_archived=payload.get("archived") is True,
        is_fork=payload.get("fork") is True,
    )


def found_repositories(payload: Any, web: str = WEB) -> list[Candidate]:
    """Of a search for repositories, or for code, each once; the latter tells little of them."""
    items = _list(payload.get("items")) if isinstance(payload, dict) else []
    named = (_within(one, "repository") or one for one in items)
    found = (candidate(one, web) for one in named)
    return list({one.full_name: one for one in found if one is not None}.values())


def listing(payload: Any) -> Listing:
    """Of `/repos/…/git/trees/…?recursive=1`."""
    entries = payload.get("tree") if isinstance(payload, dict) else None
    files = tuple(
        File(str(entry["path"]), _number(entry.get("size")))
        for entry in _list(entries)
        if isinstance(entry, dict) and entry.get("type") == "blob" and entry.get("path")
    )
    whole = isinstance(payload, dict) and not payload.get("truncated")
    return Listing(files, is_whole=whole)


def content(payload: Any) -> str | None:
    """The text of `/repos/…/readme` or `…/contents/FILE`; None where it is none."""
    if not isinstance(payload, dict) or payload.get("encoding") != "base64":
        return None
    try:
        data = base64.b64decode(str(payload.get("content") or ""))
    except ValueError:
        return None
    return data.decode("utf-8", "replace")[:MOST_TEXT]


# ---------------------------------------------------------------- GraphQL

FRAGMENT = """
fragment card on Repository {
  nameWithOwner description stargazerCount diskUsage pushedAt isArchived isFork
  licenseInfo { spdxId }
  primaryLanguage { name }
  repositoryTopics(first: 20) { nodes { topic { name } } }
  defaultBranchRef { name }
  tree: object(expression: "HEAD:") {
    ... on Tree { entries { name type object { ...size
      ... on Tree { entries { name type object { ...size
        ... on Tree { entries { name type object { ...size } } } } } } } } }
  }
  readme: object(expression: "HEAD:README.md") { ... on Blob { text } }
  plain: object(expression: "HEAD:README.rst") { ... on Blob { text } }
  small: object(expression: "HEAD:readme.md") { ... on Blob { text } }
  requirements: object(expression: "HEAD:requirements.txt") { ... on Blob { text } }
}
fragment size on Blob { byteSize }
"""


def query_of(names: tuple[str, ...]) -> tuple[str, dict[str, object]]:
    """One query for several repositories, and its variables; answered as `r0`, `r1` and so on."""
    variables: dict[str, object] = {}
    heads, fields = [], []
    for at, full_name in enumerate(names):
        owner, _, name = full_name.partition("/")
        variables |= {f"o{at}": owner, f"n{at}": name}
        heads.append(f"$o{at}: String!, $n{at}: String!")
        fields.append(f"r{at}: repository(owner: $o{at}, name: $n{at}) {{ ...card }}")
    lines = "\n  ".join(fields)
    return f"query({', '.join(heads)}) {{\n  {lines}\n}}\n{FRAGMENT}", variables


def looked_into(node: Any, web: str = WEB) -> tuple[Candidate, Listing] | None:
    """One answer of `query_of`; None where GitHub had none."""
    if not isinstance(node, dict) or not is_full_name(node.get("nameWithOwner")):
        return None
    topics = _list(_within(node, "repositoryTopics", "nodes"))
    found = Candidate(
        full_name=node["nameWithOwner"],
        url=f"{web}/{node['nameWithOwner']}",
        description=_text(node.get("description")),
        stars=_number(node.get("stargazerCount")),
        license=_license(node.get("licenseInfo"), "spdxId"),
        size_bytes=_number(node.get("diskUsage")) * 1024,
        pushed_at=_text(node.get("pushedAt")) or None,
        language=_text(_within(node, "primaryLanguage", "name")) or None,
        topics=tuple(_text(_within(one, "topic", "name")) for one in topics),
        branch=_text(_within(node, "defaultBranchRef", "name")) or "HEAD",
        is_archived=node.get("isArchived") is True,
        is_fork=node.get("isFork") is True,
    )
    files = tuple(_files(node.get("tree"), ""))
    cut = any(one.size_bytes < 0 for one in files)
    readmes = (_text(_within(node, key, "text")) for key in ("readme", "plain", "small"))
    readme = next((text[:MOST_TEXT] for text in readmes if text), None)
    kept = tuple(one for one in files if one.size_bytes >= 0)
    requirements = _text(_within(node, "requirements", "text"))[:MOST_TEXT] or None
    return found, Listing(kept, is_whole=not cut, readme=readme, requirements=requirements)


def _files(tree: Any, folder: str) -> Iterator[File]:
    """Files of a nested tree; a folder that was not entered has a size below 0."""
    for entry in filter(_is_object, _list(_within(tree, "entries"))):
        path = f"{folder}{entry.get('name')}"
        if entry.get("type") == "blob":
            yield File(path, _number(_within(entry, "object", "byteSize")))
        elif entry.get("type") == "tree" and _within(entry, "object", "entries") is not None:
            yield from _files(entry["object"], f"{path}/")
        elif entry.get("type") == "tree":
            yield File(path, -1)


# ---------------------------------------------------------------- pieces


def _within(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _license(value: Any, key: str) -> str | None:
    if not isinstance(value, dict):
        return None
    told = value.get(key)
    return "other" if told in (None, "", "NOASSERTION") else str(told)

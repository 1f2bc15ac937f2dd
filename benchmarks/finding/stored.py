"""Stored repositories as GitHub would show them: what git knows, and nothing that it does not.

Stars and topics are not stored, so a ranking has to do without them here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from benchmarks.corpus.repositories import find_repositories

from .site import BareGit, Head, Metadata, Repository

_LANGUAGES = {
    ".py": "Python",
    ".ipynb": "Jupyter Notebook",
    ".c": "C",
    ".cpp": "C++",
    ".sh": "Shell",
}
_LICENSES = {
    "MIT": "MIT License|Permission is hereby granted, free of charge",
    "Apache-2.0": "Apache License",
    "BSD-3-Clause": "Redistribution and use in source and binary forms",
    "GPL-3.0": "GNU GENERAL PUBLIC LICENSE",
}
_TITLE = re.compile(r"^#+\s*(.+?)\s*#*$", re.MULTILINE)
_SENTENCE = re.compile(r"^[A-Z*_`\[][^\n|<]{30,}", re.MULTILINE)
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*_`#]|<[^>]+>")


def stored_repositories(folder: Path) -> Iterator[Repository]:
    """Every repository below a folder, named as `OWNER+NAME` or by its last two folders."""
    for one in find_repositories(folder):
        owner, _, name = one.name.replace("+", "/").partition("/")
        bare = BareGit(one.folder, Metadata(owner, name or owner))
        head = bare.head()
        if head is not None:
            yield BareGit(one.folder, _described(bare, head))


def _described(bare: Repository, head: Head) -> Metadata:
    known = bare.metadata()
    readme = head.readme()
    sizes: Counter[str] = Counter()
    for entry in head.entries:
        language = _LANGUAGES.get(PurePosixPath(entry.path).suffix)
        if language and entry.kind == "blob":
            sizes[language] += entry.size
    return Metadata(
        owner=known.owner,
        name=known.name,
        description=_description(_text(bare, readme.sha)) if readme else None,
        license_id=_license(bare, head),
        languages=dict(sizes),
        size_kb=sum(entry.size for entry in head.entries) // 1024,
        pushed_at=head.committed_at,
    )


def _text(bare: Repository, sha: str) -> str:
    try:
        return bare.blob(sha).decode("utf-8", "replace")
    except KeyError:  # a partial copy
        return ""


def _description(readme: str) -> str:
    """The first title and the first whole sentence: what authors put into GitHub's own line."""
    found = [match[1] if match.re is _TITLE else match[0] for match in
             filter(None, (_TITLE.search(readme), _SENTENCE.search(readme)))]  # fmt: skip
    return " ".join(_MARKUP.sub(r"\1", one).strip() for one in found)[:300]


def _license(bare: Repository, head: Head) -> str | None:
    named = [one for one in head.inside("") if re.match(r"(?i)licen[sc]e|copying", one.name)]
    text = _text(bare, named[0].sha) if named else ""
    return next((name for name, words in _LICENSES.items() if re.search(words, text)), None)

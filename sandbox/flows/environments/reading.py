"""What a tree says of itself, remembered by the tree's id: a thousand files take seconds to read.

Only what follows from the tree alone, read by the same code, is kept; never what was decided on it.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox import checkouts, environments, tunables
from sandbox.domain import Entry, EntryKind, Requirements, Workspace, digest
from sandbox.files import write_text
from sandbox.flows.repositories.opening import Opened
from sandbox.interfaces import SourceTree


def source_tree(opened: Opened, tree: str) -> SourceTree:
    """The files of one tree of the workspace."""
    return KnownTree(opened.workspace, tree, opened.paths.reading)


class KnownTree(SourceTree):
    """A tree of a workspace that remembers what was asked of it.

    Args:
        tree: its id; what is remembered of another one is forgotten.
        memory: file that is kept between commands.
        most: answers that are remembered, the latest; None = all of this tree.
    """

    def __init__(
        self, workspace: Workspace, tree: str, memory: Path, *, most: int | None = None
    ) -> None:
        self._tree = checkouts.GitTree(workspace, tree)
        self._memory = memory
        self._most = most

    @property
    def sha(self) -> str:
        return self._tree.tree

    def paths(self) -> tuple[str, ...]:
        return self._tree.paths()

    def read(self, path: str) -> bytes:
        return self._tree.read(path)

    def closed(self) -> tuple[str, ...]:
        return self._tree.closed()

    def recall(self, question: Sequence[object], answer: Callable[[], Any]) -> Any:
        """The answer as JSON has it, from memory where it is known."""
        known = self.known(question)
        if known is None:
            known = json.loads(json.dumps(answer()))
            self.remember(question, known)
        return known

    def known(self, question: Sequence[object]) -> Any:
        """What was answered, as JSON has it; None = it was not asked yet."""
        return self._known.get(digest(question))

    def remember(self, question: Sequence[object], answer: object) -> None:
        """Keeps an answer that JSON can hold for the next command."""
        self._known[digest(question)] = answer
        kept = [*self._known.items()][-self._most :] if self._most else self._known
        text = json.dumps({"reader": self._reader, "answers": dict(kept)})
        with suppress(OSError):  # a home that cannot be written is told elsewhere
            write_text(self._memory, text)

    @cached_property
    def _reader(self) -> str:
        return digest(self._tree.tree, code_state())

    @cached_property
    def _known(self) -> dict[str, Any]:
        """Nothing where the file is missing, damaged, another tree's, or another code's."""
        try:
            fields = json.loads(self._memory.read_text(encoding="utf-8"))
            known = fields["answers"] if fields["reader"] == self._reader else {}
        except (OSError, ValueError, TypeError, KeyError):
            return {}
        return known if isinstance(known, dict) else {}


def entries_of(tree: SourceTree) -> tuple[Entry, ...]:
    """As `tunables.runnable_entries`."""
    found = _recall(
        tree, ("entries",), lambda: [asdict(e) for e in tunables.runnable_entries(tree)]
    )
    return tuple(
        Entry(**{**one, "kind": EntryKind(one["kind"]), "reasons": tuple(one["reasons"])})
        for one in found
    )


def imports_of(tree: SourceTree, entries: Sequence[str]) -> tuple[str, ...]:
    """As `environments.third_party_imports`."""
    return tuple(
        _recall(
            tree,
            ("imports", list(entries)),
            lambda: environments.third_party_imports(tree, entries=entries),
        )
    )


def elsewhere_of(tree: SourceTree, entries: Sequence[str]) -> dict[str, str]:
    """As `environments.elsewhere_imports`."""
    return dict(
        _recall(
            tree,
            ("elsewhere", list(entries)),
            lambda: environments.elsewhere_imports(tree, entries=entries),
        )
    )


def own_builds_of(tree: SourceTree, entries: Sequence[str]) -> tuple[environments.OwnBuild, ...]:
    """As `environments.own_builds`."""
    found = _recall(
        tree,
        ("own builds", list(entries)),
        lambda: [asdict(one) for one in environments.own_builds(tree, entries=entries)],
    )
    return tuple(environments.OwnBuild(**_with_tuples(one)) for one in found)


def sha_of(tree: SourceTree) -> str:
    """Of a tree of git's, which all are here."""
    if isinstance(tree, KnownTree):
        return tree.sha
    if isinstance(tree, checkouts.GitTree):
        return tree.tree
    raise TypeError(tree)


def requirements_of(
    tree: SourceTree, entries: Sequence[str], committed_at: str, *, follow: bool = False
) -> Requirements:
    """As `environments.detect`."""
    fields = _recall(
        tree,
        ("requirements", list(entries), committed_at, follow),
        lambda: asdict(
            environments.detect(tree, entries=entries, committed_at=committed_at, follow=follow)
        ),
    )
    return Requirements(**_with_tuples(fields))


def _with_tuples(fields: dict[str, Any]) -> dict[str, Any]:
    """JSON knows lists only."""
    return {key: tuple(one) if isinstance(one, list) else one for key, one in fields.items()}


def _recall(tree: SourceTree, question: Sequence[object], answer: Callable[[], Any]) -> Any:
    if isinstance(tree, KnownTree):
        return tree.recall(question, answer)
    return json.loads(json.dumps(answer()))


def code_state() -> list[object]:
    """Changes with this package's files, with what is installed beside it, and with Python."""
    installed = sysconfig.get_path("purelib")
    files = sorted(_stamps(Path(environments.__file__).parents[1]))
    return [sys.version, Path(installed).stat().st_mtime_ns, files]


def _stamps(folder: Path) -> list[list[object]]:
    stamps: list[list[object]] = []
    with os.scandir(folder) as found:
        for one in found:
            if one.is_dir():
                stamps += [] if one.name == "__pycache__" else _stamps(Path(one.path))
            else:
                stat = one.stat()
                stamps.append([one.path, stat.st_size, stat.st_mtime_ns])
    return stamps

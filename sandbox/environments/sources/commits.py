"""Commits of git repositories as sdists: fetched by whoever can, kept beside those of indexes."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from sandbox.domain import digest
from sandbox.environments.addresses import GitAddress, read_git_address
from sandbox.environments.remembering import sha256_of
from sandbox.environments.resolving.sourcing import Fetched, FetchGit, NotMade, Wish
from sandbox.environments.sources.memory import load_sdist, save_sdist
from sandbox.environments.sources.sdists import Sdist
from sandbox.environments.store.using import alone, use
from sandbox.files import write_text

_FETCHING = ".fetching-"
_DAY_S = 24 * 3600.0
_SHORT = 12  # characters of a commit that tell it from others


def address_of(wish: Wish) -> GitAddress | None:
    """The git repository that a wish names; None = it is for an index."""
    try:
        requirement = Requirement(wish.requirement)
    except InvalidRequirement:
        return None
    return read_git_address(requirement.url or "", requirement.name)


@dataclass(frozen=True)
class Commits:
    """What was asked of git repositories.

    Attributes:
        folder: where sdists are kept.
        lock: held by whoever fetches.
        say: told what is fetched.
        again: a branch that may have gone on is fetched again.
        known: answers by question: within one command nobody asks twice.
    """

    fetch: FetchGit
    folder: Path
    lock: Path
    say: Callable[[str], None]
    again: bool = False
    known: dict[str, Sdist | NotMade] = field(default_factory=dict)

    def find(self, address: GitAddress, wish: Wish) -> Sdist | NotMade:
        """The files as an sdist that lies here; a branch is taken as it was on the wish's day."""
        sdist = self._ask(address, wish.as_of)
        if isinstance(sdist, Sdist) and wish.sha256 not in {None, sdist.sha256}:
            return NotMade("the files there are not those that the lock names")
        return sdist

    def _ask(self, address: GitAddress, as_of: str | None) -> Sdist | NotMade:
        question = digest(address.address, address.name, as_of)[:32]
        if question not in self.known:
            recalled = self._recall(question, address)
            self.known[question] = recalled or self._bring(address, as_of, self._note(question))
        return self.known[question]

    def _note(self, question: str) -> Path:
        return self.folder / f"git-{question}" / "found.json"

    def _recall(self, question: str, address: GitAddress) -> Sdist | None:
        """A branch goes on; as it was on a day it stays. A fork has the same files elsewhere."""
        note = self._note(question)
        try:
            known = json.loads(note.read_text(encoding="utf-8"))
            fresh = not self.again and 0 <= time.time() - note.stat().st_mtime < _DAY_S
            if not (known["lasts"] or fresh):
                return None
            sdist = load_sdist(self.folder / str(known["sha256"]))
            origin, notes = str(known["origin"]), tuple(map(str, known["notes"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return replace(sdist, name=address.name, origin=origin, notes=notes) if sdist else None

    def _bring(self, address: GitAddress, as_of: str | None, note: Path) -> Sdist | NotMade:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.say(f"fetching {address.address}")
        with self._incoming() as incoming:
            target = incoming / "files.tar"
            fetched = self.fetch(address, as_of, target)
            if isinstance(fetched, NotMade):
                return fetched
            sdist = _sdist(address, fetched, sha256_of(target))
            final = self.folder / str(sdist.sha256) / sdist.filename
            final.parent.mkdir(exist_ok=True)
            target.replace(final)
        save_sdist(final.parent, sdist)
        known = {"sha256": sdist.sha256, "origin": sdist.origin, "notes": sdist.notes}
        write_text(note, json.dumps({**known, "lasts": fetched.lasts}))
        return sdist

    @contextmanager
    def _incoming(self) -> Iterator[Path]:
        """A folder for the time of the block; those of others who were killed are removed."""
        with alone(self.lock) as nobody_fetches:
            for left in self.folder.glob(f"{_FETCHING}*") if nobody_fetches else ():
                shutil.rmtree(left, ignore_errors=True)
        _held = use(self.lock)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=_FETCHING) as incoming:
            yield Path(incoming)


def _sdist(address: GitAddress, fetched: Fetched, sha256: str) -> Sdist:
    short = fetched.commit[:_SHORT]
    return Sdist(
        name=address.name,
        version=short,
        filename=f"{short}.tar",
        url="",
        sha256=sha256,
        uploaded=fetched.written_at,
        origin=replace(address, ref=fetched.commit).address,
        folder=address.folder,
        notes=fetched.notes,
    )

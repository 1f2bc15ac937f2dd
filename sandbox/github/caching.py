"""Answers of GitHub on disk: a question is asked once, and later only whether that changed."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.domain import digest
from sandbox.files import write_text

FRESH_S = 3600.0
"""So long an answer is taken as it is."""
DAY_S = 86400.0
KEEP_S = 30 * DAY_S
STATES = (200, 404, 409, 410, 451)
"""Of an answer: it is there, or there is nothing, which is remembered just so."""
MOST_ANSWERS = 4000


@dataclass(frozen=True)
class Kept:
    """An answer.

    Attributes:
        asked_at: when it came, seconds since the epoch.
        etag: what GitHub calls this state of it.
        status: 200, or 404 and the like where there was nothing; then `payload` says what of it.
    """

    payload: Any
    asked_at: float
    etag: str | None = None
    status: int = 200

    @property
    def is_fresh(self) -> bool:
        return 0 <= time.time() - self.asked_at < FRESH_S


@dataclass(frozen=True)
class Answers:
    """A folder of them, one file each; several processes may use it at once.

    Attributes:
        account: tells the answers for one token from those for another; tells nothing of it.
    """

    folder: Path
    site: str
    account: str

    def load(self, question: tuple[object, ...]) -> Kept | None:
        """None = never asked, or what lies there cannot be read."""
        try:
            fields = json.loads(self._path(question).read_text(encoding="utf-8"))
            asked_at, status = float(fields["asked_at"]), int(fields["status"])
            etag = fields["etag"] if isinstance(fields["etag"], str) else None
            if not 0 <= asked_at <= time.time() + DAY_S or status not in STATES:
                return None
            return Kept(fields["payload"], asked_at, etag, status)
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None

    def save(self, question: tuple[object, ...], kept: Kept) -> None:
        """A disk that is full costs the next question's speed, and no more."""
        with contextlib.suppress(OSError):
            write_text(self._path(question), json.dumps(vars(kept)))

    def prune(self) -> None:
        """Remove what is old, and the oldest of too many."""
        found = []
        for path in self.folder.glob("*.json"):
            with contextlib.suppress(OSError):
                found.append((path.stat().st_mtime, path))
        newest = sorted(found, reverse=True)
        for at, (written_at, path) in enumerate(newest):
            if at >= MOST_ANSWERS or time.time() - written_at > KEEP_S:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _path(self, question: tuple[object, ...]) -> Path:
        return self.folder / f"{digest(self.site, self.account, *question)[:32]}.json"

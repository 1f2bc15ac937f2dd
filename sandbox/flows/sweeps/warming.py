"""Modules that an entry's first run imported: later variants find them loaded."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sandbox.domain import EntryKind
from sandbox.files import write_text
from sandbox.flows.sweeps.running import variables
from sandbox.interfaces import Outcome, Session

_ENVIRONMENTS = 20  # that are remembered


class Warmer:
    """Knows what an entry imports in an Environment, from one sweep to the next; from any thread.

    Args:
        path: the file in which it is remembered.
        key: of Environment and entry.
    """

    def __init__(self, path: Path, key: str, kind: EntryKind, *, threads: int) -> None:
        self._path, self._key, self._kind = path, key, kind
        self._variables = variables(threads)
        self._lock = threading.Lock()
        known = _load(path).get(key, {})
        self._modules = tuple(map(str, known.get("modules", ())))
        self._changed = tuple(map(str, known.get("changed", ())))
        self._asks = not self._modules

    @property
    def knows(self) -> bool:
        """Whether there is anything to be imported."""
        return bool(self._modules)

    @property
    def asks(self) -> bool:
        """Whether it is still to learn what a run imports."""
        return self._asks

    def learn(self, outcome: Outcome) -> None:
        """What a run has imported by itself; the first one counts."""
        with self._lock:
            if not self._asks:
                return
            self._asks = False
            if not outcome.modules:
                return
            self._modules, self._changed = outcome.modules, outcome.changed
            told = {"modules": outcome.modules, "changed": outcome.changed}
            known = {**_load(self._path), self._key: told}
            newest = list(known)[-_ENVIRONMENTS:]
            with suppress(OSError):  # then the next sweep learns it again
                write_text(self._path, json.dumps({key: known[key] for key in newest}))

    def warm(self, session: Session) -> str | None:
        """Imports them in this Session; why not, in words, where variants cannot start from it.

        Raises:
            EngineError: the Session is gone.
        """
        warmth = session.warm(self._kind, self._modules, self._variables, changed=self._changed)
        if warmth.obstacle is None and warmth.spoke.strip():
            # A variant that imports them by itself would have printed this.
            session.warm(self._kind, (), self._variables)
            return f"they print: {warmth.spoke.strip().splitlines()[0][:200]}"
        return warmth.obstacle


def _load(path: Path) -> dict[str, dict[str, Sequence[str]]]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {key: told for key, told in known.items() if isinstance(told, dict)}

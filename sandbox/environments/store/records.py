"""What is known of builds without asking the engine: one small file each, in the home's cache."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.domain import digest
from sandbox.files import write_text
from sandbox.paths import Home

if TYPE_CHECKING:
    from sandbox.environments.checking.importing import Touched, Tried

TRUSTED_S = 7 * 24 * 3600.0
"""So long a build that was seen in the Store is taken to be there still."""


@dataclass(frozen=True)
class Record:
    """A finished build.

    Attributes:
        identity: the Workbench it was built on; another one knows nothing of it.
        base: image it was built on.
        size_bytes: on disk; None = not known.
        new_bytes: those of them that no other Environment had then.
        seen_at: when it was last seen in the Store, seconds since the epoch.
        imports: module → None where it imports, else the error's last line.
        asking: modules that import with credentials, and not without.
        packages: `name==version` of what is in it.
        pins: digest of each line of its lock, with hashes and origins.
        touched: module → what its import had to do with; see `checking.importing.Touched`.
    """

    identity: str
    python: str
    base: str = ""
    size_bytes: int | None = None
    new_bytes: int | None = None
    seen_at: float = 0.0
    imports: dict[str, str | None] = field(default_factory=dict)
    asking: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    touched: dict[str, Touched] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The Environment's folder in the Store."""
        return Path(self.python).parents[1].name

    def without_failures(self) -> Record:
        """As if imports that failed had not been tried."""
        fine = (name for name, why in self.imports.items() if why is None)
        return replace(self, imports=dict.fromkeys(fine))

    def knowing(self, tried: Tried) -> Record:
        asking = tuple(dict.fromkeys((*self.asking, *tried.asking)))
        imports, touched = {**self.imports, **tried.errors}, {**self.touched, **tried.touched}
        return replace(self, imports=imports, asking=asking, touched=touched)

    def is_fresh(self) -> bool:
        return 0 <= time.time() - self.seen_at < TRUSTED_S


def load_record(path: Path, identity: str) -> Record | None:
    """None = never built there, or not known; a damaged file counts as none."""
    record = _read(path)
    return record if record is not None and record.identity == identity else None


def load_records(folder: Path, identity: str) -> dict[str, tuple[Path, Record]]:
    """All builds on that Workbench by key."""
    read = ((path, load_record(path, identity)) for path in sorted(folder.glob("*.json")))
    return {record.key: (path, record) for path, record in read if record is not None}


def seen_packages(home: Home, identity: str) -> frozenset[str]:
    """`name==version` of all that this home's builds on that Workbench ever fetched."""
    records = load_records(home.builds, identity).values()
    return frozenset(text for _, record in records for text in record.packages)


def last_uses(home: Home, identity: str) -> dict[str, float]:
    """When this home last asked for each Environment, seconds since the epoch, by key."""
    found = load_records(home.builds, identity)
    return {key: path.stat().st_mtime for key, (path, _) in found.items()}


def _read(path: Path) -> Record | None:
    try:
        fields = json.loads(path.read_text())
        kinds = {"python": str, "seen_at": int | float, "imports": dict}
        whole = all(isinstance(fields[name], kind) for name, kind in kinds.items())
        record = Record(**fields)
        return record if whole and record.key and _has_accounts(record) else None
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return None


def _has_accounts(record: Record) -> bool:
    """Whether its packages, and what imports touched, have the shapes they should have."""
    lists: list[object] = [record.packages, record.pins]
    for modules, distributions in record.touched.values():
        lists += [modules, distributions]
    return all(_is_texts(one) for one in lists)


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


def save_record(path: Path, record: Record) -> None:
    """Written beside and renamed, for others may be reading."""
    write_text(path, json.dumps(asdict(record)))


def load_base(home: Home, identity: str) -> str | None:
    """The image that a build on that Workbench began with last, whatever became of it."""
    try:
        return _base_path(home, identity).read_text() or None
    except OSError:
        return None


def save_base(home: Home, identity: str, base: str) -> None:
    """So that the Store can be looked at although no build came to its end."""
    if load_base(home, identity) != base:
        write_text(_base_path(home, identity), base)


def _base_path(home: Home, identity: str) -> Path:
    return home.builds / f"base-{digest(identity)[:8]}.txt"

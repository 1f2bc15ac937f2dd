"""What is known of builds without asking the engine: one small file each, in the home's cache."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True)
class Record:
    """A finished build.

    Attributes:
        identity: the Workbench it was built on; another one knows nothing of it.
        imports: module → None where it imports, else the error's last line.
    """

    identity: str
    python: str
    imports: dict[str, str | None] = field(default_factory=dict)

    def knowing(self, imports: dict[str, str | None]) -> Record:
        return replace(self, imports={**self.imports, **imports})


def load_record(path: Path, identity: str) -> Record | None:
    """None = never built there, or not known; a damaged file counts as none."""
    try:
        record = Record(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return record if record.identity == identity else None


def save_record(path: Path, record: Record) -> None:
    """Written beside and renamed, for others may be reading."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as stream:
        json.dump(asdict(record), stream)
    Path(stream.name).replace(path)

"""What was found of one repository, and the file that keeps it between two commands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Record:
    """What came of one repository.

    Attributes:
        name: `owner/name`, or the folder's name.
        date: author date of the commit, ISO.
        declares: `requirements.txt`, `other` or `nothing`.
        manifests: the files it declares by.
        status: `works`, `imports`, `not built`, `time`, `python 2`, `elsewhere`: all that it lacks
            are modules that work on other machines only.
        cause: one line for every status but `works`.
        python: `X.Y`, empty where nothing was built.
        relaxed: what had to be given up, one line each.
        failed: module → the last line of its error.
        entries, entries_ok: scripts and notebooks, and those of them that find what they import.
        from_source: distributions that were built here from an sdist.
        python_2: how many files no Python 3 can read.
        elsewhere: module → what it needs that this machine is not or has not.
        tried: ISO date.
        code: the product's commit.
    """

    name: str
    commit: str
    date: str
    declares: str
    status: str
    manifests: tuple[str, ...] = ()
    cause: str = ""
    python: str = ""
    packages: int = 0
    system_packages: tuple[str, ...] = ()
    relaxed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    imported: int = 0
    failed: Mapping[str, str] | None = None
    entries: int = 0
    entries_ok: int = 0
    from_source: tuple[str, ...] = ()
    python_2: int = 0
    decisions: tuple[str, ...] = ()
    elapsed_s: float = 0.0
    elsewhere: Mapping[str, str] | None = None
    tried: str = ""
    code: str = ""

    @property
    def works(self) -> bool:
        return self.status == "works"


def load(path: Path) -> dict[str, Record]:
    """Records by name; empty where there is no file yet."""
    if not path.exists():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {row["name"]: _record(row) for row in rows}


def save(path: Path, records: Mapping[str, Record]) -> None:
    """All records, sorted by name."""
    rows = [asdict(records[name]) for name in sorted(records, key=str.lower)]
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    beside.replace(path)


def _record(row: Mapping[str, Any]) -> Record:
    known = {field.name for field in fields(Record)}
    kept: dict[str, Any] = {name: value for name, value in row.items() if name in known}
    for name, value in kept.items():
        if isinstance(value, list):
            kept[name] = tuple(value)
    return Record(**kept)

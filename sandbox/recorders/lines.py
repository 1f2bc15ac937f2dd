"""Events of a sweep as lines of JSON, and back.

Lines are ASCII, so that every string survives, lone surrogates too. Numbers that are no numbers
are `NaN` and `Infinity`, as Python's `json` writes and reads them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from sandbox.domain import Run, RunStatus, Scalar, Sweep, Tweak

VERSION = 1


def to_line(event: str, values: Mapping[str, object]) -> bytes:
    """One line, its end included; no line of ours holds another line break."""
    record = {"v": VERSION, "event": event, **values}
    return json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n"


def beginning(event: str) -> bytes:
    """What every line of ours about such an event begins with."""
    return to_line(event, {})[:-2] + b","


def from_line(line: bytes) -> dict[str, Any]:
    """The event. Raises ValueError for anything that is not one of ours."""
    try:
        record = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(record, dict) or not isinstance(record.get("v"), int):
        raise ValueError("no event")  # noqa: TRY004 - one error for every broken line
    return record


def sweep_to_json(sweep: Sweep) -> dict[str, Any]:
    """All of it, by the names of its fields."""
    return asdict(sweep)


def sweep_from_json(record: Mapping[str, Any]) -> Sweep:
    """Raises TypeError where a field is missing."""
    return Sweep(**_known(Sweep, record))


def run_to_json(run: Run) -> dict[str, Any]:
    """The whole Run; scalars as short lists, since there may be very many."""
    record = {field.name: getattr(run, field.name) for field in fields(run)}
    mappings = {name: dict(record[name]) for name in ("parameters", "metrics", "artifacts")}
    tweaks = [(tweak.name, tweak.value, tweak.tunable) for tweak in run.tweaks]
    scalars = [(one.name, one.value, one.step, one.unit, one.line) for one in run.scalars]
    return {**record, **mappings, "tweaks": tweaks, "scalars": scalars}


def run_from_json(record: Mapping[str, Any]) -> Run:
    """Raises KeyError, TypeError or ValueError where the record is not a Run."""
    known = _known(Run, record)
    known["status"] = RunStatus(known["status"])
    known["tweaks"] = tuple(Tweak(*tweak) for tweak in known["tweaks"])
    known["scalars"] = tuple(Scalar(*scalar) for scalar in known["scalars"])
    known["notes"] = tuple(known["notes"])
    return Run(**known)


def _known(kind: type[Run | Sweep], record: Mapping[str, Any]) -> dict[str, Any]:
    """Without the fields that a newer version may have added."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in record.items() if name in names}

"""What W&B writes without a network: a log of records, in blocks as LevelDB has them.

Source: wandb/sdk/internal/datastore.py; github.com/google/leveldb/blob/main/doc/log_format.md.
Its `wandb-summary.json` and `wandb-history.jsonl` are read as any other JSON.
"""

from __future__ import annotations

import itertools
import json
import struct
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from sandbox.domain import Scalar
from sandbox.metrics.importers.messages import parse
from sandbox.metrics.importers.model import (
    MOST_RECORDS,
    MOST_VALUES,
    Clock,
    Log,
    UnreadableError,
    scalar,
)

PATTERNS = ("*.wandb",)

_MAGIC = b":W&B"
_FILE_HEAD_BYTES = 7
_BLOCK_BYTES = 32768
_HEAD = struct.Struct("<IHB")
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_LONGEST_JSON = 100


def read(path: str, data: bytes, clock: Clock) -> tuple[Log, ...]:
    """The history; of names without one, the summary's value."""
    if not data.startswith(_MAGIC):
        raise UnreadableError("it is no log of W&B")
    history: list[Scalar] = []
    summary: dict[str, Scalar] = {}
    for record in clock.each(_records(data)):
        message = parse("Record", record)
        history += _scalars(message.history.item, _step(message.history))
        summary |= {one.name: one for one in _scalars(message.summary.update, None)}
        if len(history) > MOST_VALUES:
            break
    told = {one.name for one in history}
    rest = [one for name, one in summary.items() if name not in told]
    found = (*history[:MOST_VALUES], *rest)
    is_cut = len(history) > MOST_VALUES
    return (Log(str(PurePosixPath(path).parent), found, is_cut),) if found else ()


def _records(data: bytes) -> Iterator[bytes]:
    """Whole ones; the last one of a program that was ended may be cut."""
    begun: list[bytes] = []
    for kind, piece in itertools.islice(_pieces(data), MOST_RECORDS):
        if kind in {_FULL, _FIRST}:
            begun = []
        begun.append(piece)
        if kind in {_FULL, _LAST}:
            yield b"".join(begun)
            begun = []


def _pieces(data: bytes) -> Iterator[tuple[int, bytes]]:
    """A record, or a part of one, with its kind: a record goes on in the next block."""
    at = _FILE_HEAD_BYTES
    while at + _HEAD.size <= len(data):
        if _BLOCK_BYTES - at % _BLOCK_BYTES < _HEAD.size:
            at += _BLOCK_BYTES - at % _BLOCK_BYTES
            continue
        _, size, kind = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        if not _FULL <= kind <= _LAST or at + size > len(data):
            return
        yield kind, data[at : at + size]
        at += size


def _step(history: Any) -> float | None:
    """In its own field, or among the items as `_step`."""
    if history.HasField("step"):
        return float(history.step.num)
    told = (_number(item) for item in history.item if _key(item) == "_step")
    return next(told, None)


def _scalars(items: Any, step: float | None) -> Iterator[Scalar]:
    for item in items:
        key, number = _key(item), _number(item)
        if number is not None and not key.startswith(("_", "system/")):
            yield scalar(key, number, step)


def _key(item: Any) -> str:
    names = item.nested_key or [item.key]
    return b".".join(names).decode("utf-8", "replace")


def _number(item: Any) -> float | None:
    if item.HasField("number"):
        return float(item.number)
    if item.HasField("integer"):
        return float(item.integer)
    return _from_json(item.value_json)


def _from_json(text: bytes) -> float | None:
    """Numbers only; W&B writes those that are not finite as texts."""
    if not text or len(text) > _LONGEST_JSON:
        return None
    try:
        value = json.loads(text)
        if isinstance(value, str):
            return float(value) if value in {"NaN", "Infinity", "-Infinity"} else None
        return None if isinstance(value, bool | list | dict | None) else float(value)
    except (ValueError, OverflowError, RecursionError):
        return None

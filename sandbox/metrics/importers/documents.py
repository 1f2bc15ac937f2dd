"""JSON: a Trainer's state, histories, results; and lines of JSON, an object for each step."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from sandbox.domain import Scalar
from sandbox.metrics.importers.model import PARSING, Clock, Log, UnreadableError, scalar
from sandbox.metrics.importers.rows import Row, is_result, is_wanted, read_rows, to_value
from sandbox.metrics.vocabulary import STEP_COLUMNS, is_metric

PATTERNS = ("*.json", "*.jsonl", "*.ndjson")

_TRAINER = "log_history"
_DEEPEST = 4
_MOST_LINES = 100_000
_LONGEST_BYTES = 4 * 2**20
"""A document is in memory as a whole, and takes twenty times as much there."""

_LONGEST_LINE = 2**18

_MOST_NAMES = 500
_MOST_FLAT = 20_000
_LONGEST_NAME = 200


class _Names:
    """Of all objects of one file: each is kept once, short, and not without end.

    An inner name has the outer ones in it, so a few long ones outside would be copied into each of
    a hundred thousand inside.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._known: dict[str, str] = {}
        self.is_full = False

    def join(self, outer: str, inner: str) -> str:
        return f"{outer}_{inner[:_LONGEST_NAME]}"[:_LONGEST_NAME] if outer else inner

    def keep(self, name: str) -> str | None:
        """None where there are too many already."""
        name = name[:_LONGEST_NAME]
        if len(self._known) >= _MOST_FLAT and name not in self._known:
            self.is_full = True
            return None
        return self._known.setdefault(name, name)


def read(path: str, data: bytes, clock: Clock) -> tuple[Log, ...]:
    """Empty where the document holds something else."""
    if not path.lower().endswith(".json"):
        return read_lines(path, data, clock)
    names = _Names(clock)
    try:
        found = _of_document(_load(data), PurePosixPath(path).stem, names)
    except UnreadableError:
        lines = _rows(data, names)
        if not lines and data.strip():
            raise
        found = read_rows(lines, PurePosixPath(path).stem)
    return (Log(path, found, names.is_full),) if found else ()


def _load(data: bytes) -> object:
    if len(data) > _LONGEST_BYTES:
        raise UnreadableError(f"it is over {_LONGEST_BYTES // 2**20} MiB")
    try:
        return json.loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError("it is no JSON") from error


def read_lines(path: str, data: bytes, clock: Clock) -> tuple[Log, ...]:
    """Lines of JSON in a file of any name; empty where it holds none."""
    names = _Names(clock)
    rows = _rows(data, names)
    found = read_rows(rows, PurePosixPath(path).stem) if rows else ()
    is_cut = names.is_full or len(rows) == _MOST_LINES
    return (Log(path, found, is_cut),) if found else ()


def _rows(data: bytes, names: _Names) -> list[Row]:
    return list(_lines(io.StringIO(data.decode("utf-8-sig", "replace")), names))


def _lines(text: Iterable[str], names: _Names) -> Iterator[Row]:
    """Objects of lines; a line that is none is passed over, unless it is the first."""
    lines = names.clock.each(itertools.islice(text, _MOST_LINES), PARSING)
    for at, line in enumerate(lines):
        try:
            is_one = len(line) <= _LONGEST_LINE and line.lstrip().startswith("{")
            found = json.loads(line) if is_one else None
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            yield dict(_flat(found, names))
        elif at == 0:
            return


def _of_document(document: object, stem: str, names: _Names) -> tuple[Scalar, ...]:
    if isinstance(document, dict) and isinstance(document.get(_TRAINER), list):
        return read_rows(_objects(document[_TRAINER], names), _TRAINER)
    if isinstance(document, list):
        return read_rows(_objects(document, names), stem)
    if not isinstance(document, dict):
        return ()
    columns = {str(name): told for name, told in document.items() if _is_column(told)}
    if columns and any(is_metric(name.split()) for name in columns):
        return read_rows(_turned(columns), stem if is_result(stem) else "history")
    return tuple(_results(document, names)) if is_result(stem) else ()


def _objects(items: list[object], names: _Names) -> list[Row]:
    some = names.clock.each(items[:_MOST_LINES], PARSING)
    return [dict(_flat(one, names)) for one in some if isinstance(one, dict)]


def _is_column(told: object) -> bool:
    return isinstance(told, list) and bool(told) and all(map(to_value, told[:_MOST_LINES]))


def _turned(columns: Mapping[str, list[object]]) -> list[Row]:
    longest = min(max(map(len, columns.values())), _MOST_LINES)
    rows: list[dict[str, object]] = [{} for _ in range(longest)]
    for name, told in columns.items():
        for row, one in zip(rows, told, strict=False):
            row[name] = one
    return list(rows)


def _results(document: Mapping[str, object], known: _Names) -> Iterator[Scalar]:
    """Numbers by name, at the step that stands beside them."""
    flat = dict(_flat(document, known))
    told = (to_value(flat[name]) for name in STEP_COLUMNS if name in flat)
    step = next((one.number for one in told if one is not None), None)
    numbers = [name for name, one in flat.items() if not isinstance(one, str) and to_value(one)]
    names = [one for one in numbers if is_wanted(one) and one.lower() not in STEP_COLUMNS]
    if not any(is_metric(name.split()) for name in names):
        return
    for name in names[:_MOST_NAMES]:
        value = to_value(flat[name])
        if value is not None:
            yield scalar(name, value.number, step)


def _flat(
    found: Mapping[str, object], names: _Names, outer: str = "", depth: int = 0
) -> Iterator[tuple[str, object]]:
    """Values of inner objects under both names: `val` and `loss` are `val_loss`."""
    for inner, told in found.items():
        name = names.join(outer, inner)
        if isinstance(told, dict):
            if depth < _DEEPEST:
                yield from _flat(told, names, name[:_LONGEST_NAME], depth + 1)
        elif (kept := names.keep(name)) is not None:
            yield kept, told

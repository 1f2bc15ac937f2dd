"""CSV and TSV: Keras' and Lightning's CSVLogger, pandas' `to_csv`, and what people write."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import PurePosixPath

from sandbox.metrics.importers.model import Log
from sandbox.metrics.importers.rows import Row, is_series, read_rows, to_value

PATTERNS = ("*.csv", "*.tsv")

_MOST_ROWS = 100_000
_MOST_COLUMNS = 2_000
_DELIMITERS = ",;\t"


def read(path: str, data: bytes) -> tuple[Log, ...]:
    """Empty where the table is data."""
    place = PurePosixPath(path)
    found = read_rows(list(_rows(data)), place.stem)
    return (Log(str(place.with_suffix("")), found),) if found else ()


def is_table_log(path: str) -> bool:
    """Keras' own example writes its table to `training.log`."""
    return is_series(PurePosixPath(path).name)


def _rows(data: bytes) -> Iterator[Row]:
    lines = io.StringIO(data.decode("utf-8-sig", "replace").replace("\0", ""), newline="")
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    delimiter = max(_DELIMITERS, key=first.count)
    names = _cells(first, delimiter)
    if not names or len(names) > _MOST_COLUMNS or any(to_value(name) for name in names):
        return
    try:
        for at, cells in enumerate(csv.reader(lines, delimiter=delimiter)):
            if at >= _MOST_ROWS:
                return
            if cells != names:  # again where a program was started again
                yield dict(zip(names, cells, strict=False))
    except csv.Error:  # a field without an end: what came before stands
        return


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []

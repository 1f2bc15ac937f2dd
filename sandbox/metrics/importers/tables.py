"""CSV and TSV: Keras' and Lightning's CSVLogger, pandas' `to_csv`, and what people write."""

from __future__ import annotations

import csv
import io
from pathlib import PurePosixPath

from sandbox.metrics.importers.model import PARSING, Clock, Log, scalar
from sandbox.metrics.importers.rows import Row, is_series, read_rows, to_value

PATTERNS = ("*.csv", "*.tsv")

_MOST_CELLS = 400_000
_MOST_COLUMNS = 2_000
_DELIMITERS = ",;\t"
_DVC = "plots/metrics/"
"""Where DVCLive has a table for each metric, named by its path."""


def read(path: str, data: bytes, clock: Clock) -> tuple[Log, ...]:
    """Empty where the table is data."""
    rows, is_cut = _rows(data, clock)
    found = read_rows(rows, PurePosixPath(path).stem)
    if _DVC in path and found:
        name = path.rpartition(_DVC)[2].rpartition(".")[0].replace("/", "_")
        found = tuple(scalar(name, one.value, one.step) for one in found)
    return (Log(path, found, is_cut),) if found else ()


def is_table_log(path: str) -> bool:
    """Keras' own example writes its table to `training.log`."""
    return is_series(PurePosixPath(path).name)


def _rows(data: bytes, clock: Clock) -> tuple[list[Row], bool]:
    """The rows, and whether there are more."""
    lines = io.StringIO(data.decode("utf-8-sig", "replace").replace("\0", ""), newline="")
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    delimiter = max(_DELIMITERS, key=first.count)
    names = _cells(first, delimiter)
    if not names or len(names) > _MOST_COLUMNS or any(to_value(name) for name in names):
        return [], False
    found: list[Row] = []
    try:
        reader = csv.reader(lines, delimiter=delimiter)
        for at, cells in enumerate(clock.each(reader, PARSING)):
            if at * len(names) >= _MOST_CELLS:
                return found, True
            if cells != names:  # again where a program was started again
                found.append(dict(zip(names, cells, strict=False)))
    except csv.Error:  # a field without an end: what came before stands
        return found, True
    return found, False


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []

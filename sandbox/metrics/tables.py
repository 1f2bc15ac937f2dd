"""Tables: boxes of names and values, columns under a header, scikit-learn's report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.metrics.fields import Named, is_wanted
from sandbox.metrics.tokens import Kind, Token, number, tokenize, unwrap
from sandbox.metrics.vocabulary import STEP_COLUMNS, is_metric

_RULE = re.compile(r"[\s|+:=_\-─━═╌┄┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋┡┩╇╞╡╪╔╗╚╝╠╣╦╩╬│┃║*~]+")
_EDGES = "|│┃║"
_SIDES = re.compile(r"[|│┃║]")
_GAPS = re.compile(r"\t+|\s{2,}")
_MOST_COLUMNS = 60
_MOST_ROWS = 500


@dataclass(frozen=True)
class Row:
    """What one row, or one box, says.

    Attributes:
        step: None = the table does not tell one.
    """

    named: tuple[Named, ...]
    step: float | None = None


# ---------------------------------------------------------------- lines


def is_rule(line: str) -> bool:
    """A line that only separates: `-----`, `+---+---+`, `┌──┐`."""
    bare = line.strip()
    return len(bare) >= 3 and _RULE.fullmatch(bare) is not None


def box_cells(line: str) -> tuple[str, ...] | None:
    """Cells of a line that begins and ends with an edge, else None."""
    bare = line.strip()
    if len(bare) < 3 or bare[0] not in _EDGES or bare[-1] not in _EDGES:
        return None
    return tuple(cell.strip() for cell in _SIDES.split(bare[1:-1]))


# ---------------------------------------------------------------- boxes of names and values


@dataclass(frozen=True)
class Box:
    """Rows of `| name | value |` so far; `section` is put before names, as in `train/`."""

    section: str = ""
    entries: tuple[tuple[str, Token], ...] = ()

    def add(self, cells: Sequence[str]) -> Box:
        """The box with one more row; what is neither section nor number is passed over."""
        name, text = cells[0], cells[1]
        if not text and name.endswith("/"):
            return Box(name, self.entries)
        value = number(text)
        if value is None or not name or len(self.entries) >= _MOST_ROWS:
            return self
        return Box(self.section, (*self.entries, (self.section + name, value)))

    def read(self) -> Row:
        """The whole box: all of its values belong to one step."""
        step = _box_step(self.entries)
        named = (Named(tuple(name.split()), value, linked=True) for name, value in self.entries)
        return Row(tuple(one for one in named if is_wanted(one, stepped=step is not None)), step)


def _box_step(entries: Sequence[tuple[str, Token]]) -> float | None:
    last = {name.split("/")[-1].strip().lower(): value for name, value in entries}
    found = (last[key] for key in STEP_COLUMNS if key in last)
    return next((one.value for one in found if one.value >= 0), None)


# ---------------------------------------------------------------- columns under a header


@dataclass(frozen=True)
class Header:
    """Column names, and by what the cells are told apart (`|`, `,`, gaps, spaces)."""

    columns: tuple[str, ...]
    split_by: str

    @property
    def is_report(self) -> bool:
        """scikit-learn's classification report."""
        return {"precision", "recall", "support"} <= set(self.columns)

    def read(self, line: str) -> Row | None:
        """What the row says; None when the line is no row of this table."""
        cells = _row_cells(line, self.split_by, len(self.columns))
        if self.is_report:
            return _read_report(self.columns, cells)
        width = len(self.columns)
        if len(cells) == width:
            return self._read_cells(cells, self.columns, "")
        if len(cells) == width + 1:
            return self._read_cells(cells[1:], self.columns, cells[0])
        return None

    def _read_cells(self, cells: Sequence[str], columns: Sequence[str], index: str) -> Row | None:
        values = {
            column: value
            for column, cell in zip(columns, cells, strict=True)
            if (value := number(cell)) is not None
        }
        if not values or 2 * len(values) + 1 < len(cells):
            return None
        text = index or (cells[0] if columns[0] not in values else "")
        return _to_row(values, text)


def find_header(line: str) -> Header | None:
    """The header that this line is, when its columns name metrics, else None."""
    for split_by in ("box", "|", ",", "gaps", "spaces"):
        columns = _split(line, split_by)
        if 2 <= len(columns) <= _MOST_COLUMNS:
            return _to_header(columns, split_by)
    return None


def _to_header(columns: tuple[str, ...], split_by: str) -> Header | None:
    if split_by == "box" and not columns[0]:
        columns = columns[1:]
    if not all(map(_is_column, columns)):
        return None
    metrics = sum(is_metric(column.split()) for column in columns)
    has_step = columns[0].lower() in STEP_COLUMNS
    if split_by in ("spaces", ",") and not has_step and metrics < len(columns):
        return None
    return Header(columns, split_by) if metrics and len(set(columns)) == len(columns) else None


def _is_column(text: str) -> bool:
    words = text.split()
    if not 1 <= len(words) <= 4 or any(sign in text for sign in ":="):
        return False
    kinds = {token.kind for token in tokenize(text)}
    return text == "#" or (Kind.word in kinds and Kind.number not in kinds)


def _split(line: str, split_by: str) -> tuple[str, ...]:
    if split_by == "box":
        return box_cells(line) or ()
    if split_by == "gaps":
        return tuple(_GAPS.split(line.strip()))
    if split_by == "spaces":
        return tuple(line.split())
    return tuple(cell.strip() for cell in line.strip().split(split_by))


def _row_cells(line: str, split_by: str, width: int) -> tuple[str, ...]:
    cells = _split(unwrap(line), split_by)
    if split_by == "gaps" and len(cells) < width:
        return tuple(line.split())
    return cells


def _to_row(values: dict[str, Token], index: str) -> Row:
    lower = {column.lower(): value for column, value in values.items()}
    told = next((lower[key] for key in STEP_COLUMNS if key in lower), None)
    counter = number(index) if told is None else None
    step = told or (counter if counter is not None and counter.whole else None)
    label = () if step is not None or number(index) else tuple(index.split())
    named = (
        Named((*label, *column.split()), value, linked=True)
        for column, value in values.items()
        if value is not told
    )
    wanted = (one for one in named if is_wanted(one, stepped=told is not None))
    return Row(tuple(wanted), step.value if step else None)


# ---------------------------------------------------------------- scikit-learn's report


def _read_report(columns: Sequence[str], cells: Sequence[str]) -> Row | None:
    """The accuracy and the averages' f1-score; a row per class would swamp every table."""
    name, values = cells[0], [number(cell) for cell in cells[1:]]
    if not values or None in values:
        return None
    if name == "accuracy":
        return Row(_one((name,), values[0]))
    if not name.endswith(" avg") or len(values) != len(columns):
        return Row(())
    return Row(_one((*name.split(), "f1-score"), values[list(columns).index("f1-score")]))


def _one(words: tuple[str, ...], value: Token | None) -> tuple[Named, ...]:
    return (Named(words, value, linked=True),) if value is not None else ()

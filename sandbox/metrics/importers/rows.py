"""From rows with named values to scalars: which column is the step, and which are metrics."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.domain import Scalar
from sandbox.metrics.importers.model import MOST_VALUES, scalar
from sandbox.metrics.tokens import number
from sandbox.metrics.vocabulary import STEP_COLUMNS, is_metric, is_vetoed

Row = Mapping[str, object]

_INDEX = ("", "unnamed: 0", "index")
"""What pandas calls the column that counts the rows."""

_MOST_COLUMNS = 500
_LONGEST_VALUE = 80
_MOST_LABELS = 20
_MOST_STEPS = 5
_LONGEST_LABEL = 200
_WORDS = re.compile(r"[^a-z]+")
_SERIES = frozenset(
    (
        "history",
        "hist",
        "log",
        "logs",
        "metric",
        "metrics",
        "progress",
        "loss",
        "losses",
        "monitor",
        "stats",
        "curve",
        "curves",
    )
)
_RESULTS = _SERIES.union(
    (
        "result",
        "results",
        "score",
        "scores",
        "eval",
        "evaluation",
        "summary",
        "performance",
        "report",
        "accuracy",
        "acc",
    )
)
_NOT_MEASURED = frozenset(("total_flos", "flos"))


@dataclass(frozen=True)
class Value:
    """A number as it stood there."""

    number: float
    unit: str | None = None


def is_series(stem: str) -> bool:
    """Whether a file of that name is one that is written step by step."""
    return not _SERIES.isdisjoint(_WORDS.split(stem.lower()))


def is_result(stem: str) -> bool:
    """Whether a file of that name says how good something is."""
    return not _RESULTS.isdisjoint(_WORDS.split(stem.lower()))


def to_value(told: object) -> Value | None:
    """None where it is no number."""
    if isinstance(told, bool) or told is None:
        return None
    if isinstance(told, int | float):
        try:
            return Value(float(told))
        except OverflowError:
            return None
    text = told.strip() if isinstance(told, str) else ""
    if not text or len(text) > _LONGEST_VALUE or "_" in text:
        return None
    try:
        return Value(float(text))
    except ValueError:
        token = number(text)
    return Value(token.value, "%" if token.percent else None) if token is not None else None


def read_rows(rows: Sequence[Row], stem: str) -> tuple[Scalar, ...]:
    """Empty where the rows are data, and no report of a training.

    That they are one is told by a column for the step beside one that is named as a metric, or by
    the name of the file.
    """
    columns = _columns(rows)
    steps = [name for name in columns if _step_rank(name) is not None]
    metrics = [name for name in columns if name not in steps and is_wanted(name)]
    if not any(is_metric(name.split()) for name in metrics):
        return ()
    is_told = any(name.strip().lower() not in _INDEX for name in steps)
    if is_told or is_series(stem):
        return tuple(_in_steps(rows, metrics, _choose(rows, steps, metrics)))
    return tuple(_labelled(rows, metrics)) if is_result(stem) else ()


def is_wanted(name: str) -> bool:
    """Neither a time, a size or a setting, nor private."""
    words = name.split()
    return not (name.startswith("_") or name in _NOT_MEASURED or is_vetoed(words))


def _columns(rows: Iterable[Row]) -> list[str]:
    """Those with a number in them, in the order of the first."""
    found: dict[str, None] = {}
    for row in rows:
        for name, told in row.items():
            if name not in found and len(found) < _MOST_COLUMNS and to_value(told) is not None:
                found[name] = None
    return list(found)


def _step_rank(name: str) -> int | None:
    """The lower the better; None = no step."""
    plain = name.strip().lower().lstrip("_")
    last = plain.rpartition("/")[2]
    if name.strip().lower() in _INDEX:
        return len(STEP_COLUMNS)
    return STEP_COLUMNS.index(last) if last in STEP_COLUMNS else None


def _choose(rows: Sequence[Row], steps: Sequence[str], metrics: Sequence[str]) -> str | None:
    """The best that tells the rows of a metric apart, else the finest."""
    ranked = sorted(steps, key=lambda name: _step_rank(name) or 0)
    fit = _telling_apart(rows, ranked[:_MOST_STEPS], frozenset(metrics))
    return next(iter(fit), ranked[-1] if ranked else None)


def _telling_apart(
    rows: Iterable[Row], steps: Sequence[str], metrics: frozenset[str]
) -> Sequence[str]:
    """Those at which no metric has two values; each cell is looked at once."""
    seen: dict[str, set[tuple[str, float]]] = {step: set() for step in steps}
    for row in rows:
        names = [name for name, told in row.items() if name in metrics and to_value(told)]
        for step in [step for step in seen if not _is_new(row, step, names, seen[step])]:
            del seen[step]
        if not seen:
            break
    return tuple(seen)


def _is_new(row: Row, step: str, names: Sequence[str], seen: set[tuple[str, float]]) -> bool:
    at = to_value(row.get(step))
    if at is None:
        return not names
    told = {(name, at.number) for name in names}
    is_new = seen.isdisjoint(told)
    seen |= told
    return is_new


def _in_steps(rows: Iterable[Row], metrics: Sequence[str], step: str | None) -> Iterator[Scalar]:
    count, wanted = 0, frozenset(metrics)
    for row in rows:
        at = to_value(row.get(step)) if step is not None else None
        told = at.number if at is not None and math.isfinite(at.number) else None
        for name, cell in row.items():
            value = to_value(cell) if name in wanted else None
            if value is not None:
                count += 1
                yield scalar(name, value.number, told, value.unit)
        if count >= MOST_VALUES:
            return


def _labelled(rows: Sequence[Row], metrics: Sequence[str]) -> Iterator[Scalar]:
    """A row for each thing that was tried; many are data."""
    if len(rows) > _MOST_LABELS:
        return
    texts = [name for name, told in rows[0].items() if isinstance(told, str) and not to_value(told)]
    label = texts[0] if texts else None
    names = [str(row.get(label, ""))[:_LONGEST_LABEL] if label else "" for row in rows]
    if len(set(names)) < len(names):
        return
    for row, name in zip(rows, names, strict=True):
        for metric in metrics:
            value = to_value(row.get(metric))
            if value is not None:
                yield scalar(f"{name} {metric}", value.number, None, value.unit)

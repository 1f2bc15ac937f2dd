"""Numbers that a run both printed and wrote into a file: each counts once."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sandbox.directions import parts
from sandbox.domain import Scalar

_SHIFTS = (0, 1, -1)
"""Epochs are counted from 1 on the screen, and from 0 in most files."""


@dataclass(frozen=True)
class _Values:
    """Numbers to be looked for: the finite ones by size, the others each once."""

    finite: tuple[float, ...] = ()
    others: tuple[float, ...] = ()

    def holds(self, shown: float) -> bool:
        """Whether one of them is it: if any, then one of the two nearest."""
        at = bisect(self.finite, shown)
        near = self.finite[max(at - 1, 0) : at + 1]
        return any(_is_rounded(shown, value) for value in (*near, *self.others))


def _values(told: Iterable[float]) -> _Values:
    told = list(told)
    others = {repr(one): one for one in told if not math.isfinite(one)}
    return _Values(tuple(sorted(filter(math.isfinite, told))), tuple(others.values()))


def prefer_files(
    printed: Sequence[Scalar], imported: Sequence[Scalar]
) -> tuple[tuple[Scalar, ...], int]:
    """All of them, those of files last, and how many printed ones the files tell too.

    Of the same name and step the file's stands, which is not rounded. Where every printed value of
    a metric is the file's, a step apart at most, or where one without a step is the file's last,
    they are the same numbers too. A file's `loss/train` that was printed as `train_loss` has the
    name that was printed.
    """
    imported = _as_printed(_by_name(printed), imported)
    files, screen = _by_name(imported), _by_name(printed)
    told = {id(one) for name in files for one in _told_again(screen.get(name, []), files[name])}
    return (*(one for one in printed if id(one) not in told), *imported), len(told)


def _as_printed(screen: Mapping[str, list[Scalar]], imported: Sequence[Scalar]) -> Sequence[Scalar]:
    """Under the name on the screen where that has the same words, and all its numbers.

    People and recipes know that name, and a run that was ended before its files were written has
    no other.
    """
    files = _by_name(imported)
    same: dict[tuple[str, ...], tuple[list[str], list[str]]] = {}
    for side, names in enumerate((screen, files)):
        for name in names:
            same.setdefault(tuple(sorted(parts(name))), ([], []))[side].append(name)
    pairs = ((shown[0], told[0]) for shown, told in same.values() if len(shown) == len(told) == 1)
    called = {
        told: shown
        for shown, told in pairs
        if shown != told and _tells_all(files[told], screen[shown])
    }
    if not called:
        return imported
    return [replace(one, name=called.get(one.name, one.name)) for one in imported]


def _by_name(scalars: Sequence[Scalar]) -> dict[str, list[Scalar]]:
    found: dict[str, list[Scalar]] = {}
    for one in scalars:
        found.setdefault(one.name, []).append(one)
    return found


def _tells_all(file: list[Scalar], printed: list[Scalar]) -> bool:
    """Whether every printed value with a step is in the file there, or a step apart throughout."""
    steps: dict[float | None, list[float]] = {}
    for one in file:
        steps.setdefault(one.step, []).append(one.value)
    known = {step: _values(values) for step, values in steps.items()}
    stepped = [one for one in printed if one.step is not None]
    return bool(stepped) and any(
        all(known.get((one.step or 0) - shift, _Values()).holds(one.value) for one in stepped)
        for shift in _SHIFTS
    )


def _told_again(printed: list[Scalar], file: list[Scalar]) -> list[Scalar]:
    steps = {one.step for one in file}
    stepped = [one for one in printed if one.step is not None]
    if _tells_all(file, printed):
        return [*stepped, *_without_step(printed, file)]
    same_step = [one for one in stepped if one.step in steps]
    return [*same_step, *_without_step(printed, file)]


def _without_step(printed: list[Scalar], file: list[Scalar]) -> list[Scalar]:
    """In the file's order, or its last one."""
    unstepped = [one for one in printed if one.step is None]
    values = [one.value for one in file]
    pairs = zip(unstepped, values[-len(unstepped) :], strict=False)
    if len(unstepped) <= len(values) and all(_is_rounded(a.value, b) for a, b in pairs):
        return unstepped
    return []


def _is_rounded(shown: float, value: float) -> bool:
    """Whether the first is the second, as many digits as it has."""
    if not (math.isfinite(shown) and math.isfinite(value)):
        return shown == value or (math.isnan(shown) and math.isnan(value))
    exponent = Decimal(repr(shown)).as_tuple().exponent
    half = 0.5001 * 10.0 ** min(int(exponent), 0)
    return abs(shown - value) <= half + 1e-6 * abs(value)

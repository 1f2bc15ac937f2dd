"""Several logs of one run as one: what is told twice counts once, equal names are told apart."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from sandbox.directions import parts
from sandbox.domain import Scalar
from sandbox.metrics.importers.model import Log
from sandbox.metrics.names import with_set
from sandbox.metrics.vocabulary import is_set

Series = tuple[Scalar, ...]

MOST_SCALARS = 100_000
MOST_NAMES = 500
MOST_PLACES = 200
"""That tell one name: each is compared with all others."""

_CLOSE = 1e-5
"""TensorBoard keeps seven digits of what a table has whole."""

_CHANGING = re.compile(r"\d{4,}|\d+[-_:]\d+|^[0-9a-f]{8,}$|^run-[0-9a-z]{8}\b", re.IGNORECASE)


def in_time() -> bool:
    """Of what may take as long as it likes: it is not late."""
    return False


def combine(
    logs: Iterable[Log], is_late: Callable[[], bool] = in_time
) -> tuple[tuple[Scalar, ...], tuple[str, ...]]:
    """All scalars, metric after metric, and a line for what was left out.

    Args:
        is_late: asked before each metric; of those for which there is no time the first log stands.
    """
    named: dict[str, dict[str, list[Scalar]]] = {}
    for log in logs:
        for one in log.scalars:
            named.setdefault(one.name, {}).setdefault(log.place, []).append(one)
    series: dict[str, Series] = {}
    late = 0
    for name, places in named.items():
        is_alone = len(places) > 1 and is_late()
        late += is_alone
        first = itertools.islice(places.items(), 1 if is_alone else MOST_PLACES)
        series |= _told_apart(name, {place: tuple(told) for place, told in first})
    scalars, notes = _limited(series)
    most = max(map(len, named.values()), default=0)
    return scalars, (*notes, *_places_left_out(most, late))


def _places_left_out(most: int, late: int) -> Iterator[str]:
    if most > MOST_PLACES:
        yield f"metrics: of {most} logs that tell one metric, the first {MOST_PLACES} were read"
    if late:
        yield f"metrics: of {late} that several logs tell the first log's stand, for lack of time"


def _told_apart(name: str, places: Mapping[str, Series]) -> dict[str, Series]:
    """Plain names where one place tells it, else with what differs between the places."""
    different: dict[str, Series] = {}
    for place in sorted(places, key=lambda one: (-len(places[one]), _unstepped(places[one]), one)):
        if not any(_holds(other, places[place]) for other in different.values()):
            different[place] = places[place]
    if len(different) == 1:
        return {name: next(iter(different.values()))}
    labels = label(sorted(different))
    return {
        one: tuple(_renamed(scalar, one) for scalar in different[place])
        for place, text in labels.items()
        for one in [_labelled(text, name)]
    }


def _unstepped(told: Series) -> int:
    return sum(one.step is None for one in told)


def _holds(longer: Series, shorter: Series) -> bool:
    """Whether it tells the same, or begins or ends with it."""
    parts = longer[: len(shorter)], longer[-len(shorter) :]
    return any(
        all(is_close(a.value, b.value) for a, b in zip(part, shorter, strict=True))
        for part in parts
    )


def is_close(one: float, other: float) -> bool:
    """Equal but for the digits that a format drops."""
    both_nan = math.isnan(one) and math.isnan(other)
    return both_nan or math.isclose(one, other, rel_tol=_CLOSE, abs_tol=1e-12)


def _labelled(text: str, name: str) -> str:
    """A set goes into the name, also where PyTorch's `add_scalars` made a folder `loss_val`."""
    if not text:
        return name
    own = [part for part in parts(text) if part not in parts(name)]
    if len(own) == 1 and is_set(own[0]):
        return "_".join(with_set(own[0], (name,)))
    return f"{text}/{name}"


def _renamed(one: Scalar, name: str) -> Scalar:
    return Scalar(name, one.value, one.step, one.unit, one.line)


def label(places: Sequence[str]) -> dict[str, str]:
    """Place → the parts of its path that the places differ in, the same from run to run."""
    split = [PurePosixPath(place).parts for place in places]
    start = _common(split)
    end = _common([one[start:][::-1] for one in split])
    inner = [one[start : len(one) - end] for one in split]
    texts = ["/".join(map(_steady, one)).lower() for one in inner]
    if len(set(texts)) < len(texts):
        texts = [f"{text}{at}" for at, text in enumerate(texts, start=1)]
    return dict(zip(places, texts, strict=True))


def _common(split: Sequence[Sequence[str]]) -> int:
    """How many parts they begin with are the same."""
    pairs = enumerate(zip(*split, strict=False))
    return next((at for at, these in pairs if len(set(these)) > 1), min(map(len, split)))


def is_changing(part: str) -> bool:
    """A part of a path with a time, a process's number or a digest: the next run has another."""
    return bool(_CHANGING.search(part))


def _steady(part: str) -> str:
    return "run" if is_changing(part) else re.sub(r"\s+", "_", part)


def _limited(series: Mapping[str, Series]) -> tuple[tuple[Scalar, ...], tuple[str, ...]]:
    notes = []
    names = list(series)[:MOST_NAMES]
    if len(series) > len(names):
        notes.append(f"metrics: only {MOST_NAMES} of {len(series)} in its files were read")
    most = max(MOST_SCALARS // max(len(names), 1), 2)
    if any(len(series[name]) > most for name in names):
        notes.append(f"metrics: of those in its files at most {most:,} values each, evenly chosen")
    return tuple(one for name in names for one in _thinned(series[name], most)), tuple(notes)


def _thinned(told: Series, most: int) -> Series:
    """The first and the last are kept."""
    if len(told) <= most:
        return told
    return tuple(told[round(at * (len(told) - 1) / (most - 1))] for at in range(most))

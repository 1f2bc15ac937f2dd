"""A learner's guess at what a sweep will show, held against what it has shown. Pure functions.

A guess names the tunable that will matter most to the main metric, which of its values is better
and how much it matters. Guessing first and looking then is what makes one's hunches better; how
good they are is told by counts of what was right, over all guesses so far (Source: Lichtenstein,
Fischhoff & Phillips 1982, Calibration of probabilities: The state of the art to 1980).
"""

from __future__ import annotations

import difflib
import itertools
import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.comparing.model import Comparison, Importance, Row
from sandbox.errors import InputError

SIZES = ("none", "small", "medium", "big")
"""How far a tunable moves the main metric; see `SMALL` and `MEDIUM`."""

SMALL, MEDIUM = 0.01, 0.10
"""A move of the metric, as a part of the baseline's value: up to that it is small, medium."""

WAYS = ("up", "down")
EXAMPLE = "lr: up, big"


@dataclass(frozen=True)
class Guess:
    """What will matter most.

    Attributes:
        way: `up` = larger values are better, `down`, or the value that will be the best.
        size: one of `SIZES`.
    """

    tunable: str
    way: str
    size: str

    def __str__(self) -> str:
        return f"{self.tunable}: {self.way}, {self.size}"


@dataclass(frozen=True)
class Shown:
    """What did matter most.

    Attributes:
        way: as in a Guess; None = neither more nor less of it is better.
        best: the best value; None = no direction is known.
    """

    tunable: str
    metric: str
    way: str | None
    best: str | None
    size: str


@dataclass(frozen=True)
class Judged:
    """A guess beside the result.

    Attributes:
        shown: None = the sweep says nothing, so nothing is held against the guess.
        tunable, way, size: whether that was right; way and size are those of the tunable that was
            guessed; None = cannot be told.
    """

    guess: Guess
    shown: Shown | None
    tunable: bool | None = None
    way: bool | None = None
    size: bool | None = None


@dataclass(frozen=True)
class Calibration:
    """All guesses so far: how many of how many were right, by what was guessed."""

    tunable: tuple[int, int] = (0, 0)
    way: tuple[int, int] = (0, 0)
    size: tuple[int, int] = (0, 0)


# ---------------------------------------------------------------- words


def read_guess(text: str) -> Guess:
    """`lr: up, big` as a Guess, whatever it names.

    Raises:
        InputError: it is none.
    """
    name, colon, rest = text.strip().rpartition(": ")
    words = [word.strip() for word in rest.rsplit(",", 1)]
    if not colon or not name.strip() or len(words) != 2 or not all(words):
        raise InputError(
            f"a guess of {text.strip()!r} is not NAME: WAY, SIZE",
            hint=f"--guess {EXAMPLE!r} says that lr matters most, more of it is better, by far",
        )
    return Guess(name.strip(), *words)


def parse_guess(text: str, values: Mapping[str, Sequence[str]]) -> Guess:
    """A Guess that was typed, held against the question.

    Args:
        values: what is going to be varied: tunable → the values as they were typed.

    Raises:
        InputError: it is none, or names what is not varied; near names are in the hint.
    """
    # `lr:up` too, and `tweak:NAME: on, big`; as it is stored, a blank follows the colon.
    head, colon, rest = text.rpartition(":")
    found = read_guess(f"{head}: {rest.strip()}" if colon else text)
    tunable, way, size = found.tunable, found.way, found.size
    if tunable not in values:
        raise InputError(
            f"the guess is of {tunable!r}, which is not varied",
            hint=_near(tunable, list(values), "varied are"),
        )
    if size.lower() not in SIZES:
        raise InputError(
            f"no size of a guess is called {size!r}", hint=_near(size, SIZES, "one of")
        )
    return Guess(tunable, _way(tunable, way, values[tunable]), size.lower())


def _way(tunable: str, way: str, values: Sequence[str]) -> str:
    """A value that is typed counts as one, even where it is called `up`."""
    if way in values:
        return way
    if way.lower() in WAYS:
        return way.lower()
    known = [*WAYS, *values]
    raise InputError(
        f"{way!r} does not say which way {tunable} is better", hint=_near(way, known, "one of")
    )


def _near(word: str, known: Sequence[str], otherwise: str) -> str:
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"{otherwise}: {', '.join(known) or 'none'}"


# ---------------------------------------------------------------- judging


def judge(guess: Guess, comparison: Comparison) -> Judged:
    """Holds the guess against what a sweep has shown.

    Whether the tunable was right is told from the importances, else from how far each tunable
    moves the main metric. Where all of it may be luck, `none` is the size that is right, and no
    tunable is.
    """
    shown = strongest(comparison)
    if shown is None:
        return Judged(guess, None)
    own = shown if shown.tunable == guess.tunable else _shown(comparison, guess.tunable)
    if own is None:
        return Judged(guess, shown, tunable=False)
    is_silent = shown.size == "none"
    way = None if own.size == "none" else _is_way(guess.way, own)
    hit = None if is_silent else own is shown
    return Judged(guess, shown, tunable=hit, way=way, size=guess.size == own.size)


def _is_way(guessed: str, shown: Shown) -> bool | None:
    if guessed in WAYS:
        return guessed == shown.way if shown.way or shown.best else None
    return guessed == shown.best if shown.best is not None else None


def strongest(comparison: Comparison) -> Shown | None:
    """The tunable that mattered most to the main metric; None = the sweep does not tell."""
    if comparison.importances:
        return _shown(comparison, comparison.importances[0].tunable)
    spans = {name: _span(_means(comparison, name)) for name in comparison.columns}
    known = {name: span for name, span in spans.items() if span is not None}
    return _shown(comparison, max(known, key=lambda name: known[name])) if known else None


def _shown(comparison: Comparison, tunable: str) -> Shown | None:
    main, means = comparison.main, _means(comparison, tunable)
    span = _span(means)
    if main is None or span is None:
        return None
    told = next((one for one in comparison.importances if one.tunable == tunable), None)
    better = comparison.better[main].way
    best = (told.best if told else None) or _best(means, better)
    size = "none" if told is not None and told.is_noise else _size(span, comparison)
    return Shown(tunable, main, _better_way(told, means, better), best, size)


def _means(comparison: Comparison, tunable: str) -> dict[str, float]:
    """The main metric by the tunable's value: the mean over the variants that have it.

    Where it was only varied alone, the variants of others say nothing of it.
    """
    found: dict[str, list[float]] = {}
    for row in _telling(comparison, tunable):
        summary = row.metrics.get(comparison.main or "")
        value = row.tweaks.get(tunable, row.runs[0].parameters.get(tunable))
        if row.is_baseline and value is None:
            value = "as it is"
        if summary is not None and value is not None:
            found.setdefault(value, []).append(summary.mean)
    return {value: _mean(means) for value, means in found.items()}


def _telling(comparison: Comparison, tunable: str) -> list[Row]:
    measured = [row for row in comparison.rows if row.is_measured]
    alone = all(len(row.tweaks) == 1 for row in measured if tunable in row.tweaks)
    return [row for row in measured if not alone or row.is_baseline or tunable in row.tweaks]


def _mean(values: Sequence[float]) -> float:
    try:
        return statistics.fmean(values)
    except OverflowError:
        return statistics.median(values)


def _span(means: Mapping[str, float]) -> float | None:
    return max(means.values()) - min(means.values()) if len(means) > 1 else None


def _size(span: float, comparison: Comparison) -> str:
    """Against the baseline's own value; any move away from nothing is big."""
    base = next((row for row in comparison.rows if row.is_baseline), None)
    summary = base.metrics.get(comparison.main or "") if base else None
    values = [
        row.metrics[comparison.main].mean
        for row in comparison.rows
        if comparison.main is not None and comparison.main in row.metrics
    ]
    scale = abs(summary.mean) if summary else abs(_mean(values))
    if not span:
        return "none"
    part = span / scale if scale else math.inf
    return "small" if part <= SMALL else "medium" if part <= MEDIUM else "big"


def _best(means: Mapping[str, float], better: str | None) -> str | None:
    if better is None:
        return None
    return (min if better == "min" else max)(means, key=lambda value: means[value])


def _better_way(
    told: Importance | None, means: Mapping[str, float], better: str | None
) -> str | None:
    """Whether more or less of the tunable is better, from which way the metric goes with it."""
    direction = told.direction if told and told.direction in WAYS else _trend(means)
    if direction is None or better is None:
        return None
    return direction if better == "max" else ("down" if direction == "up" else "up")


def _trend(means: Mapping[str, float]) -> str | None:
    """Which way the metric goes with the value throughout; None where it does not."""
    try:
        pairs = sorted((float(value), mean) for value, mean in means.items())
    except ValueError:
        return None
    steps = [after[1] - before[1] for before, after in itertools.pairwise(pairs)]
    if steps and all(step > 0 for step in steps):
        return "up"
    return "down" if steps and all(step < 0 for step in steps) else None


# ---------------------------------------------------------------- all guesses


def calibrate(judged: Iterable[Judged]) -> Calibration:
    """What could not be told counts for nothing."""
    found = list(judged)
    return Calibration(
        _rate(one.tunable for one in found),
        _rate(one.way for one in found),
        _rate(one.size for one in found),
    )


def _rate(hits: Iterable[bool | None]) -> tuple[int, int]:
    told = [hit for hit in hits if hit is not None]
    return sum(told), len(told)


def judged_to_json(one: Judged) -> dict[str, object]:
    """Plain values; None = cannot be told."""
    shown = one.shown
    return {
        "guess": str(one.guess),
        "tunable": one.guess.tunable,
        "way": one.guess.way,
        "size": one.guess.size,
        "shown": None if shown is None else vars(shown).copy(),
        "right": {"tunable": one.tunable, "way": one.way, "size": one.size},
    }


def judged_from_json(fields: Mapping[str, object]) -> Judged:
    """Raises KeyError, TypeError where these are no such fields."""
    guess = Guess(*(str(fields[name]) for name in ("tunable", "way", "size")))
    shown, right = fields["shown"], fields["right"]
    if not isinstance(right, Mapping) or not (shown is None or isinstance(shown, Mapping)):
        raise TypeError("no judged guess")
    hits = {
        name: None if right[name] is None else bool(right[name])
        for name in ("tunable", "way", "size")
    }
    return Judged(guess, None if shown is None else Shown(**shown), **hits)


_BETTER = {"up": "larger values were better", "down": "smaller values were better"}
_MOVES = {
    "small": f"by {SMALL:.0%} at most",
    "medium": f"by up to {MEDIUM:.0%}",
    "big": f"by more than {MEDIUM:.0%}",
}
_GUESSED = {"tunable": "which tunable", "way": "which way", "size": "how far"}


def guess_lines(one: Judged) -> tuple[str, ...]:
    """The guess beside the result, for people; the last line says what of it was right."""
    return (f"guessed: {one.guess}", *_result_lines(one))


def _result_lines(one: Judged) -> Iterator[str]:
    shown = one.shown
    if shown is None:
        yield "the sweep has no result to hold the guess against"
        return
    if shown.size == "none":
        yield f"shown: no tunable moved {shown.metric}, or no more than luck does"
    else:
        best = f"best was {shown.best}" if shown.best else "neither end was better"
        way = _BETTER.get(shown.way or "", best)
        yield f"shown: {shown.tunable} moved {shown.metric} most, {_moved(shown.size)}; {way}"
    hits = {told: getattr(one, name) for name, told in _GUESSED.items()}
    heads = {True: "right", False: "wrong", None: "left open by the sweep"}
    kinds = {
        head: [told for told, hit in hits.items() if hit is is_] for is_, head in heads.items()
    }
    yield "; ".join(f"{head}: {', '.join(told)}" for head, told in kinds.items() if told)


def _moved(size: str) -> str:
    """`by more than 10 % (big)`."""
    return f"{_MOVES[size].replace('%', ' %')} ({size})"


def calibration_line(found: Calibration) -> str:
    """How good all guesses were, with how many there are."""
    told = [
        f"{words} {hits} of {count}"
        for name, words in _GUESSED.items()
        for hits, count in [getattr(found, name)]
        if count
    ]
    return f"right in all guesses so far: {', '.join(told)}" if told else ""

"""What to try next: commands that run as they are typed, each with its reason."""

from __future__ import annotations

import itertools
import math
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.comparing.designs import levels_of, points_of, to_order
from sandbox.comparing.model import Comparison, Effect, Row, Suggestion
from sandbox.comparing.ranking import best_row, main_effects
from sandbox.comparing.texts import to_number
from sandbox.directions import parts

MOST = 3
_LITTLE = 0.05
"""Of what moved the metric: too little to say that it mattered."""
_MOST_REPEATS = 30
_PLAIN = re.compile(r"[^\s,=][^\s,]*")
_TAKING = ("--engine", "--cwd", "--limit", "--memory", "--disk", "--metric")
_SWITCHES = ("-m",)
_SHARES = frozenset(
    (
        "dropout",
        "drop",
        "momentum",
        "fraction",
        "frac",
        "ratio",
        "split",
        "p",
        "prob",
        "probability",
        "proportion",
        "share",
        "quantile",
        "subsample",
        "colsample",
        "bagging",
        "beta",
        "beta1",
        "beta2",
        "betas",
        "discount",
        "smoothing",
    )
)
"""Words of names whose values lie between 0 and 1."""


def _no_card(_name: str) -> str | None:
    return None


@dataclass(frozen=True)
class Asked:
    """What a sweep was asked of, as far as another one has to be asked of the same.

    Attributes:
        options: words before `--` that hold for every run of it; `arguments` stand behind.
        card: tunable → the concept whose card tells of it; None = none does.
        code_tweaks: names that are tweaks of code, which have an option of their own.
    """

    target: str
    entry: str
    options: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    card: Callable[[str], str | None] = _no_card
    code_tweaks: frozenset[str] = field(default_factory=frozenset)

    def command(self, values: Mapping[str, Sequence[str]], *more: str) -> str:
        """A sweep over these values."""
        words = ["sandbox", "sweep", self.target, self.entry, *self.options]
        for name, texts in values.items():
            option = "--tweak" if name in self.code_tweaks else "-p"
            words += [option, f"{name}={','.join(texts)}"]
        words += [*more, *(["--", *self.arguments] if self.arguments else [])]
        return shlex.join(words)


def kept_words(command: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of a sweep as it was typed: options that hold for every run of it, and what follows `--`."""
    try:
        words = shlex.split(command)
    except ValueError:
        return (), ()
    head = words[: words.index("--")] if "--" in words else words
    kept: list[str] = []
    for word, following in zip(head, [*head, ""][1:], strict=False):
        if word in _TAKING:
            kept += [word, following]
        elif word in _SWITCHES or word.startswith(tuple(f"{one}=" for one in _TAKING)):
            kept.append(word)
    return tuple(kept), tuple(words[len(head) + 1 :])


def suggest(comparison: Comparison, asked: Asked) -> tuple[Suggestion, ...]:
    """Three at most, the most telling first; none where nothing was measured."""
    found = itertools.chain(
        _farther(comparison, asked),
        _settled(comparison, asked),
        _crossed(comparison, asked),
        _read(comparison, asked),
    )
    different = {one.command: one for one in found}
    return tuple(different.values())[:MOST]


def _effects(comparison: Comparison, verdict: str) -> dict[str, Effect]:
    found = main_effects(comparison)
    return {variant: one for variant, one in found.items() if one.verdict == verdict}


def _is_typable(row: Row) -> bool:
    """Whether its values can be given with -p: no patch, no comma."""
    of_values = all(tweak.tunable is not None for tweak in row.runs[0].tweaks)
    return of_values and all(_PLAIN.fullmatch(text) for text in row.tweaks.values())


# ---------------------------------------------------------------- the best was at the edge


def _farther(comparison: Comparison, asked: Asked) -> Iterator[Suggestion]:
    best = _best(comparison)
    if best is None or comparison.main is None or not _is_typable(best):
        return
    points = points_of(comparison.rows, comparison.main)
    for one in comparison.importances:
        value = best.tweaks.get(one.tunable)
        if value is None or one.is_noise:
            continue
        tried = [level.value for level in levels_of(points, one.tunable) if level.value is not None]
        further = beyond(value, tried, one.tunable)
        if further:
            rest = {name: (text,) for name, text in best.tweaks.items() if name != one.tunable}
            yield Suggestion(
                asked.command({one.tunable: further, **rest}),
                f"{one.tunable}={value} was best and the last value tried: go further",
            )
            return


def _best(comparison: Comparison) -> Row | None:
    """None where that is the baseline or no better than luck makes it."""
    row = best_row(comparison)
    told = _effects(comparison, "better") | _effects(comparison, "unmeasured")
    if row is None or row.is_baseline or row.variant not in told:
        return None
    return row if told[row.variant].difference else None


def beyond(value: str, tried: Sequence[str], name: str = "") -> tuple[str, ...]:
    """Two values past the end at which this one stands; none where it stands at no end.

    With the ratio of the last two where all are positive and that is what they were spaced by, else
    with their distance. By its name a share stays between 0 and 1.
    """
    numbers = sorted({at for text in tried if (at := to_order(text)) is not None})
    at = to_order(value)
    if at is None or len(numbers) < 3 or at not in {numbers[0], numbers[-1]}:
        return ()
    is_high = at == numbers[-1]
    near = numbers[-2] if is_high else numbers[1]
    if numbers[0] > 0 and numbers[-1] / numbers[0] >= 4:
        further = [at * (at / near), at * (at / near) * (at / near)]
    else:
        further = [at + (at - near), at + 2 * (at - near)]
    further = [one for one in further if math.isfinite(one)]
    if _are_shares(name, numbers) and not all(0 < one < 1 for one in further):
        return ()
    if not any(one < 0 for one in numbers) and any(one <= 0 for one in further):
        return ()
    whole = all(re.fullmatch(r"[+-]?\d+", text.strip()) for text in tried)
    if whole and any(one != int(one) for one in further):
        return ()
    return tuple(dict.fromkeys(f"{one:.6g}" if not whole else str(int(one)) for one in further))


def _are_shares(name: str, numbers: Sequence[float]) -> bool:
    """Such as dropout or momentum: a next value above 1 makes no sense."""
    return bool(_SHARES.intersection(parts(name))) and all(0 <= one <= 1 for one in numbers)


# ---------------------------------------------------------------- luck is not ruled out


def _settled(comparison: Comparison, asked: Asked) -> Iterator[Suggestion]:
    """The best where one run speaks for it; else what is not told apart from luck, if promising."""
    confirmed = tuple(_confirmed(comparison, asked))
    if confirmed:
        yield from confirmed
        return
    sign = -1 if comparison.main and comparison.better[comparison.main].way == "max" else 1
    rows = {row.variant: row for row in comparison.rows if _is_typable(row)}
    unsure = [one for variant, one in _effects(comparison, "luck").items() if variant in rows]
    promising = sorted((one for one in unsure), key=lambda one: sign * one.difference)
    for one in promising:
        needed = one.repeats_needed
        if sign * one.difference < 0 and needed is not None and needed <= _MOST_REPEATS:
            values = {name: (text,) for name, text in rows[one.variant].tweaks.items()}
            yield Suggestion(
                asked.command(values, "--repeats", str(needed)),
                f"{one.tweak} may be better or lucky: about {needed} repeats would tell",
            )
            return
    if comparison.main is not None and comparison.main not in comparison.noise:
        yield from _first_repeats(comparison, asked)


def _confirmed(comparison: Comparison, asked: Asked) -> Iterator[Suggestion]:
    noise, row = comparison.noise.get(comparison.main or ""), _best(comparison)
    if noise is None or not noise.spread or row is None or len(row.runs) > 1:
        return
    if _is_typable(row) and row.tweaks:
        values = {name: (text,) for name, text in row.tweaks.items()}
        yield Suggestion(
            asked.command(values, "--repeats", "3"),
            f"{row.name} was better in one run: three show whether that run was a lucky one",
        )


def _first_repeats(comparison: Comparison, asked: Asked) -> Iterator[Suggestion]:
    row = _best(comparison)
    if row is not None and _is_typable(row) and row.tweaks:
        values = {name: (text,) for name, text in row.tweaks.items()}
        yield Suggestion(
            asked.command(values, "--repeats", "3"),
            f"{row.name} was best in one run: repeats show how much of that is luck",
        )


# ---------------------------------------------------------------- two that helped


def _crossed(comparison: Comparison, asked: Asked) -> Iterator[Suggestion]:
    helped = _effects(comparison, "better")
    single: dict[str, Row] = {}
    for row in comparison.rows:
        if row.variant in helped and len(row.tweaks) == 1 and _is_typable(row):
            single.setdefault(next(iter(row.tweaks)), row)
    crossed = any(len(row.tweaks) > 1 for row in comparison.rows)
    if len(single) < 2 or crossed:
        return
    first, second = list(single.values())[:2]
    values = {name: (text,) for row in (first, second) for name, text in row.tweaks.items()}
    gains = " and ".join(
        to_number(abs(helped[row.variant].difference), 3) for row in (first, second)
    )
    yield Suggestion(
        asked.command(values),
        f"{first.name} and {second.name} each helped (by {gains}): try them together",
    )


# ---------------------------------------------------------------- something to read


def _read(comparison: Comparison, asked: Asked) -> Iterator[Suggestion]:
    known = comparison.importances
    mattered = [one.tunable for one in known if not one.is_noise and one.share >= _LITTLE]
    for name in dict.fromkeys([*mattered, *comparison.columns]):
        card = asked.card(name)
        if card is not None:
            why = "mattered" if name in mattered else "was varied"
            yield Suggestion(
                f"sandbox explain {shlex.quote(card)}", f"{name} {why}: read what it does and why"
            )

"""The three answers at the head of a report: what mattered, what was luck, what broke."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.comparing import Comparison, Effect
from sandbox.comparing.model import Importance
from sandbox.comparing.texts import to_difference, to_number, to_summary

METHODS = {"fanova": "fANOVA", "ped-anova": "PED-ANOVA", "contrast": "contrasts"}
DIRECTIONS = {
    "up": "larger values gave a larger result",
    "down": "larger values gave a smaller result",
    "mixed": "up and down: neither end is best",
}


@dataclass(frozen=True)
class Answer:
    """To one question, in lines for a reader who reads nothing else."""

    question: str
    lines: tuple[str, ...]


def answers(comparison: Comparison) -> tuple[Answer, ...]:
    """For any comparison there is; what is not known is said."""
    return (
        Answer("What mattered?", tuple(_mattered(comparison))),
        Answer("What was luck?", tuple(_luck(comparison))),
        Answer("What broke?", tuple(_broke(comparison))),
    )


def direction_of(one: Importance) -> str:
    """In words; empty where its values have no order."""
    return DIRECTIONS.get(one.direction or "", "")


def way_of(comparison: Comparison, metric: str) -> str:
    """`accuracy: higher is better (told by its name)`."""
    better = comparison.better.get(metric)
    if better is None or better.way is None:
        return f"{metric}: nothing tells which way is better"
    says = "as given" if better.source == "given" else "told by its name"
    return f"{metric}: {'lower' if better.way == 'min' else 'higher'} is better ({says})"


def _mattered(comparison: Comparison) -> Iterator[str]:
    leading = next((one for one in comparison.importances if not one.is_noise), None)
    if leading is not None and len(comparison.importances) > 1:  # of one alone it is always all
        yield (
            f"{leading.tunable} accounts for {to_number(100 * leading.share, 3)} % of what moved"
            f" {leading.metric}{_best_of(leading)}."
        )
    elif comparison.importances and leading is None:
        yield "None of the tunables moved the result by more than luck does."
    yield from _best(comparison)


def _best_of(one: Importance) -> str:
    return f"; {one.best} did best" if one.best is not None else ""


def _best(comparison: Comparison) -> Iterator[str]:
    main = comparison.main
    rows = [row for row in comparison.rows if row.is_measured and main in row.metrics]
    if main is None or not rows:
        yield "Nothing can be said: no run came to an end with a result to go by."
        return
    best = rows[0]
    if len(rows) == 1:
        yield f"There is one result only: {best.name}, {main} {to_summary(best.metrics[main])}."
        return
    if best.is_baseline:
        measured = to_summary(best.metrics[main])
        yield f"No variant did better than the code as it is: {main} {measured}."
        return
    difference = best.differences.get(main)
    told = "" if difference is None else f", {to_difference(difference)} against the baseline"
    yield f"Best was {best.name}: {main} {to_summary(best.metrics[main])}{told}."


def _luck(comparison: Comparison) -> Iterator[str]:
    main = comparison.main
    effects = [one for one in comparison.effects if one.metric == main]
    noise = comparison.noise.get(main) if main is not None else None
    if noise is not None:
        low, high = map(to_number, noise.band)
        yield f"The unchanged code lands between {low} and {high} in {main}, 95 times of a hundred."
    if effects and any(one.interval is not None for one in effects):
        yield _inside(effects)
    elif comparison.rows:
        yield "Not measured: every variant ran once. Repeats would tell: add `--repeats 3`."
    else:
        yield "There is nothing to tell of yet."


def _inside(effects: list[Effect]) -> str:
    count = sum(one.verdict == "luck" for one in effects)
    if not count:
        return f"All {len(effects)} differences are too large to be luck."
    needed = [one.repeats_needed for one in effects if one.repeats_needed]
    more = f"; {min(needed)} repeats or more would settle the nearest" if needed else ""
    return f"{count} of {len(effects)} differences are indistinguishable from luck{more}."


def _broke(comparison: Comparison) -> Iterator[str]:
    total = sum(len(row.runs) for row in comparison.rows)
    count = sum(len(one.runs) for one in comparison.failures)
    if not total:
        yield "Nothing ran."
    elif not count:
        yield f"Nothing: all {total} runs came to an end."
    else:
        first = comparison.failures[0]
        where = f", from `{first.boundary}` on" if first.boundary else ""
        yield f"{count} of {total} runs gave no result."
        yield (
            f"Mostly {first.cause}{where}."
            if len(comparison.failures) > 1
            else (f"{first.cause}{where}.")
        )

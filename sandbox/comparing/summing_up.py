"""A Comparison in a few lines of plain words: what mattered, what was luck, what broke."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.comparing.model import Comparison, Effect, Importance, Row
from sandbox.comparing.texts import to_difference, to_number, to_summary, visible

_MOST = 3
_BASELINE = "baseline"


def summarise(comparison: Comparison) -> dict[str, tuple[str, ...]]:
    """Heading → lines, headings without one left out; a line that begins with `$ ` is to be typed.

    All of it is about the main metric; text of studied code is in it, made visible.
    """
    parts = {
        "Best": _best(comparison),
        "What mattered": _mattered(comparison),
        "What was luck": _luck(comparison),
        "What broke": _broke(comparison),
        "What next": _next(comparison),
    }
    told = {heading: tuple(map(visible, lines)) for heading, lines in parts.items()}
    return {heading: lines for heading, lines in told.items() if lines}


def best_row(comparison: Comparison) -> Row | None:
    """The variant with the best main metric; None where nothing tells."""
    main = comparison.main
    found = (row for row in comparison.rows if row.is_measured and main in row.metrics)
    return next(found, None) if main is not None else None


def _best(comparison: Comparison) -> Iterator[str]:
    best, main = best_row(comparison), comparison.main
    if best is None or main is None:
        return
    told = f"{best.name}: {main} {to_summary(best.metrics[main])}"
    difference = best.differences.get(main)
    if best.is_baseline:
        yield f"{told}; nothing that was tried did better"
    elif difference is None:
        yield told
    else:
        verdict = _effects(comparison).get(best.name)
        luck = ", which may be luck" if verdict and verdict.verdict == "luck" else ""
        yield f"{told} ({to_difference(difference)} against the baseline{luck})"


def _mattered(comparison: Comparison) -> Iterator[str]:
    for one in comparison.importances[:_MOST]:
        if not one.is_noise:
            yield _importance(one)
    if not comparison.importances:
        yield from _largest(comparison)
    for found in comparison.interactions[:_MOST]:
        yield found.text


def _importance(one: Importance) -> str:
    ways = {
        "up": f"larger values gave larger {one.metric}",
        "down": f"larger values gave smaller {one.metric}",
        "mixed": "neither more nor less of it is better throughout",
    }
    told = [f"{one.tunable}: {one.share:.0%} of what changed {one.metric} ({one.method})"]
    told += [ways[one.direction]] if one.direction in ways else []
    told += [f"best at {one.best}"] if one.best is not None else []
    return "; ".join(told)


def _largest(comparison: Comparison) -> Iterator[str]:
    """Where nothing says what share each tunable has."""
    found = [one for one in _effects(comparison).values() if one.verdict in {"better", "worse"}]
    for one in sorted(found, key=lambda one: -abs(one.difference))[:_MOST]:
        yield f"{one.tweak}: {one.metric} {to_difference(one.difference)}, {one.verdict}"


def _luck(comparison: Comparison) -> Iterator[str]:
    main = comparison.main
    noise = comparison.noise.get(main) if main is not None else None
    if noise is not None:
        low, high = map(to_number, noise.band)
        yield f"from run to run, {main} of the baseline lies between {low} and {high}"
    luck = [one for one in _effects(comparison).values() if one.verdict == "luck"]
    if luck:
        many = "1 variant is" if len(luck) == 1 else f"{len(luck)} variants are"
        needed = [one.repeats_needed for one in luck if one.repeats_needed]
        more = f"; {min(needed)} repeats would settle the first of them" if needed else ""
        yield f"{many} indistinguishable from luck{more}"


def _broke(comparison: Comparison) -> Iterator[str]:
    for one in comparison.failures[:_MOST]:
        where = f", where {one.boundary}" if one.boundary else ""
        yield f"{len(one.runs)}x {one.cause}{where}"
    if len(comparison.failures) > _MOST:
        yield f"{len(comparison.failures) - _MOST} further causes"


def _next(comparison: Comparison) -> Iterator[str]:
    for one in comparison.suggestions[:_MOST]:
        yield f"{one.reason}:"
        yield f"$ {one.command}"


# ---------------------------------------------------------------- run by run


def verdicts(comparison: Comparison) -> dict[str, str]:
    """`Run.key` → `baseline`, the verdict on the main metric, or the status of what has none."""
    effects = _effects(comparison)
    return {
        run.key: _verdict(row, effects) or str(run.status)
        for row in comparison.rows
        for run in row.runs
    }


def _verdict(row: Row, effects: Mapping[str, Effect]) -> str | None:
    if not row.is_measured:
        return None
    if row.is_baseline:
        return _BASELINE
    return effects[row.name].verdict if row.name in effects else None


def ranks(comparison: Comparison) -> dict[str, int]:
    """`Run.key` → place of its variant by the main metric, 1 = the best; of those that have one."""
    main = comparison.main
    ranked = [row for row in comparison.rows if row.is_measured and main in row.metrics]
    if main is None:
        return {}
    return {run.key: place for place, row in enumerate(ranked, 1) for run in row.runs}


def against_baseline(comparison: Comparison) -> dict[str, str]:
    """`Run.key` → how its variant compares with the baseline, one line; best first."""
    effects = _effects(comparison)
    lines = {row.variant: visible(_against(row, comparison, effects)) for row in comparison.rows}
    told = {run.key: lines[row.variant] for row in comparison.rows for run in row.runs}
    return {key: line for key, line in told.items() if line}


def _against(row: Row, comparison: Comparison, effects: Mapping[str, Effect]) -> str:
    main = comparison.main
    if row.is_baseline:
        return "this is the baseline, which the others are compared with"
    if not row.is_measured:
        return f"not compared, it {row.status}"
    effect = effects.get(row.name)
    if main is None or effect is None or comparison.baseline is None:
        return ""
    told = f"{main} {to_summary(row.metrics[main])}, {to_difference(effect.difference)}"
    if effect.interval is not None:
        low, high = map(to_difference, effect.interval)
        told += f" (95 %: {low} … {high})"
    return f"{told} against the baseline: {_words(effect)}"


def _words(effect: Effect) -> str:
    if effect.verdict != "luck":
        return effect.verdict
    more = f"; {effect.repeats_needed} repeats would settle it" if effect.repeats_needed else ""
    return f"indistinguishable from luck{more}"


def _effects(comparison: Comparison) -> dict[str, Effect]:
    """Of the main metric, by the variant's name."""
    return {one.tweak: one for one in comparison.effects if one.metric == comparison.main}

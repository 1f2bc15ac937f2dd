"""What a Comparison has shown, in words for a beginner: worded here, laid out elsewhere.

The terminal, markdown, MLflow's description and the page choose among these sentences. Each is one
line, begins small and has no full stop, so that it can follow a heading or stand in a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from sandbox.comparing.model import Better, Comparison, Effect, Importance, Noise
from sandbox.comparing.ranking import main_effects, ranked_rows
from sandbox.comparing.texts import to_difference, to_number, to_summary
from sandbox.foreign import listed, visible

BEST = "Best"
MATTERED = "What mattered"
TOGETHER = "Interactions"
LUCK = "What was luck"
BROKE = "What broke"
NEXT = "What next"

COMMAND = "$ "
"""Begins a line that is to be typed."""

BETTER = {"min": "lower is better", "max": "higher is better"}
VERDICTS = {
    "luck": "indistinguishable from luck",
    "same": "the same",
    "unmeasured": "luck not measured",
}
"""Of verdicts that do not speak for themselves."""

_METHODS = {"fanova": "fANOVA", "ped-anova": "PED-ANOVA", "contrast": "contrasts"}
_MOST = 3
_CLAIMS = frozenset(("better", "worse", "changed"))


def sentences(comparison: Comparison) -> Mapping[str, tuple[str, ...]]:
    """Heading → lines, headings without one left out.

    All of it is about the main metric; text of studied code is in it, made visible.
    """
    parts: dict[str, Callable[[Comparison], Iterable[str]]] = {
        BEST: _best,
        MATTERED: _mattered,
        TOGETHER: _together,
        LUCK: _luck,
        BROKE: _broke,
        NEXT: _next,
    }
    told = {heading: tuple(map(visible, part(comparison))) for heading, part in parts.items()}
    return {heading: lines for heading, lines in told.items() if lines}


def _best(comparison: Comparison) -> Iterator[str]:
    ranked, main = ranked_rows(comparison), comparison.main
    if not ranked or main is None:
        yield "nothing can be said: no run came to an end with a result to go by"
        return
    best = ranked[0]
    result = f"{main} {to_summary(best.metrics[main])}"
    if len(ranked) == 1:
        yield f"there is one result only: {best.name}, {result}"
    elif best.is_baseline:
        yield f"no variant did better than the code as it is: {result}"
    else:
        yield f"{best.name}: {result}{_ahead(comparison, best.variant, best.differences.get(main))}"


def _ahead(comparison: Comparison, variant: str, difference: float | None) -> str:
    if difference is None:
        return ""
    effect = main_effects(comparison).get(variant)
    luck = ", which may be luck" if effect and effect.verdict in {"luck", "unmeasured"} else ""
    return f", {to_difference(difference)} against the baseline{luck}"


# ---------------------------------------------------------------- what mattered


def _mattered(comparison: Comparison) -> Iterator[str]:
    found = comparison.importances
    real = [one for one in found if not one.is_noise]
    idle = [one.tunable for one in found if one.is_noise]
    noise = comparison.noise.get(comparison.main or "")
    verdicts = {one.verdict for one in main_effects(comparison).values()}
    if found and not real and verdicts <= {"luck", "same", "unmeasured"}:
        than_luck = " by more than luck does" if _has_luck(noise) else ""
        yield f"none of the tunables moved {comparison.main}{than_luck}"
    elif real and len(found) > 1:
        yield from map(_share, real[:_MOST])
        if real[_MOST:]:
            yield f"less than these: {listed([one.tunable for one in real[_MOST:]])}"
        if idle and (real[0].method != "contrast" or _has_luck(noise)):
            yield f"no more than luck: {listed(idle)}"
        elif idle:  # chance has no part in it, or nobody knows
            yield f"did not move {comparison.main}: {listed(idle)}"
    else:  # one alone has always the whole share, and some values may differ where no trend does
        yield from _largest(comparison)


def _has_luck(noise: Noise | None) -> bool:
    return noise is not None and bool(noise.spread or noise.step)


def _share(one: Importance) -> str:
    """`lr: 81.2 % of what moved loss (by fANOVA); larger values gave a smaller loss; …`."""
    told = [f"{one.tunable}: {percent(one)} of what moved {one.metric} (by {method_of(one)})"]
    told += [direction_of(one)] if direction_of(one) else []
    told += [f"{one.best} did best"] if one.best is not None else []
    return "; ".join(told)


def percent(one: Importance) -> str:
    """`81.2 %`; what is little, but real, is not called nothing."""
    if 0 < one.share < 0.0005:
        return "under 0.1 %"
    return f"{to_number(round(100 * one.share, 1), 3)} %"


def method_of(one: Importance) -> str:
    """As its authors write it."""
    return _METHODS.get(one.method, one.method)


_SWITCHED = {"on": "on", "off": "on", "true": "true", "false": "true", "yes": "yes", "no": "yes"}
"""Of two values the one that counts as the larger."""


def direction_of(one: Importance) -> str:
    """Empty where its values have no order."""
    given = _SWITCHED.get((one.best or "").lower(), "larger values")
    ways = {
        "up": f"{given} gave a larger {one.metric}",
        "down": f"{given} gave a smaller {one.metric}",
        "mixed": "up and down: neither end is best",
    }
    return ways.get(one.direction or "", "")


def _largest(comparison: Comparison) -> Iterator[str]:
    """Where nothing says what share each tunable has; how far is told of the best, and drawn."""
    effects = main_effects(comparison).values()
    found = [one for one in effects if one.verdict in {"better", "worse"}]
    largest = sorted(found, key=lambda one: -abs(one.difference))[:_MOST]
    if largest:
        named = ", ".join(f"{one.tweak} ({one.verdict})" for one in largest)
        yield f"moved {comparison.main} most: {named}"
    unknown = [one for one in effects if one.verdict == "unmeasured"]
    if unknown and not largest:
        farthest = sorted(unknown, key=lambda one: -abs(one.difference))[:_MOST]
        named = ", ".join(f"{one.tweak} ({to_difference(one.difference)})" for one in farthest)
        yield f"farthest from the baseline in {comparison.main}, by luck or not: {named}"


def _together(comparison: Comparison) -> Iterator[str]:
    return (one.text for one in comparison.interactions[:_MOST])


# ---------------------------------------------------------------- what was luck


def _luck(comparison: Comparison) -> Iterator[str]:
    effects = main_effects(comparison).values()
    yield from _noise(comparison)
    if any(one.interval is not None for one in effects):
        yield _judged([one for one in effects if one.verdict not in {"same", "unmeasured"}])
        yield from _single(comparison)
        yield from _other_metrics(comparison)
    elif effects and all(len(row.runs) == 1 for row in comparison.rows):
        yield "not measured (--repeats 3 would tell): every variant ran once"
    elif effects:
        yield "not known: repeats of the baseline would tell"


def _noise(comparison: Comparison) -> Iterator[str]:
    noise = comparison.noise.get(comparison.main or "")
    if noise is None:
        return
    if not noise.spread and noise.step:
        yield (
            f"{noise.metric} was the same in every repeat; its values count at least "
            f"{noise.examples} examples, and with others a few more or less would be no surprise"
        )
        return
    if not noise.spread:
        yield f"{noise.metric} was the same in every repeat, so every difference counts"
        return
    low, high = map(to_number, noise.band)
    whose = "its own repeats" if noise.source == "baseline" else "the repeats of all variants"
    yield (
        f"run once more, the unchanged code lands between {low} and {high} in {noise.metric}, "
        f"95 times of a hundred (by {whose})"
    )


def _judged(effects: list[Effect]) -> str:
    """Of all that differ at all."""
    luck = [one for one in effects if one.verdict == "luck"]
    if not effects:
        return "no variant made a difference"
    if not luck:
        return f"{_differences(len(effects), len(effects))} too large to be luck"
    line = f"{_differences(len(luck), len(effects))} {VERDICTS['luck']}"
    needed = [(one.repeats_needed, one.tweak) for one in luck if one.repeats_needed]
    if not needed:
        return line
    repeats, tweak = min(needed, key=lambda one: one[0])
    return f"{line}; {repeats} repeats of each would settle the nearest, {tweak}"


def _single(comparison: Comparison) -> Iterator[str]:
    """What no test of one run can tell: noise that now and then is far off."""
    noise = comparison.noise.get(comparison.main or "")
    if noise is None or not noise.spread:
        return
    once = {row.variant for row in comparison.rows if len(row.runs) == 1}
    effects = main_effects(comparison).items()
    claimed = [variant for variant, one in effects if one.verdict in _CLAIMS]
    resting = [variant for variant in claimed if variant in once]
    if not resting:
        return
    many = any(len(row.runs) > 1 and not row.is_baseline for row in comparison.rows)
    whose = f"{len(resting)} of {len(claimed)} that differ" if many else "each variant"
    yield f"{whose} ran once: an unlucky run looks the same as an effect; --repeats 3 settles it"


def _other_metrics(comparison: Comparison) -> Iterator[str]:
    """That whoever looks at many of them will find one that luck has moved."""
    found = {one.metric for one in comparison.effects if one.interval is not None}
    moved = {one.metric for one in comparison.effects if one.verdict in _CLAIMS}
    moved = {name for name in moved & found if _has_luck(comparison.noise.get(name))}
    if len(found) > 1 and moved - {comparison.main}:
        yield (
            f"{len(found)} metrics were judged, each by itself, and luck alone shows a difference "
            f"in one of twenty: go by {comparison.main}"
        )


def _differences(count: int, total: int) -> str:
    if total == 1:
        return "the one difference is"
    if count == total:
        return "both differences are" if total == 2 else f"all {total} differences are"
    return f"{count} of {total} differences {'is' if count == 1 else 'are'}"


def verdict_of(effect: Effect) -> str:
    """`better`, or `indistinguishable from luck; 7 repeats of each would settle it`."""
    needed = effect.repeats_needed
    more = f"; {needed} repeats of each would settle it" if needed else ""
    return f"{VERDICTS.get(effect.verdict, effect.verdict)}{more}"


# ---------------------------------------------------------------- what broke, what next


def _broke(comparison: Comparison) -> Iterator[str]:
    total, failures = sum(len(row.runs) for row in comparison.rows), comparison.failures
    if total and not failures:
        yield "nothing: every run came to an end"
    for one in failures[:_MOST]:
        where = f", where {one.boundary}" if one.boundary else ""
        yield f"{len(one.runs)} of {total} runs: {one.cause}{where}"
    if failures[_MOST:]:
        others = sum(len(one.runs) for one in failures[_MOST:])
        yield f"{others} of {total} runs: other causes"


def _next(comparison: Comparison) -> Iterator[str]:
    for one in comparison.suggestions:
        yield one.reason
        yield f"{COMMAND}{one.command}"


# ---------------------------------------------------------------- which way is better


def way_of(better: Better) -> str:
    """`higher is better (by its name)`: never taken for granted."""
    if better.way is None:
        return "nothing tells which way is better"
    return f"{BETTER[better.way]} ({'as given' if better.source == 'given' else 'by its name'})"


def directions(comparison: Comparison, names: Iterable[str]) -> str:
    """Of each of these metrics."""
    return visible("; ".join(f"{name}: {way_of(comparison.better[name])}" for name in names))

"""The words by which a metric, a step, a set or none of them is known; no text is read here."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.directions import DOWN, UP, parts


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KNOWN = (
    UP
    | DOWN
    | _words(
        """ari correlation crossentropy distance energy entropy homogeneity completeness hamming
    hinge nmi metric vmeasure"""
    )
)
_METRIC_ENDS = ("loss", "error", "accuracy", "score", "reward", "perplexity", "rmse", "entropy")

# A name with one of these is about something else: time, size, settings, prose.
_VETO = _words(
    """alpha bars batchsize beta bins budget bytes byte code coefficient complete cpu count cuda
    data date day days decay device dim dims done download downloaded downloading dropout dt dur
    duration elapsed eta exit file files found fps from function gamma goal gpu heads hidden hour
    hours http id images improve improved kb lambda layers length_scale limit line lines load
    loading max_iter mb mem memory mfu min_delta minute minutes momentum ms num number param
    parameter parameters params patience percent pid port process progress ram rank
    remaining required runtime sample samples scale sec second seconds seed shape size
    speed support target temperature_setting threshold throughput time times tok tokens tol
    tolerance took total_time util utilization version vs warmup weight weights worker
    workers"""
)
# Settings that a log may report step by step; without a step they are echoes of arguments.
_SETTINGS = frozenset(("lr", "learning_rate", "epsilon", "eps"))

_STEP_WORDS = _words(
    """epoch ep episode step iter iteration it update generation gen round timestep
    global_step trial fold"""
)
_INNER_WORDS = frozenset(("batch", "minibatch", "mini-batch", "b"))
STEP_COLUMNS = (
    "total_timesteps",
    "timesteps",
    "epoch",
    "episode",
    "global_step",
    "step",
    "iteration",
    "iter",
    "update",
    "round",
    "episodes",
    "iterations",
    "#",
)
"""Columns and keys that hold a step in tables, the better first."""

_SETS = _words(
    """train training trn tr val valid validation validate test testing dev eval evaluation
    holdout"""
)


def all_parts(words: Sequence[str]) -> tuple[str, ...]:
    """The parts of all the words, in order."""
    return tuple(part for word in words for part in parts(word))


def is_metric(words: Sequence[str]) -> bool:
    """Whether the words name something that a model is judged by."""
    found = all_parts(words)
    # LightGBM calls its errors l1 and l2, everyone else their penalties.
    is_norm = len(found) > 1 and found[-1] in {"l1", "l2"} and any(map(is_set, found))
    return is_norm or found == ("best",) or any(map(_names_metric, found))


def is_vetoed(words: Sequence[str]) -> bool:
    """Whether the words name a time, a size, a setting, … whatever else they hold."""
    found = all_parts(words)
    # The coefficient of determination is R², all others are parameters.
    return "determination" not in found and any(part in _VETO for part in found)


def is_setting(words: Sequence[str]) -> bool:
    """Whether this is an argument that a log may report step by step."""
    return "_".join(all_parts(words)) in _SETTINGS


def is_set(word: str) -> bool:
    """Whether the word says which set: train, val, test, however it is written."""
    return word.lower().rstrip("s") in _SETS or word.lower() in _SETS


def is_step(word: str) -> bool:
    """Whether a whole number after this word counts the training's progress."""
    return word.lower() in _STEP_WORDS


def is_inner_step(word: str) -> bool:
    """Whether it counts something that starts again with each epoch."""
    return word.lower() in _INNER_WORDS


def _names_metric(part: str) -> bool:
    if part in _KNOWN or part.endswith(_METRIC_ENDS):
        return True
    base = part.rstrip("0123456789")
    if base in _KNOWN or base.endswith(_METRIC_ENDS):
        return True
    return base.endswith("acc") and base.removesuffix("acc") in _SETS

"""From the words before a number to the metric's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sandbox.metrics.vocabulary import is_metric, is_set

BARE = "value"
"""Name of a number that stands in a line without any word."""

_LONGEST = 8
_KEPT = 4  # of a sentence: its end stands next to the number


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TAIL = _words(
    """is was are of at to now be equal equals reaches so far currently about approximately around
    becomes became as approx reached a an the achieved obtained found"""
)
_CUT = _words(
    """with and has have had got achieved achieves gives gave obtained a an the our its this that
    gets yields yielded reports reported reached info debug current db"""
)
_PREPOSITIONS = frozenset(
    ("of", "on", "for", "over", "in", "after", "at", "from", "using", "when", "during")
)
_ODD = re.compile(r"[^\w\-./@]")


def join(words: Iterable[str]) -> str:
    """Lower case, joined by `_`; `R²`, `R^2` are `r2`; the signs `- . / @` are kept."""
    plain = (_plain(word) for word in words)
    return "_".join(word for word in plain if word)


def _plain(word: str) -> str:
    lower = word.lower().replace("²", "2").removesuffix("'s")
    return _ODD.sub("", "_".join(lower.split()))


def phrase(words: Sequence[str]) -> tuple[str, ...]:
    """The words that name the metric, out of those that say something about it.

    `and the final accuracy on the test images is now` → `test`, `final`, `accuracy`.
    """
    words = _without_tail(words)
    for cut in (_after_cut, _before_preposition, _without_tail):
        words = cut(words)
    return tuple(words[-_KEPT:] if len(words) > _LONGEST else words)


def _without_tail(words: Sequence[str]) -> Sequence[str]:
    end = len(words)
    while end and words[end - 1].lower() in _TAIL:
        end -= 1
    return words[:end]


def _after_cut(words: Sequence[str]) -> Sequence[str]:
    cuts = [at for at, word in enumerate(words) if word.lower() in _CUT]
    for at in reversed(cuts):
        if is_metric(words[at + 1 :]) and words[at + 1].lower() not in _PREPOSITIONS:
            return words[at + 1 :]
    return words


def _before_preposition(words: Sequence[str]) -> Sequence[str]:
    found = (at for at, word in enumerate(words) if word.lower() in _PREPOSITIONS)
    at = next(found, None)
    if at is None or not is_metric(words[:at]):
        return words
    head = tuple(words[:at])
    told = [word for word in words[at:] if is_set(word)]
    return (told[0], *head) if told and not any(map(is_set, head)) else head


def with_label(label: Sequence[str], words: Sequence[str]) -> tuple[str, ...]:
    """`Loss: train 0.5` → `train`, `loss`; `RMSE: fold 0.5` → `rmse`, `fold`."""
    named = phrase(label)
    return (*words, *named) if all(map(is_set, words)) else (*named, *words)


def with_set(name_of_set: str | None, words: Sequence[str]) -> tuple[str, ...]:
    """The set in front, where the words do not name one themselves."""
    if name_of_set is None or any(is_set(part) for word in words for part in _split(word)):
        return tuple(words)
    return (name_of_set, *words)


def _split(word: str) -> list[str]:
    return re.split(r"[\W_]+", word)


def other_set(previous: Sequence[str], words: Sequence[str]) -> tuple[str, ...]:
    """After `RMSE train: 0.5` the words of `test: 0.6` are `RMSE`, `test`; empty if not so."""
    if not words or not all(map(is_set, words)) or not any(map(is_set, previous)):
        return ()
    return tuple(words[0] if is_set(word) else word for word in previous)

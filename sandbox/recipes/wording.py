"""Which problem a text names. Words are compared by their stems; nothing is read or asked."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from sandbox.recipes.problems import Problem

_WORD = re.compile(r"[^\W_]+")
_FROM_TO = re.compile(r"\b([a-z]{3,})2([a-z]{3,})\b")
_ENDING = re.compile(
    r"(?<=\w{4})(?:(?<=ifi)cations?|ations?|ating|ators?|ate|ions?|ings?|ers?|ors?|ed|e)$"
    r"|(?<=\w\w[^s])s$"
)
_SMALL = frozenset(
    {"a", "an", "and", "by", "for", "from", "how", "i", "in", "into", "is", "it", "my", "of", "on"}
    | {"or", "the", "to", "using", "via", "want", "with", "your"}
)
_MOST_WORDS = 60
_LIKE = 0.82
"""Of two words' likeness (difflib's ratio): `segmentaton` is `segmentation`, `quantum` is alone."""


def problem_of(words: str, problems: Iterable[Problem]) -> Problem | None:
    """The problem that a text names, by its name or any other word for it.

    Case, plurals, hyphens, the order of words and what else the text says do not matter. A
    problem's name and synonyms come before its task, and that before its models; then comes the
    problem that accounts for most of the text, and the one with the longest name for it. Words
    that nobody knows are taken for near ones only where nothing matches.

    Returns:
        None: it names none that is known.
    """
    problems = tuple(problems)
    text = _Text(words)
    return _best(text, problems) or _best(_Text(_mended(text, problems)), problems)


# ---------------------------------------------------------------- words


def _words(text: str) -> list[str]:
    plain = text.casefold()
    if not plain.isascii():
        marked = unicodedata.normalize("NFKD", plain)
        plain = "".join(one for one in marked if not unicodedata.combining(one))
    return _WORD.findall(_FROM_TO.sub(r"\1 to \2", plain))


@lru_cache(maxsize=10_000)
def _stem(word: str) -> str:
    """What forms of a word share: `classifier`, `classify` and `classification` are `classifi`."""
    shorter = _ENDING.sub("", word)
    while shorter != word:
        word, shorter = shorter, _ENDING.sub("", shorter)
    return f"{word[:-1]}i" if len(word) > 4 and word.endswith("y") else word


def _directions(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """`text to image` is not `image to text`: where a word leads to another, and both as one."""
    for at in range(len(words) - 2):
        if words[at + 1] in {"to", "into"}:
            yield at, f"{_stem(words[at])}>{_stem(words[at + 2])}"


def stems(text: str) -> tuple[str, ...]:
    """A text's words as they are compared: by their stems, the small ones left out."""
    return tuple(_stem(word) for word in _words(text) if word not in _SMALL)


class _Phrase(NamedTuple):
    """What a text has to say to name something.

    Attributes:
        words: without small ones, and of small ones alone, all of them.
        directions: as of `_directions`.
    """

    words: tuple[str, ...]
    directions: tuple[str, ...]


@lru_cache(maxsize=20_000)
def _phrase(text: str) -> _Phrase:
    words = _words(text)
    telling = [word for word in words if word not in _SMALL]
    directions = [one for _, one in _directions(words)] if "to" in words else ()
    return _Phrase(tuple(telling or words), tuple(directions))


class _Text:
    """A text in which phrases are looked for.

    Attributes:
        hints: tells of a phrase whether a closer look is worth its time, by how its words start.
    """

    def __init__(self, text: str) -> None:
        self.words = _words(text[:2000])[:_MOST_WORDS]
        self._places: dict[str, tuple[int, ...]] = {}
        pairs = zip(self.words, self.words[1:], strict=False)
        for at, (one, other) in enumerate(pairs):  # `u-net` is `unet`
            self._places.setdefault(_stem(one + other), (at, at + 1))
        for at, word in enumerate(self.words):
            if word not in _SMALL:
                self._places[_stem(word)] = (at,)
        self._directions = {one for _, one in _directions(self.words)}
        starts = "|".join({re.escape(word[:2]) for word in self._places}) or "(?!)"
        self.hints = re.compile(rf"(?:\b|_)(?:{starts})", re.IGNORECASE).search

    def covered(self, phrase: _Phrase) -> frozenset[int]:
        """The places of the words that a phrase takes; none = it is not said."""
        if not self._directions.issuperset(phrase.directions):
            return frozenset()
        taken: list[int] = []
        at = 0
        while at < len(phrase.words):
            length, places = self._found(phrase.words[at : at + 2])
            if not places:
                return frozenset()
            taken += places
            at += length
        return frozenset(taken)

    def _found(self, words: tuple[str, ...]) -> tuple[int, tuple[int, ...]]:
        """The first word, or else the two as one: `time series` is found in `timeseries`."""
        alone = self._places.get(_stem(words[0]), ())
        if alone or len(words) == 1:
            return 1, alone
        return 2, self._places.get(_stem("".join(words)), ())


# ---------------------------------------------------------------- matching


class _Match(NamedTuple):
    """How well a problem fits; the greatest is the best.

    Attributes:
        rank: 2 = its name or a synonym is said, 1 = its task, 0 = a model.
        accounted: words of the text that the problem explains, data and models included.
        words: those of its longest name that is said.
        letters: of the same name.
    """

    rank: int
    accounted: int
    words: int
    letters: int


def _best(text: _Text, problems: Sequence[Problem]) -> Problem | None:
    found = [(match, one) for one in problems if (match := _match(text, one))]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _match(text: _Text, problem: Problem) -> _Match | None:
    ranked = {2: (problem.name, *problem.also), 1: (problem.task,), 0: problem.models}
    said = {rank: list(_said(text, phrases)) for rank, phrases in ranked.items()}
    rank = next((rank for rank, found in said.items() if found), None)
    if rank is None:
        return None
    accounted = [places for found in said.values() for places, _ in found]
    accounted += [places for places, _ in _said(text, problem.data)]
    words, letters = max((len(places), len(phrase)) for places, phrase in said[rank])
    return _Match(rank, len(frozenset().union(*accounted)), words, letters)


def _said(text: _Text, phrases: Iterable[str]) -> Iterator[tuple[frozenset[int], str]]:
    for phrase in phrases:
        if (text.hints(phrase) or not phrase.isascii()) and (
            places := text.covered(_phrase(phrase))
        ):
            yield places, phrase


# ---------------------------------------------------------------- near misses


def _mended(text: _Text, problems: Iterable[Problem]) -> str:
    """The text, with long words that no problem knows as the nearest that one knows."""
    known = _known(problems)
    return " ".join(word if word in known else _nearest(word, known) for word in text.words)


def _known(problems: Iterable[Problem]) -> frozenset[str]:
    phrases = (
        phrase for one in problems for phrase in (one.name, *one.also, one.task, *one.models)
    )
    return frozenset(_WORD.findall(" ".join(phrases).casefold()))


def _nearest(word: str, known: Iterable[str]) -> str:
    if len(word) < 5:
        return word
    alike = sorted(one for one in known if one[0] == word[0] and abs(len(one) - len(word)) <= 2)
    return next(iter(difflib.get_close_matches(word, alike, n=1, cutoff=_LIKE)), word)

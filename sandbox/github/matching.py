"""Whether a text is about what one looks for: words compared by their stems, not letters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sandbox.github.cards import Wanted
from sandbox.github.queries import FRAMEWORKS, arxiv_id
from sandbox.recipes import stems

SHORTEST = 4
"""A name without its spaces and hyphens is looked for within longer words from this length on."""
OF_TOPIC, OF_MODEL = 0.8, 0.5
"""What topics and models tell of a problem: less than its own words, since others use them."""


class Phrase(NamedTuple):
    """Words that tell what something is about, and how well they do, up to 1."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True)
class Terms:
    """What tells that a repository is about it.

    Attributes:
        phrases: the words that were typed, the problem's names, its topics, its models.
        framework: what it should be written with; None = anything.
    """

    phrases: tuple[Phrase, ...]
    framework: str | None = None

    def within_name(self, name: str) -> Phrase | None:
        """The first phrase that a repository's name holds, also run together (`maskrcnn`)."""
        said, compact = frozenset(stems(f"{_spaced(name)} {name}")), _compact(name)
        for phrase in self.phrases:
            words, short = stems(phrase.text), _compact(phrase.text)
            if (words and said.issuperset(words)) or (len(short) >= SHORTEST and short in compact):
                return phrase
        return None

    def within(self, text: str) -> Phrase | None:
        """The first phrase whose words stand in the text side by side; None = none of them."""
        runs = _runs(stems(text))
        return next((one for one in self.phrases if _joined(one) in runs), None)

    def within_paths(self, paths: Iterable[str]) -> tuple[Phrase, str] | None:
        """The first phrase that a path holds, and that path; None = none does."""
        said = [(stems(_spaced(path)), path) for path in paths]
        known = frozenset(word for words, _ in said for word in words)
        for phrase in self.phrases:
            joined = _joined(phrase)
            if joined not in known and not known.issuperset(stems(phrase.text)):
                continue
            for words, path in said:
                if joined in _runs(words):
                    return phrase, path
        return None

    def is_of_another(self, text: str) -> bool:
        """Whether the text names a framework, and not the one that is wanted."""
        said = frozenset(stems(text))
        named = {
            name
            for name, words in FRAMEWORKS.items()
            if any(said.issuperset(stems(word)) for word in words)
        }
        return bool(named) and self.framework not in named


def terms_of(wanted: Wanted) -> Terms:
    """The phrases of a question, the most telling first."""
    problem = wanted.problem
    phrases = [Phrase(wanted.words), Phrase(arxiv_id(wanted.paper or "") or wanted.paper or "")]
    if problem is not None:
        phrases += [Phrase(problem.name), Phrase(problem.task)]
        phrases += [Phrase(one, 1.0 if " " in one else OF_TOPIC) for one in problem.also]
        phrases += [Phrase(one.replace("-", " "), OF_TOPIC) for one in problem.topics]
        phrases += [Phrase(one, OF_MODEL) for one in problem.models]
    known = {_joined(one): one for one in reversed(phrases) if stems(one.text)}
    return Terms(tuple(sorted(known.values(), key=phrases.index)), wanted.framework)


@lru_cache(maxsize=2000)
def _joined(phrase: Phrase) -> str:
    return "".join(stems(phrase.text))


def _runs(said: Sequence[str]) -> frozenset[str]:
    """Up to four words that stand side by side, run together, so that hyphens do not matter."""
    return frozenset(
        "".join(said[at : at + length]) for length in (1, 2, 3, 4) for at in range(len(said))
    )


def _spaced(name: str) -> str:
    """`MaskRCNN` as `Mask RCNN`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def _compact(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())

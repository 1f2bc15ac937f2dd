"""How well one can tinker with a repository: a sum of signs, whose weights all stand here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.github.cards import Candidate, Facts, Reason, RepoCard, Wanted
from sandbox.github.matching import Phrase, Terms, terms_of

GB, MB = 10**9, 10**6


@dataclass(frozen=True)
class _Seen:
    """A repository as the signs below look at it."""

    one: Candidate
    facts: Facts

    @property
    def has_code(self) -> bool:
        """By its files, or by GitHub's word where they lie deeper than was looked."""
        known = self.facts.python_files or self.facts.notebooks or not self.facts.is_whole
        return bool(known) or self.one.language in _LANGUAGES

    @property
    def script(self) -> str:
        return self.facts.scripts[0]

    @property
    def notebook(self) -> str:
        return self.facts.notebooks[0]

    @property
    def manifest(self) -> str:
        return self.facts.manifests[0]

    @property
    def data(self) -> str:
        return _size(self.facts.data_bytes)

    @property
    def needs(self) -> str:
        return _size(self.facts.needs_bytes or 0)

    @property
    def needs_bytes(self) -> int:
        return self.facts.needs_bytes or 0

    @property
    def size(self) -> str:
        return _size(self.one.size_bytes)

    @property
    def year(self) -> str:
        return (self.one.pushed_at or "")[:4]

    @property
    def age(self) -> float:
        """Years since the last push; 5 where it is not known, of which no sign speaks."""
        try:
            pushed = datetime.fromisoformat(self.one.pushed_at or "")
        except ValueError:
            return 5.0
        pushed = pushed if pushed.tzinfo else pushed.replace(tzinfo=UTC)
        return (datetime.now(UTC) - pushed).days / 365.25


@dataclass(frozen=True)
class _Sign:
    """What it adds, what is said of it (`{r}` is what is seen), and when it holds."""

    points: float
    text: str
    holds: Callable[[_Seen], object]


_LANGUAGES = (None, "Python", "Jupyter Notebook", "HTML", "Shell", "TeX")
"""GitHub counts the pages of a notebook's output as HTML."""
_CODE = (
    _Sign(-45, "a list of links, not code", lambda r: r.facts.is_list),
    _Sign(-45, "no Python code in it", lambda r: not r.facts.is_list and not r.has_code),
    _Sign(12, "script to run ({r.script})", lambda r: r.facts.scripts),
    _Sign(9, "notebook with figures ({r.notebook})", lambda r: r.facts.notebooks and r.facts.has_figures),
    _Sign(7, "notebook ({r.notebook})", lambda r: r.facts.notebooks and not r.facts.has_figures),
    _Sign(4, "pictures of results", lambda r: r.facts.has_figures and not r.facts.notebooks),
    _Sign(5, "few files ({r.facts.python_files} of Python)", lambda r: 0 < r.facts.python_files <= 40),
    _Sign(-10, "{r.facts.python_files} Python files: a library", lambda r: r.facts.python_files > 300),
    _Sign(1, "tests", lambda r: r.facts.has_tests),
)  # fmt: skip
_NEEDS = (
    _Sign(9, "requirements pinned ({r.manifest})", lambda r: r.facts.manifests and r.facts.is_pinned),
    _Sign(7, "says what it needs ({r.manifest})", lambda r: r.facts.manifests and not r.facts.is_pinned),
    _Sign(-4, "does not say what it needs", lambda r: r.has_code and r.facts.is_whole and not r.facts.manifests),
    _Sign(7, "data included ({r.data})", lambda r: 0 < r.facts.data_bytes <= 200 * MB),
    _Sign(4, "fetches its data", lambda r: r.facts.downloads and not r.facts.data_bytes),
    _Sign(-4, "needs {r.needs} of data", lambda r: GB <= r.needs_bytes < 10 * GB),
    _Sign(-12, "needs {r.needs} of data", lambda r: r.needs_bytes >= 10 * GB),
    _Sign(-9, "needs a GPU", lambda r: r.facts.needs_gpu),
    _Sign(-8, "its authors gave it up or moved on", lambda r: r.facts.is_retired),
)  # fmt: skip
_TERMS = (
    _Sign(4, "licence {r.one.license}", lambda r: r.one.license not in {None, "other"}),
    _Sign(1, "a licence of its own", lambda r: r.one.license in {None, "other"} and r.facts.has_license),
    _Sign(-8, "no licence", lambda r: r.one.license is None and not r.facts.has_license),
    _Sign(-3, "archived", lambda r: r.one.is_archived),
    _Sign(-20, "written in {r.one.language}", lambda r: r.one.language and r.one.language not in _LANGUAGES),
    _Sign(-3, "a copy of another repository", lambda r: r.one.is_fork),
    _Sign(3, "small ({r.size})", lambda r: 0 < r.one.size_bytes <= 20 * MB),
    _Sign(-5, "large ({r.size})", lambda r: 300 * MB < r.one.size_bytes <= GB),
    _Sign(-10, "very large ({r.size})", lambda r: r.one.size_bytes > GB),
    _Sign(3, "changed in {r.year}", lambda r: r.age <= 2),
    _Sign(-3, "not changed since {r.year}", lambda r: r.age > 6),
)  # fmt: skip

NAMED_AFTER = 22.0
IN_TOPICS = 8.0
IN_DESCRIPTION = 9.0
IN_README = 7.0
IN_FILES = 11.0
MOST_PATHS = 400
OF_SEVERAL = 4.0
OFF_TOPIC = -30.0
OTHER_FRAMEWORK = -8.0
FOR_STARS = 2.5
"""Points for each factor of ten; a hundred stars give 5."""
MOST_FOR_STARS = 11.0


def rank(
    found: Iterable[tuple[Candidate, Facts | None, str]], wanted: Wanted
) -> tuple[RepoCard, ...]:
    """Cards, best first; by stars where that was asked for.

    Args:
        found: repositories, what is known of their files, and their READMEs' beginnings.
    """
    terms = terms_of(wanted)
    cards = [card(one, facts, head, terms) for one, facts, head in found]
    if wanted.by_stars:
        return tuple(sorted(cards, key=lambda one: (-one.candidate.stars, one.candidate.full_name)))
    return tuple(sorted(cards, key=lambda one: (-one.score, -one.candidate.stars,
                                                one.candidate.full_name)))  # fmt: skip


def card(candidate: Candidate, facts: Facts | None, readme: str, terms: Terms) -> RepoCard:
    """One repository with its score and the reasons for it."""
    reasons = [*_relevance(candidate, facts, readme, terms), *_stars(candidate)]
    if facts is None:
        known = Facts(has_license=candidate.license is not None)
        reasons += [*_signs(_TERMS, _Seen(candidate, known)), Reason(0, "not looked into")]
    else:
        reasons += _signs((*_CODE, *_NEEDS, *_TERMS), _Seen(candidate, facts))
    score = min(max(sum(one.points for one in reasons), 0.0), 100.0)
    return RepoCard(candidate, facts, round(score, 1), tuple(sorted(reasons, key=_weight)))


def prior(candidate: Candidate, terms: Terms) -> float:
    """How much it is worth looking into, by what the searches told."""
    places = sum(1.0 / (2 + place) for place in candidate.ranks.values())
    relevance = sum(one.points for one in _relevance(candidate, None, "", terms))
    return relevance + sum(one.points for one in _stars(candidate)) + 20 * places


def _weight(reason: Reason) -> float:
    return -abs(reason.points)


def _signs(signs: Iterable[_Sign], seen: _Seen) -> Iterator[Reason]:
    for sign in signs:
        if sign.holds(seen):
            yield Reason(sign.points, sign.text.format(r=seen))


def _relevance(
    candidate: Candidate, facts: Facts | None, readme: str, terms: Terms
) -> Iterator[Reason]:
    name = candidate.full_name.partition("/")[2]
    found = [*_mentions(candidate, name, readme, terms), *_files(facts, terms)]
    if not found and terms.phrases:
        found.append(Reason(OFF_TOPIC, "does not say itself that it is about this"))
    yield from found
    if len(candidate.ranks) > 1:
        extra = min(len(candidate.ranks) - 1, 2) * OF_SEVERAL / 2
        yield Reason(extra, f"found by {len(candidate.ranks)} searches")
    if terms.framework and terms.is_of_another(f"{name} {candidate.description}"):
        yield Reason(OTHER_FRAMEWORK, f"not for {terms.framework}")


def _mentions(candidate: Candidate, name: str, readme: str, terms: Terms) -> Iterator[Reason]:
    if found := terms.within_name(name):
        yield _because(NAMED_AFTER, "named after it ({})", found)
    if found := terms.within(" , ".join(candidate.topics)):
        yield _because(IN_TOPICS, "topic {}", found)
    if found := terms.within(candidate.description):
        yield _because(IN_DESCRIPTION, "about {}", found)
    if found := terms.within(readme):
        yield _because(IN_README, "its README begins with {}", found)


def _because(points: float, text: str, phrase: Phrase) -> Reason:
    return Reason(round(points * phrase.weight, 1), text.format(phrase.text))


def _files(facts: Facts | None, terms: Terms) -> Iterator[Reason]:
    """What one would run for it: in a collection of examples it is one of many."""
    if facts and (found := terms.within_paths(facts.sources[:MOST_PATHS])):
        phrase, path = found
        yield Reason(round(IN_FILES * phrase.weight, 1), f"{path} is about {phrase.text}")


def _stars(candidate: Candidate) -> Iterator[Reason]:
    if candidate.stars > 1:
        points = min(FOR_STARS * math.log10(candidate.stars), MOST_FOR_STARS)
        yield Reason(round(points, 1), f"{candidate.stars:,} stars")


def _size(count: int) -> str:
    if count >= GB:
        return f"{count / GB:.0f} GB"
    return f"{count / MB:.0f} MB" if count >= MB else f"{max(count // 1000, 1)} kB"

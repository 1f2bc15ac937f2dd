"""What `q` means in a search for repositories: words, qualifiers, OR, NOT.

Words are looked for in name, description and topics, or where `in:` says (name, description,
topics, readme). OR binds what stands beside it, everything else has to hold together.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from .repositories import Repository

PLACES = {"name", "description", "topics", "readme"}
DEFAULT_PLACES = frozenset(PLACES - {"readme"})
LONGEST_WORDS = 256
MOST_OPERATORS = 5


class InvalidSearchError(ValueError):
    """What GitHub answers with 422; its text is the reason."""


@dataclass(frozen=True)
class Term:
    """A word, or a qualifier with its value; `negated` by NOT or a minus."""

    text: str
    qualifier: str = ""
    negated: bool = False


@dataclass(frozen=True)
class Query:
    """What has to hold.

    Attributes:
        groups: in each of them one term has to hold.
        places: where words are looked for.
    """

    groups: tuple[tuple[Term, ...], ...]
    places: frozenset[str]

    def words(self) -> list[str]:
        return [term.text for group in self.groups for term in group if not term.qualifier]


def parse(text: str) -> Query:
    """Read `q`; `InvalidSearchError` for what GitHub does not take."""
    terms, places = _terms(_pieces(text))
    operators = len(re.findall(r"\b(?:AND|OR|NOT)\b", text))
    if operators > MOST_OPERATORS:
        raise InvalidSearchError("More than five AND / OR / NOT operators were used.")
    groups = _grouped(terms)
    query = Query(tuple(groups), places or DEFAULT_PLACES)
    if len(" ".join(query.words())) > LONGEST_WORDS:
        raise InvalidSearchError("The search is longer than 256 characters.")
    if not groups:
        raise InvalidSearchError("The search is empty.")
    return query


def matches(query: Query, repository: Repository) -> bool:
    """Whether a repository is found."""
    texts = _texts(query, repository)
    asked = {term.qualifier for group in query.groups for term in group}
    if repository.metadata().is_fork and "fork" not in asked:
        return False
    return all(any(_holds(term, repository, texts) for term in group) for group in query.groups)


def rank(query: Query, repository: Repository) -> tuple[int, int]:
    """The higher the better it fits: words in its name, then stars."""
    metadata = repository.metadata()
    named = sum(word.lower() in metadata.name.lower() for word in query.words())
    return (named, metadata.stars)


def _pieces(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    lexer.quotes = '"'
    lexer.escape = ""
    try:
        return list(lexer)
    except ValueError as error:
        raise InvalidSearchError("The search has an open quote.") from error


def _terms(pieces: list[str]) -> tuple[list[Term | str], frozenset[str]]:
    """Terms and the word OR between them; `in:` is taken out."""
    found: list[Term | str] = []
    places: set[str] = set()
    negated = False
    for piece in pieces:
        if piece == "NOT":
            negated = True
        elif piece == "OR":
            found.append("OR")
        elif piece.startswith("in:"):
            places |= set(piece[3:].split(",")) & PLACES
        elif piece != "AND":
            found.append(_term(piece, negated=negated))
            negated = False
    return found, frozenset(places)


def _term(piece: str, *, negated: bool) -> Term:
    minus = piece.startswith("-") and len(piece) > 1
    text = piece[1:] if minus else piece
    qualifier, colon, value = text.partition(":")
    if colon and qualifier in QUALIFIERS:
        return Term(value, qualifier, negated or minus)
    return Term(text, "", negated or minus)


def _grouped(terms: list[Term | str]) -> list[tuple[Term, ...]]:
    groups: list[tuple[Term, ...]] = []
    joined = False
    for term in terms:
        if isinstance(term, str):
            joined = bool(groups)
        elif joined:
            groups[-1] = (*groups[-1], term)
            joined = False
        else:
            groups.append((term,))
    return groups


def _texts(query: Query, repository: Repository) -> str:
    metadata = repository.metadata()
    found = {
        "name": metadata.name,
        "description": metadata.description or "",
        "topics": " ".join(metadata.topics),
    }
    if "readme" in query.places and query.words():
        found["readme"] = _readme(repository)
    return "\n".join(found[place] for place in sorted(query.places & found.keys())).lower()


def _readme(repository: Repository) -> str:
    head = repository.head()
    entry = head.readme() if head else None
    return repository.blob(entry.sha).decode("utf-8", "replace") if entry else ""


def _holds(term: Term, repository: Repository, texts: str) -> bool:
    if term.qualifier:
        held = QUALIFIERS[term.qualifier](repository, term.text)
    else:
        held = term.text.lower() in texts
    return held is not term.negated


def _within(value: str | int, asked: str) -> bool:
    """A number or a day within `>=a`, `<a`, `a..b`, `a`; a day is cut to what was asked."""
    low, dots, high = asked.partition("..")
    if dots:
        return (low == "*" or _compare(value, ">=", low)) and (
            high == "*" or _compare(value, "<=", high)
        )
    sign, bound = re.findall(r"^(>=|<=|>|<|)(.*)$", asked)[0]
    return _compare(value, sign or "=", bound)


def _compare(value: str | int, sign: str, bound: str) -> bool:
    if isinstance(value, int):
        if not bound.isdigit():
            raise InvalidSearchError(f"{bound!r} is not a number.")
        difference = value - int(bound)
    else:
        cut = value[: len(bound)]
        difference = (cut > bound) - (cut < bound)
    return {
        ">": difference > 0,
        ">=": difference >= 0,
        "<": difference < 0,
        "<=": difference <= 0,
        "=": difference == 0,
    }[sign]


def _spaced(language: str) -> str:
    return language.lower().replace("-", " ")


def _fork(repository: Repository, value: str) -> bool:
    return value == "true" or repository.metadata().is_fork is (value == "only")


QUALIFIERS: dict[str, Callable[[Repository, str], bool]] = {
    "archived": lambda one, value: one.metadata().is_archived is (value == "true"),
    "created": lambda one, value: _within(one.metadata().created_at, value),
    "fork": _fork,
    "forks": lambda one, value: _within(one.metadata().forks, value),
    "is": lambda _, value: value == "public",
    "language": lambda one, value: _spaced(one.metadata().language or "") == _spaced(value),
    "license": lambda one, value: (one.metadata().license_id or "").lower() == value.lower(),
    "org": lambda one, value: one.metadata().owner.lower() == value.lower(),
    "pushed": lambda one, value: _within(one.metadata().pushed_at, value),
    "repo": lambda one, value: one.metadata().full_name.lower() == value.lower(),
    "size": lambda one, value: _within(one.metadata().size_kb, value),
    "stars": lambda one, value: _within(one.metadata().stars, value),
    "topic": lambda one, value: value.lower() in one.metadata().topics,
    "topics": lambda one, value: _within(len(one.metadata().topics), value),
    "user": lambda one, value: one.metadata().owner.lower() == value.lower(),
}

"""From what one looks for to what GitHub's search is asked: pure functions.

Source of the syntax: docs.github.com, "Searching for repositories"; 256 characters and five
operators (`AND`, `OR`, `NOT`) at most.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sandbox.errors import InputError
from sandbox.github.cards import Wanted

LONGEST = 256
MOST_MODELS = 3
_ARXIV = re.compile(r"(?:arxiv:|https?://(?:www\.)?arxiv\.org/(?:abs|pdf)/)?(\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?", re.IGNORECASE)  # fmt: skip  # noqa: E501
_WORD = re.compile(r"[\w+#.-]+")
FRAMEWORKS = {
    "pytorch": ("pytorch", "torch"),
    "tensorflow": ("tensorflow", "tf", "tf2"),
    "keras": ("keras",),
    "jax": ("jax", "flax"),
    "scikit-learn": ("scikit-learn", "sklearn"),
    "xgboost": ("xgboost",),
    "lightgbm": ("lightgbm",),
    "huggingface": ("huggingface", "transformers"),
    "lightning": ("pytorch-lightning", "lightning"),
}
"""Framework → words that name it in repositories, the first of them asked for."""


@dataclass(frozen=True)
class Query:
    """One search.

    Attributes:
        name: why it is asked: `words`, `notebooks`, `topic`, `models`, `paper`, `code`.
        path: of the API: repositories, or code for those with a token.
        sort: `stars`, or None = GitHub's own best match.
    """

    name: str
    text: str
    sort: str | None = None
    path: str = "/search/repositories"


def arxiv_id(text: str) -> str | None:
    """`1505.04597` of an id, `arXiv:…` or an address; None where it is none."""
    found = _ARXIV.fullmatch(text.strip())
    return found[1] if found else None


def framework_named(text: str) -> str | None:
    """The framework that a word names; None = not known."""
    word = text.strip().lower()
    return next((name for name, words in FRAMEWORKS.items() if word in {name, *words}), None)


def checked_date(text: str) -> str:
    """`2022-01-01` of a year, a month or a day; raises InputError for anything else."""
    whole = {4: f"{text}-01-01", 7: f"{text}-01"}.get(len(text), text)
    try:
        return date.fromisoformat(whole).isoformat()
    except ValueError as error:
        raise InputError(f"{text!r} is no date", hint="for example: --since 2022") from error


def queries_of(wanted: Wanted, *, code: bool = False) -> tuple[Query, ...]:
    """The searches that together answer a question, the most telling first; five at most.

    Args:
        code: whether code may be searched too, which GitHub allows accounts only.
    """
    tail = _qualifiers(wanted)
    asked = []
    if wanted.paper:
        paper = arxiv_id(wanted.paper) or f'"{_plain(wanted.paper)}"'
        asked.append(Query("paper", f"{paper} in:name,description,readme"))
    if words := _plain(wanted.words):
        python, notebook = "language:python", 'language:"Jupyter Notebook"'
        framework = wanted.framework or ""
        asked += [
            Query("words", f"{words} {framework} {python}"),
            Query("notebooks", f"{words} {framework} {notebook}"),
            *_of_problem(wanted, framework),
        ]
    found = [Query(one.name, _bounded(one.text, tail), one.sort) for one in asked[:4]]
    if code and words:
        model = wanted.problem.models[0] if wanted.problem and wanted.problem.models else words
        text = _bounded(f'"{_plain(model)}"', "filename:train language:python")
        found.append(Query("code", text, path="/search/code"))
    return tuple(found)


def _of_problem(wanted: Wanted, framework: str) -> list[Query]:
    """What the table of problems adds: the topic under which people file it, its usual models."""
    problem = wanted.problem
    if problem is None:
        slug = "-".join(_plain(wanted.words).lower().split())
        return [Query("topic", f"topic:{slug} {framework}", "stars")]
    models = " OR ".join(f'"{name}"' if " " in name else name for name in
                         problem.models[:MOST_MODELS])  # fmt: skip
    found = []
    if problem.topics:
        found.append(Query("topic", f"topic:{problem.topics[0]} {framework}", "stars"))
    if models:
        found.append(Query("models", f"{models} {framework} language:python"))
    return found


def _qualifiers(wanted: Wanted) -> str:
    parts = ["archived:false"]
    if wanted.since:
        parts.append(f"pushed:>={wanted.since}")
    if wanted.max_size_bytes:
        parts.append(f"size:<={max(wanted.max_size_bytes // 1024, 1)}")
    return " ".join(parts)


def _plain(text: str) -> str:
    """Words only: what could be read as a qualifier or an operator is no word of a problem."""
    words = (word.strip(".-") for word in _WORD.findall(text))
    return " ".join(word for word in words if word and word not in {"AND", "OR", "NOT"})


def _bounded(text: str, tail: str) -> str:
    """Cut at a word, so that the qualifiers fit behind it."""
    room = LONGEST - len(tail) - 1
    words = text.split()
    while len(" ".join(words)) > room:
        words.pop(0 if len(words) == 1 else -1)
    return f"{' '.join(words)} {tail}".strip()

"""Whether a person's choice is among the first of our ranking, over all stored repositories."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import recipes
from sandbox.github.cards import Candidate, Facts, File, Listing, Wanted
from sandbox.github.finding import seen
from sandbox.github.ranking import rank

from .site import Head, Repository

CHOICES = Path(__file__).with_name("choices.toml")
FIRST = 5
DEEPEST = 2


@dataclass(frozen=True)
class Judgement:
    """A problem, what a person chose for it, and where we have that: from 1, None = nowhere."""

    problem: str
    choices: tuple[str, ...]
    place: int | None
    first: tuple[str, ...]

    @property
    def is_hit(self) -> bool:
        return self.place is not None and self.place <= FIRST


def judge(stored: Sequence[Repository], folders: Sequence[Path]) -> tuple[Judgement, ...]:
    """Every choice of the written list, against a ranking of everything that is stored."""
    problems = recipes.load_problems(folders)
    known = [found for one in stored if (found := _looked_into(one)) is not None]
    names = {one.full_name for one, _, _ in known}
    judged = []
    for line in tomllib.loads(CHOICES.read_text(encoding="utf-8"))["choices"]:
        problem = recipes.problem_of(line["problem"], problems)
        cards = rank(known, Wanted(line["problem"], problem))
        order = [card.candidate.full_name for card in cards]
        chosen = [one for one in (line["choice"], *line.get("also_good", ())) if one in names]
        if chosen:
            place = min(order.index(one) for one in chosen) + 1
            judged.append(Judgement(line["problem"], tuple(chosen), place, tuple(order[:FIRST])))
    return tuple(judged)


def _looked_into(one: Repository) -> tuple[Candidate, Facts | None, str] | None:
    head = one.head()
    if head is None:
        return None
    about = one.metadata()
    found = Candidate(
        about.full_name,
        f"https://github.com/{about.full_name}",
        description=about.description or "",
        license=about.license_id,
        size_bytes=about.size_kb * 1024,
        pushed_at=about.pushed_at,
        language=about.language,
    )
    return seen(found, _listing(one, head))


def _listing(one: Repository, head: Head) -> Listing:
    """As deep as the query with a token looks, and under the names that it asks for."""
    every = [entry for entry in head.entries if entry.kind == "blob"]
    files = tuple(File(one.path, one.size) for one in every if one.path.count("/") <= DEEPEST)
    readmes = map(head.entry, ("README.md", "README.rst", "readme.md"))
    readme, requirements = next(filter(None, readmes), None), head.entry("requirements.txt")
    texts = [
        one.blob(entry.sha).decode("utf-8", "replace") if entry else None
        for entry in (readme, requirements)
    ]
    whole = len(files) == len(every)
    return Listing(files, is_whole=whole, readme=texts[0], requirements=texts[1])

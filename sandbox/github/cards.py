"""What one looks for, and what is known of a repository: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.recipes import Problem

FEATURES = ("script", "notebook", "license", "manifest", "data", "tests")
"""What `--has` can ask for."""
MOST_RESULTS = 50


@dataclass(frozen=True)
class Wanted:
    """What is looked for.

    Attributes:
        words: a problem, a model, anything, as it was typed; empty where a paper is named.
        problem: the entry of the problems' table that the words name, if one does.
        framework: a word that names one (`torch`, `keras`).
        paper: an arXiv id or address, or a title.
        has: some of `FEATURES`; a result has all of them.
        cpu: leave out what says that it needs a GPU.
        since: ISO date or year; the last push is not older.
        limit: results, `MOST_RESULTS` at most.
        by_stars: sorted by stars, not by how well one can tinker.
    """

    words: str = ""
    problem: Problem | None = None
    framework: str | None = None
    paper: str | None = None
    has: tuple[str, ...] = ()
    max_size_bytes: int | None = None
    cpu: bool = False
    since: str | None = None
    limit: int = 20
    by_stars: bool = False


@dataclass(frozen=True)
class Candidate:
    """A repository as a search shows it.

    Attributes:
        url: of its page.
        license: SPDX identifier, `other` where GitHub does not know it, None = there is none.
        size_bytes: of git's own storage, as GitHub tells it.
        pushed_at: ISO 8601, UTC.
        language: the main one.
        branch: the default one.
        ranks: name of a query → place among its results, from 0.
    """

    full_name: str
    url: str
    description: str = ""
    stars: int = 0
    license: str | None = None
    size_bytes: int = 0
    pushed_at: str | None = None
    language: str | None = None
    topics: tuple[str, ...] = ()
    branch: str = "HEAD"
    is_archived: bool = False
    is_fork: bool = False
    ranks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """A file of a repository: POSIX path from its root, bytes."""

    path: str
    size_bytes: int


@dataclass(frozen=True)
class Listing:
    """What was read of a repository.

    Attributes:
        files: of the whole tree, or of its upper folders.
        is_whole: whether all files are among them.
        readme, requirements: their texts; None = not read, or there is none.
    """

    files: tuple[File, ...]
    is_whole: bool = True
    readme: str | None = None
    requirements: str | None = None


@dataclass(frozen=True)
class Facts:
    """What a Listing says about trying the code.

    Attributes:
        notebooks, scripts: paths of notebooks, and of scripts that one would run.
        sources: paths of all Python files and notebooks, tests and helpers aside.
        manifests: paths of files that declare packages.
        is_pinned: whether versions are; None = not read.
        data: paths of included data, largest first; `data_bytes` of all together.
        needs_bytes: data that the README says has to be brought; None = it says nothing.
        downloads: the data are fetched by the code or a library, by what README or files say.
        needs_gpu: the README asks for one; None = nothing was read that could tell.
        has_figures: the README shows pictures of results.
        python_files, files: how many.
        is_retired: the README says that it is not kept up, or has moved.
        is_whole: all files were listed; else what is missing may lie deeper.
        is_list: links to the work of others, hardly any code.
    """

    notebooks: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()
    is_pinned: bool | None = None
    data: tuple[str, ...] = ()
    data_bytes: int = 0
    needs_bytes: int | None = None
    downloads: bool = False
    needs_gpu: bool | None = None
    has_figures: bool = False
    has_tests: bool = False
    has_license: bool = False
    python_files: int = 0
    files: int = 0
    is_retired: bool = False
    is_whole: bool = True
    is_list: bool = False


@dataclass(frozen=True)
class Reason:
    """One sign, and what it adds to the score."""

    points: float
    text: str

    def __str__(self) -> str:
        sign = {True: "+", False: "-"}[self.points >= 0] if self.points else "?"
        return f"{sign} {self.text}"


@dataclass(frozen=True)
class RepoCard:
    """A repository that was found.

    Attributes:
        facts: None = nobody looked into it.
        score: 0 … 100; how well one can tinker with it for this question.
        reasons: what the score is made of, weightiest first.
    """

    candidate: Candidate
    facts: Facts | None
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Answer:
    """What GitHub was found to have.

    Attributes:
        total: how many repositories the searches saw.
        api_calls: requests that were sent, those that were answered from the cache left out.
        notes: what was left out, guessed or answered from old knowledge; a line each.
        was_reached: False where GitHub could not be asked at all.
    """

    results: tuple[RepoCard, ...]
    total: int = 0
    api_calls: int = 0
    notes: tuple[str, ...] = ()
    was_reached: bool = True

"""From a problem in words to repositories: what one has already, then what GitHub has."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox import checkouts, github, recipes
from sandbox.errors import InputError, NetworkError, SandboxError
from sandbox.flows.context import Context
from sandbox.github.matching import Terms, terms_of


@dataclass(frozen=True)
class Search:
    """What is looked for, as a person says it.

    Attributes:
        words: a problem, a model, anything; empty where a paper is named.
        framework: a word that names one (`torch`, `keras`).
        paper: an arXiv id or address, or a title.
        has: some of `github.FEATURES`.
        since: a year or ISO date.
        refresh: ask GitHub anew what was asked within the hour.
    """

    words: str = ""
    framework: str | None = None
    paper: str | None = None
    has: tuple[str, ...] = ()
    max_size_bytes: int | None = None
    cpu: bool = False
    since: str | None = None
    limit: int = 20
    by_stars: bool = False
    refresh: bool = False


@dataclass(frozen=True)
class Own:
    """A recipe, or a workspace, that is about what is looked for."""

    kind: str
    name: str
    about: str


@dataclass(frozen=True)
class Discovery:
    """What there is for a problem.

    Attributes:
        problem: the known one that the words name; None = none of them.
        own: recipes and workspaces.
        answer: of GitHub.
    """

    problem: str | None
    own: tuple[Own, ...]
    answer: github.Answer


def find(context: Context, search: Search) -> Discovery:
    """Recipes and workspaces, and GitHub's repositories, best first.

    Raises:
        InputError: nothing is looked for, or something in it is not known.
        NetworkError: GitHub cannot be asked, and neither cache nor home has an answer.
    """
    wanted = wanted_of(context, search)
    own = tuple(_own(context, terms_of(wanted)))
    site = open_site(context, refresh=search.refresh)
    try:
        answer = github.find(site, wanted)
    except NetworkError as error:
        if not own:
            raise
        answer = github.Answer((), api_calls=site.calls, notes=(error.message,), was_reached=False)
    finally:
        site.close()
    return Discovery(wanted.problem.name if wanted.problem else None, own, answer)


def explain(context: Context, full_name: str, search: Search) -> github.Answer:
    """Why one repository is ranked as it is.

    Raises:
        TargetError: there is none.
        NetworkError: GitHub is not reached, or its limit is.
    """
    site = open_site(context, refresh=search.refresh)
    try:
        return github.explain(site, full_name, wanted_of(context, search))
    finally:
        site.close()


def wanted_of(context: Context, search: Search) -> github.Wanted:
    """The question, checked; raises InputError with what is known."""
    framework = github.framework_named(search.framework) if search.framework else None
    if search.framework and framework is None:
        known = ", ".join(github.FRAMEWORKS)
        raise InputError(f"no framework called {search.framework!r}", hint=f"known: {known}")
    unknown = [one for one in search.has if one not in github.FEATURES]
    if unknown:
        known = ", ".join(github.FEATURES)
        raise InputError(f"--has does not know {unknown[0]!r}", hint=f"known: {known}")
    if search.limit < 1:
        raise InputError(f"--limit {search.limit} is not above 0")
    problem = _problem(search, recipes.load_problems(context.recipes))
    return github.Wanted(
        words=search.words.strip(),
        problem=problem,
        framework=framework,
        paper=search.paper,
        has=search.has,
        max_size_bytes=search.max_size_bytes,
        cpu=search.cpu,
        since=github.checked_date(search.since) if search.since else None,
        limit=min(search.limit, github.MOST_RESULTS),
        by_stars=search.by_stars,
    )


def _problem(search: Search, known: Sequence[recipes.Problem]) -> recipes.Problem | None:
    """The one that the words name, or else one to which the paper belongs."""
    paper = github.arxiv_id(search.paper or "")
    of_paper = (one for one in known if paper in one.papers)
    return recipes.problem_of(search.words, known) or next(of_paper, None)


def open_site(context: Context, *, refresh: bool = False) -> github.Site:
    """GitHub as the settings name it; nothing is sent yet. Close it."""
    settings = context.settings
    answers = functools.partial(github.Answers, context.home.github, settings.github_url)
    return github.Site(
        github.Access(
            settings.github_url,
            settings.github_web,
            token=context.token,
            answers=answers,
            verify=lambda: settings.load_indexes().certificate,
            refresh=refresh,
        )
    )


def _own(context: Context, terms: Terms) -> Iterator[Own]:
    for name, (title, description) in recipes.glance(context.recipes).items():
        if terms.within(f"{name} , {title} , {description}"):
            yield Own("recipe", name, title)
    for one in checkouts.list_workspaces(context.home, on_damaged=_pass_over):
        said = f"{one.name} , {(one.repo.full_name or one.repo.source).replace('/', ' , ')}"
        if terms.within_name(one.name) or terms.within(said):
            yield Own("workspace", one.name, one.repo.source)


def _pass_over(_error: SandboxError) -> None:
    """`sandbox list` tells of it."""

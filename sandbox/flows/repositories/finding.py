"""From a problem in words to repositories: what one has already, then what GitHub has."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox import checkouts, github, recipes
from sandbox.errors import InputError, NetworkError, SandboxError
from sandbox.flows.context import Context


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


def find(context: Context, wanted: github.Wanted, *, refresh: bool = False) -> Discovery:
    """Recipes and workspaces, and GitHub's repositories, best first.

    Args:
        wanted: as a person says it.
        refresh: ask GitHub anew what was asked within the hour.

    Raises:
        InputError: nothing is looked for, or something in it is not known.
        NetworkError: GitHub cannot be asked, and neither cache nor home has an answer.
    """
    wanted = checked(context, wanted)
    own = tuple(_own(context, github.terms_of(wanted)))
    site = open_site(context, refresh=refresh)
    try:
        answer = github.find(site, wanted)
    except NetworkError as error:
        if not own:
            raise
        answer = github.Answer((), api_calls=site.calls, notes=(error.message,), was_reached=False)
    finally:
        site.close()
    return Discovery(wanted.problem.name if wanted.problem else None, own, answer)


def explain(
    context: Context, full_name: str, wanted: github.Wanted, *, refresh: bool = False
) -> github.Answer:
    """Why one repository is ranked as it is.

    Raises:
        TargetError: there is none.
        NetworkError: GitHub is not reached, or its limit is.
    """
    site = open_site(context, refresh=refresh)
    try:
        return github.explain(site, full_name, checked(context, wanted))
    finally:
        site.close()


def checked(context: Context, said: github.Wanted) -> github.Wanted:
    """The question in the words that GitHub and the problems' table know.

    Raises:
        InputError: something in it is not known; the hint says what is.
    """
    framework = github.framework_named(said.framework) if said.framework else None
    if said.framework and framework is None:
        known = ", ".join(github.FRAMEWORKS)
        raise InputError(f"no framework called {said.framework!r}", hint=f"known: {known}")
    unknown = [one for one in said.has if one not in github.FEATURES]
    if unknown:
        known = ", ".join(github.FEATURES)
        raise InputError(f"--has does not know {unknown[0]!r}", hint=f"known: {known}")
    if said.limit < 1:
        raise InputError(f"--limit {said.limit} is not above 0")
    return dataclasses.replace(
        said,
        words=said.words.strip(),
        problem=_problem(said, recipes.load_problems(context.recipes)),
        framework=framework,
        since=github.checked_date(said.since) if said.since else None,
        limit=min(said.limit, github.MOST_RESULTS),
    )


def _problem(said: github.Wanted, known: Sequence[recipes.Problem]) -> recipes.Problem | None:
    """The one that the words name, or else one to which the paper belongs."""
    paper = github.arxiv_id(said.paper or "")
    of_paper = (one for one in known if paper in one.papers)
    return recipes.problem_of(said.words, known) or next(of_paper, None)


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


def _own(context: Context, terms: github.Terms) -> Iterator[Own]:
    for name, (title, description) in recipes.glance(context.recipes).items():
        if terms.within(f"{name} , {title} , {description}"):
            yield Own("recipe", name, title)
    for one in checkouts.list_workspaces(context.home, on_damaged=_pass_over):
        said = f"{one.name} , {(one.repo.full_name or one.repo.source).replace('/', ' , ')}"
        if terms.within_name(one.name) or terms.within(said):
            yield Own("workspace", one.name, one.repo.source)


def _pass_over(_error: SandboxError) -> None:
    """`sandbox list` tells of it."""

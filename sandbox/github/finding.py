"""The way from a question to ranked repositories, within a small number of calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import quote

from sandbox.errors import InputError, SandboxError, TargetError
from sandbox.github import reading
from sandbox.github.cards import Answer, Candidate, Facts, Listing, RepoCard, Wanted
from sandbox.github.facts import facts_of
from sandbox.github.matching import terms_of
from sandbox.github.queries import Query, queries_of
from sandbox.github.ranking import prior, rank
from sandbox.github.site import Site
from sandbox.github.together import ask_together

MOST_CALLS = 12
"""For one question that nothing is known of; anonymous use has 60 an hour."""
PER_PAGE = 50
BATCH = 6
"""Repositories of one GraphQL query; GitHub gives up on one that takes it ten seconds."""
_README_HEAD = 1500


def find(site: Site, wanted: Wanted) -> Answer:
    """Repositories for a question, best first.

    With a token everything is looked into by a few GraphQL queries; without one, the most
    promising are, each with a call of its own, and the others are ranked by what the searches say.

    Raises:
        InputError: nothing is looked for.
        NetworkError: GitHub cannot be asked, and nothing is known from before.
    """
    queries = queries_of(wanted, code=site.token() is not None)
    if not queries:
        raise InputError("nothing to look for", hint='for example: sandbox find "digits"')
    found, failures = _search(site, queries)
    if failures and not found:
        raise failures[0]
    known = _look_into(site, _promising(found.values(), wanted), len(queries))
    cards = rank([seen(*one) for one in known], wanted)
    fits = [_fits(one, wanted) for one in cards]
    kept = [card for card, one in zip(cards, fits, strict=True) if one]
    notes = [*_told(failures, known, site), *_left_out(fits, cards, wanted), *site.notes]
    return Answer(tuple(kept[: wanted.limit]), len(found), site.calls, tuple(notes))


def explain(site: Site, full_name: str, wanted: Wanted) -> Answer:
    """One repository, looked into whatever it costs (five calls at most).

    Raises:
        TargetError: there is none.
        NetworkError: GitHub is not reached, or its limit is.
    """
    if not reading.is_full_name(full_name):
        raise TargetError(f"{full_name!r} is not OWNER/NAME", hint="for example: karpathy/makemore")
    found = reading.candidate(site.get(f"/repos/{full_name}"), site.web)
    if found is None:
        raise TargetError(f"{full_name} is not on GitHub, or is private")
    ((found, listing),) = _by_query(site, [found]) if site.token() else [(found, None)]
    if listing is None:
        listing = _read_whole(site, found)
    cards = rank([seen(found, listing)], wanted)
    return Answer(cards, 1, site.calls, tuple(site.notes))


def _read_whole(site: Site, one: Candidate) -> Listing | None:
    """A call for the files, one for the README, one for the requirements."""
    listing = _listing(site, one)
    if listing is None:
        return None
    declares = any(file.path == "requirements.txt" for file in listing.files)
    requirements = _content(site, one, "contents/requirements.txt") if declares else None
    return replace(listing, readme=_content(site, one, "readme"), requirements=requirements)


# ---------------------------------------------------------------- searches


def _search(
    site: Site, queries: Sequence[Query]
) -> tuple[dict[str, Candidate], list[SandboxError]]:
    """Repositories by name, with their place in each search; and the searches that failed."""
    answers = ask_together(lambda query: _ask(site, query), queries)
    found: dict[str, Candidate] = {}
    for query, answer in zip(queries, answers, strict=True):
        for place, one in enumerate(answer if isinstance(answer, list) else ()):
            before = found.get(one.full_name, one)
            found[one.full_name] = replace(before, ranks={**before.ranks, query.name: place})
    return found, [one for one in answers if isinstance(one, SandboxError)]


def _ask(site: Site, query: Query) -> list[Candidate] | SandboxError:
    parameters: dict[str, str | int] = {"q": query.text, "per_page": PER_PAGE}
    if query.sort:
        parameters["sort"] = query.sort
    try:
        payload = site.get(query.path, parameters)
    except SandboxError as error:
        return error
    if isinstance(payload, dict) and payload.get("incomplete_results"):
        site.note("GitHub's search ran out of time: its results are not complete")
    return reading.found_repositories(payload, site.web)


def _promising(found: Iterable[Candidate], wanted: Wanted) -> list[Candidate]:
    terms = terms_of(wanted)
    suitable = (one for one in found if _is_suitable(one, wanted))
    ordered = sorted(suitable, key=lambda one: (-prior(one, terms), one.full_name))
    return ordered[: max(2 * wanted.limit, wanted.limit + 10)]


def _is_suitable(one: Candidate, wanted: Wanted) -> bool:
    """By what a search tells; its qualifiers asked for the same, where the server knows them."""
    too_large = wanted.max_size_bytes is not None and one.size_bytes > wanted.max_size_bytes
    too_old = wanted.since is not None and (one.pushed_at or "9") < wanted.since
    return not too_large and not too_old and not one.is_archived


# ---------------------------------------------------------------- looking into them

_Known = tuple[Candidate, Listing | None]


def _look_into(site: Site, chosen: Sequence[Candidate], spent: int) -> list[_Known]:
    """All by a few queries; what these do not answer by a call each, as far as calls go."""
    known = _by_query(site, chosen) if site.token() else [(one, None) for one in chosen]
    spent += -(-len(chosen) // BATCH) if site.token() else 0
    left = [one for one, listing in known if listing is None][: max(MOST_CALLS - spent, 0)]
    listings = ask_together(lambda one: _listing(site, one), left)
    looked = dict(zip((one.full_name for one in left), listings, strict=True))
    return [(one, listing or looked.get(one.full_name)) for one, listing in known]


def _by_query(site: Site, chosen: Sequence[Candidate]) -> list[_Known]:
    groups = [chosen[at : at + BATCH] for at in range(0, len(chosen), BATCH)]
    answers = ask_together(lambda one: _query(site, one), groups)
    return [known for answer in answers for known in answer]


def _query(site: Site, group: Sequence[Candidate]) -> list[_Known]:
    text, variables = reading.query_of(tuple(one.full_name for one in group))
    try:
        data = site.query(text, variables)
    except SandboxError as error:
        site.note(f"{len(group)} repositories were not looked into at once: {error.message}")
        return [(one, None) for one in group]
    known: list[_Known] = []
    for at, one in enumerate(group):
        looked = reading.looked_into(data.get(f"r{at}"), site.web)
        if looked is None:
            known.append((one, None))
        else:
            known.append((replace(looked[0], ranks=one.ranks), looked[1]))
    return known


def _listing(site: Site, one: Candidate) -> Listing | None:
    path = f"/repos/{one.full_name}/git/trees/{quote(one.branch, safe='')}"
    try:
        return reading.listing(site.get(path, {"recursive": 1}))
    except SandboxError:  # empty, gone meanwhile, or the limit: told by its absence
        return None


def _content(site: Site, one: Candidate, what: str) -> str | None:
    try:
        return reading.content(site.get(f"/repos/{one.full_name}/{what}"))
    except SandboxError:
        return None


def seen(one: Candidate, listing: Listing | None) -> tuple[Candidate, Facts | None, str]:
    """A repository as the ranking looks at it: with its facts, and its README's beginning."""
    if listing is None:
        return one, None, ""
    facts = facts_of(listing, description=one.description, has_license=one.license is not None)
    return one, facts, (listing.readme or "")[:_README_HEAD]


# ---------------------------------------------------------------- what is shown


def _fits(card: RepoCard, wanted: Wanted) -> bool | None:
    """Whether it has all that is asked for; None = nobody looked, so that is not known."""
    one, facts = card.candidate, card.facts
    if facts is None:
        known = {"license": one.license is not None}
        return None if any(not known.get(name) for name in wanted.has) else True
    if wanted.cpu and facts.needs_gpu:
        return False
    has = {
        "script": facts.scripts,
        "notebook": facts.notebooks,
        "license": facts.has_license,
        "manifest": facts.manifests,
        "data": facts.data or facts.downloads,
        "tests": facts.has_tests,
    }
    return all(has[name] for name in wanted.has)


def _told(failures: Sequence[SandboxError], known: Sequence[_Known], site: Site) -> list[str]:
    told = [f"one of the searches failed: {one.message}" for one in failures[:1]]
    unknown = sum(listing is None for _, listing in known)
    if unknown:
        why = "" if site.token() else (
            ": without a token GitHub answers 60 requests an hour; set GITHUB_TOKEN to have all"
            " of them looked into"
        )  # fmt: skip
        told.append(f"{unknown} of {len(known)} were not looked into{why}")
    return told


def _left_out(fits: Sequence[bool | None], cards: Sequence[RepoCard], wanted: Wanted) -> list[str]:
    asked = ", ".join([*wanted.has, *(["no GPU"] if wanted.cpu else [])])
    told = []
    if lacking := sum(one is False for one in fits):
        told.append(f"{lacking} left out, which do not have what was asked for ({asked})")
    if unknown := sum(one is None for one in fits):
        told.append(f"{unknown} left out, of which that is not known ({asked})")
    unread = sum(bool(one) and (card.facts is None or card.facts.needs_gpu is None)
                 for one, card in zip(fits, cards, strict=True))  # fmt: skip
    if wanted.cpu and unread:
        told.append(f"whether {unread} of them need a GPU is not known: no README of them was read")
    return told

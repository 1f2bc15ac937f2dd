"""sandbox find: repositories for a problem."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from sandbox.cli import options
from sandbox.errors import InputError

if TYPE_CHECKING:
    from sandbox.api import Discovery, Wanted
    from sandbox.github import Answer, RepoCard

MOST_REASONS = 4


def command(  # noqa: PLR0913 - Typer's options are arguments
    words: Annotated[
        list[str] | None, typer.Argument(help="A problem, a model, anything: image segmentation.")
    ] = None,
    *,
    framework: Annotated[
        str | None, typer.Option("--framework", help="pytorch, tensorflow, keras, jax, …")
    ] = None,
    paper: Annotated[
        str | None, typer.Option("--paper", help="An arXiv id (1505.04597), its address, a title.")
    ] = None,
    has: Annotated[
        str | None,
        typer.Option("--has", help="Any of script,notebook,license,manifest,data,tests."),
    ] = None,
    max_size: Annotated[
        str | None, typer.Option("--max-size", metavar="SIZE", help="Of the repository (200MB).")
    ] = None,
    cpu: Annotated[bool, typer.Option("--cpu", help="Nothing that says it needs a GPU.")] = False,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Changed since then (2022).")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", help="Results; 50 at most.")] = 20,
    sort: Annotated[str, typer.Option("--sort", help="fit, or stars for the sceptic.")] = "fit",
    why: Annotated[
        str | None, typer.Option("--why", metavar="OWNER/NAME", help="Explain one's score.")
    ] = None,
    open_number: Annotated[
        int | None, typer.Option("--open", metavar="N", help="Open the N-th result at once.")
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask anew what was asked within the hour.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Tell of calls to GitHub.")] = False,
    json: options.Json = False,
) -> None:
    """Find repositories for a problem, ranked by how well one can tinker with them.

    Example: sandbox find "image segmentation" --framework pytorch
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    if sort not in {"fit", "stars"}:
        raise InputError(f"--sort {sort} is neither fit nor stars")
    wanted = api.Wanted(
        words=" ".join(words or ()),
        framework=framework,
        paper=paper,
        has=tuple(one.strip() for one in (has or "").split(",") if one.strip()),
        max_size_bytes=_size(max_size),
        cpu=cpu,
        since=since,
        limit=limit,
        by_stars=sort == "stars",
    )
    if why is not None:
        answer = api.why(options.connected(), why, wanted, refresh=refresh)
        _explain(answer, as_json=json, verbose=verbose)
        return
    found = api.find(options.connected(), wanted, refresh=refresh)
    if open_number is not None:
        _tell(found.answer, verbose=verbose)
        _open(found, open_number, as_json=json)
        return
    if json:
        talking.write_json(shapes.discovery(found))
        return
    _print(found, wanted)
    _tell(found.answer, verbose=verbose)


def _size(text: str | None) -> int | None:
    from sandbox.settings import parse_size

    return parse_size(text) if text else None


def _print(found: Discovery, wanted: Wanted) -> None:
    from sandbox.cli import shapes, talking

    if found.own:
        own = [(one.kind, one.name, one.about) for one in found.own]
        talking.print_table(("here already", "name", "about"), own)
        talking.say(f"use it: sandbox scan {found.own[0].name}\n")
    cards = found.answer.results
    if not cards:
        talking.say(_nothing(found, wanted))
        return
    rows = [
        (str(at), card.candidate.full_name, f"{card.score:.0f}", *shapes.card_row(card),
         _reasons(card))
        for at, card in enumerate(cards, 1)
    ]  # fmt: skip
    links = {card.candidate.full_name: card.candidate.url for card in cards}
    headers = ("", "repository", "fit", "stars", "size", "licence", "why")
    talking.print_table(headers, rows, links=links)
    best = cards[0].candidate.full_name
    why = shlex.join(["sandbox", "find", *([wanted.words] if wanted.words else []), "--why", best])
    talking.say(f"all reasons: {why}")
    talking.say(f"take it: sandbox open {best}")


def _nothing(found: Discovery, wanted: Wanted) -> str:
    if not found.answer.was_reached:
        return "GitHub could not be asked"
    if found.answer.total:
        return f"none of {found.answer.total} has all that was asked for; ask for less"
    narrow = wanted.framework or wanted.since or wanted.max_size_bytes
    wider = "leave options out" if narrow else "use fewer or wider words: sandbox find segmentation"
    return f"nothing found; {wider}"


def _reasons(card: RepoCard) -> str:
    good = [str(one) for one in card.reasons if one.points > 0]
    bad = [str(one) for one in card.reasons if one.points <= 0]
    worst = bad[:2]
    return ", ".join([*good[: MOST_REASONS - len(worst)], *worst])


def _tell(answer: Answer, *, verbose: bool) -> None:
    from sandbox.cli import talking

    talk = talking.Talk()
    for note in answer.notes:
        talk.tell(note)
    if verbose:
        talk.tell(f"{answer.api_calls} calls to GitHub, {answer.total} repositories seen")


def _explain(answer: Answer, *, as_json: bool, verbose: bool) -> None:
    from sandbox.cli import shapes, talking

    if as_json:
        talking.write_json(shapes.answer(answer))
        return
    for card in answer.results:
        talking.say(f"{card.candidate.full_name}: {card.score:.0f} of 100  {card.candidate.url}")
        if card.candidate.description:
            talking.say(talking.shortened(card.candidate.description, 200))
        rows = [(f"{one.points:+g}" if one.points else "", one.text) for one in card.reasons]
        talking.print_table(("points", "reason"), rows)
    _tell(answer, verbose=verbose)


def _open(found: Discovery, number: int, *, as_json: bool) -> None:
    from sandbox.cli import open_target

    cards = found.answer.results
    if not 1 <= number <= len(cards):
        raise InputError(
            f"there is no result {number}: {len(cards)} were found",
            hint="look at them first, without --open",
        )
    open_target.command(cards[number - 1].candidate.full_name, json=as_json)

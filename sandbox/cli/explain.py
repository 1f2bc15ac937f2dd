"""sandbox explain: what a concept is, what to expect of it, and what to try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sandbox.cli import options

if TYPE_CHECKING:
    from sandbox.recipes import Card

_WIDTH = 88


def command(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="A concept (learning-rate) or a tunable (lr, SVC.C); none lists all.",
        ),
    ] = None,
    *,
    json: options.Json = False,
) -> None:
    """Explain a concept: what it does, too little, too much, what to try.

    Example: sandbox explain learning-rate
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    context = options.connected()
    if not words:
        cards = api.list_cards(context)
        if json:
            talking.write_json({"concepts": [shapes.card(one) for one in cards]})
        else:
            _list(cards)
        return
    card = api.explain(context, " ".join(words))
    if json:
        talking.write_json(shapes.card(card))
    else:
        talking.say(_page(card))


def _list(cards: tuple[Card, ...]) -> None:
    from sandbox.cli import talking

    rows = [(one.name, one.title, one.group) for one in sorted(cards, key=lambda one: one.group)]
    talking.print_table(("concept", "what", "belongs to"), rows)


def _page(card: Card) -> str:
    """As a person reads it, at most _WIDTH characters wide."""
    parts = [
        f"{card.title} ({card.group})",
        _wrapped(card.what),
        _wrapped(card.too_little, "too little: "),
        _wrapped(card.too_much, "too much:   "),
        _wrapped(card.usual, "usual:      "),
        "try\n" + "\n".join(_wrapped(one, "  - ") for one in card.to_try),
    ]
    if card.see:
        parts.append(_wrapped(", ".join(card.see), "see also:   "))
    if card.read_on:
        sources = "\n".join(f"{_wrapped(one.text, '  - ')}\n    {one.url}" for one in card.read_on)
        parts.append(f"read on\n{sources}")
    return "\n\n".join(parts)


def _wrapped(text: str, head: str = "") -> str:
    import textwrap

    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )

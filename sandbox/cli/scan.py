"""sandbox scan: what can be run and tweaked."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.cli import options
from sandbox.domain import Tunable

FIRST = 15


def command(
    target: options.Target,
    entry: options.Entry = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All of them, not the best.")] = False,
    json: options.Json = False,
) -> None:
    """List scripts and notebooks, and what can be tweaked in one of them; runs nothing.

    Example: sandbox scan makemore makemore.py
    """
    from sandbox import api
    from sandbox.cli import memory, shapes, talking

    with memory.uncollected():
        found = api.scan(options.connected(), target, entry)
    if json:
        talking.write_json(shapes.scan(found))
        return
    most = None if everything else FIRST
    if entry is None:
        rows = [(one.path, one.kind, ", ".join(one.reasons)) for one in found.entries[:most]]
        talking.print_table(("entry", "kind", "why"), rows)
    if found.entry is None:
        return
    tunables = [
        (
            one.name,
            talking.shortened(one.value or ""),
            ", ".join(one.suggested),
            one.concept or "",
            _where(one),
            _what(one),
        )
        for one in found.tunables[:most]
    ]
    title = f"\ntunables of {found.entry.path} ({len(found.tunables)})"
    talking.print_table(
        ("tunable", "now", "try", "concept", "where", "what"), tunables, title=title
    )
    hidden = max(len(found.entries) - FIRST, len(found.tunables) - FIRST, 0)
    if hidden and not everything:
        talking.say("the best of each; all of them with: --all")
    if found.tweaks:
        tweaks = [shapes.tweak_row(one)[:3] for one in found.tweaks]
        title = f"\nbuilt-in tweaks of its code ({len(tweaks)})"
        talking.print_table(("tweak", "now", "try"), tweaks, title=title)
        shown = shapes.tweak_command(target, entry, found.tweaks[0])
        talking.say(f"what one would change: {shown}")
    concept = next((one.concept for one in found.tunables[:most] if one.concept), None)
    if concept is not None:
        talking.say(f"what a concept means, and what to expect: sandbox explain {concept}")
    for line in found.skipped:
        talking.say(f"passed over: {line}")


def _where(one: Tunable) -> str:
    """File and line; in a notebook the cell, in which lines are counted."""
    cell = one.span.cell if one.span else None
    return f"{one.file}:{one.line}" if cell is None else f"{one.file} cell {cell} line {one.line}"


def _what(one: Tunable) -> str:
    """What its author says of it, and the first call that it ends in."""
    if not one.flows_to:
        return one.help or ""
    where = one.flows_to[0].replace(f" {one.file}:", " line ")
    return f"{one.help or ''} → {where}".strip()

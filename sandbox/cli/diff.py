"""sandbox diff: what makes one run another one than a second."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sandbox.cli import options

if TYPE_CHECKING:
    from sandbox.api import Difference

_MOST_CELLS = 20
_BINARY = re.compile(r"(^index .*\n)GIT binary patch\n(?:.*\n)*?(?=diff --git |\Z)", re.MULTILINE)


def command(
    run: options.Run,
    other: Annotated[
        str | None, typer.Argument(help="The run to compare with; left out: its own baseline.")
    ] = None,
    *,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page, notebooks side by side."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Show what one run has other than another: values, packages, code, output, metrics, cells.

    Example: sandbox diff lr=0.1 --html diff.html
    """
    from sandbox import api
    from sandbox.cli import remembering, shapes, talking

    context = options.connected()
    found = api.diff(context, other, run) if other else api.diff(context, run)
    notes = [*api.notes(context, found.left), *api.notes(context, found.right)]
    if html:
        api.write_difference(context, found, html)
    if json:
        talking.write_json({**shapes.difference(found), "user_notes": list(map(asdict, notes))})
        return
    talking.say(_page(found))
    for line in remembering.note_lines(notes):
        talking.say(talking.one_line(line))


def _page(found: Difference) -> str:
    from sandbox.cli.talking import one_line

    names = one_line(f"{found.left.name} → {found.right.name}")
    parts = [f"{names}, sweep {found.right.sweep.id}"]
    parts += [f"  {line}" for line in _pairs(found.facts)]
    same, unknown = [], []
    for title, part in _parts(found).items():
        if part is None:
            unknown.append(title)
        elif part:
            parts.append(f"\n{title}\n{part}")
        else:
            same.append(title)
    for word, titles in (("the same", same), ("not known any more", unknown)):
        parts += [f"\n{word}: {', '.join(titles)}"] if titles else []
    return "\n".join(parts)


def _parts(found: Difference) -> dict[str, str | None]:
    """By title, as text; empty = the same, None = not known."""
    tables = {
        "parameters": found.parameters,
        "packages": found.packages,
        "metrics": found.metrics,
    }
    shown: dict[str, str | None] = {
        title: None if pairs is None else "\n".join(f"  {line}" for line in _pairs(pairs))
        for title, pairs in tables.items()
    }
    told = r"\1binary files differ, see --json\n"
    source = found.source and _BINARY.sub(told, found.source)
    cells = None if found.notebook is None else "\n".join(_cells(found))
    return {
        **shown,
        "code": _legible(source),
        "notebook": cells,
        "output": _legible(found.output),
    }


def _cells(found: Difference) -> Iterator[str]:
    """A line for each cell that is not the same, some of very many."""
    from sandbox.cli.talking import one_line

    changed = [cell for cell in found.notebook or () if not cell.is_same]
    for cell in changed[:_MOST_CELLS]:
        if cell.left is None or cell.right is None:
            side = "left" if cell.right is None else "right"
            yield f"  cell {cell.left or cell.right}: only in the {side} one"
            continue
        number = str(cell.left) if cell.left == cell.right else f"{cell.left} → {cell.right}"
        shows = f"output ({', '.join(cell.shows)})"
        parts = ["source"] * (not cell.same_source) + [shows] * (not cell.same_outputs)
        yield one_line(f"  cell {number}: another {' and '.join(parts)}")
    if any(cell.by_place for cell in changed):
        yield "  so much differs that cells are paired by their place, not by their likeness"
    if len(changed) > _MOST_CELLS:
        yield f"  … {len(changed) - _MOST_CELLS} more; all of them with --html FILE"


def _legible(text: str | None) -> str | None:
    """Tabs as blanks: they are no control characters here, and the terminal is not to see them."""
    return text and text.rstrip().replace("\r\n", "\n").replace("\t", "    ")


def _pairs(pairs: Mapping[str, tuple[object, object]]) -> list[str]:
    from sandbox.cli.talking import one_line

    return [one_line(f"{name}: {_text(a)} → {_text(b)}") for name, (a, b) in pairs.items()]


def _text(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)

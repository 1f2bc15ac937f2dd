"""sandbox diff: what makes one run another one than a second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from sandbox.cli import options

if TYPE_CHECKING:
    from sandbox.api import Difference

Run = Annotated[
    str,
    typer.Argument(
        help="A name in the latest sweep (lr=0.1, 'lr=0.1 #2'), SWEEP:NAME, or MLflow's id."
    ),
]


def command(
    run: Run,
    other: Annotated[
        str | None, typer.Argument(help="The run to compare with; left out: its own baseline.")
    ] = None,
    *,
    json: options.Json = False,
) -> None:
    """Show what one run has other than another: values, packages, code, output, metrics.

    Example: sandbox diff lr=0.1
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    context = options.connected()
    found = api.diff(context, other, run) if other else api.diff(context, run)
    if json:
        talking.write_json(shapes.difference(found))
    else:
        talking.say(_page(found))


def _page(found: Difference) -> str:
    parts = [f"{found.left.name} → {found.right.name}, sweep {found.right.sweep.id}"]
    same = []
    for title, pairs in (
        ("parameters", found.parameters),
        ("packages", found.packages),
        ("metrics", found.metrics),
    ):
        if pairs:
            parts.append(f"{title}\n{_pairs(pairs)}")
        else:
            same.append(title)
    for title, text in (("code", found.source), ("output", found.output)):
        if text:
            parts.append(f"{title}\n{text.rstrip()}")
        else:
            same.append(title)
    if same:
        parts.append(f"the same: {', '.join(same)}")
    return "\n\n".join(parts)


def _pairs(pairs: Mapping[str, tuple[object, object]]) -> str:
    return "\n".join(f"  {name}: {_text(a)} → {_text(b)}" for name, (a, b) in pairs.items())


def _text(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)

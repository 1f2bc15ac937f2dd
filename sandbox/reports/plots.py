"""What all plots have in common: a Vega-Lite specification and words for who cannot see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.comparing.texts import shortened
from sandbox.foreign import visible
from sandbox.reports.palettes import Palette

_LONGEST = 48

POINTED: dict[str, Any] = {
    "name": "pointed",
    "select": {"type": "point", "fields": ["line"], "on": "pointerover"},
}
"""The line that a pointer is over; rows of its data say which `line` they are of."""


@dataclass(frozen=True)
class Plot:
    """One plot.

    Attributes:
        name: of the place in the page where it stands.
        description: what it shows, in a sentence or two.
        spec: Vega-Lite. What the studied code wrote stands in data only, never in an expression.
        choices: metrics that the parameter `metric` of the spec may be set to.
    """

    name: str
    description: str
    spec: dict[str, Any]
    choices: tuple[str, ...] = ()


def short(text: str) -> str:
    """As labels have it."""
    return shortened(text, _LONGEST)


def labels(texts: Sequence[str]) -> list[str]:
    """As `short`, and no two alike: a plot takes equal labels for one thing.

    Of long names that begin alike the end is shown too; what is still alike is numbered.
    """
    shown = [short(text) for text in texts]
    many = Counter(shown)
    shown = [_ends(text) if many[one] > 1 else one for text, one in zip(texts, shown, strict=True)]
    return list(_numbered(shown))


def _ends(text: str) -> str:
    seen, half = visible(text), _LONGEST // 2
    return seen if len(seen) <= _LONGEST else f"{seen[: half - 1]}…{seen[-half:]}"


def _numbered(shown: Sequence[str]) -> Iterator[str]:
    taken = set(shown)
    met: set[str] = set()
    for one in shown:
        label, number = one, 1
        while label in met or (number > 1 and label in taken):
            number += 1
            label = f"{one} ({number})"
        met.add(label)
        yield label


def plain_style(palette: Palette) -> dict[str, Any]:
    """The head of a specification: no frame, no clutter, the reader's own font."""
    axis = {
        "labelColor": palette.dim,
        "titleColor": palette.dim,
        "titleFontWeight": "normal",
        "domain": False,
        "tickColor": palette.grid,
        "gridColor": palette.grid,
        "labelFontSize": 12,
        "titleFontSize": 12,
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": palette.ground,
        "padding": 8,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": {
            "aria": False,
            "font": "system-ui, -apple-system, Segoe UI, Roboto, sans-serif",
            "view": {"stroke": None},
            "axis": axis,
            "legend": {"labelColor": palette.ink, "labelFontSize": 12, "labelLimit": 240},
            "text": {"color": palette.ink},
        },
    }

"""Colours of plots: a page's own variables, or fixed ones where a picture stands alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """What a plot is drawn in; whatever an SVG attribute takes for a colour.

    Attributes:
        verdicts: colour by verdict of an Effect; each has a shape of its own too.
        best, baseline, other: of lines.
        scale: from the worst to the best value of a metric.
        rim: around words that stand on lines.
        ground: behind the plot; None = what is there already.
    """

    ink: str
    dim: str
    grid: str
    band: str
    verdicts: Mapping[str, str]
    best: str
    baseline: str
    other: str
    rim: str
    scale: tuple[str, ...] = ("#c8752d", "#8a8f98", "#2f81c7")
    ground: str | None = None


IN_PAGE = Palette(
    ink="currentColor",
    dim="var(--dim)",
    grid="var(--grid)",
    band="var(--band)",
    verdicts={
        "better": "var(--better)",
        "worse": "var(--worse)",
        "changed": "var(--changed)",
        "unmeasured": "var(--dim)",
        "luck": "var(--luck)",
        "same": "var(--luck)",
    },
    best="var(--better)",
    baseline="currentColor",
    other="var(--luck)",
    rim="var(--page)",
)
"""Follows the page's theme, also while it is shown."""

ALONE = Palette(
    ink="#1f2328",
    dim="#59636e",
    grid="#e6e9ed",
    band="#e9eef5",
    verdicts={
        "better": "#1769aa",
        "worse": "#b4540a",
        "changed": "#7446b8",
        "unmeasured": "#59636e",
        "luck": "#818b98",
        "same": "#818b98",
    },
    best="#1769aa",
    baseline="#1f2328",
    other="#818b98",
    rim="#ffffff",
    ground="#ffffff",
)
"""For a picture in somebody else's page, whose theme is not known."""

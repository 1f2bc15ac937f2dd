"""The one door to vl-convert: specifications as SVG, and the script that brings them to life."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from sandbox.files import write_text

_TAGS = frozenset(
    f"{{http://www.w3.org/2000/svg}}{name}"
    for name in ("svg", "g", "path", "line", "rect", "text", "tspan", "defs", "clipPath", "title")
)
_REACHES_OUT = re.compile(r"url\(\s*(?!['\"]?#)|javascript:|@import", re.IGNORECASE)
_BUNDLE = "window.vegaEmbed = vegaEmbed;"


def draw(spec: dict[str, Any]) -> str:
    """The plot as it is before anybody points at it.

    Raises:
        ValueError: what came out could do more than be looked at.
    """
    import vl_convert

    made = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    check(made)
    return made


@functools.cache
def get_ready() -> None:
    """Starts what draws: half a second that is better spent early."""
    draw({"mark": "point", "data": {"values": []}})


def check(svg: str) -> None:
    """Raises ValueError for anything but shapes and words: labels are of the studied code."""
    for element in ET.fromstring(svg).iter():  # noqa: S314 - made by ourselves, no entities in it
        if element.tag not in _TAGS:
            raise ValueError(f"an SVG of ours has an element {element.tag[:80]!r}")
        for name, value in element.attrib.items():
            if name.lower().startswith("on") or "href" in name or _REACHES_OUT.search(value):
                raise ValueError(f"an SVG of ours has an attribute {name[:80]!r}")


def script(cache: Path) -> str:
    """Vega, Vega-Lite and vega-embed as one text without any address to load more from.

    Bundling takes seconds, so it is kept.

    Args:
        cache: folder for it.
    """
    place = cache / f"vega-{_version()}.js"
    try:
        return place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        made = _bundled()
        cache.mkdir(parents=True, exist_ok=True)
        write_text(place, made)
        return made


@functools.cache
def _bundled() -> str:
    import vl_convert

    return vl_convert.javascript_bundle(_BUNDLE).replace("\r\n", "\n").replace("\r", "\n")


def _version() -> str:
    from importlib.metadata import version

    return version("vl-convert-python")

"""Makes HTML, Markdown and images of strangers harmless; bleach decides what HTML may stay.

No script, no style sheet, no frame, no form, and nothing that is loaded from anywhere.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import threading
from collections.abc import Mapping
from typing import Any

from sandbox.notebooks.text import coloured_text

MAX_HTML_CHARS = 200_000
MAX_MARKDOWN_CHARS = 50_000
MAX_IMAGE_CHARS = 8 * 2**20

_SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}

# Elements whose text is code, not something to read; bleach would leave it standing there.
_UNREADABLE = ("script", "style", "title", "template", "iframe", "noscript", "object", "svg")

_TAGS = frozenset(
    {
        *("a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del"),
        *("details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img"),
        *(
            "ins",
            "kbd",
            "li",
            "mark",
            "ol",
            "p",
            "pre",
            "q",
            "s",
            "samp",
            "small",
            "span",
            "strong",
        ),
        *("sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u"),
        *("ul", "var"),
    }
)
_STYLES = frozenset(
    {
        *("background-color", "color", "font-style", "font-weight", "text-align"),
        *("text-decoration", "vertical-align", "white-space"),
    }
)
_ATTRIBUTES = frozenset(
    {
        *(
            "align",
            "alt",
            "colspan",
            "height",
            "open",
            "rowspan",
            "span",
            "start",
            "style",
            "width",
        ),
    }
)
_HIGHLIGHT_CLASS = re.compile(r"[a-z]{1,2}[0-9a-z]?|highlight|hl-[a-z0-9]+")
_LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
_IMAGE_URL = re.compile(r"data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=\s]+)")


def safe_html(text: str) -> str:
    """The HTML with only what can neither run nor load anything; too much of it is cut."""
    cut = "<p>…</p>" if len(text) > MAX_HTML_CHARS else ""
    return _cleaned(_shown(text[:MAX_HTML_CHARS])) + cut


def safe_markdown(source: str, attachments: Mapping[str, Any]) -> str:
    """Markdown as harmless HTML; text that cannot be rendered is shown as it stands."""
    source = _shown(source)
    if len(source) > MAX_MARKDOWN_CHARS:
        return as_text(source[:MAX_MARKDOWN_CHARS] + " …")
    try:
        return _cleaned(_rendered(source, _images_of(attachments)))
    except RecursionError:
        return as_text(source)


def as_text(text: str) -> str:
    """The text as it stands, every mark of HTML escaped."""
    return f"<pre>{html.escape(text)}</pre>"


def image_url(kind: str, content: str) -> str | None:
    """A PNG or JPEG as a `data:` URL; None for what is too large or something else."""
    compact = "".join(content.split())
    if len(compact) > MAX_IMAGE_CHARS or kind not in _SIGNATURES:
        return None
    try:
        start = base64.b64decode(compact, validate=True)[:8]
    except (binascii.Error, ValueError):
        return None
    return f"data:{kind};base64,{compact}" if start.startswith(_SIGNATURES[kind]) else None


def vector_image_url(content: str) -> str | None:
    """An SVG as a `data:` URL for an `img`, where browsers neither run nor load anything."""
    if len(content) > MAX_IMAGE_CHARS:
        return None
    encoded = base64.b64encode(content.encode(errors="replace")).decode()
    return f"data:image/svg+xml;base64,{encoded}"


def _shown(text: str) -> str:
    return coloured_text(text).replace("\x1b", "")


def _rendered(source: str, attachments: dict[str, dict[str, str]]) -> str:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(
        escape=False, attachments=attachments, embed_images=False, exclude_anchor_links=True
    )
    return str(MarkdownWithMath(renderer=renderer).render(source))


def _images_of(attachments: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Attachments that are what they say and may be shown."""
    return {
        str(name): {kind: "".join(content.split())}
        for name, bundle in attachments.items()
        for kind, content in bundle.items()
        if isinstance(content, str) and image_url(kind, content)
    }


def _readable(text: str) -> str:
    """The text without elements whose content nobody should read; safe or not, bleach is next."""
    for name in _UNREADABLE:
        text = _without(name, text)
    return text


def _without(name: str, text: str) -> str:
    starts = list(re.finditer(rf"<{name}\b", text, re.IGNORECASE))
    ends = [end.end() for end in re.finditer(rf"</{name}\s*>", text, re.IGNORECASE)]
    kept, position = [], 0
    for start in starts:
        while ends and ends[0] <= start.start():
            ends.pop(0)
        if start.start() < position or not ends:
            continue
        kept.append(text[position : start.start()])
        position = ends[0]
    return "".join([*kept, text[position:]])


def _cleaned(text: str) -> str:
    if not hasattr(_cleaners, "cleaner"):
        _cleaners.cleaner = _new_cleaner()
    cleaned: str = _cleaners.cleaner.clean(_readable(text))
    return cleaned


_cleaners = threading.local()  # costly to make, and not safe to share between threads


def _new_cleaner() -> Any:
    from bleach.css_sanitizer import CSSSanitizer  # type: ignore[import-untyped]
    from bleach.sanitizer import Cleaner  # type: ignore[import-untyped]

    return Cleaner(
        tags=_TAGS,
        attributes=_keeps,
        protocols=("http", "https", "mailto", "data"),
        strip=True,
        css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES),
    )


def _keeps(tag: str, name: str, value: str) -> bool:
    """Whether an attribute stays."""
    if name == "src":
        return tag == "img" and _is_image(value)
    if name == "href":
        return tag == "a" and bool(_LINK.match(value))
    if name == "class":
        return all(_HIGHLIGHT_CLASS.fullmatch(word) for word in value.split())
    if name == "id":
        return value == "papermill-error-cell"
    return name in _ATTRIBUTES


def _is_image(value: str) -> bool:
    match = _IMAGE_URL.fullmatch(value)
    return bool(match and image_url(match[1], match[2]))

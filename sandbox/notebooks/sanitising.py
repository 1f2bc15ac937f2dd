"""Makes HTML of strangers harmless: only what is known to be is written out again.

The text is taken apart into tags and text between them. A tag of the list below is written anew
with those of its attributes that can neither run nor load anything; every other tag is left out,
and all text is escaped. So whatever a browser would have made of the original, what it gets is
made of listed tags only. Each step is linear in the text and nesting is bounded: the usual
libraries take minutes for 200 kB of unclosed tags.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections import Counter
from collections.abc import Callable, Iterator

MAX_HTML_CHARS = 200_000
MAX_IMAGE_CHARS = 8 * 2**20
MAX_DEPTH = 60

# Elements whose text is code or not meant to be read: they go with all that is in them.
_SWALLOWED = frozenset(
    {
        *("script", "style", "title", "template", "iframe", "noscript", "object", "svg", "math"),
        *("head", "select", "textarea", "xmp", "noembed", "noframes"),
    }
)
_VOID = frozenset({"br", "col", "hr", "img"})
_TAGS = _VOID | {
    *("a", "abbr", "b", "blockquote", "caption", "code", "colgroup", "dd", "del", "details"),
    *("div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "i", "ins", "kbd", "li"),
    *("mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub", "summary"),
    *("sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var"),
}

# Possessive throughout, and no `<` within a tag: no position is looked at twice.
_TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*+)"""
    r"""(?P<rest>(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>"""
)
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s"'>/=]++)(?:\s*+=\s*+(?:"(?P<a>[^"]*+)"|'(?P<b>[^']*+)'|(?P<c>[^\s"'>]++)))?+"""
)
_DECLARATION = re.compile(r"<[!?][^<>]*+>")
_COLOUR = r"#[0-9a-fA-F]{3,8}|rgba?\([0-9., %]{1,40}\)"
_STYLE = re.compile(
    r"(background-color|color|font-style|font-weight|text-align|text-decoration|width|height"
    rf"|vertical-align|white-space)\s*+:\s*+([a-zA-Z0-9%. -]{{1,40}}|{_COLOUR})"
)
_IMAGE_URL = re.compile(r"data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=\s]++)")
_SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


def safe_html(text: str) -> str:
    """The HTML with only what can neither run nor load anything, every tag closed.

    What is beyond the first 200 000 characters is left out, and a mark says so.
    """
    cut = "<p>…</p>" if len(text) > MAX_HTML_CHARS else ""
    return "".join(_Writer().written(text[:MAX_HTML_CHARS])) + cut


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


class _Writer:
    """Writes one text anew."""

    def __init__(self) -> None:
        self._open: list[tuple[str, bool]] = []  # name, and whether it was written
        self._counts: Counter[str] = Counter()
        self._unclosed: set[str] = set()  # ends that do not come any more, not to look again

    def written(self, text: str) -> Iterator[str]:
        position = 0
        while (start := text.find("<", position)) >= 0:
            yield _text(text[position:start])
            position, piece = self._markup(text, start)
            yield piece
        yield _text(text[position:])
        while self._open:
            yield self._close_last()

    def _markup(self, text: str, start: int) -> tuple[int, str]:
        """Where the text goes on after what begins at `start`, and what is written for it."""
        if text.startswith("<!--", start):
            end = self._after("-->", text, start)
            return (end, "") if end else (start + 4, "&lt;!--")
        match = _TAG.match(text, start)
        if match:
            return self._tag(match, text)
        declaration = _DECLARATION.match(text, start)
        return (declaration.end(), "") if declaration else (start + 1, "&lt;")

    def _tag(self, match: re.Match[str], text: str) -> tuple[int, str]:
        name = match["name"].lower()
        if name in _SWALLOWED:
            end = 0 if match["end"] else self._after(f"</{name}", text, match.end())
            return end or match.end(), ""
        if name not in _TAGS:
            return match.end(), ""
        if match["end"]:
            return match.end(), self._close(name)
        return match.end(), self._open_tag(name, match["rest"])

    def _after(self, end: str, text: str, start: int) -> int:
        """Position after the next `end`, 0 if there is none."""
        if end in self._unclosed:
            return 0
        found = re.compile(re.escape(end), re.IGNORECASE).search(text, start)
        if found is None:
            self._unclosed.add(end)
            return 0
        return found.end() if end == "-->" else text.find(">", found.end()) + 1

    def _open_tag(self, name: str, attributes: str) -> str:
        fits = len(self._open) < MAX_DEPTH
        if name not in _VOID:
            self._open.append((name, fits))
            self._counts[name] += 1
        return f"<{name}{_attributes(name, attributes)}>" if fits else ""

    def _close(self, name: str) -> str:
        if not self._counts[name]:
            return ""
        pieces = []
        while self._open[-1][0] != name:
            pieces.append(self._close_last())
        pieces.append(self._close_last())
        return "".join(pieces)

    def _close_last(self) -> str:
        name, was_written = self._open.pop()
        self._counts[name] -= 1
        return f"</{name}>" if was_written else ""


def _text(text: str) -> str:
    return html.escape(html.unescape(text), quote=False)


def _attributes(tag: str, text: str) -> str:
    kept: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        name = match["name"].lower()
        value = html.unescape(match["a"] or match["b"] or match["c"] or "")
        made = _KEPT[name](tag, value) if name in _KEPT else None
        if made is not None:
            kept.setdefault(name, made)
    return "".join(f' {name}="{html.escape(value)}"' for name, value in kept.items())


# ---------------------------------------------------------------- attributes


def _address(tag: str, value: str) -> str | None:
    is_link = re.match(r"(https?://|mailto:|#)", value, re.IGNORECASE)
    return value if tag == "a" and is_link else None


def _image(tag: str, value: str) -> str | None:
    match = _IMAGE_URL.fullmatch(value) if tag == "img" else None
    return image_url(match[1], match[2]) if match else None


def _styles(_tag: str, value: str) -> str | None:
    declarations = (part.strip() for part in value.split(";")[:20])
    return "; ".join(part for part in declarations if _STYLE.fullmatch(part)) or None


def _highlighting(_tag: str, value: str) -> str | None:
    """Classes of the highlighter; ours are not to be had."""
    known = (word for word in value.split()[:8] if re.fullmatch(r"[a-z]{1,2}[0-9a-z]?", word))
    return " ".join(known) or None


def _anchor(_tag: str, value: str) -> str | None:
    return value if value == "papermill-error-cell" else None


def _number(_tag: str, value: str) -> str | None:
    return value if re.fullmatch(r"[0-9]{1,4}%?", value) else None


def _words(_tag: str, value: str) -> str | None:
    return value[:1000]


def _alignment(_tag: str, value: str) -> str | None:
    return value if value.lower() in {"left", "right", "center", "justify"} else None


# What may stay, by name: tag and value to the value that is written, None = left out.
_KEPT: dict[str, Callable[[str, str], str | None]] = {
    "align": _alignment,
    "alt": _words,
    "class": _highlighting,
    "colspan": _number,
    "height": _number,
    "href": _address,
    "id": _anchor,
    "open": lambda _tag, _value: "",
    "rowspan": _number,
    "span": _number,
    "src": _image,
    "start": _number,
    "style": _styles,
    "title": _words,
    "width": _number,
}

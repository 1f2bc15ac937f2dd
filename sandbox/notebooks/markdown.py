"""Markdown of strangers as harmless HTML; no image but those attached to the cell itself."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from sandbox.notebooks.sanitising import image_url, safe_html
from sandbox.notebooks.text import shown_text

MAX_MARKDOWN_CHARS = 20_000


def safe_markdown(source: str, attachments: Mapping[str, Any]) -> str:
    """What is too long, or what the renderer stumbles over, is shown as it stands."""
    source = shown_text(source)
    if len(source) > MAX_MARKDOWN_CHARS:
        return as_text(source)
    try:
        return safe_html(_rendered(source, _images_of(attachments)))
    except Exception:  # noqa: BLE001 - a missing attachment, deep nesting, or what else it holds
        return as_text(source)


def as_text(text: str) -> str:
    """The text as it stands, every mark of HTML escaped; too much of it is cut."""
    return f"<pre>{html.escape(text[:100_000])}</pre>"


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

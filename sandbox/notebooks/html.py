"""A notebook as one page that stands alone: it loads nothing, runs nothing, and says so (CSP).

Outputs are a stranger's. Everything is escaped here or made harmless in `sanitising`; nbconvert
gives the filters (highlighting, colours, Markdown), not its templates, which allow too much.
"""

from __future__ import annotations

import functools
import html
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sandbox.notebooks.markdown import as_text, safe_markdown
from sandbox.notebooks.sanitising import image_url, safe_html, vector_image_url
from sandbox.notebooks.text import coloured_text, error_text, joined, shown_text

if TYPE_CHECKING:
    from nbformat import NotebookNode

CONTENT_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)
MAX_TEXT_CHARS = 100_000
_SHORT_CHARS = 10_000  # a cell that may be remembered: variants of one notebook have most in common
_REMEMBERED = 500

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
{cells}
</main>
</body>
</html>
"""


def to_html(notebook: NotebookNode) -> str:
    """The notebook with its outputs as a page for a browser, whatever is in it.

    Shown of an output is the richest of: HTML without anything active, PNG, JPEG, SVG as an
    image, Markdown, plain text. LaTeX stands as text; other types (scripts, widgets) are named.
    """
    return _PAGE.format(
        policy=html.escape(CONTENT_POLICY),
        title=html.escape(_title(notebook)),
        style=_style(),
        cells="\n".join(_cell(cell) for cell in notebook.cells),
    )


@functools.cache
def _style() -> str:
    return files("sandbox.notebooks").joinpath("page.css").read_text(encoding="utf-8")


def _title(notebook: NotebookNode) -> str:
    title = notebook.metadata.get("title")
    return shown_text(title)[:200] if isinstance(title, str) else "notebook"


# ---------------------------------------------------------------- cells


def _cell(cell: Any) -> str:
    source = joined(cell.get("source", ""))
    if cell.cell_type == "code":
        return _code_cell(cell, source)
    if cell.cell_type == "markdown":
        attachments = cell.get("attachments", {})
        shown = safe_markdown(source, attachments) if attachments else _words(source)
        return f'<section class="text">{shown}</section>'
    return f'<section class="text">{_text(source)}</section>'


def _code_cell(cell: Any, source: str) -> str:
    outputs = cell.get("outputs", [])
    failed = any(output.get("output_type") == "error" for output in outputs)
    shown = "".join(_output(output) for output in outputs)
    count = cell.get("execution_count")
    prompt = f"[{count}]" if isinstance(count, int) else "[ ]"
    return (
        f'<section class="{"code failed" if failed else "code"}">'
        f'<div class="prompt">{prompt}</div><div class="body">'
        f'<div class="source">{_highlighted(source)}</div>{shown}</div></section>'
    )


def _words(source: str) -> str:
    return _known_words(source) if len(source) <= _SHORT_CHARS else safe_markdown(source, {})


@functools.lru_cache(_REMEMBERED)
def _known_words(source: str) -> str:
    return safe_markdown(source, {})


def _highlighted(source: str) -> str:
    return _known_code(source) if len(source) <= _SHORT_CHARS else _code(source)


@functools.lru_cache(_REMEMBERED)
def _known_code(source: str) -> str:
    return _code(source)


def _code(source: str) -> str:
    return _highlighter()(shown_text(_cut(source)))


@functools.cache
def _highlighter() -> Callable[[str], str]:
    """As nbconvert's filter, which makes its lexer and its style anew for each cell.

    IPython brings the lexer that knows magics; without it they are marked as errors.
    """
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter  # the package itself is not for threads
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name("ipython3")
    except ClassNotFound:
        lexer = get_lexer_by_name("python3")
    formatter = HtmlFormatter(cssclass=" highlight hl-ipython3")
    return lambda source: highlight(source or " ", lexer, formatter)


# ---------------------------------------------------------------- outputs


def cell_html(cell: Any) -> str:
    """What a cell shows beside its source, of a code cell its outputs: nothing in it can act."""
    if cell.cell_type == "code":
        return "".join(_output(output) for output in cell.get("outputs", []))
    return _cell(cell) if cell.cell_type == "markdown" else ""


def _output(output: Any) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return f'<div class="{name}">{_text(joined(output.get("text", "")))}</div>'
    if kind == "error":
        return f'<div class="error">{_text(error_text(output))}</div>'
    return f'<div class="data">{_data(output.get("data", {}), output.get("metadata", {}))}</div>'


def _data(data: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    for kind, shown in _SHOWN.items():
        if kind in data:
            made = shown(kind, joined(data[kind]), metadata)
            if made:
                return made
    return as_text(f"<{', '.join(sorted(map(str, data)))[:200]}>")


def _image(kind: str, content: str, metadata: Mapping[str, Any]) -> str | None:
    url = vector_image_url(content) if kind == "image/svg+xml" else image_url(kind, content)
    size = "".join(f' {name}="{value}"' for name, value in _size(metadata.get(kind)).items())
    return f'<img alt="{kind}" src="{url}"{size}>' if url else None


def _size(given: object) -> dict[str, int]:
    values = given if isinstance(given, Mapping) else {}
    return {
        name: int(values[name])
        for name in ("width", "height")
        if isinstance(values.get(name), int | float) and 0 < values[name] < 10_000
    }


def _text(text: str) -> str:
    from nbconvert.filters.ansi import ansi2html

    shown = ansi2html(coloured_text(_cut(text)))  # type: ignore[no-untyped-call]
    return f"<pre>{shown}</pre>"


def _cut(text: str) -> str:
    if len(text) <= MAX_TEXT_CHARS:
        return text
    half = MAX_TEXT_CHARS // 2
    left_out = len(text) - 2 * half
    return f"{text[:half]}\n… {left_out} characters left out here …\n{text[-half:]}"


# In the order of preference. Values are text as joined; None = cannot be shown, try the next.
_SHOWN: dict[str, Callable[[str, str, Mapping[str, Any]], str | None]] = {
    "text/html": lambda _kind, text, _metadata: safe_html(shown_text(text)),
    "image/png": _image,
    "image/jpeg": _image,
    "image/svg+xml": _image,
    "text/markdown": lambda _kind, text, _metadata: safe_markdown(text, {}),
    "text/latex": lambda _kind, text, _metadata: _text(text),
    "text/plain": lambda _kind, text, _metadata: _text(text),
}

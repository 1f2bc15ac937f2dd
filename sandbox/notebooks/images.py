"""The images that an executed notebook shows, as `data:` URLs that can only be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.errors import EntryError
from sandbox.notebooks.reading import read_notebook
from sandbox.notebooks.sanitising import image_url, vector_image_url
from sandbox.notebooks.text import cell_outputs, joined

_KINDS = ("image/png", "image/jpeg")
_MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def images_of(raw: bytes, *, most: int) -> tuple[str, ...]:
    """The first images among the outputs, none for what is no notebook.

    Only what stands in an output counts: nothing that Markdown or HTML points at is opened.
    """
    if b'"image/' not in raw:  # most notebooks: reading one takes its time
        return ()
    try:
        notebook = read_notebook(raw, path="notebook.ipynb")
    except EntryError:
        return ()
    found: list[str] = []
    for _, _, outputs in cell_outputs(notebook):
        for url in _urls(outputs):
            found.append(url)
            if len(found) == most:
                return tuple(found)
    return tuple(found)


def image_of(raw: bytes) -> str | None:
    """A file's bytes, where they are a PNG's or JPEG's."""
    import base64

    kind = next((kind for start, kind in _MAGIC.items() if raw.startswith(start)), None)
    return image_url(kind, base64.b64encode(raw).decode()) if kind else None


def _urls(outputs: list[Any]) -> Iterator[str]:
    for output in outputs:
        data = output.get("data", {})
        raster = (image_url(kind, joined(data[kind])) for kind in _KINDS if kind in data)
        url = next((one for one in raster if one), None)
        if url is None and "image/svg+xml" in data:
            url = vector_image_url(joined(data["image/svg+xml"]))
        if url is not None:
            yield url

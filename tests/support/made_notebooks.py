"""Executed notebooks as bytes, in few words."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def shown(**data: str) -> dict[str, Any]:
    """An output by kinds, with `__` for the slash: `image__png=…`."""
    kinds = {kind.replace("__", "/").replace("svg", "svg+xml"): text for kind, text in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": kinds}


def picture(raw: bytes) -> dict[str, Any]:
    return shown(image__png=base64.b64encode(raw).decode(), text__plain="<Figure>")


def notebook(*cells: tuple[str, Sequence[dict[str, Any]]] | str) -> bytes:
    """A code cell for each (source, outputs), one of Markdown for each text."""
    made = [_words(one) if isinstance(one, str) else _code(*one) for one in cells]
    fields = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(fields).encode()


def _code(source: str, outputs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    fields = {"cell_type": "code", "metadata": {}, "execution_count": 1}
    return {**fields, "source": source, "outputs": list(outputs)}


def _words(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}

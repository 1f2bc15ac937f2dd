"""Texts of a notebook changed, and nothing else of it."""

from __future__ import annotations

import nbformat

from sandbox.notebooks import with_texts
from tests.support.made_notebooks import notebook, picture, shown, stream

RAW = notebook(
    "# secret words",
    ("key = 'secret'", [stream("a secret\n"), shown(text__html="<b>secret</b>")]),
    ("draw()", [picture(b"secret")]),
)


def hidden(text: str) -> str:
    return text.replace("secret", "…").replace("c2VjcmV0", "…")  # as text, and in base64


def test_sources_and_outputs_are_changed_and_pictures_stay() -> None:
    made = nbformat.reads(RAW.decode(), 4)
    changed = with_texts(made, hidden)
    kept = nbformat.writes(changed)
    assert "secret" not in kept
    assert "c2VjcmV0" in kept
    nbformat.validate(changed)
    assert nbformat.reads(RAW.decode(), 4) == made, "the one that was given stays as it was"
    assert changed.cells[2].outputs is made.cells[2].outputs


def test_where_nothing_is_to_be_changed_it_is_the_same_notebook() -> None:
    made = nbformat.reads(RAW.decode(), 4)
    assert with_texts(made, str) is made
    assert with_texts(made, lambda text: f"{text}"[:]) is made

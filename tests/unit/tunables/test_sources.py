"""Where a parsed expression stands in its text."""

from __future__ import annotations

import ast

import pytest

from sandbox.tunables.sources import Source, parse_source


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_segment_is_what_is_written_whatever_the_line_ends(end: str) -> None:
    text = end.join(("ö = 1", "x = f(", "    'ß', [1,", "  2])", "y = 3", ""))
    source = parse_source("a.py", text.encode())
    assert isinstance(source, Source)
    values = [node.value for node in source.tree.body if isinstance(node, ast.Assign)]
    shown = [source.segment(value) for value in values]
    assert shown == ["1", end.join(("f(", "    'ß', [1,", "  2])")), "3"]

"""Says what Runs have shown, as pure functions over them; never runs, reads or records one."""

from __future__ import annotations

from sandbox.comparing.comparison import compare
from sandbox.comparing.differences import differing, pinned, text_difference
from sandbox.comparing.model import Better, Comparison, Effect, Failure, Row, Summary
from sandbox.comparing.shapes import to_json
from sandbox.comparing.tables import Table, table, to_csv, to_markdown

__all__ = [
    "Better",
    "Comparison",
    "Effect",
    "Failure",
    "Row",
    "Summary",
    "Table",
    "compare",
    "differing",
    "pinned",
    "table",
    "text_difference",
    "to_csv",
    "to_json",
    "to_markdown",
]

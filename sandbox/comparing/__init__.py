"""Says what Runs have shown, as pure functions over them; never runs, reads or records one."""

from __future__ import annotations

from sandbox.comparing.comparison import compare
from sandbox.comparing.differences import differing, pinned, text_difference
from sandbox.comparing.failures import RAISED
from sandbox.comparing.importances import Evaluation
from sandbox.comparing.model import (
    Better,
    Comparison,
    Curve,
    Effect,
    Failure,
    Importance,
    Interaction,
    Noise,
    Row,
    Suggestion,
    Summary,
)
from sandbox.comparing.parameters import with_parameters
from sandbox.comparing.shapes import to_json
from sandbox.comparing.suggesting import Asked, kept_words, suggest
from sandbox.comparing.summaries import summary_lines
from sandbox.comparing.tables import Table, table, to_csv, to_markdown

__all__ = [
    "RAISED",
    "Asked",
    "Better",
    "Comparison",
    "Curve",
    "Effect",
    "Evaluation",
    "Failure",
    "Importance",
    "Interaction",
    "Noise",
    "Row",
    "Suggestion",
    "Summary",
    "Table",
    "compare",
    "differing",
    "kept_words",
    "pinned",
    "suggest",
    "summary_lines",
    "table",
    "text_difference",
    "to_csv",
    "to_json",
    "to_markdown",
    "with_parameters",
]

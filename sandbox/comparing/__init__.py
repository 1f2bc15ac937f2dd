"""Says what Runs have shown, as pure functions over them; never runs, reads or records one."""

from __future__ import annotations

from sandbox.comparing.comparison import compare
from sandbox.comparing.differences import differing, pinned, text_difference
from sandbox.comparing.guessing import (
    SIZES,
    Calibration,
    Guess,
    Judged,
    calibrate,
    calibration_line,
    guess_lines,
    judge,
    judged_from_json,
    judged_to_json,
    parse_guess,
    read_guess,
)
from sandbox.comparing.model import Better, Comparison, Effect, Failure, Row, Summary
from sandbox.comparing.shapes import to_json
from sandbox.comparing.summing_up import against_baseline, best_row, ranks, summarise, verdicts
from sandbox.comparing.tables import Table, table, to_csv, to_markdown

__all__ = [
    "SIZES",
    "Better",
    "Calibration",
    "Comparison",
    "Effect",
    "Failure",
    "Guess",
    "Judged",
    "Row",
    "Summary",
    "Table",
    "against_baseline",
    "best_row",
    "calibrate",
    "calibration_line",
    "compare",
    "differing",
    "guess_lines",
    "judge",
    "judged_from_json",
    "judged_to_json",
    "parse_guess",
    "pinned",
    "ranks",
    "read_guess",
    "summarise",
    "table",
    "text_difference",
    "to_csv",
    "to_json",
    "to_markdown",
    "verdicts",
]
